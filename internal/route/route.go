// Package route chooses a source for a question, bounds its time, breaks the circuit of
// one that fails, goes on to the next only when the first surely did not process the
// question, and records why.
//
// The law: never another source after a verdict, a "no record" or a frequency answer;
// never after an unknown outcome; when several failed, the failure that tells the caller
// most is the answer: 10003 > 10016 > 10018 > 10017 > 10007 > 10002 > 10011.
package route

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"quartet"
	"quartet/internal/source"
)

// Entry is one source: its record, and whoever asks it. A source whose asker could not be
// built has none, and Broken says why in a few words.
type Entry struct {
	quartet.Source

	Asker  source.Source
	Broken string
}

// Options of a Router.
type Options struct {
	Policy quartet.Policy
	Now    func() time.Time // time.Now when nil
}

// Question is what is asked, and for whom.
type Question struct {
	source.Query

	Account string
	Purpose string // what the account may ask for
}

// Before is called each time just before a question leaves for a supplier. It makes durable
// that it may be with these suppliers from now on; on an error nothing is sent.
type Before func(asked []quartet.Asked) error

// Outcome is what routing came to.
type Outcome struct {
	Code     quartet.Code // CodeOK with a verdict, else the refusal
	Answer   source.Answer
	Source   string // who gave the verdict, or failed last
	Sent     bool   // some source may have been asked
	Attempts []quartet.Attempt
	Fault    string // of a source that panicked, without elements
	Err      error  // of Before: the ledger, not a source, ended the routing

	quiet bool // nothing is spent and nobody disclosed: the call's row says it all
}

func (o *Outcome) note(a quartet.Attempt) {
	if !o.quiet {
		o.Attempts = append(o.Attempts, a)
	}
}

// Router holds the sources. Safe for concurrent use.
type Router struct {
	opts  Options
	table atomic.Pointer[table]
}

// table is the sources as they were last told; it never changes.
type table struct {
	members []*member // in the order in which they are asked
	policy  quartet.Policy
	local   bool // all that are on are local
}

// member is one source and how it fared.
type member struct {
	Entry
	breaker circuitbreaker.CircuitBreaker[any] // nil: local
}

// New makes a router over sources.
func New(entries []Entry, o Options) *Router {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Router{opts: o}
	r.Replace(entries, o.Policy)
	return r
}

// Replace puts sources and policy in force for every later question. A source whose record
// did not change keeps what is known of its health.
func (r *Router) Replace(entries []Entry, p quartet.Policy) {
	t := &table{policy: p}
	suppliers := false
	for i := range entries {
		e := &entries[i]
		if e.On {
			t.local = t.local || e.Kind.Local()
			suppliers = suppliers || !e.Kind.Local()
		}
		t.members = append(t.members, newMember(*e))
	}
	t.local = t.local && !suppliers
	slices.SortStableFunc(t.members, func(a, b *member) int { return cmp.Compare(a.Terms.Priority, b.Terms.Priority) })
	r.table.Store(t)
}

func newMember(e Entry) *member {
	m := &member{Entry: e}
	if !e.Kind.Local() {
		failures, open := e.Terms.Failures, e.Terms.Open
		if failures == 0 {
			failures = 5
		}
		if open == 0 {
			open = 10 * time.Second
		}
		m.breaker = circuitbreaker.NewBuilder[any]().WithFailureThreshold(uint(failures)).WithDelay(open).Build()
	}
	return m
}

// Local reports whether every source that is on is local: then the verdict is found first
// and charged afterwards, without a hold.
func (r *Router) Local() bool { return r.table.Load().local }

// Ask puts one question. ctx bounds the time of all attempts together.
func (r *Router) Ask(ctx context.Context, q Question, before Before) Outcome {
	t := r.table.Load()
	out := Outcome{quiet: t.local}
	worst := quartet.Code(0)
	for _, m := range t.members {
		if ctx.Err() != nil { // no time is left, or nobody waits any more
			break
		}
		if why := m.closed(); why != "" {
			out.note(quartet.Attempt{Source: m.Name, Skipped: why})
			worst = graver(worst, quartet.CodeSourcesOff)
			continue
		}
		code, next := m.askOne(ctx, q, before, &out)
		if next == answered {
			out.Code = code
			break
		}
		worst = graver(worst, code)
		if next == stop {
			break
		}
	}
	switch {
	case out.Code != 0 || out.Err != nil:
	case ctx.Err() != nil:
		out.Code = quartet.CodeDeadline
	case worst == 0:
		out.Code = quartet.CodeSourcesOff
	default:
		out.Code = worst
	}
	return out
}

// closed tells why a source is not asked now; empty: it may be.
func (m *member) closed() string {
	switch {
	case !m.On:
		return "off"
	case m.Asker == nil:
		return "broken"
	case m.breaker != nil && !m.breaker.TryAcquirePermit():
		return "breaker open"
	default:
		return ""
	}
}

// step is what follows an attempt.
type step uint8

const (
	goOn     step = iota // the next source may be asked
	stop                 // it may not; the gravest failure so far is told
	answered             // this is what is told, whatever failed before
)

