// Package route chooses a source for a question, bounds its time, breaks the circuit of
// one that fails, goes on to the next only when the first surely did not process the
// question, and records why.
//
// The law: never another source after a verdict, a "no record" or a frequency answer;
// never after an unknown outcome; when several failed, the failure that tells the caller
// most is the answer: 10003 > 10016 > 10018 > 10017 > 10007 > 10002 > 10011.
package route

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"quartet"
	"quartet/internal/source"
)

// Entry is one source in the order in which it is asked.
type Entry struct {
	Name   string
	Source source.Source
	Local  bool // it holds the data itself: asking costs nothing and cannot be doubled
	Off    bool
}

// Options of a Router.
type Options struct {
	// Failures in a row that open a supplier's breaker, and how long it stays open.
	// 0 means 5 and 10 s.
	Failures int
	Open     time.Duration
}

// Attempt is one source that was considered, and what came of it.
type Attempt struct {
	Source  string
	Skipped string // why it was not asked: "off", "breaker open", "id type"; empty: asked
	Kind    source.Kind
	Sent    bool
	Latency time.Duration
}

// Outcome is what routing came to.
type Outcome struct {
	Code     quartet.Code // CodeOK with a verdict, else the refusal
	Answer   source.Answer
	Source   string // who gave the verdict, or failed last
	Sent     bool   // some source may have been asked
	Attempts []Attempt
	Fault    string // of a source that panicked, without elements
}

// Router holds the sources. Safe for concurrent use.
type Router struct {
	list  []*member
	local bool
}

type member struct {
	Entry
	off     atomic.Bool
	breaker circuitbreaker.CircuitBreaker[any]
}

// New makes a router over sources in the order in which they are asked.
func New(entries []Entry, o Options) *Router {
	if o.Failures == 0 {
		o.Failures = 5
	}
	if o.Open == 0 {
		o.Open = 10 * time.Second
	}
	r := &Router{local: len(entries) > 0}
	for _, e := range entries {
		m := &member{Entry: e}
		m.off.Store(e.Off)
		if !e.Local {
			m.breaker = circuitbreaker.NewBuilder[any]().WithFailureThreshold(uint(o.Failures)).WithDelay(o.Open).Build()
			r.local = false
		}
		r.list = append(r.list, m)
	}
	return r
}

// Local reports whether every source is local: then the verdict is found first and
// charged afterwards, without a hold.
func (r *Router) Local() bool { return r.local }

// Switch turns a source on or off.
func (r *Router) Switch(name string, on bool) error {
	for _, m := range r.list {
		if m.Name == name {
			m.off.Store(!on)
			return nil
		}
	}
	return quartet.Errorf(quartet.ErrNotFound, "there is no source named %q", name)
}

// Ask puts one question. ctx bounds the time of all attempts together.
func (r *Router) Ask(ctx context.Context, q source.Query) Outcome {
	var out Outcome
	worst := quartet.Code(0)
	for _, m := range r.list {
		if ctx.Err() != nil { // no time is left, or nobody waits any more
			break
		}
		if why := m.closed(); why != "" {
			out.Attempts = append(out.Attempts, Attempt{Source: m.Name, Skipped: why})
			worst = graver(worst, quartet.CodeSourcesOff)
			continue
		}
		code, next := m.askOne(ctx, q, &out)
		if next == answered {
			out.Code = code
			return out
		}
		worst = graver(worst, code)
		if next == stop {
			break
		}
	}
	switch {
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
	case m.off.Load():
		return "off"
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

func (m *member) askOne(ctx context.Context, q source.Query, out *Outcome) (quartet.Code, step) {
	out.Source = m.Name
	if m.Local {
		answer, err := m.ask(ctx, q)
		if err != nil {
			return m.failed(err, 0, out)
		}
		out.Answer, out.Sent = answer, true
		return quartet.CodeOK, answered
	}
	begun := time.Now()
	answer, err := m.ask(ctx, q)
	took := time.Since(begun)
	if err != nil {
		return m.failed(err, took, out)
	}
	m.breaker.RecordSuccess()
	out.Attempts = append(out.Attempts, Attempt{Source: m.Name, Sent: true, Latency: took})
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
	answer, err = m.Source.Verify(ctx, q)
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
func (m *member) failed(err error, took time.Duration, out *Outcome) (quartet.Code, step) {
	if thrown, ok := errors.AsType[*panicked](err); ok {
		out.Sent, out.Fault = true, thrown.Error()
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
	out.Attempts = append(out.Attempts, Attempt{Source: m.Name, Kind: kind, Sent: e.Sent, Latency: took})
	code, final := codeOf(kind)
	switch {
	case final:
		return code, answered
	case e.Sent:
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
	quartet.CodeSourcesFailed, quartet.CodeUnreachable, quartet.CodeUnsupported, quartet.CodeSourcesOff,
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
