package httpjson

import (
	"context"
	"errors"
	"slices"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// Inquiring is a Source whose supplier tells afterwards what became of a question.
type Inquiring struct{ *Source }

// Inquire implements source.Inquirer.
func (s *Inquiring) Inquire(ctx context.Context, i source.Inquiry) (source.Finding, error) {
	if ctx.Err() != nil {
		return source.Finding{}, failed(ctx, nil, false)
	}
	if i.Reference == "" && mentionsAny(s.inquiry.request, "reference") {
		return source.Finding{}, &source.Error{Kind: source.Unsupported, Charged: quartet.ChargedNo, Cause: errors.New("the supplier is asked by its own number, and gave none")}
	}
	env, err := s.base()
	if err != nil {
		return source.Finding{}, unsent(err.Error())
	}
	env["order"], env["reference"], env["asked"] = i.Order, i.Reference, clockValues(i.At)
	need := i.Need
	if !slices.Contains(s.needs, need) { // nobody knows any more what its words were about
		need = 0
	}
	out, _, err := s.inquiry.make(env, need, false)
	if err != nil {
		return source.Finding{}, unasked(err)
	}
	in, failure := s.ask(ctx, out)
	if failure != nil {
		return source.Finding{}, failure
	}
	return s.learnt(s.found.read(in, need, s.manifest.doc.Inquiry), need)
}

// learnt is what an inquiry tells of the question. A failure of the inquiry itself tells
// nothing; nor does one that leaves open whether the question is charged. Where it is not
// known which elements were asked about there is no verdict.
func (s *Inquiring) learnt(f finding, need quartet.ElementSet) (source.Finding, error) {
	if !f.arrived {
		return source.Finding{}, nil
	}
	d := wire.AboutSomebody()
	answer, err := f.answer(d)
	if err == nil && f.settled && need != 0 {
		return source.Finding{Arrived: true, Answer: answer}, nil
	}
	if err == nil { // a verdict that is not said to be about our question, or about which elements
		err = &source.Error{Kind: source.NotUnderstood, Sent: true, Code: answer.Code}
	}
	if !f.settled || f.charged == quartet.ChargedUnknown {
		return source.Finding{}, err
	}
	return source.Finding{Arrived: true, Answer: source.Answer{
		Charged: f.charged, Code: d.Code(f.code), Reference: d.Code(f.reference),
	}}, nil
}