func (m *member) askOne(ctx context.Context, q Question, before Before, out *Outcome) (quartet.Code, step) {
	attempt := quartet.Attempt{Source: m.Name, At: time.Now()}
	local := m.Kind.Local()
	if !local {
		attempt.Cost = m.Terms.PriceAt(attempt.At, q.Need)
	}
	if !local && before != nil {
		if out.Err = before([]quartet.Asked{{Source: m.Name, Cost: attempt.Cost}}); out.Err != nil {
			m.breaker.RecordSuccess() // it was not asked: its permit goes back, and that is no fault of its
			return 0, answered
		}
	}
	out.Source = m.Name
	begun := time.Now()
	answer, err := m.ask(ctx, q.Query)
	attempt.Latency = time.Since(begun)
	if err != nil {
		return m.failed(err, attempt, out)
	}
	m.record(true)
	attempt.Sent, attempt.Verdict, attempt.Reason = true, answer.Verdict, answer.Reason
	attempt.Charged, attempt.Reference, attempt.Code = answer.Charged, answer.Reference, answer.Code
	if local {
		attempt.Charged = quartet.ChargedNo
	}
	out.note(attempt)
	out.Answer, out.Sent = answer, true
	return quartet.CodeOK, answered
}

// ask shields the road from a source that panics or answers without a verdict.
func (m *member) ask(ctx context.Context, q source.Query) (answer source.Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{kind: fmt.Sprintf("%T", p)}
		}
	}()
	answer, err = m.Asker.Verify(ctx, q)
	if err == nil && answer.Verdict == quartet.NoVerdict {
		err = &source.Error{Kind: source.NotUnderstood, Sent: true}
	}
	return answer, err
}

// panicked tells only the type of what was thrown: its text might hold elements.
type panicked struct{ kind string }

func (p *panicked) Error() string { return "a source panicked with a " + p.kind }

// failed reads a failure: the code it stands for, and what may follow. The next source may
// be asked only when this one surely did not process the question.
func (m *member) failed(err error, attempt quartet.Attempt, out *Outcome) (quartet.Code, step) {
	if thrown, ok := errors.AsType[*panicked](err); ok {
		out.Sent, out.Fault = true, thrown.Error()
		attempt.Sent, attempt.Failure = true, "panic"
		out.note(attempt)
		m.record(false)
		return quartet.CodeInternal, answered
	}
	var e *source.Error
	if !errors.As(err, &e) { // a source that breaks its contract: nobody knows what it did
		e = &source.Error{Kind: source.NotUnderstood, Sent: true}
	}
	kind := e.Kind
	if kind == source.Unreachable && e.Sent { // the connection broke off when the question was on it
		kind = source.Failed
	}
	m.record(!broken(kind))
	out.Sent = out.Sent || e.Sent
	attempt.Sent, attempt.Failure, attempt.Charged = e.Sent, kind.String(), e.Charged
	attempt.Code, attempt.Reference = e.Code, e.Reference
	if !e.Sent {
		attempt.Charged = quartet.ChargedNo
	}
	out.note(attempt)
	code, final := codeOf(kind)
	switch {
	case kind == source.NoRecord && m.Kind.Local(): // others may know the card
		return code, goOn
	case final:
		return code, answered
	case e.Sent && !e.Retry:
		return code, stop
	default:
		return code, goOn
	}
}

// record tells the breaker of a supplier how it fared.
func (m *member) record(well bool) {
	switch {
	case m.breaker == nil:
	case well:
		m.breaker.RecordSuccess()
	default:
		m.breaker.RecordFailure()
	}
}

// broken reports whether a kind of failure speaks against the source's health.
func broken(k source.Kind) bool {
	switch k {
	case source.Unreachable, source.Timeout, source.Failed, source.NotUnderstood, source.Busy:
		return true
	default:
		return false
	}
}

// codeOf translates a kind; final ones are answers that no other source may be asked over.
func codeOf(k source.Kind) (code quartet.Code, final bool) {
	switch k {
	case source.Unreachable:
		return quartet.CodeUnreachable, false
	case source.Timeout:
		return quartet.CodeDeadline, false
	case source.Failed:
		return quartet.CodeSourcesFailed, false
	case source.NotUnderstood:
		return quartet.CodeNotUnderstood, false
	case source.Busy:
		return quartet.CodeSourceBusy, false
	case source.Rejected:
		return quartet.CodeSourceRejected, false
	case source.NoRecord:
		return quartet.CodeNoRecord, true
	case source.Unsupported:
		return quartet.CodeUnsupported, false
	case source.Frequency:
		return quartet.CodeLimited, true
	default:
		return quartet.CodeNotUnderstood, false
	}
}

// gravity is the precedence when several sources failed differently.
var gravity = []quartet.Code{
	quartet.CodeDeadline, quartet.CodeNotUnderstood, quartet.CodeSourceRejected, quartet.CodeSourceBusy,
	quartet.CodeSourcesFailed, quartet.CodeUnreachable, quartet.CodeUnsupported, quartet.CodeNoRecord, quartet.CodeSourcesOff,
}

func graver(a, b quartet.Code) quartet.Code {
	if a == 0 {
		return b
	}
	for _, c := range gravity {
		if a == c || b == c {
			return c
		}
	}
	return a
}
