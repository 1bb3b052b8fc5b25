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

// recalling is a source that can be asked afterwards.
type recalling struct {
	*sim.Sim
	found    source.Finding
	err      error
	panics   bool
	takes    time.Duration       // of an inquiry
	inquired chan source.Inquiry // holds what it was asked afterwards
}

func recall(a sim.Act, f source.Finding) *recalling {
	return &recalling{Sim: sim.New(sim.Script{Default: a}), found: f, inquired: make(chan source.Inquiry, 10)}
}

func (r *recalling) Inquire(_ context.Context, i source.Inquiry) (source.Finding, error) {
	r.inquired <- i
	time.Sleep(r.takes)
	if r.panics {
		panic("it knows of 13900000001")
	}
	return r.found, r.err
}

// priced is a source that costs something.
func priced(s source.Source) member {
	return member{asker: s, terms: quartet.Terms{Prices: []quartet.Price{{Cost: 70}}}}
}

// hangs is a question that reaches its source and is never answered.
var hangs = sim.Act{Fault: source.Timeout, Sent: true}

var order = route.Question{Query: source.Query{Order: "4XU29Z4D1704061618", Need: quartet.NeedName | quartet.NeedID | quartet.NeedCard}}

// bounded asks with ten seconds.
func bounded(r *route.Router) (route.Outcome, time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	begun := time.Now()
	return r.Ask(ctx, order, nil), time.Since(begun)
}

func TestInquiry_TellsWhatBecameOfAQuestion(t *testing.T) {
	t.Parallel()
	verdict := source.Finding{Arrived: true, Answer: source.Answer{Verdict: quartet.Mismatch, Charged: quartet.ChargedYes, Reference: "r-1", Code: "2"}}
	for _, c := range []struct {
		name  string
		act   sim.Act
		found source.Finding
		err   error
		throw bool
		code  quartet.Code
		trail string
		first quartet.Attempt
	}{
		{
			"it arrived, and there is a verdict", hangs, verdict, nil, false, quartet.CodeOK, "s0 mismatch",
			quartet.Attempt{Charged: quartet.ChargedYes, Cost: 70, Reference: "r-1", Code: "2", Note: "inquired"},
		},
		{
			"it arrived, and is charged without a verdict", hangs,
			source.Finding{Arrived: true, Answer: source.Answer{Charged: quartet.ChargedYes, Code: "9"}},
			nil, false,
			quartet.CodeDeadline, "s0 timeout",
			quartet.Attempt{Charged: quartet.ChargedYes, Cost: 70, Code: "9", Note: "inquired"},
		},
		{"it has not arrived yet", hangs, source.Finding{}, nil, false, quartet.CodeDeadline, "s0 timeout", quartet.Attempt{Charged: quartet.ChargedUnknown, Cost: 70}},
		{"nothing is learnt", hangs, verdict, errors.New("away"), false, quartet.CodeDeadline, "s0 timeout", quartet.Attempt{Charged: quartet.ChargedUnknown, Cost: 70}},
		{"the inquiry panics", hangs, verdict, nil, true, quartet.CodeDeadline, "s0 timeout", quartet.Attempt{Charged: quartet.ChargedUnknown, Cost: 70}},
		{
			"the connection broke off, and it has not arrived yet",
			sim.Act{Fault: source.Unreachable, Sent: true},
			source.Finding{},
			nil, false, quartet.CodeSourcesFailed, "s0 failed",
			quartet.Attempt{Charged: quartet.ChargedUnknown, Cost: 70, Code: "sim"},
		},
		{
			"an answer nobody understands",
			sim.Act{Fault: source.NotUnderstood, Sent: true},
			verdict, nil, false, quartet.CodeOK, "s0 mismatch",
			quartet.Attempt{Charged: quartet.ChargedYes, Cost: 70, Reference: "r-1", Code: "2", Note: "inquired"},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			first := recall(c.act, c.found)
			first.err, first.panics = c.err, c.throw
			r, _ := build(route.Options{}, priced(first), match)
			out, _ := bounded(r)
			if out.Code != c.code || trail(out) != c.trail || !out.Sent {
				t.Errorf("%s: %s, %s, sent %v", c.name, out.Code, trail(out), out.Sent)
			}
			a := out.Attempts[0]
			if a.Charged != c.first.Charged || a.Cost != c.first.Cost || a.Note != c.first.Note || a.Code != c.first.Code || a.Reference != c.first.Reference || !a.Sent {
				t.Errorf("%s: %+v, want %+v", c.name, a, c.first)
			}
			if i := <-first.inquired; i.Order != order.Order || i.Need != order.Need || i.At.IsZero() {
				t.Errorf("%s: inquired about %+v", c.name, i)
			}
		})
	}
}

// referring gives its number of a question with an answer that nobody understands.
type referring struct{ *recalling }

func (referring) Verify(context.Context, source.Query) (source.Answer, error) {
	return source.Answer{}, &source.Error{Kind: source.NotUnderstood, Sent: true, Reference: "r-0"}
}

