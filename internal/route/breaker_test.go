package route_test

import (
	"context"
	"testing"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

// always makes a router with one supplier that fails in one way, and a breaker that opens
// after two failures.
func always(k source.Kind, open time.Duration) (*route.Router, *sim.Sim) {
	r, sims := build(route.Options{Failures: 2, Open: open}, sent(k))
	return r, sims[0]
}

func TestBreaker_OpensAfterFailuresInARowAndThen10011(t *testing.T) {
	t.Parallel()
	for _, k := range []source.Kind{source.Unreachable, source.Timeout, source.Failed, source.NotUnderstood, source.Busy} {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			r, s := always(k, time.Hour)
			for range 2 {
				if out := r.Ask(context.Background(), source.Query{}); out.Code == quartet.CodeSourcesOff {
					t.Fatal("it opened too early")
				}
			}
			out := r.Ask(context.Background(), source.Query{})
			if out.Code != quartet.CodeSourcesOff || out.Sent || s.Total() != 2 {
				t.Errorf("%s, sent %v, asked %d times", out.Code, out.Sent, s.Total())
			}
		})
	}
}

func TestBreaker_AnswersThatAreTheQuestionsFaultDoNotOpenIt(t *testing.T) {
	t.Parallel()
	for _, k := range []source.Kind{source.Rejected, source.NoRecord, source.Unsupported, source.Frequency} {
		r, s := always(k, time.Hour)
		for range 5 {
			r.Ask(context.Background(), source.Query{})
		}
		if s.Total() != 5 {
			t.Errorf("%s opened it after %d questions", k, s.Total())
		}
	}
}

func TestBreaker_ClosesWhenTheSourceIsWellAgain(t *testing.T) {
	t.Parallel()
	r, s := always(source.Failed, 10*time.Millisecond)
	for range 2 {
		r.Ask(context.Background(), source.Query{})
	}
	s.Set("", sim.Act{Verdict: quartet.Match}) // the query names no card
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if out := r.Ask(context.Background(), source.Query{}); out.Code == quartet.CodeOK {
			return
		}
	}
	t.Error("it never closed")
}

func TestBreaker_APanicCountsAsAFailure(t *testing.T) {
	t.Parallel()
	r, sims := build(route.Options{Failures: 1, Open: time.Hour}, member{act: sim.Act{Panic: true}}, match)
	if out := r.Ask(context.Background(), source.Query{}); out.Code != quartet.CodeInternal {
		t.Fatalf("%s", out.Code)
	}
	if out := r.Ask(context.Background(), source.Query{}); out.Code != quartet.CodeOK || sims[0].Total() != 1 {
		t.Errorf("%s, the first was asked %d times", out.Code, sims[0].Total())
	}
}

func TestBreaker_ALocalSourceHasNone(t *testing.T) {
	t.Parallel()
	m := sent(source.Failed)
	m.local = true
	r, sims := build(route.Options{Failures: 1, Open: time.Hour}, m)
	for range 3 {
		if out := r.Ask(context.Background(), source.Query{}); out.Code != quartet.CodeSourcesFailed {
			t.Errorf("%s", out.Code)
		}
	}
	if sims[0].Total() != 3 {
		t.Errorf("asked %d times", sims[0].Total())
	}
}
