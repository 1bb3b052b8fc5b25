package route_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

// member is one scripted source in the order in which it is asked.
type member struct {
	act   sim.Act
	off   bool
	local bool
}

// build makes a router of scripted sources named s0, s1, …
func build(o route.Options, members ...member) (*route.Router, []*sim.Sim) {
	entries := make([]route.Entry, len(members))
	sims := make([]*sim.Sim, len(members))
	for i, m := range members {
		sims[i] = sim.New(sim.Script{Default: m.act})
		entries[i] = route.Entry{Name: fmt.Sprintf("s%d", i), Source: sims[i], Off: m.off, Local: m.local}
	}
	return route.New(entries, o), sims
}

// ask builds a router of its own and puts one question to it.
func ask(t *testing.T, members ...member) (route.Outcome, []*sim.Sim) {
	t.Helper()
	r, sims := build(route.Options{}, members...)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return r.Ask(ctx, source.Query{}), sims
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
		gravest := len(failures)
		for _, i := range chosen {
			members = append(members, failures[i].member)
			gravest = min(gravest, i)
		}
		out, sims := ask(t, members...)
		if out.Code != failures[gravest].code || out.Sent {
			t.Errorf("failures %v: %s, sent %v; want %s and not sent", chosen, out.Code, out.Sent, failures[gravest].code)
		}
		if len(out.Attempts) != len(members) {
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
			if out.Code != c.code || out.Source != "s0" {
				t.Errorf("%s from %s, want %s from the first", out.Code, out.Source, c.code)
			}
			if asked := sims[1].Total() + sims[2].Total(); asked != 0 {
				t.Errorf("others were asked %d times", asked)
			}
		})
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
	slow := member{act: sim.Act{Fault: source.Unreachable, Delay: time.Hour}}
	r, sims := build(route.Options{}, slow, match)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	out := r.Ask(ctx, source.Query{})
	if out.Code != quartet.CodeDeadline || sims[1].Total() != 0 {
		t.Errorf("%s, the second was asked %d times", out.Code, sims[1].Total())
	}
	answered := member{act: sim.Act{Verdict: quartet.Match, Delay: time.Hour}}
	r, sims = build(route.Options{}, answered, match)
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	out = r.Ask(ctx, source.Query{})
	if out.Code != quartet.CodeDeadline || !out.Sent || sims[1].Total() != 0 {
		t.Errorf("%s, sent %v, the second was asked %d times", out.Code, out.Sent, sims[1].Total())
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
	second := sim.New(sim.Script{})
	r := route.New([]route.Entry{{Name: "first", Source: abandoned{cancel}}, {Name: "second", Source: second}}, route.Options{Failures: 1})
	if out := r.Ask(ctx, source.Query{}); out.Code != quartet.CodeDeadline || out.Sent || second.Total() != 0 {
		t.Errorf("%s, sent %v, the second was asked %d times", out.Code, out.Sent, second.Total())
	}
	// Who comes with no time left is not held against a source that was never asked.
	r, sims := build(route.Options{Failures: 1}, match)
	if out := r.Ask(ctx, source.Query{}); out.Code != quartet.CodeDeadline || out.Sent || sims[0].Total() != 0 {
		t.Errorf("%s, sent %v, asked %d times", out.Code, out.Sent, sims[0].Total())
	}
	if out := r.Ask(context.Background(), source.Query{}); out.Code != quartet.CodeOK {
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
		"a foreign error":             {err: errors.New("something")},
		"a verdict beside an error":   {answer: source.Answer{Verdict: quartet.Match}, err: errors.New("something")},
		"an unknown kind":             {err: &source.Error{Kind: 99, Sent: true}},
	} {
		for _, local := range []bool{true, false} {
			second := sim.New(sim.Script{})
			r := route.New([]route.Entry{{Name: "lawless", Source: l, Local: local}, {Name: "second", Source: second}}, route.Options{})
			out := r.Ask(context.Background(), source.Query{})
			if out.Code != quartet.CodeNotUnderstood || out.Answer.Verdict != quartet.NoVerdict || !out.Sent || second.Total() != 0 {
				t.Errorf("%s, local %v: %+v, the second was asked %d times", name, local, out, second.Total())
			}
		}
	}
}

func TestAsk_APanicIsToldByItsTypeAlone(t *testing.T) {
	t.Parallel()
	out, _ := ask(t, member{act: sim.Act{Panic: true}})
	if out.Code != quartet.CodeInternal || !out.Sent || !strings.Contains(out.Fault, "string") || strings.Contains(out.Fault, "script") {
		t.Errorf("%+v", out)
	}
}

func TestLocal_OnlyWhenEverySourceHoldsTheDataItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		locals []bool
		want   bool
	}{{nil, false}, {[]bool{true}, true}, {[]bool{true, true}, true}, {[]bool{true, false}, false}, {[]bool{false}, false}} {
		var members []member
		for _, l := range c.locals {
			members = append(members, member{local: l})
		}
		if r, _ := build(route.Options{}, members...); r.Local() != c.want {
			t.Errorf("%v: local %v", c.locals, r.Local())
		}
	}
}

func TestSwitch_TakesASourceOutAndBringsItBack(t *testing.T) {
	t.Parallel()
	r, sims := build(route.Options{}, match, match)
	for _, c := range []struct {
		on   bool
		from string
	}{{false, "s1"}, {true, "s0"}} {
		if err := r.Switch("s0", c.on); err != nil {
			t.Fatal(err)
		}
		if out := r.Ask(context.Background(), source.Query{}); out.Source != c.from || out.Code != quartet.CodeOK {
			t.Errorf("on %v: %s from %s", c.on, out.Code, out.Source)
		}
	}
	if sims[0].Total() != 1 || sims[1].Total() != 1 {
		t.Errorf("asked %d and %d times", sims[0].Total(), sims[1].Total())
	}
	if err := r.Switch("nobody", true); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("an unknown source: %v", err)
	}
}