func TestInquiry_WithoutANumberLeavesTheOneThatTheFirstAnswerGave(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": "r-0", "r-1": "r-1"} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := build(route.Options{}, priced(referring{recall(sim.Act{}, source.Finding{Arrived: true, Answer: source.Answer{Verdict: quartet.Match, Reference: given}})}))
			out, _ := bounded(r)
			if a := out.Attempts[0]; out.Code != quartet.CodeOK || a.Reference != want || out.Answer.Reference != want {
				t.Errorf("the inquiry gives %q: %s, %q, %q", given, out.Code, a.Reference, out.Answer.Reference)
			}
		})
	}
}

func TestInquiry_IsNotNeededWhereTheOutcomeIsKnown(t *testing.T) {
	t.Parallel()
	retried := hangs
	retried.Retry, retried.Delay = true, time.Second
	for name, act := range map[string]sim.Act{
		"a verdict": {}, "no record": {Fault: source.NoRecord, Sent: true}, "a rejection": {Fault: source.Rejected, Sent: true},
		"a source that is busy": {Fault: source.Busy, Sent: true}, "one that was not reached": {Fault: source.Unreachable},
		"what was surely not processed": retried, "a panic": {Panic: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			first := recall(act, source.Finding{})
			r, _ := build(route.Options{}, priced(first))
			if out, _ := bounded(r); len(first.inquired) != 0 {
				t.Errorf("%s: inquired after %s", name, trail(out))
			}
		})
	}
}

func TestInquiry_HasAPartOfTheTimeLeftForIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ own, took time.Duration }{{0, 7 * time.Second}, {2 * time.Second, 2 * time.Second}, {9 * time.Second, 7 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			m := priced(recall(hangs, source.Finding{Arrived: true, Answer: source.Answer{Verdict: quartet.Match}}))
			m.terms.Timeout = c.own
			r, _ := build(route.Options{}, m)
			if out, took := bounded(r); out.Code != quartet.CodeOK || took != c.took {
				t.Errorf("with a time of %v: %s after %v", c.own, out.Code, took)
			}
		})
	}
}

func TestInquiry_OneThatMustBeAskedAfterwardsIsNotWell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := priced(recall(hangs, source.Finding{Arrived: true, Answer: source.Answer{Verdict: quartet.Match}}))
		m.terms.Failures, m.terms.Open = 2, time.Hour
		r, _ := build(route.Options{}, m)
		bounded(r)
		bounded(r)
		if out, _ := bounded(r); trail(out) != "s0 breaker open" {
			t.Error(trail(out))
		}
		if h := r.Health()[0]; h.Verdicts != 2 || h.Failures != 2 || h.LastFailure != "timeout" {
			t.Errorf("%+v", h)
		}
	})
}

func TestInquiry_OfAHedgedPairTheFirstIsAskedAfterwardsWhileTheSecondWorks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := priced(recall(hangs, source.Finding{Arrived: true, Answer: source.Answer{Verdict: quartet.Mismatch}}))
		m.terms.Timeout, m.terms.HedgeAfter = 2*time.Second, time.Second
		r, _ := build(route.Options{}, m, takes(5*time.Second, quartet.Match))
		if out, took := bounded(r); trail(out) != "s0 mismatch, s1 given_up" || took != 2*time.Second {
			t.Errorf("%s after %v", trail(out), took)
		}
	})
}

// TestInquiry_NobodyIsAskedBesideASourceThatIsBeingInquired since what it made of the question
// is not known.
func TestInquiry_NobodyIsAskedBesideASourceThatIsBeingInquired(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		durable time.Duration // how long it takes to make a second one durable
		own     time.Duration // of the first question
	}{
		{"it began before the second one's turn", 0, 500 * time.Millisecond},
		{"it began while the second one was made durable", time.Second, 1500 * time.Millisecond},
	} {
		for code, found := range map[quartet.Code]source.Finding{
			quartet.CodeOK: {Arrived: true, Answer: source.Answer{Verdict: quartet.Mismatch}}, quartet.CodeDeadline: {Arrived: true},
		} {
			synctest.Test(t, func(t *testing.T) {
				first := recall(hangs, found)
				first.takes = 3 * time.Second
				m := priced(first)
				m.terms.Timeout, m.terms.HedgeAfter = c.own, time.Second
				r, sims := build(route.Options{}, m, match)
				out, took := timed(r, func(asked []quartet.Asked) error {
					if len(asked) == 2 {
						time.Sleep(c.durable)
					}
					return nil
				})
				if out.Code != code || took != c.own+3*time.Second || sims[1].Total() != 0 || len(out.Attempts) != 1 {
					t.Errorf("%s: %s, %s after %v", c.name, out.Code, trail(out), took)
				}
				time.Sleep(time.Minute) // until nobody is at work
			})
		}
	}
}
