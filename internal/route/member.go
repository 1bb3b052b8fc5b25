package route

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"quartet"
	"quartet/internal/source"
)

// member is one source in force. What it points to may be shared with the member of the
// same name in an earlier table.
type member struct {
	Entry

	scope    source.Scope
	inquirer source.Inquirer // nil: it cannot be asked afterwards
	limits   *limits
	tally    *tally
	asker    *asker // nil: nothing to close
}

// price is what a question costs. What the house holds itself costs nothing.
func (m *member) price(now time.Time, need quartet.ElementSet) quartet.Millifen {
	if m.Kind.Local() {
		return 0
	}
	return m.Terms.PriceAt(now, need)
}

// result is what came of a question.
type result struct {
	answer    source.Answer
	failure   source.Error // its Kind is 0 with a verdict
	thrown    string       // the type of what it panicked with
	inquired  bool
	abandoned bool // it failed after its caller had left
	givenUp   bool
	took      time.Duration
}

func (r *result) verdict() bool { return r.answer.Verdict != quartet.NoVerdict }

func (r *result) sent() bool { return r.verdict() || r.failure.Sent }

// word is the result in one word of a closed set.
func (r *result) word() string {
	switch {
	case r.verdict():
		return r.answer.Verdict.String()
	case r.givenUp:
		return wordGivenUp
	case r.thrown != "":
		return wordPanic
	default:
		return r.failure.Kind.String()
	}
}

// put puts a question to a source, and asks it afterwards what became of the question where
// that is not known. Then what was taken of the source's limits goes back. over is told when
// the question itself has ended.
func (m *member) put(ctx context.Context, q source.Query, p permit, over func()) (res result) {
	begun := time.Now()
	bounded, cancel := m.bound(ctx)
	res = m.ask(bounded, q)
	cancel()
	over()
	res.abandoned = res.ill() && errors.Is(ctx.Err(), context.Canceled)
	judgement, word := res.judge(ctx), res.word() // whatever an inquiry brings to light
	if m.inquirer != nil && res.unknown() && ctx.Err() == nil {
		m.inquire(ctx, q, begun, &res)
	}
	res.took = time.Since(begun)
	m.done(p, &res, judgement, word)
	return res
}

// forInquiry is the part of the time that is left, in percent, that a question may take
// where its outcome can be inquired about afterwards.
const forInquiry = 70

// bound gives a question its own time.
func (m *member) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := m.Terms.Timeout
	if deadline, ok := ctx.Deadline(); ok && m.inquirer != nil {
		if part := time.Until(deadline) * forInquiry / 100; limit == 0 || part < limit {
			limit = part
		}
	}
	if limit == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// ask shields the road from a source that panics or breaks its contract.
func (m *member) ask(ctx context.Context, q source.Query) (res result) {
	defer func() {
		if p := recover(); p != nil { // told by its type alone: its text might hold elements
			res = result{thrown: fmt.Sprintf("%T", p), failure: source.Error{Sent: true}}
		}
	}()
	answer, err := m.Asker.Verify(ctx, q)
	if err == nil && answer.Verdict >= quartet.Match && answer.Verdict <= quartet.Undetermined {
		res.answer = answer
		return res
	}
	e, ok := errors.AsType[*source.Error](err)
	if !ok || e == nil || e.Kind < source.Unreachable || e.Kind > source.Frequency { // nobody knows what it did
		e = &source.Error{Kind: source.NotUnderstood, Sent: true}
	}
	res.failure = *e
	if e.Kind == source.Unreachable && e.Sent { // the connection broke off when the question was on it
		res.failure.Kind = source.Failed
	}
	return res
}

// unknown reports whether nobody can tell what the source made of the question.
func (r *result) unknown() bool {
	switch r.failure.Kind {
	case source.Timeout, source.Failed, source.NotUnderstood:
		return r.failure.Sent && !r.failure.Retry
	default:
		return false
	}
}

// inquire learns what became of a question. An inquiry that fails or panics teaches nothing.
// Nor does one that says that the question has not arrived: it was sent a moment ago, and may
// still arrive. Whoever asks a minute later can believe that.
func (m *member) inquire(ctx context.Context, q source.Query, at time.Time, res *result) {
	defer func() { _ = recover() }()
	found, err := m.inquirer.Inquire(ctx, source.Inquiry{Order: q.Order, Need: q.Need, Reference: res.failure.Reference, At: at})
	if err != nil || !found.Arrived {
		return
	}
	res.inquired = true
	answer := found.Answer
	answer.Reference = cmp.Or(answer.Reference, res.failure.Reference)
	if answer.Verdict >= quartet.Match && answer.Verdict <= quartet.Undetermined {
		res.answer, res.failure = answer, source.Error{}
		return
	}
	// Processed, without a verdict.
	res.failure.Charged, res.failure.Reference = answer.Charged, answer.Reference
	res.failure.Code = cmp.Or(answer.Code, res.failure.Code)
}
