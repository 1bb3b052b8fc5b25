package route_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

func TestHealth_TellsHowASourceStandsAndFared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := member{act: sim.Act{Delay: time.Second}, terms: quartet.Terms{Failures: 2, Open: time.Minute}}
		r, s := build(route.Options{}, m)
		expect := func(when string, want route.Health) {
			t.Helper()
			want.Name, want.Kind, want.On = "s0", quartet.SourceHTTPJSON, true
			if got := r.Health(); len(got) != 1 || got[0] != want {
				t.Errorf("%s:\n%+v\nwant\n%+v", when, got, want)
			}
		}
		expect("at first", route.Health{Breaker: route.BreakerClosed})
		done := make(chan route.Outcome)
		go func() { done <- put(r) }()
		synctest.Wait()
		expect("with a question", route.Health{Breaker: route.BreakerClosed, InFlight: 1, Today: 1})
		<-done
		expect("with a verdict", route.Health{Breaker: route.BreakerClosed, Today: 1, Verdicts: 1})
		s[0].Set("", sim.Act{Fault: source.NoRecord, Sent: true})
		put(r)
		expect("with no record", route.Health{Breaker: route.BreakerClosed, Today: 2, Verdicts: 1})
		s[0].Set("", sim.Act{Fault: source.Unreachable})
		put(r)
		s[0].Set("", sim.Act{Fault: source.Failed, Sent: true})
		put(r)
		failed := time.Now()
		open := route.Health{
			Breaker: route.BreakerOpen, Skipped: route.SkippedBreaker, Today: 3, Verdicts: 1, Failures: 2, LastFailure: "failed", FailedAt: failed,
		}
		expect("after two failures", open)
		time.Sleep(time.Minute)
		open.Breaker, open.Skipped = route.BreakerHalfOpen, ""
		expect("after its time", open)
		s[0].Set("", well)
		put(r)
		expect("when it is well", route.Health{Breaker: route.BreakerClosed, Today: 4, Verdicts: 2, Failures: 2, LastFailure: "failed", FailedAt: failed})
		time.Sleep(24 * time.Hour)
		expect("on the next day", route.Health{Breaker: route.BreakerClosed, Verdicts: 2, Failures: 2, LastFailure: "failed", FailedAt: failed})
	})
}

func TestHealth_SaysWhyASourceWouldNotBeAsked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"off", "not yet", "no more", "maintenance"} {
		c := conditions()[name]
		r, _ := build(route.Options{Now: func() time.Time { return noon }}, c.member)
		if h := r.Health()[0]; h.Skipped != c.word || h.On == (name == "off") {
			t.Errorf("%s: %+v", name, h)
		}
	}
	r, _ := build(route.Options{}, member{terms: quartet.Terms{DailyCap: 1}}, member{local: true})
	r.Seed(map[string]int64{"s0": 1})
	if h := r.Health(); h[0].Skipped != route.SkippedDailyCap || h[0].Today != 1 || h[1].Skipped != "" || h[1].Breaker != route.BreakerClosed {
		t.Errorf("%+v", h)
	}
}

func TestObserve_IsToldOncePerQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := map[string]time.Duration{}
		count := map[string]int{}
		list, _ := entries(
			member{off: true}, member{act: sim.Act{Fault: source.Busy, Delay: time.Second}},
			slow(sim.Act{Delay: 5 * time.Second}), takes(time.Second, quartet.Undetermined),
		)
		r := route.New(list, route.Options{Observe: func(source, outcome string, took time.Duration) {
			told[source+" "+outcome] = took
			count[source]++
		}})
		timed(r, nil)
		synctest.Wait()
		want := map[string]time.Duration{"s1 busy": time.Second, "s2 given_up": 2 * time.Second, "s3 undetermined": time.Second}
		if !maps.Equal(told, want) || !maps.Equal(count, map[string]int{"s1": 1, "s2": 1, "s3": 1}) {
			t.Errorf("told %v, %v", told, count)
		}
		told = map[string]time.Duration{}
		registry, _ := entries(member{local: true})
		r.Replace(registry, quartet.Policy{})
		if timed(r, nil); !maps.Equal(told, map[string]time.Duration{"s0 match": 0}) {
			t.Errorf("told %v", told)
		}
	})
}
