package route_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// member is one scripted source; members are asked in their order unless terms say else.
type member struct {
	act   sim.Act
	off   bool
	local bool
	terms quartet.Terms
	asker source.Source // instead of one with the act
}

// entry makes the source of a member, named s0, s1, …
func (m member) entry(i int) (route.Entry, *sim.Sim) {
	s := sim.New(sim.Script{Default: m.act})
	e := route.Entry{
		Source: quartet.Source{Name: fmt.Sprintf("s%d", i), Kind: quartet.SourceHTTPJSON, On: !m.off, Terms: m.terms},
		Asker:  s,
	}
	if m.local {
		e.Kind = quartet.SourceRegistry
	}
	if m.asker != nil {
		e.Asker = m.asker
	}
	return e, s
}

// entries makes sources of members that stand in the order of their priority.
func entries(members ...member) ([]route.Entry, []*sim.Sim) {
	list := make([]route.Entry, len(members))
	sims := make([]*sim.Sim, len(members))
	for i, m := range members {
		list[i], sims[i] = m.entry(i)
		if list[i].Terms.Priority == 0 {
			list[i].Terms.Priority = i
		}
	}
	return list, sims
}

// build makes a router of scripted sources.
func build(o route.Options, members ...member) (*route.Router, []*sim.Sim) {
	list, sims := entries(members...)
	return route.New(list, o), sims
}

// put asks a router without a question to speak of, and with time enough.
func put(r *route.Router) route.Outcome {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return r.Ask(ctx, route.Question{}, nil)
}

// ask builds a router of its own and puts one question to it.
func ask(t *testing.T, members ...member) (route.Outcome, []*sim.Sim) {
	t.Helper()
	r, sims := build(route.Options{}, members...)
	return put(r), sims
}

// trail is the attempts in short: "s0 off, s1 timeout, s2 match".
func trail(out route.Outcome) string {
	words := make([]string, 0, len(out.Attempts))
	for _, a := range out.Attempts {
		word := a.Skipped + a.Failure
		if a.Verdict != quartet.NoVerdict {
			word += a.Verdict.String()
		}
		words = append(words, a.Source+" "+word)
	}
	return strings.Join(words, ", ")
}

// unsent is a failure of a source that surely did not process the question. A timeout gets
// a delay, without which it would wait for the caller's deadline.
func unsent(k source.Kind) member {
	return member{act: sim.Act{Fault: k, Delay: time.Microsecond}}
}

func sent(k source.Kind) member {
	m := unsent(k)
	m.act.Sent = true
	return m
}

var match = member{act: sim.Act{Verdict: quartet.Match}}

// failures are the ways to fail after which the next source may be asked, gravest first:
// of several, the first in this list is what the caller is told.
var failures = []struct {
	code   quartet.Code
	member member
}{
	{quartet.CodeDeadline, unsent(source.Timeout)},
	{quartet.CodeNotUnderstood, unsent(source.NotUnderstood)},
	{quartet.CodeSourceRejected, unsent(source.Rejected)},
	{quartet.CodeSourceBusy, unsent(source.Busy)},
	{quartet.CodeSourcesFailed, unsent(source.Failed)},
	{quartet.CodeUnreachable, unsent(source.Unreachable)},
	{quartet.CodeUnsupported, unsent(source.Unsupported)},
	{quartet.CodeNoRecord, member{act: sim.Act{Fault: source.NoRecord, Sent: true}, local: true}},
	{quartet.CodeSourcesOff, member{off: true}},
}

// mixes calls f with every ordered choice of two and of three failures, repeats included.
func mixes(f func(chosen []int)) {
	for a := range failures {
		for b := range failures {
			f([]int{a, b})
			for c := range failures {
				f([]int{a, b, c})
			}
		}
	}
}

