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

func TestLimits_SoManyQuestionsAtOnceAndNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := member{act: sim.Act{Delay: time.Second}, terms: quartet.Terms{Concurrent: 2}}
		r, _ := build(route.Options{}, slow)
		done := make(chan route.Outcome)
		for range 2 {
			go func() { done <- put(r) }()
		}
		synctest.Wait()
		if out := put(r); out.Code != quartet.CodeSourceBusy || trail(out) != "s0 busy" || out.Sent {
			t.Errorf("%s, %s", out.Code, trail(out))
		}
		<-done
		<-done
		if h := r.Health()[0]; h.InFlight != 0 || h.Today != 2 {
			t.Errorf("who was passed over is counted: %+v", h)
		}
		if out := put(r); out.Code != quartet.CodeOK {
			t.Errorf("afterwards: %s", out.Code)
		}
	})
}

func TestLimits_APanicLeavesNoPlaceTaken(t *testing.T) {
	t.Parallel()
	r, _ := build(route.Options{}, member{act: sim.Act{Panic: true}, terms: quartet.Terms{Concurrent: 1}})
	for range 3 {
		if out := put(r); out.Code != quartet.CodeInternal {
			t.Errorf("%s, %s", out.Code, trail(out))
		}
	}
}

func TestLimits_SoManyQuestionsASecondAndNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, s := build(route.Options{}, member{terms: quartet.Terms{Rate: quartet.Rate{QPS: 2, Burst: 3}, Concurrent: 1}})
		for range 3 {
			put(r)
		}
		if out := put(r); out.Code != quartet.CodeSourceBusy || trail(out) != "s0 too fast" || s[0].Total() != 3 {
			t.Errorf("%s, %s, asked %d times", out.Code, trail(out), s[0].Total())
		}
		time.Sleep(time.Second / 2)
		if out := put(r); out.Code != quartet.CodeOK {
			t.Errorf("afterwards: %s, %s", out.Code, trail(out))
		}
	})
}

func TestLimits_SoManyQuestionsADayOfShanghaiAndNoMore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 23, 59, 0, 0, quartet.Shanghai)
	r, s := build(route.Options{Now: func() time.Time { return now }}, member{terms: quartet.Terms{DailyCap: 3}})
	r.Seed(map[string]int64{"s0": 1, "gone": 7})
	put(r)
	put(r)
	if out := put(r); out.Code != quartet.CodeSourceBusy || trail(out) != "s0 daily cap" || s[0].Total() != 2 {
		t.Errorf("%s, %s, asked %d times", out.Code, trail(out), s[0].Total())
	}
	now = now.Add(time.Minute)
	if out := put(r); out.Code != quartet.CodeOK {
		t.Errorf("on the next day: %s, %s", out.Code, trail(out))
	}
}

func TestLimits_OnlyWhatIsSentCountsForTheDay(t *testing.T) {
	t.Parallel()
	m := unsent(source.Unreachable)
	m.terms = quartet.Terms{DailyCap: 1, Failures: 100}
	r, s := build(route.Options{}, m)
	for range 3 {
		if out := put(r); out.Code != quartet.CodeUnreachable {
			t.Errorf("%s, %s", out.Code, trail(out))
		}
	}
	out := r.Ask(context.Background(), route.Question{}, func([]quartet.Asked) error { return errors.New("away") })
	if out.Err == nil {
		t.Error("it was asked")
	}
	s[0].Set("", well)
	if out := put(r); out.Code != quartet.CodeOK {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
	if out := put(r); trail(out) != "s0 daily cap" {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}

func TestLimits_TheCapHoldsAlsoForQuestionsThatComeTogether(t *testing.T) {
	t.Parallel()
	r, s := build(route.Options{}, member{act: sim.Act{Delay: time.Millisecond}, terms: quartet.Terms{DailyCap: 10}})
	done := make(chan route.Outcome)
	for range 40 {
		go func() { done <- put(r) }()
	}
	for range 40 {
		<-done
	}
	if s[0].Total() != 10 {
		t.Errorf("it was asked %d times", s[0].Total())
	}
}

// overnight is with its first question until the next day, on which another one comes.
type overnight struct {
	meanwhile func()
	first     bool
}

func (o *overnight) Verify(context.Context, source.Query) (source.Answer, error) {
	if o.first = !o.first; o.first {
		o.meanwhile()
		return source.Answer{}, &source.Error{Kind: source.Unreachable}
	}
	return source.Answer{Verdict: quartet.Match}, nil
}

func TestLimits_WhatWasNotSentYesterdayIsNotTakenFromToday(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 23, 59, 59, 0, quartet.Shanghai)
	asker := &overnight{}
	r, _ := build(route.Options{Now: func() time.Time { return now }}, member{asker: asker})
	asker.meanwhile = func() {
		now = now.Add(time.Second)
		put(r)
	}
	put(r)
	if h := r.Health()[0]; h.Today != 1 {
		t.Errorf("%d questions of today", h.Today)
	}
}

func TestLimits_APanicBeforeAQuestionLeavesTakesNothingOfThem(t *testing.T) {
	t.Parallel()
	for place, name := range []string{"alone", "beside another one"} {
		synctest.Test(t, func(t *testing.T) {
			one := match
			one.terms.Concurrent = 1
			members := []member{one}
			if place == 1 {
				members = []member{slow(sim.Act{Delay: 5 * time.Second}), one}
			}
			r, _ := build(route.Options{}, members...)
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: the panic is hidden", name)
					}
				}()
				timed(r, func(asked []quartet.Asked) error {
					if len(asked) > place {
						panic("out of memory")
					}
					return nil
				})
			}()
			synctest.Wait()
			for i, h := range r.Health() {
				if h.InFlight != 0 || h.Skipped != "" || i == place && h.Today != 0 {
					t.Errorf("%s: %+v", name, h)
				}
			}
		})
	}
}

func TestLimits_WhoWouldHaveHardlyAnyTimeIsNotAskedAndNotBlamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		first   time.Duration // that the first takes to say that it is busy
		durable time.Duration // that it takes to make the second durable
		local   bool
		code    quartet.Code
		trail   string
		told    int // how often somebody was made durable
	}{
		{"a tenth of the time is left", 9 * time.Second, 0, false, quartet.CodeOK, "s0 busy, s1 match", 2},
		{"less is left", 9001 * time.Millisecond, 0, false, quartet.CodeDeadline, "s0 busy", 1},
		{"less is left, and who comes next is in the house", 9001 * time.Millisecond, 0, true, quartet.CodeOK, "s0 busy, s1 match", 1},
		{"less is left when it is durable", 8 * time.Second, 1500 * time.Millisecond, false, quartet.CodeDeadline, "s0 busy", 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			second := match
			second.local = c.local
			r, _ := build(route.Options{}, member{act: sim.Act{Fault: source.Busy, Sent: true, Retry: true, Delay: c.first}}, second)
			told := 0
			out, _ := timed(r, func(asked []quartet.Asked) error {
				if told++; asked[0].Source == "s1" {
					time.Sleep(c.durable)
				}
				return nil
			})
			if out.Code != c.code || trail(out) != c.trail || told != c.told {
				t.Errorf("%s: %s, %s, made durable %d times", c.name, out.Code, trail(out), told)
			}
			if h := r.Health()[1]; h.Failures != 0 || h.InFlight != 0 {
				t.Errorf("%s: %+v", c.name, h)
			}
		})
	}
}
