package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/verify"
)

// capped bounds the questions that the simulator is asked a day.
func capped(t *testing.T, c *config.Config, most int64) {
	t.Helper()
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: *c}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = h.Sources.Change(t.Context(), "test", "sim", func(s *quartet.Source) { s.Terms.DailyCap = most }, nil); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

// Of a call whose settle came to nothing there is a hold and a row, or a hold alone; either
// way its source was asked once.
func TestRouting_RemembersAcrossARestartWhatSourcesWereAskedToday(t *testing.T) {
	for name, settle := range map[string]func(l verify.Ledger) verify.Ledger{
		"a row": func(l verify.Ledger) verify.Ledger { return l }, "a hold and a row": func(l verify.Ledger) verify.Ledger { return unsettled{l} },
		"a hold": func(l verify.Ledger) verify.Ledger { return lost{l} },
	} {
		t.Run(name, func(t *testing.T) {
			c := settings(t)
			bySimulator(t, &c, bySupplier)
			capped(t, &c, 2)
			n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, Accounting: settle})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = n.client.Verify(t.Context(), person(1)) // whatever it is answered
			_, figures := get(t, n.AdminURL()+"/metrics")
			if want := `quartet_source_attempts_total{outcome="match",source="sim"} 1`; !strings.Contains(figures, want) {
				t.Errorf("the metrics do not tell %s", want)
			}
			if err := n.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			n = start(t, c)
			if a, b := n.result(t, person(2)), n.result(t, person(3)); a != paid || b != "10017" {
				t.Errorf("the second and third question of a source that takes two: %s and %s", a, b)
			}
			_, figures = get(t, n.AdminURL()+"/metrics")
			for _, want := range []string{
				`quartet_source_up{source="sim"} 0`, `quartet_source_up{source="registry"} 0`, `quartet_source_breaker{source="sim"} 0`,
			} {
				if !strings.Contains(figures, want+"\n") {
					t.Errorf("the metrics do not tell %s", want)
				}
			}
		})
	}
}

// lost is a ledger that cannot tell whether it wrote what suppliers answered.
type lost struct{ verify.Ledger }

func (lost) Settle(context.Context, quartet.Hold, *quartet.Call, int64, quartet.Claim) error {
	return quartet.Errorf(quartet.ErrUnknownOutcome, "made to fail")
}

func TestRouting_ASourceIsLeftAloneUntilWhatDescribesItChanges(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, "default: {fault: failed}\n")
	n := start(t, c)
	change := func(change func(s *quartet.Source)) {
		t.Helper()
		if _, err := n.Sources.Change(t.Context(), "test", "sim", change, nil); err != nil {
			t.Fatal(err)
		}
		if err := n.Changed(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	change(func(s *quartet.Source) { s.Terms.Failures, s.Terms.Open = 1, time.Hour })
	if a, b := n.result(t, person(1)), n.result(t, person(2)); a != "10007" || b != "10011" {
		t.Fatalf("of one that fails: %s, then %s", a, b)
	}
	change(func(s *quartet.Source) { s.Terms.Priority = 7 })
	if got := n.result(t, person(3)); got != "10011" {
		t.Errorf("with another priority: %s", got)
	}
	change(func(s *quartet.Source) { s.Spec = bySupplier })
	if got := n.result(t, person(4)); got != paid {
		t.Errorf("described anew: %s", got)
	}
}