func TestAsk_OfSeveralFailuresTheGravestIsTold(t *testing.T) {
	t.Parallel()
	mixes(func(chosen []int) {
		var members []member
		gravest, local, suppliers, unsent := len(failures), false, false, true
		for _, i := range chosen {
			m := failures[i].member
			members = append(members, m)
			gravest = min(gravest, i)
			local, suppliers, unsent = local || m.local, suppliers || !m.local && !m.off, unsent && !m.local
		}
		out, sims := ask(t, members...)
		if out.Code != failures[gravest].code || out.Sent == unsent {
			t.Errorf("failures %v: %s, sent %v; want %s", chosen, out.Code, out.Sent, failures[gravest].code)
		}
		if want := len(members); len(out.Attempts) != want && (suppliers || !local) {
			t.Errorf("failures %v: %d attempts are recorded", chosen, len(out.Attempts))
		}
		for i, s := range sims {
			if want := map[bool]int{true: 0, false: 1}[members[i].off]; s.Total() != want {
				t.Errorf("failures %v: source %d was asked %d times, want %d", chosen, i, s.Total(), want)
			}
		}
	})
}

func TestAsk_TheLastFailureMayBeSentAndTheGravestIsToldAllTheSame(t *testing.T) {
	t.Parallel()
	mixes(func(chosen []int) {
		last := chosen[len(chosen)-1]
		if failures[last].member.off {
			return
		}
		var members []member
		gravest := len(failures)
		for _, i := range chosen {
			members = append(members, failures[i].member)
			gravest = min(gravest, i)
		}
		members[len(members)-1].act.Sent = true
		want := failures[gravest].code
		if gravest == last && want == quartet.CodeUnreachable { // reached, if it was sent
			want = quartet.CodeSourcesFailed
		}
		out, _ := ask(t, members...)
		if out.Code != want || !out.Sent {
			t.Errorf("failures %v: %s, sent %v; want %s and sent", chosen, out.Code, out.Sent, want)
		}
	})
}

func TestAsk_NeverAsksAnotherSourceAfterAnAnswerOrAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		first member
		code  quartet.Code
	}{
		{"a match", match, quartet.CodeOK},
		{"a mismatch", member{act: sim.Act{Verdict: quartet.Mismatch}}, quartet.CodeOK},
		{"an undetermined verdict", member{act: sim.Act{Verdict: quartet.Undetermined}}, quartet.CodeOK},
		{"no record", sent(source.NoRecord), quartet.CodeNoRecord},
		{"no record that claims not to be sent", unsent(source.NoRecord), quartet.CodeNoRecord},
		{"a frequency answer", sent(source.Frequency), quartet.CodeLimited},
		{"a frequency answer that claims not to be sent", unsent(source.Frequency), quartet.CodeLimited},
		{"a timeout of unknown outcome", sent(source.Timeout), quartet.CodeDeadline},
		{"a failure of unknown outcome", sent(source.Failed), quartet.CodeSourcesFailed},
		{"an answer nobody understands", sent(source.NotUnderstood), quartet.CodeNotUnderstood},
		{"a busy source that took the question", sent(source.Busy), quartet.CodeSourceBusy},
		{"a rejection after sending", sent(source.Rejected), quartet.CodeSourceRejected},
		{"a connection lost while sending", sent(source.Unreachable), quartet.CodeSourcesFailed},
		{"an unsupported card after sending", sent(source.Unsupported), quartet.CodeUnsupported},
		{"a panic", member{act: sim.Act{Panic: true}}, quartet.CodeInternal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, sims := ask(t, c.first, match, match)
			if out.Code != c.code || out.Source != "s0" || len(out.Attempts) != 1 {
				t.Errorf("%s from %s after %q, want %s from the first", out.Code, out.Source, trail(out), c.code)
			}
			if asked := sims[1].Total() + sims[2].Total(); asked != 0 {
				t.Errorf("others were asked %d times", asked)
			}
		})
	}
}

