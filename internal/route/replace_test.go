package route_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

// closing is a source that is closed when it is replaced; asked afterwards, it says so.
type closing struct {
	*sim.Sim
	closed atomic.Int64
	late   atomic.Bool
}

func newClosing(a sim.Act) *closing { return &closing{Sim: sim.New(sim.Script{Default: a})} }

func (c *closing) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	defer func() {
		if c.closed.Load() > 0 {
			c.late.Store(true)
		}
	}()
	return c.Sim.Verify(ctx, q)
}

func (c *closing) Close() error {
	c.closed.Add(1)
	return errors.New("which nobody could use")
}

func TestReplace_TakesASourceOutAndBringsItBack(t *testing.T) {
	t.Parallel()
	r, sims := build(route.Options{}, match, match)
	list, _ := entries(match, match)
	list[0].Asker, list[1].Asker = sims[0], sims[1]
	for _, c := range []struct {
		on   bool
		from string
	}{{false, "s1"}, {true, "s0"}} {
		list[0].On = c.on
		r.Replace(list, quartet.Policy{})
		if out := put(r); out.Source != c.from || out.Code != quartet.CodeOK {
			t.Errorf("on %v: %s from %s", c.on, out.Code, out.Source)
		}
	}
	if sims[0].Total() != 1 || sims[1].Total() != 1 {
		t.Errorf("asked %d and %d times", sims[0].Total(), sims[1].Total())
	}
}

func TestReplace_HealthSurvivesUnlessWhatItIsAboutChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(e *route.Entry)
		keeps  bool
	}{
		"nothing":            {func(*route.Entry) {}, true},
		"a price":            {func(e *route.Entry) { e.Terms.Prices = []quartet.Price{{Cost: 1}} }, true},
		"a new asker":        {func(e *route.Entry) { e.Asker = sim.New(sim.Script{}) }, true},
		"off and on":         {func(e *route.Entry) { e.ChangedAt = noon }, true},
		"the description":    {func(e *route.Entry) { e.Spec = "other" }, false},
		"the credentials":    {func(e *route.Entry) { e.Sealed = []byte("other") }, false},
		"the kind":           {func(e *route.Entry) { e.Kind = quartet.SourceSim }, false},
		"failures in a row":  {func(e *route.Entry) { e.Terms.Failures = 2 }, false},
		"the time alone":     {func(e *route.Entry) { e.Terms.Open = time.Minute }, false},
		"questions at once":  {func(e *route.Entry) { e.Terms.Concurrent = 2 }, false},
		"questions a second": {func(e *route.Entry) { e.Terms.Rate.QPS = 2 }, false},
	} {
		m := sent(source.Failed)
		m.terms = quartet.Terms{Failures: 1, Open: time.Hour}
		list, sims := entries(m)
		r := route.New(list, route.Options{})
		put(r)
		if out := put(r); trail(out) != "s0 breaker open" {
			t.Fatal(trail(out))
		}
		sims[0].Set("", well)
		if name == "off and on" {
			list[0].On = false
			r.Replace(list, quartet.Policy{})
			list[0].On = true
		}
		c.change(&list[0])
		r.Replace(list, quartet.Policy{})
		if out := put(r); (trail(out) == "s0 breaker open") != c.keeps {
			t.Errorf("%s changed: %s", name, trail(out))
		}
		want := int64(2)
		if c.keeps {
			want = 1
		}
		if h := r.Health()[0]; h.Today != want || h.Failures != 1 {
			t.Errorf("%s changed: the counts are %+v", name, h)
		}
	}
}

func TestReplace_TheCountOfTheDayStaysEvenWhenASourceWasGone(t *testing.T) {
	t.Parallel()
	list, _ := entries(member{terms: quartet.Terms{DailyCap: 1}})
	r := route.New(list, route.Options{})
	put(r)
	r.Replace(nil, quartet.Policy{})
	list[0].Spec = "other"
	r.Replace(list, quartet.Policy{})
	if out := put(r); trail(out) != "s0 daily cap" {
		t.Error(trail(out))
	}
}

