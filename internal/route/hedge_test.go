package route_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

// slow is a source beside which the next one is asked after a second.
func slow(a sim.Act) member {
	return member{act: a, terms: quartet.Terms{HedgeAfter: time.Second, Failures: 3, Open: time.Hour, Prices: []quartet.Price{{Cost: 70}}}}
}

// takes is a source that takes so long for a verdict.
func takes(d time.Duration, v quartet.Verdict) member {
	return member{act: sim.Act{Verdict: v, Delay: d}, terms: quartet.Terms{Prices: []quartet.Price{{Cost: 50}}}}
}

// timed asks and tells when the answer came.
func timed(r *route.Router, before route.Before) (route.Outcome, time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	begun := time.Now()
	return r.Ask(ctx, route.Question{}, before), time.Since(begun)
}

func TestHedge_WhoIsFastEnoughIsAskedAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, sims := build(route.Options{}, slow(sim.Act{Delay: 900 * time.Millisecond}), match)
		if out, took := timed(r, nil); out.Code != quartet.CodeOK || trail(out) != "s0 match" || took != 900*time.Millisecond || sims[1].Total() != 0 {
			t.Errorf("%s, %s after %v", out.Code, trail(out), took)
		}
	})
}

func TestHedge_TheFirstVerdictIsTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		first, second time.Duration
		source, trail string
		took          time.Duration
	}{
		{"of the second", 5 * time.Second, time.Second, "s1", "s0 given_up, s1 mismatch", 2 * time.Second},
		{"of the first", 3 * time.Second, 5 * time.Second, "s0", "s0 match, s1 given_up", 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := build(route.Options{}, slow(takes(c.first, quartet.Match).act), takes(c.second, quartet.Mismatch), match)
			out, took := timed(r, nil)
			if out.Code != quartet.CodeOK || out.Source != c.source || trail(out) != c.trail || took != c.took || !out.Sent {
				t.Errorf("%s: %s from %s after %v, %s", c.name, out.Code, out.Source, took, trail(out))
			}
			for i, a := range out.Attempts {
				if lost := a.Failure != ""; lost != (a.Note == "hedged") || lost && (!a.Sent || a.Charged != quartet.ChargedUnknown || a.Cost == 0) {
					t.Errorf("%s: attempt %d is %+v", c.name, i, a)
				}
			}
			if gap := out.Attempts[1].At.Sub(out.Attempts[0].At); gap != time.Second {
				t.Errorf("%s: the second was asked after %v", c.name, gap)
			}
		})
	}
}

func TestHedge_BothAreDurableBeforeTheSecondIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, sims := entries(slow(sim.Act{Delay: 5 * time.Second}), takes(time.Second, quartet.Match))
		r := route.New(list, route.Options{})
		var told [][]quartet.Asked
		out, _ := timed(r, func(asked []quartet.Asked) error {
			if sims[len(told)].Total() != 0 {
				t.Errorf("%v: the last was asked before", asked)
			}
			told = append(told, asked)
			return nil
		})
		want := [][]quartet.Asked{{{Source: "s0", Cost: 70}}, {{Source: "s0", Cost: 70}, {Source: "s1", Cost: 50}}}
		if out.Source != "s1" || !slices.EqualFunc(told, want, slices.Equal) {
			t.Errorf("%s: told %v, want %v", out.Source, told, want)
		}
	})
}

func TestHedge_WithoutADurableWordTheFirstGoesOnAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, sims := build(route.Options{}, slow(sim.Act{Delay: 5 * time.Second}), match)
		out, took := timed(r, func(asked []quartet.Asked) error {
			if len(asked) == 2 {
				return errors.New("away")
			}
			return nil
		})
		if out.Err != nil || out.Code != quartet.CodeOK || trail(out) != "s0 match" || took != 5*time.Second || sims[1].Total() != 0 {
			t.Errorf("%s, %v, %s after %v", out.Code, out.Err, trail(out), took)
		}
		if h := r.Health()[1]; h.InFlight != 0 || h.Today != 0 {
			t.Errorf("who was not asked is counted: %+v", h)
		}
	})
}

func TestHedge_WhoAnswersWhileTheSecondIsMadeDurableSparesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		act   sim.Act
		trail string
	}{
		{sim.Act{Delay: 2 * time.Second}, "s0 match"},
		{sim.Act{Fault: source.Busy, Delay: 2 * time.Second}, "s0 busy, s1 match"}, // then its turn comes
	} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := build(route.Options{}, slow(c.act), match)
			out, _ := timed(r, func(asked []quartet.Asked) error {
				if len(asked) == 2 {
					time.Sleep(3 * time.Second)
				}
				return nil
			})
			if out.Code != quartet.CodeOK || trail(out) != c.trail {
				t.Errorf("%s, %s, want %s", out.Code, trail(out), c.trail)
			}
		})
	}
}

