package api_test

import (
	"net/http"
	"testing"
	"time"

	"quartet"
)

func TestToday_TellsHowTheHouseDoesAndWhatWaits(t *testing.T) {
	h := newHouse(t)
	h.paidBy("buyer")
	h.called("buyer", "c", 1, 1)
	for i := range 20 {
		h.meter.Call(quartet.CodeOK, time.Duration(i+1)*10*time.Millisecond)
	}
	h.meter.Source("registry", true, time.Second)
	h.meter.Source("registry", false, time.Millisecond)
	h.pass(time.Second)
	type picture struct {
		Minute  int64 `json:"calls_last_minute"`
		Peak    int64 `json:"peak_calls"`
		Latency struct {
			P50 int64 `json:"p50_ms"`
			P95 int64 `json:"p95_ms"`
		} `json:"latency"`
		Today struct {
			Calls    int64
			Mismatch int64
		} `json:"today"`
		Hours []struct{ Calls int64 } `json:"hours"`
		Money *struct {
			Revenue int64 `json:"revenue_fen"`
			Cost    int64 `json:"cost_fen"`
			Margin  int64 `json:"margin_fen"`
		} `json:"money"`
		Sources []struct {
			Name      string
			Asked     int64
			Succeeded int64
		} `json:"sources"`
	}
	look := func(role quartet.Role) picture {
		t.Helper()
		return read[picture](t, h.as(role).want(http.StatusOK, http.MethodGet, "/api/v1/today", ""))
	}
	p := look(quartet.RoleSupport)
	if p.Minute != 20 || p.Peak != 20 || p.Latency.P50 < 100 || p.Latency.P50 > 113 || p.Latency.P95 < 190 || p.Latency.P95 > 214 {
		t.Errorf("in memory: %+v", p)
	}
	if p.Today.Calls != 1 || p.Today.Mismatch != 1 || len(p.Hours) != 24 || p.Hours[23].Calls != 1 || p.Money != nil {
		t.Errorf("counts: %+v", p)
	}
	if len(p.Sources) != 1 || p.Sources[0].Asked != 2 || p.Sources[0].Succeeded != 1 {
		t.Errorf("sources: %+v", p.Sources)
	}
	for _, role := range []quartet.Role{quartet.RoleAdministrator, quartet.RoleTreasurer} {
		for p = look(role); p.Money == nil; p = look(role) { // it is reckoned beside
		}
		if p.Money.Revenue < 1 || p.Money.Margin != p.Money.Revenue-p.Money.Cost {
			t.Errorf("%s sees of the money %+v", role, p.Money)
		}
	}
	h.pass(time.Minute)
	if p = look(quartet.RoleSupport); p.Minute != 0 || p.Peak != 20 {
		t.Errorf("a minute later: %+v", p)
	}
}
