package httpjson

import (
	"context"
	"errors"

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
	out, _, err := s.inquiry.make(env, quartet.NeedAll, false)
	if err != nil {
		return source.Finding{}, unasked(err)
	}
	in, failure := s.ask(ctx, out)
	if failure != nil {
		return source.Finding{}, failure
	}
	return s.learnt(s.found.read(in, quartet.NeedAll, s.manifest.doc.Inquiry))
}

// learnt is what an inquiry tells of the question. A failure of the inquiry itself tells
// nothing; nor does one that leaves open whether the question is charged.
func (s *Inquiring) learnt(f finding) (source.Finding, error) {
	if !f.arrived {
		return source.Finding{}, nil
	}
	d := wire.AboutSomebody()
	answer, err := f.answer(d)
	if err == nil && f.settled {
		return source.Finding{Arrived: true, Answer: answer}, nil
	}
	if err == nil { // a verdict that is not said to be about our question
		err = &source.Error{Kind: source.NotUnderstood, Sent: true, Code: answer.Code}
	}
	if !f.settled || f.charged == quartet.ChargedUnknown {
		return source.Finding{}, err
	}
	return source.Finding{Arrived: true, Answer: source.Answer{
		Charged: f.charged, Code: d.Code(f.code), Reference: d.Code(f.reference),
	}}, nil
}