func TestAsk_WhatWasSentAndSurelyNotProcessedLetsTheNextOneBeAsked(t *testing.T) {
	t.Parallel()
	for _, k := range []source.Kind{source.Timeout, source.NotUnderstood, source.Rejected, source.Busy, source.Failed, source.Unreachable, source.Unsupported} {
		first := sent(k)
		first.act.Retry = true
		out, sims := ask(t, first, match)
		if out.Code != quartet.CodeOK || out.Source != "s1" || sims[1].Total() != 1 {
			t.Errorf("%s: %s from %s", k, out.Code, out.Source)
		}
	}
}

func TestAsk_AnAnswerOutweighsTheFailuresBeforeIt(t *testing.T) {
	t.Parallel()
	for i, f := range failures {
		for _, c := range []struct {
			second member
			code   quartet.Code
		}{{match, quartet.CodeOK}, {sent(source.NoRecord), quartet.CodeNoRecord}, {sent(source.Frequency), quartet.CodeLimited}} {
			out, sims := ask(t, f.member, c.second)
			if out.Code != c.code || out.Source != "s1" || sims[1].Total() != 1 {
				t.Errorf("after failure %d: %s from %s, want %s from the second", i, out.Code, out.Source, c.code)
			}
		}
	}
}

func TestAsk_WithoutAnySourceInForceIs10011(t *testing.T) {
	t.Parallel()
	for name, members := range map[string][]member{
		"none at all": nil, "one that is off": {{off: true}}, "all off": {{off: true}, {off: true, local: true}},
	} {
		if out, _ := ask(t, members...); out.Code != quartet.CodeSourcesOff || out.Sent {
			t.Errorf("%s: %s, sent %v", name, out.Code, out.Sent)
		}
	}
}

func TestAsk_TheDeadlineIs10003AndNobodyIsAskedAfterIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		act  sim.Act
		sent bool
	}{
		{"one that would not be reached", sim.Act{Fault: source.Unreachable, Delay: time.Hour}, false},
		{"one that would answer", sim.Act{Verdict: quartet.Match, Delay: time.Hour}, true},
	} {
		r, sims := build(route.Options{}, member{act: c.act}, match)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		out := r.Ask(ctx, route.Question{}, nil)
		cancel()
		if out.Code != quartet.CodeDeadline || out.Sent != c.sent || sims[1].Total() != 0 {
			t.Errorf("%s: %s, sent %v, the second was asked %d times", c.name, out.Code, out.Sent, sims[1].Total())
		}
	}
}

// abandoned fails as a connection does and sees its caller leave meanwhile.
type abandoned struct{ leave context.CancelFunc }

func (a abandoned) Verify(context.Context, source.Query) (source.Answer, error) {
	a.leave()
	return source.Answer{}, &source.Error{Kind: source.Unreachable}
}

func TestAsk_NobodyIsAskedForACallerWhoIsGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	r, sims := build(route.Options{}, member{asker: abandoned{cancel}}, member{terms: quartet.Terms{Failures: 1}})
	if out := r.Ask(ctx, route.Question{}, nil); out.Code != quartet.CodeDeadline || out.Sent || sims[1].Total() != 0 {
		t.Errorf("%s, sent %v, the second was asked %d times", out.Code, out.Sent, sims[1].Total())
	}
	// Who comes with no time left is not held against a source that was never asked.
	r, sims = build(route.Options{}, member{terms: quartet.Terms{Failures: 1}})
	if out := r.Ask(ctx, route.Question{}, nil); out.Code != quartet.CodeDeadline || out.Sent || sims[0].Total() != 0 {
		t.Errorf("%s, sent %v, asked %d times", out.Code, out.Sent, sims[0].Total())
	}
	if out := put(r); out.Code != quartet.CodeOK {
		t.Errorf("the next caller gets %s", out.Code)
	}
}

// lawless breaks the contract of a source in every way that does not stop a compiler.
type lawless struct {
	answer source.Answer
	err    error
}

func (l lawless) Verify(context.Context, source.Query) (source.Answer, error) { return l.answer, l.err }