func TestHedge_OnlyOnceACallAndOnlyWhoMayBeAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := slow(sim.Act{Fault: source.Busy, Delay: 2 * time.Second})
		r, _ := build(route.Options{}, busy, member{off: true}, busy, slow(sim.Act{Delay: 2 * time.Second}), match)
		out, took := timed(r, nil)
		// Two at once until 3 s, then the third alone though it is slow.
		if out.Code != quartet.CodeOK || trail(out) != "s0 busy, s1 off, s2 busy, s3 match" || took != 5*time.Second {
			t.Errorf("%s after %v, %s", out.Code, took, trail(out))
		}
	})
}

func TestHedge_AnAnswerOverWhichNobodyElseMayBeAskedEndsIt(t *testing.T) {
	t.Parallel()
	for k, code := range map[source.Kind]quartet.Code{source.NoRecord: quartet.CodeNoRecord, source.Frequency: quartet.CodeLimited} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := build(route.Options{}, slow(sim.Act{Delay: 5 * time.Second}), member{act: sim.Act{Fault: k, Sent: true}}, match)
			out, took := timed(r, nil)
			if out.Code != code || out.Source != "s1" || took != time.Second || trail(out) != "s0 given_up, s1 "+k.String() {
				t.Errorf("%s from %s after %v, %s", out.Code, out.Source, took, trail(out))
			}
		})
	}
}

func TestHedge_AFailureOfOneWaitsForTheOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		first, second sim.Act
		code          quartet.Code
		trail         string
	}{
		{"the second fails", sim.Act{Delay: 3 * time.Second}, sim.Act{Fault: source.Busy, Sent: true}, quartet.CodeOK, "s0 match, s1 busy"},
		{"the first fails", sim.Act{Fault: source.Failed, Sent: true, Delay: 2 * time.Second}, sim.Act{Delay: 3 * time.Second}, quartet.CodeOK, "s0 failed, s1 match"},
		{"the first panics", sim.Act{Panic: true, Delay: 2 * time.Second}, sim.Act{Delay: 3 * time.Second}, quartet.CodeOK, "s0 panic, s1 match"},
		{"both surely did not process it", sim.Act{Fault: source.Busy, Delay: 2 * time.Second}, sim.Act{Fault: source.Busy}, quartet.CodeOK, "s0 busy, s1 busy, s2 match"},
		{"of one nobody knows, and then the other fails", sim.Act{Fault: source.Failed, Sent: true, Delay: 2 * time.Second}, sim.Act{Fault: source.Busy, Delay: 3 * time.Second}, quartet.CodeSourceBusy, "s0 failed, s1 busy"},
		{"of one nobody knows", sim.Act{Fault: source.Failed, Sent: true, Delay: 2 * time.Second}, sim.Act{Fault: source.Busy}, quartet.CodeSourceBusy, "s0 failed, s1 busy"},
		{"one panics, the other fails", sim.Act{Panic: true, Delay: 2 * time.Second}, sim.Act{Fault: source.Busy}, quartet.CodeInternal, "s0 panic, s1 busy"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := build(route.Options{}, slow(c.first), member{act: c.second}, match)
			if out, _ := timed(r, nil); out.Code != c.code || trail(out) != c.trail {
				t.Errorf("%s: %s, %s; want %s, %s", c.name, out.Code, trail(out), c.code, c.trail)
			}
		})
	}
}

func TestHedge_TheDeadlineEndsBoth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := build(route.Options{}, slow(sim.Act{Delay: time.Hour}), takes(time.Hour, quartet.Match), match)
		out, took := timed(r, nil)
		if out.Code != quartet.CodeDeadline || took != 10*time.Second || trail(out) != "s0 timeout, s1 timeout" {
			t.Errorf("%s after %v, %s", out.Code, took, trail(out))
		}
	})
}

func TestHedge_WhoWasNotReachedWhenItWasGivenUpCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := build(route.Options{}, slow(sim.Act{Fault: source.Unreachable, Delay: time.Hour}), match)
		out, _ := timed(r, nil)
		if a := out.Attempts[0]; trail(out) != "s0 given_up, s1 match" || a.Sent || a.Charged != quartet.ChargedNo || a.Cost != 0 || a.Note != "hedged" {
			t.Errorf("%s, %+v", trail(out), a)
		}
	})
}

// deaf does not honour its context: it comes back when it likes.
type deaf struct {
	takes time.Duration
	err   error // nil: a match
}

func (d deaf) Verify(context.Context, source.Query) (source.Answer, error) {
	time.Sleep(d.takes)
	if d.err != nil {
		return source.Answer{}, d.err
	}
	return source.Answer{Verdict: quartet.Match, Charged: quartet.ChargedYes}, nil
}

