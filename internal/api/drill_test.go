package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

// drills keeps drills and makes none: package drill tests how they are made.
type drills struct{ store *store.Store }

func (d drills) Begin(ctx context.Context, by string, want quartet.Drill) (quartet.Drill, error) {
	want.ID, want.By, want.State, want.Total, want.Begun = "d1", by, quartet.DrillRunning, 7*int64(want.Calls), time.Unix(1_800_000_000, 0)
	return want, d.store.BeginDrill(ctx, want, time.Time{}, quartet.AuditEntry{})
}

func (d drills) Cancel(ctx context.Context, _, id string) (quartet.Drill, error) {
	one, err := d.Find(ctx, id)
	if err != nil {
		return one, err
	}
	one.State = quartet.DrillCancelled
	return one, d.store.EndDrill(ctx, one, quartet.AuditEntry{})
}

func (d drills) Find(ctx context.Context, id string) (quartet.Drill, error) {
	return d.store.Drill(ctx, id)
}

func (d drills) List(ctx context.Context, before string, limit int) ([]quartet.Drill, error) {
	return d.store.Drills(ctx, before, limit)
}

func TestDrills_AreBegunAndTellWhatHeld(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Drills = drills{h.store} })
	boss, support := h.as(quartet.RoleAdministrator), h.as(quartet.RoleSupport)
	const path = "/api/v1/drills"
	support.want(http.StatusForbidden, http.MethodPost, path, "")
	boss.want(http.StatusUnprocessableEntity, http.MethodPost, path, `{"calls":100000}`)
	a := boss.want(http.StatusCreated, http.MethodPost, path, `{"calls":10}`)
	if !strings.Contains(a.text, `"state":"running","passed":false,"invented":false,"calls":10,"callers":16,"deadline_ms":2000,"calls_made":0,"calls_total":70`) {
		t.Error(a.text)
	}
	err := h.store.EndDrill(t.Context(), quartet.Drill{
		ID: "d1", State: quartet.DrillDone, Done: 70, Passed: true, Ended: h.clock(),
		Report: []byte(`{"phases":[{"name":"all well","calls":10,"answers":{"1":10},"slowest_ms":8,"late":0}],"suppliers":[],"checks":[{"what":"the quota book adds up","ok":true,"detail":"0 differences"}]}`),
	}, quartet.AuditEntry{})
	if err != nil {
		t.Fatal(err)
	}
	a = support.want(http.StatusOK, http.MethodGet, path+"/d1", "")
	if !strings.Contains(a.text, `"passed":true`) || !strings.Contains(a.text, `"checks":[{"what":"the quota book adds up","ok":true`) || !strings.Contains(a.text, `"answers":{"1":10}`) {
		t.Error(a.text)
	}
	if a = support.want(http.StatusOK, http.MethodGet, path, ""); field(t, a, "items", "id") != "d1" || strings.Contains(a.text, "report") {
		t.Error(a.text)
	}
	boss.want(http.StatusConflict, http.MethodPost, path+"/d1/cancellation", "")
	boss.want(http.StatusNotFound, http.MethodPost, path+"/none/cancellation", "")
}