func TestAsk_ASourceThatBreaksItsContractGivesNoVerdict(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]lawless{
		"an answer without a verdict": {},
		"a verdict nobody knows":      {answer: source.Answer{Verdict: 9}},
		"a foreign error":             {err: errors.New("something")},
		"a verdict beside an error":   {answer: source.Answer{Verdict: quartet.Match}, err: errors.New("something")},
		"an unknown kind":             {err: &source.Error{Kind: 99}},
		"no kind":                     {err: &source.Error{}},
		"no error in an error":        {err: (*source.Error)(nil)},
	} {
		for _, local := range []bool{true, false} {
			r, sims := build(route.Options{}, member{asker: l, local: local}, match)
			out := put(r)
			if out.Code != quartet.CodeNotUnderstood || out.Answer.Verdict != quartet.NoVerdict || !out.Sent || sims[1].Total() != 0 {
				t.Errorf("%s, local %v: %+v, the second was asked %d times", name, local, out, sims[1].Total())
			}
		}
	}
}

func TestAsk_APanicIsToldByItsTypeAlone(t *testing.T) {
	t.Parallel()
	out, _ := ask(t, unsent(source.Busy), member{act: sim.Act{Panic: true}})
	if out.Code != quartet.CodeInternal || !out.Sent || !strings.Contains(out.Fault, "string") || strings.Contains(out.Fault, "script") {
		t.Errorf("%+v", out)
	}
	if got := trail(out); got != "s0 busy, s1 panic" || !out.Attempts[1].Sent || out.Attempts[1].Charged != quartet.ChargedUnknown {
		t.Errorf("%s: %+v", got, out.Attempts)
	}
}

func TestLocal_OnlyWhenEverySourceThatIsOnHoldsTheDataItself(t *testing.T) {
	t.Parallel()
	supplier, local := member{}, member{local: true}
	for _, c := range []struct {
		members []member
		want    bool
	}{
		{nil, false},
		{[]member{local}, true},
		{[]member{local, local}, true},
		{[]member{local, supplier}, false},
		{[]member{supplier}, false},
		{[]member{local, {off: true}}, true},
		{[]member{{local: true, off: true}}, false},
	} {
		if r, _ := build(route.Options{}, c.members...); r.Local() != c.want {
			t.Errorf("%+v: local %v", c.members, r.Local())
		}
	}
}

func TestAsk_BeforeKnowsWhomAQuestionIsWithBeforeItIsSent(t *testing.T) {
	t.Parallel()
	priced := unsent(source.Busy)
	priced.terms.Prices = []quartet.Price{{Cost: 300}}
	list, sims := entries(member{act: sim.Act{Fault: source.NoRecord}, local: true}, priced, match)
	r := route.New(list, route.Options{})
	var told [][]quartet.Asked
	out := r.Ask(t.Context(), route.Question{}, func(asked []quartet.Asked) error {
		if sims[len(told)+1].Total() != 0 {
			t.Errorf("%v was asked before", asked)
		}
		told = append(told, asked)
		return nil
	})
	want := [][]quartet.Asked{{{Source: "s1", Cost: 300}}, {{Source: "s2"}}}
	if out.Code != quartet.CodeOK || !slices.EqualFunc(told, want, slices.Equal) {
		t.Errorf("%s, told %v, want %v", out.Code, told, want)
	}
}

func TestAsk_NothingIsSentWhenBeforeFails(t *testing.T) {
	t.Parallel()
	r, sims := build(route.Options{}, unsent(source.Busy), match, match)
	times, failure := 0, errors.New("the ledger is away")
	out := r.Ask(t.Context(), route.Question{}, func([]quartet.Asked) error {
		if times++; times == 2 {
			return failure
		}
		return nil
	})
	if !errors.Is(out.Err, failure) || out.Code != 0 || trail(out) != "s0 busy" || sims[1].Total()+sims[2].Total() != 0 {
		t.Errorf("%v, code %s, %s", out.Err, out.Code, trail(out))
	}
}

