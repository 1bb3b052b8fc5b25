package route_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

// fragile are terms whose breaker opens after some failures, for a minute.
func fragile(failures int) quartet.Terms {
	return quartet.Terms{Failures: failures, Open: time.Minute}
}

// always makes a router with one supplier that fails in one way, and a breaker that opens
// after two failures.
func always(k source.Kind) (*route.Router, *sim.Sim) {
	m := sent(k)
	m.terms = fragile(2)
	r, sims := build(route.Options{}, m)
	return r, sims[0]
}

var well = sim.Act{Verdict: quartet.Match}

func TestBreaker_OpensAfterFailuresInARowAndThen10011(t *testing.T) {
	t.Parallel()
	for _, k := range []source.Kind{source.Unreachable, source.Timeout, source.Failed, source.NotUnderstood, source.Busy} {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			r, s := always(k)
			for range 2 {
				if out := put(r); out.Code == quartet.CodeSourcesOff {
					t.Fatal("it opened too early")
				}
			}
			out := put(r)
			if out.Code != quartet.CodeSourcesOff || out.Sent || s.Total() != 2 || trail(out) != "s0 breaker open" {
				t.Errorf("%s, sent %v, asked %d times, %s", out.Code, out.Sent, s.Total(), trail(out))
			}
		})
	}
}

func TestBreaker_AnswersThatAreTheQuestionsFaultDoNotOpenIt(t *testing.T) {
	t.Parallel()
	for _, k := range []source.Kind{source.Rejected, source.NoRecord, source.Unsupported, source.Frequency} {
		r, s := always(k)
		for range 5 {
			put(r)
		}
		if s.Total() != 5 {
			t.Errorf("%s opened it after %d questions", k, s.Total())
		}
	}
}

func TestBreaker_AnAnswerBetweenFailuresBeginsTheRowAnew(t *testing.T) {
	t.Parallel()
	r, s := always(source.Failed)
	for _, act := range []sim.Act{{Fault: source.Failed}, well, {Fault: source.Failed}, well} {
		s.Set("", act) // the question names no card
		if out := put(r); out.Code == quartet.CodeSourcesOff {
			t.Fatal("it opened")
		}
	}
}

func TestBreaker_AfterItsTimeOneQuestionGoesThroughAndDecides(t *testing.T) {
	t.Parallel()
	for _, better := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r, s := always(source.Failed)
			put(r)
			put(r)
			time.Sleep(time.Minute)
			s.Set("", sim.Act{Fault: source.Failed, Delay: time.Second})
			if better {
				s.Set("", sim.Act{Delay: time.Second})
			}
			probe := make(chan route.Outcome)
			go func() { probe <- put(r) }()
			synctest.Wait()
			for range 3 {
				if out := put(r); trail(out) != "s0 breaker open" {
					t.Errorf("beside the probe: %s", trail(out))
				}
			}
			<-probe
			if out := put(r); (out.Code == quartet.CodeOK) != better {
				t.Errorf("after a probe that went well (%v): %s", better, out.Code)
			}
		})
	}
}

func TestBreaker_AQuestionThatIsNotPutGivesItsProbeBack(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(r *route.Router, slow *bool) bool{
		"the ledger fails": func(r *route.Router, _ *bool) bool {
			return r.Ask(context.Background(), route.Question{}, func([]quartet.Asked) error { return errors.New("away") }).Err != nil
		},
		"the ledger takes all the time": func(r *route.Router, _ *bool) bool {
			ctx, cancel := context.WithCancel(context.Background())
			return r.Ask(ctx, route.Question{}, func([]quartet.Asked) error { cancel(); return nil }).Code == quartet.CodeDeadline
		},
		"it has had its questions of this second": func(r *route.Router, still *bool) bool {
			*still = true
			defer func() { *still = false }()
			return trail(put(r)) == "s0 too fast"
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := sent(source.Failed)
			m.terms = fragile(2)
			m.terms.Concurrent, m.terms.Rate = 1, quartet.Rate{QPS: 2}
			begun, still := time.Now(), false
			r, sims := build(route.Options{Now: func() time.Time {
				if still {
					return begun
				}
				return time.Now()
			}}, m)
			put(r)
			put(r)
			time.Sleep(time.Minute)
			sims[0].Set("", well)
			if !spoil(r, &still) {
				t.Errorf("%s: it was put", name)
			}
			if out := put(r); out.Code != quartet.CodeOK {
				t.Errorf("%s: the next question gets %s, %s", name, out.Code, trail(out))
			}
		})
	}
}

func TestBreaker_AQuestionThatIsNotPutDoesNotBeginTheRowAnew(t *testing.T) {
	t.Parallel()
	r, s := always(source.Failed)
	put(r)
	r.Ask(t.Context(), route.Question{}, func([]quartet.Asked) error { return errors.New("away") })
	put(r)
	if put(r); s.Total() != 2 {
		t.Errorf("it was asked %d times", s.Total())
	}
}

func TestBreaker_OneWhoseCallerLeftIsNotBlamed(t *testing.T) {
	t.Parallel()
	m := member{act: sim.Act{Delay: time.Hour}, terms: fragile(1)}
	r, sims := build(route.Options{}, m)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if out := r.Ask(ctx, route.Question{}, nil); out.Code != quartet.CodeDeadline || !out.Sent {
		t.Errorf("%s, sent %v", out.Code, out.Sent)
	}
	sims[0].Set("", well)
	if out := put(r); out.Code != quartet.CodeOK {
		t.Errorf("the next caller gets %s", out.Code)
	}
}

func TestBreaker_AResultFromBeforeItOpenedDoesNotCloseIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, s := always(source.Failed)
		s.Set("", sim.Act{Delay: 90 * time.Second})
		late := make(chan route.Outcome)
		go func() { late <- r.Ask(context.Background(), route.Question{}, nil) }()
		synctest.Wait()
		s.Set("", sim.Act{Fault: source.Failed, Sent: true})
		put(r)
		put(r)
		time.Sleep(time.Minute)
		s.Set("", sim.Act{Fault: source.Failed, Sent: true, Delay: time.Minute})
		probe := make(chan route.Outcome)
		go func() { probe <- r.Ask(context.Background(), route.Question{}, nil) }()
		if out := <-late; out.Code != quartet.CodeOK {
			t.Error(out.Code)
		}
		if out := put(r); trail(out) != "s0 breaker open" {
			t.Errorf("while its probe is out: %s", trail(out))
		}
		<-probe
	})
}

func TestBreaker_APanicCountsAsAFailure(t *testing.T) {
	t.Parallel()
	r, sims := build(route.Options{}, member{act: sim.Act{Panic: true}, terms: fragile(1)}, match)
	if out := put(r); out.Code != quartet.CodeInternal {
		t.Fatalf("%s", out.Code)
	}
	if out := put(r); out.Code != quartet.CodeOK || sims[0].Total() != 1 {
		t.Errorf("%s, the first was asked %d times", out.Code, sims[0].Total())
	}
}

func TestBreaker_ALocalSourceHasNone(t *testing.T) {
	t.Parallel()
	m := sent(source.Failed)
	m.local, m.terms = true, fragile(1)
	r, sims := build(route.Options{}, m)
	for range 3 {
		if out := put(r); out.Code != quartet.CodeSourcesFailed {
			t.Errorf("%s", out.Code)
		}
	}
	if sims[0].Total() != 3 {
		t.Errorf("asked %d times", sims[0].Total())
	}
}