func TestReplace_AQuestionOnItsWayKeepsThePlacesItTook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, _ := entries(member{act: sim.Act{Delay: time.Second}, terms: quartet.Terms{Concurrent: 1}})
		r := route.New(list, route.Options{})
		done := make(chan route.Outcome)
		go func() { done <- put(r) }()
		synctest.Wait()
		r.Replace(list, quartet.Policy{})
		if out := put(r); trail(out) != "s0 busy" {
			t.Errorf("meanwhile: %s", trail(out))
		}
		<-done
		if out := put(r); trail(out) != "s0 match" {
			t.Errorf("afterwards: %s", trail(out))
		}
	})
}

func TestReplace_WhoIsReplacedIsClosedOnceAndOnlyWhenNoQuestionIsWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		old := newClosing(sim.Act{Delay: time.Second})
		list, _ := entries(member{asker: old})
		r := route.New(list, route.Options{})
		done := make(chan route.Outcome)
		go func() { done <- put(r) }()
		synctest.Wait()
		r.Replace(list, quartet.Policy{}) // the same again
		young := newClosing(sim.Act{})
		next, _ := entries(member{asker: young})
		r.Replace(next, quartet.Policy{})
		r.Replace(next, quartet.Policy{})
		if put(r); old.closed.Load() != 0 {
			t.Error("it was closed under a question")
		}
		if out := <-done; out.Code != quartet.CodeOK || old.closed.Load() != 1 || old.late.Load() {
			t.Errorf("%s, closed %d times", out.Code, old.closed.Load())
		}
		if young.closed.Load() != 0 {
			t.Error("the one in force was closed")
		}
		r.Replace(nil, quartet.Policy{})
		if young.closed.Load() != 1 || old.closed.Load() != 1 {
			t.Errorf("closed %d and %d times", young.closed.Load(), old.closed.Load())
		}
	})
}

func TestReplace_WhoWasGivenUpIsClosedWhenItComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := slow(sim.Act{})
		deafOne := &deafClosing{deaf: deaf{takes: time.Minute}}
		first.asker = deafOne
		r, _ := build(route.Options{}, first, match)
		timed(r, nil)
		r.Replace(nil, quartet.Policy{})
		if deafOne.closed.Load() {
			t.Error("it was closed under a question")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !deafOne.closed.Load() {
			t.Error("it was never closed")
		}
	})
}

type deafClosing struct {
	deaf
	closed atomic.Bool
}

func (d *deafClosing) Close() error { d.closed.Store(true); return nil }

func TestReplace_ALocalSourceBelongsToTheHouse(t *testing.T) {
	t.Parallel()
	registry := newClosing(sim.Act{})
	r, _ := build(route.Options{}, member{asker: registry, local: true})
	r.Replace(nil, quartet.Policy{})
	if registry.closed.Load() != 0 {
		t.Error("it was closed")
	}
}

func TestReplace_WhileManyAskNobodyMeetsAClosedSource(t *testing.T) {
	t.Parallel()
	r := route.New(nil, route.Options{})
	var all []*closing
	replace := func() {
		c := newClosing(sim.Act{})
		all = append(all, c)
		list, _ := entries(member{asker: c})
		r.Replace(list, quartet.Policy{})
	}
	replace()
	var askers sync.WaitGroup
	var stop atomic.Bool
	for range 8 {
		askers.Go(func() {
			for !stop.Load() {
				if out := put(r); out.Code != quartet.CodeOK {
					t.Errorf("%s, %s", out.Code, trail(out))
					return
				}
			}
		})
	}
	for range 300 {
		replace()
	}
	stop.Store(true)
	askers.Wait()
	for i, c := range all {
		if want := int64(1); c.late.Load() || i < len(all)-1 && c.closed.Load() != want || i == len(all)-1 && c.closed.Load() != 0 {
			t.Errorf("source %d of %d: closed %d times, asked when closed: %v", i, len(all), c.closed.Load(), c.late.Load())
		}
	}
}
