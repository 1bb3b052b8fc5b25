package drill_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/drill"
)

func newHouse(t *testing.T) *app.House {
	t.Helper()
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}, KeyringInside: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// ended waits for the end of a drill.
func ended(t *testing.T, d *drill.Desk, id string) quartet.Drill {
	t.Helper()
	for {
		one, err := d.Find(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if one.State != quartet.DrillRunning {
			return one
		}
		time.Sleep(50 * time.Millisecond)
	}
}

var small = quartet.Drill{Invented: true, Calls: 4, Callers: 4, Deadline: 500 * time.Millisecond}

func TestDesk_MakesOneDrillAtATimeAndKeepsWhatHeld(t *testing.T) {
	h := newHouse(t)
	d := drill.NewDesk(h)
	t.Cleanup(d.Stop)
	one, err := d.Begin(t.Context(), "zhang", small)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Begin(t.Context(), "li", small); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("two at once: %v", err)
	}
	one = ended(t, d, one.ID)
	if one.State != quartet.DrillDone || !one.Passed || one.By != "zhang" || one.Done != one.Total {
		t.Errorf("%+v\n%s", one, one.Report)
	}
	var report struct {
		Phases, Suppliers []any
		Checks            []struct {
			What string
			OK   bool
		}
	}
	if err := json.Unmarshal(one.Report, &report); err != nil || len(report.Phases) != 7 || len(report.Suppliers) != 3 || len(report.Checks) < 10 {
		t.Errorf("the report is %s, %v", one.Report, err)
	}
	entries, err := h.Store.AuditEntries(t.Context(), 2)
	if err != nil || len(entries) != 2 || entries[0].Action != "source.drilled" || entries[0].Detail != "all held" || entries[1].Action != "source.drill" {
		t.Errorf("the audit says %+v, %v", entries, err)
	}
	if list, err := h.Sources.List(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("the house has %d sources, %v", len(list), err)
	}
}

func TestDesk_CancelsADrill(t *testing.T) {
	d := drill.NewDesk(newHouse(t))
	t.Cleanup(d.Stop)
	one, err := d.Begin(t.Context(), "zhang", small)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Cancel(t.Context(), "li", one.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Cancel(t.Context(), "li", one.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("twice: %v", err)
	}
	if one, err = d.Find(t.Context(), one.ID); err != nil || one.State != quartet.DrillCancelled {
		t.Errorf("%+v, %v", one, err)
	}
}

// A drill whose process stops is told as such, and the next one may begin.
func TestDesk_TellsOfADrillThatWasCutOff(t *testing.T) {
	h := newHouse(t)
	d := drill.NewDesk(h)
	one, err := d.Begin(t.Context(), "zhang", small)
	if err != nil {
		t.Fatal(err)
	}
	d.Stop()
	if one, err = d.Find(t.Context(), one.ID); err != nil || one.State != quartet.DrillCutOff {
		t.Errorf("%+v, %v", one, err)
	}
	// Of one that was killed nothing is heard.
	silent := quartet.Drill{ID: strings.Repeat("f", 8), By: "zhang", Calls: 1, Callers: 1, Deadline: time.Second, Begun: h.Now().Add(-time.Minute)}
	if err := h.Store.BeginDrill(t.Context(), silent, h.Now().Add(-time.Hour), quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	next := drill.NewDesk(h)
	t.Cleanup(next.Stop)
	if _, err := next.Begin(t.Context(), "li", small); err != nil {
		t.Error(err)
	}
	if one, err = next.Find(t.Context(), silent.ID); err != nil || one.State != quartet.DrillCutOff {
		t.Errorf("%+v, %v", one, err)
	}
}