func TestHedge_NobodyWaitsForOneThatDoesNotComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := slow(sim.Act{})
		first.asker, first.terms.Concurrent = deaf{takes: time.Minute}, 1
		r, _ := build(route.Options{}, first, match)
		out, took := timed(r, nil)
		a := out.Attempts[0]
		if trail(out) != "s0 given_up, s1 match" || took > 1100*time.Millisecond || !a.Sent || a.Charged != quartet.ChargedUnknown || a.Cost != 70 || a.Latency < time.Second {
			t.Errorf("after %v %s, %+v", took, trail(out), a)
		}
		if h := r.Health()[0]; h.InFlight != 1 || h.Skipped != route.SkippedBusy {
			t.Errorf("it still has the question: %+v", h)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if h := r.Health()[0]; h.InFlight != 0 || h.Verdicts != 1 || h.Skipped != "" {
			t.Errorf("it came back: %+v", h)
		}
	})
}

func TestHedge_TwoThatAnswerInOneMomentAreBothRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := slow(sim.Act{})
		first.asker = deaf{takes: 2*time.Second + time.Millisecond}
		r, _ := build(route.Options{}, first, takes(time.Second, quartet.Mismatch))
		out, _ := timed(r, nil)
		if a := out.Attempts[0]; trail(out) != "s0 match, s1 mismatch" || out.Answer.Verdict != quartet.Mismatch || a.Charged != quartet.ChargedYes || a.Note != "hedged" {
			t.Errorf("%s, %+v", trail(out), a)
		}
		first.asker = deaf{2*time.Second + time.Millisecond, &source.Error{Kind: source.NoRecord, Sent: true, Charged: quartet.ChargedYes}}
		r, _ = build(route.Options{}, first, takes(time.Second, quartet.Mismatch))
		out, _ = timed(r, nil)
		if a := out.Attempts[0]; trail(out) != "s0 no_record, s1 mismatch" || out.Code != quartet.CodeOK || a.Charged != quartet.ChargedYes || a.Note != "hedged" {
			t.Errorf("%s, %+v", trail(out), a)
		}
	})
}

func TestHedge_WhoIsOutrunAgainAndAgainIsLeftAloneAndWhoWasNotNeededIsNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, sims := build(route.Options{}, slow(sim.Act{Delay: 5 * time.Second}), match)
		for range 3 {
			timed(r, nil)
		}
		if out, took := timed(r, nil); trail(out) != "s0 breaker open, s1 match" || took != 0 || sims[0].Total() != 3 {
			t.Errorf("%s after %v", trail(out), took)
		}
		second := takes(5*time.Second, quartet.Match)
		second.terms.Failures, second.terms.Open = 1, time.Hour
		r, _ = build(route.Options{}, slow(sim.Act{Delay: 2 * time.Second}), second)
		for range 3 {
			if out, _ := timed(r, nil); trail(out) != "s0 match, s1 given_up" {
				t.Error(trail(out))
			}
		}
	})
}

func TestHedge_AVerdictGoesBeforeARefusalThatCameAMomentEarlier(t *testing.T) {
	t.Parallel()
	for _, k := range []source.Kind{source.NoRecord, source.Frequency} {
		synctest.Test(t, func(t *testing.T) {
			first := slow(sim.Act{})
			first.asker = deaf{takes: 2*time.Second + time.Millisecond}
			r, _ := build(route.Options{}, first, member{act: sim.Act{Fault: k, Sent: true, Delay: time.Second}})
			out, _ := timed(r, nil)
			if a := out.Attempts[0]; out.Code != quartet.CodeOK || out.Source != "s0" || out.Answer.Verdict != quartet.Match || a.Note != "" || trail(out) != "s0 match, s1 "+k.String() {
				t.Errorf("%s from %s, %s, %+v", out.Code, out.Source, trail(out), a)
			}
			first.asker = deaf{2*time.Second + time.Millisecond, &source.Error{Kind: source.Failed, Sent: true}}
			r, _ = build(route.Options{}, first, member{act: sim.Act{Fault: k, Sent: true, Delay: time.Second}})
			out, _ = timed(r, nil)
			if a := out.Attempts[0]; out.Code == quartet.CodeOK || out.Source != "s1" || a.Note != "hedged" {
				t.Errorf("%s from %s, %+v", out.Code, out.Source, a)
			}
		})
	}
}

func TestHedge_NobodyIsAskedBesideWhenHardlyAnyTimeIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := slow(sim.Act{Delay: 9500 * time.Millisecond})
		first.terms.HedgeAfter = 9200 * time.Millisecond
		r, sims := build(route.Options{}, first, match)
		if out, _ := timed(r, nil); trail(out) != "s0 match" || sims[1].Total() != 0 {
			t.Errorf("%s, %s", out.Code, trail(out))
		}
	})
}