func TestAsk_NothingIsSentWhenBeforeTakesAllTheTime(t *testing.T) {
	t.Parallel()
	asked := deaf{}
	r, _ := build(route.Options{}, member{asker: asked})
	ctx, cancel := context.WithCancel(t.Context())
	out := r.Ask(ctx, route.Question{}, func([]quartet.Asked) error { cancel(); return nil })
	if out.Code != quartet.CodeDeadline || out.Sent || len(out.Attempts) != 0 {
		t.Errorf("%s, sent %v, %s", out.Code, out.Sent, trail(out))
	}
}

func TestAsk_WhatWasNotSentCostsNothingWhateverItsSourceSays(t *testing.T) {
	t.Parallel()
	out, _ := ask(t, member{
		asker: lawless{err: &source.Error{Kind: source.Unreachable, Charged: quartet.ChargedYes}}, terms: quartet.Terms{Prices: []quartet.Price{{Cost: 9}}},
	})
	if a := out.Attempts[0]; a.Charged != quartet.ChargedNo || a.Cost != 0 {
		t.Errorf("%+v", a)
	}
}

func TestAsk_AttemptsSayWhatCame(t *testing.T) {
	t.Parallel()
	busy := unsent(source.Busy)
	busy.terms.Prices = []quartet.Price{{Cost: 100}}
	paid := member{asker: lawless{answer: source.Answer{
		Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Charged: quartet.ChargedYes, Code: "201", Reference: "r-7",
	}}, terms: quartet.Terms{Prices: []quartet.Price{{Cost: 250}}}}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)
	r, _ := build(route.Options{Now: func() time.Time { return at }}, member{off: true}, busy, paid, match)
	out := put(r)
	for i := range out.Attempts {
		if i > 0 && out.Attempts[i].Latency <= 0 {
			t.Errorf("attempt %d took no time", i)
		}
		out.Attempts[i].Latency = 0
	}
	want := []quartet.Attempt{
		{Source: "s0", Skipped: "off"},
		{Source: "s1", Why: "priority", At: at, Failure: "busy", Charged: quartet.ChargedNo, Code: "sim"},
		{
			Source: "s2", Why: "next", At: at, Sent: true, Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch,
			Charged: quartet.ChargedYes, Cost: 250, Reference: "r-7", Code: "201",
		},
	}
	if !slices.Equal(out.Attempts, want) {
		t.Errorf("got\n%+v\nwant\n%+v", out.Attempts, want)
	}
}

func TestAsk_TheCostStaysWhereNobodyKnowsWhetherItIsCharged(t *testing.T) {
	t.Parallel()
	m := sent(source.Failed)
	m.terms.Prices = []quartet.Price{{Cost: 100}}
	out, _ := ask(t, m)
	if a := out.Attempts[0]; a.Charged != quartet.ChargedUnknown || a.Cost != 100 {
		t.Errorf("%+v", a)
	}
}

func TestAsk_OfLocalSourcesAloneNothingIsNoted(t *testing.T) {
	t.Parallel()
	out, _ := ask(t, member{off: true}, member{act: sim.Act{Fault: source.NoRecord}, local: true}, member{local: true})
	if out.Code != quartet.CodeOK || len(out.Attempts) != 0 || out.Source != "s2" {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}

func TestAsk_ASourcesOwnTimeEndsItsQuestionAndTheNextIsAsked(t *testing.T) {
	t.Parallel()
	slow := member{act: sim.Act{Fault: source.Timeout}, terms: quartet.Terms{Timeout: 20 * time.Millisecond}}
	out, _ := ask(t, slow, match)
	if out.Code != quartet.CodeOK || trail(out) != "s0 timeout, s1 match" {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
	slow.act.Sent = true // now it may be working on it
	if out, _ = ask(t, slow, match); out.Code != quartet.CodeDeadline || trail(out) != "s0 timeout" {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}
