package sourcebook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quartet"
	"quartet/internal/source"
)

// Trial is one question put to a source by hand, past every limit and account: to see
// whether it answers, and what that costs.
type Trial struct {
	Source quartet.Source
	Asker  source.Source
	Raw    quartet.Raw
	Need   quartet.ElementSet // 0: what the source compares
	Whom   string             // for the audit, without elements
	Within time.Duration
}

// Result is what came of a trial.
type Result struct {
	Order   string // our number of the question, which no call has
	Need    quartet.ElementSet
	Answer  source.Answer
	Failure *source.Error // nil: there is a verdict
	Latency time.Duration
	Cost    quartet.Millifen // by its terms, if it charges
}

// Query is the question of a trial. ErrInvalid: an element breaks its rule, or the source
// does not compare these.
func (t Trial) Query(now time.Time) (source.Query, error) {
	need, err := t.need()
	if err != nil {
		return source.Query{}, err
	}
	elements, found := quartet.Parse(t.Raw, need, now)
	if len(found.Reject) > 0 {
		r := found.Reject[0]
		return source.Query{}, &quartet.Error{
			Code: quartet.ErrInvalid, Field: string(r.Field),
			Message: fmt.Sprintf("the %s of %s is not taken (%s): %s", r.Field, t.Whom, r.Code, r.Message),
		}
	}
	return source.Query{Elements: elements, Need: need, Order: order(now)}, nil
}

// need is what is compared: what was wished, else all that there is of the person, else
// the first set that the source takes and the person has.
func (t Trial) need() (quartet.ElementSet, error) {
	var sets []quartet.ElementSet
	if s, ok := t.Asker.(source.Scoped); ok {
		sets = s.Scope().Needs
	}
	takes := func(need quartet.ElementSet) bool { return len(sets) == 0 || slices.Contains(sets, need) }
	need := t.Need
	if need == 0 {
		need = present(t.Raw)
		for _, set := range sets {
			if takes(need) {
				break
			}
			if present(t.Raw).Has(set) {
				need = set
			}
		}
	}
	if !takes(need) {
		texts := make([]string, len(sets))
		for i, set := range sets {
			texts[i] = set.String()
		}
		return 0, &quartet.Error{
			Code: quartet.ErrInvalid, Field: "need",
			Message: fmt.Sprintf("source %s does not compare %s; it compares %s", t.Source.Name, need, strings.Join(texts, " or ")),
		}
	}
	return need, nil
}

func present(r quartet.Raw) (set quartet.ElementSet) {
	for _, e := range []struct {
		text string
		need quartet.ElementSet
	}{{r.Name, quartet.NeedName}, {r.ID, quartet.NeedID}, {r.Card, quartet.NeedCard}, {r.Mobile, quartet.NeedMobile}} {
		if e.text != "" {
			set |= e.need
		}
	}
	return set
}

// order is a number that no call has: as a call's its first eight characters would be
// beyond the largest that is ever given out.
func order(now time.Time) string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return fmt.Sprintf("TEST%s%010d", b[:], now.Unix())
}

// Rehearse is what the source would be sent, with secrets and elements masked. Nothing is
// sent. ErrUnsupported: it cannot be shown.
func (b *Book) Rehearse(t Trial) (string, error) {
	r, ok := t.Asker.(source.Rehearser)
	if !ok {
		return "", quartet.Errorf(quartet.ErrUnsupported, "source %s cannot show what it would send", t.Source.Name)
	}
	q, err := t.Query(b.now())
	if err != nil {
		return "", err
	}
	return r.Rehearse(q)
}

// Test puts one question to a source, once it is written down who did; what came of it is
// written down after. The person is disclosed to the source, and it may charge: there is no
// call, so no unit is used. An error beside a result is that of writing the latter.
func (b *Book) Test(ctx context.Context, by string, t Trial) (Result, error) {
	q, err := t.Query(b.now())
	if err != nil {
		return Result{}, err
	}
	if err := b.store.Audit(ctx, b.entry(by, "source.test", t.Source.Name, fmt.Sprintf("%s, %s, order %s", t.Whom, q.Need, q.Order))); err != nil {
		return Result{}, err
	}
	if t.Source.Terms.Timeout > 0 {
		t.Within = min(t.Within, t.Source.Terms.Timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, t.Within)
	defer cancel()
	r := Result{Order: q.Order, Need: q.Need}
	if !t.Source.Kind.Local() {
		r.Cost = t.Source.Terms.PriceAt(b.now(), q.Need)
	}
	begun := time.Now()
	r.Answer, err = shielded(ctx, t.Asker, q)
	r.Latency = time.Since(begun)
	switch e := (*source.Error)(nil); {
	case errors.As(err, &e):
		r.Failure = e
	case err != nil || r.Answer.Verdict == quartet.NoVerdict: // it breaks its contract
		r.Failure = &source.Error{Kind: source.NotUnderstood, Sent: true}
	}
	// It was asked, also if whoever wanted it is gone.
	return r, b.store.Audit(context.WithoutCancel(ctx), b.entry(by, "source.tested", t.Source.Name, r.outcome()))
}

// outcome is what came of a trial in a few words, without elements.
func (r *Result) outcome() string {
	word, charged := r.Answer.Verdict.String(), r.Answer.Charged
	if f := r.Failure; f != nil {
		word, charged = f.Kind.String(), f.Charged
		if !f.Sent {
			word, charged = word+", not sent", quartet.ChargedNo
		}
	}
	return fmt.Sprintf("order %s: %s, charged %s", r.Order, word, charged)
}

// shielded keeps a source that panics from ending a server. Only the type of what was
// thrown is told: its text might hold elements.
func shielded(ctx context.Context, s source.Source, q source.Query) (a source.Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &source.Error{Kind: source.NotUnderstood, Sent: true, Cause: fmt.Errorf("it broke by a panic with a %T", p)}
		}
	}()
	return s.Verify(ctx, q)
}
