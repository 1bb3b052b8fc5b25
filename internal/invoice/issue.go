package invoice

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/notify"
)

const (
	askAgain   = 15 * time.Second
	tryAgainIn = time.Minute
	longest    = time.Hour
)

// rest is how long what was begun at an instant is not tried again: the longer, the longer it
// goes on. Each try is in the audit for good.
func (d *Desk) rest(begun time.Time) time.Duration {
	return min(max(d.now().Sub(begun)/4, tryAgainIn), longest)
}

// Issue hands an invoice to its channel: the job invoice.issue. That it is being asked is
// written before it is; one that was cut off in between is asked for by its serial, and never
// issued a second time before that is answered.
func (d *Desk) Issue(ctx context.Context, id string) error {
	v, err := d.store.Invoice(ctx, id)
	if err != nil {
		return err
	}
	c, err := d.by(v.Channel)
	if err != nil {
		return err
	}
	if v.State == quartet.InvoiceNeedsLogin {
		if l, err := c.LoginState(ctx); err != nil || !l.In {
			return job.Later{In: tryAgainIn, Why: "the house must sign in at the tax bureau"}
		}
	}
	var (
		r    Request
		asks bool
	)
	v, err = d.step(ctx, id, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		v := &b.Invoice
		r, asks = Request{}, false
		switch {
		case v.State == quartet.InvoiceIssuing && v.Asked.IsZero(), v.State == quartet.InvoiceNeedsLogin, v.State == quartet.InvoiceFailedRetryable:
		case v.State == quartet.InvoiceIssuing, v.State == quartet.InvoiceUnknown:
			asks, p.Untouched = true, true
			return nil
		default:
			p.Untouched = true
			return nil
		}
		v.Asked, v.Answer = d.now(), ""
		var err error
		if r, err = d.request(b); err != nil {
			return err
		}
		return d.move(b, p, house, "invoice.ask", "serial "+v.Serial()+" at "+v.Channel, quartet.InvoiceIssuing)
	})
	switch {
	case err != nil:
		return err
	case asks:
		return d.query(ctx, JobIssue, id)
	case r.Serial == "":
		return nil
	}
	out, err := c.Issue(ctx, r)
	if quartet.CodeOf(err) == quartet.ErrUnavailable { // nothing was sent
		out, err = Result{Serial: r.Serial, Outcome: TryAgain, Why: err.Error()}, nil
	}
	return d.record(context.WithoutCancel(ctx), JobIssue, v, out, err)
}

// Query asks what became of an invoice that its channel was asked for: the job invoice.query.
func (d *Desk) Query(ctx context.Context, id string) error { return d.query(ctx, JobQuery, id) }

func (d *Desk) query(ctx context.Context, running, id string) error {
	v, err := d.store.Invoice(ctx, id)
	if err != nil || v.State != quartet.InvoiceUnknown && (v.State != quartet.InvoiceIssuing || v.Asked.IsZero()) {
		return err
	}
	c, err := d.by(v.Channel)
	if err != nil {
		return err
	}
	out, err := c.Query(ctx, v.Serial())
	return d.record(context.WithoutCancel(ctx), running, v, d.certain(out, v.Asked), err)
}

// certain is what a channel says of a serial that it is asked about, as far as it is certain.
// One that has not heard of it yet may hear of it still: what was sent is on its way. One that
// wants a sign-in before it looks has not looked. Whoever took that for "not issued" would let
// a buyer take back, and be issued a second time, what is being issued.
func (d *Desk) certain(out Result, asked time.Time) Result {
	switch {
	case out.Outcome == Absent && d.now().Before(asked.Add(d.arrives)):
		out.Outcome, out.Why = "", "the channel has not heard of it yet; it is asked again"
	case out.Outcome == NeedsLogin:
		out.Outcome, out.Why = "", "the house must sign in at the tax bureau before the channel tells"
	}
	return out
}

// soon lets a job run in a while: the one that is running by its answer, another one by being
// moved.
func (d *Desk) soon(p *quartet.InvoicePostings, running, kind, key string, in time.Duration, why string) error {
	if running == kind {
		return job.Later{In: in, Why: why}
	}
	now := d.now()
	again(p, kind, key, now.Add(in), now)
	return nil
}

// request is what a channel is asked to issue.
func (d *Desk) request(b *quartet.InvoiceBook) (Request, error) {
	v := &b.Invoice
	buyer, err := d.Buyer(v)
	if err != nil {
		return Request{}, err
	}
	tax, _ := quartet.TaxAt(b.Tax, v.Decided) // it was in force when it was decided, and nothing of it changes
	return Request{Serial: v.Serial(), Kind: v.Kind, Seller: tax.Seller, TaxID: tax.TaxID, Buyer: buyer, Lines: v.Lines, Sums: v.Amounts}, nil
}

// record writes what a channel said of the try that was, and tells when to ask again. What is
// not understood is never taken for issued, nor for failed.
func (d *Desk) record(ctx context.Context, running string, asked quartet.Invoice, out Result, fault error) error {
	serial, why := asked.Serial(), out.Why
	if fault != nil || out.Serial != serial || out.Outcome == Issued && (!quartet.InvoiceNumber(out.Number) || out.IssuedOn.IsZero()) {
		out.Outcome, why = "", "the channel gave no answer that can be understood; it is asked again"
	}
	var next error
	_, err := d.step(ctx, asked.ID, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		v := &b.Invoice
		next = nil
		waits := v.State == quartet.InvoiceUnknown || v.State == quartet.InvoiceIssuing && !v.Asked.IsZero()
		if !waits || v.Serial() != serial { // it was told before, or another try is under way
			p.Untouched = true
			if running == JobIssue && (v.State == quartet.InvoiceFailedRetryable || v.State == quartet.InvoiceNeedsLogin) {
				next = job.Later{In: tryAgainIn, Why: "another one was told that it is tried again"} // who may have lost the job to this one
			}
			return nil
		}
		to, action := quartet.InvoiceUnknown, "invoice.lose"
		switch out.Outcome {
		case Issued:
			return d.issued(b, p, v.Channel, out)
		case Pending:
			return d.pending(b, p, running, &next)
		case NeedsLogin, TryAgain, Absent:
			to, action = quartet.InvoiceFailedRetryable, "invoice.fail"
			if out.Outcome == NeedsLogin {
				to, action = quartet.InvoiceNeedsLogin, "invoice.login"
			}
			v.Asked = time.Time{}
			next = d.soon(p, running, JobIssue, v.ID, d.rest(v.Decided), "it is surely not issued, and is tried again")
		case Failed:
			to, action = quartet.InvoiceFailedFinal, "invoice.fail"
		default:
			next = d.soon(p, running, JobQuery, v.ID, askAgain, "nobody knows yet whether it is issued")
			if v.State == to {
				p.Untouched = true
				return nil
			}
		}
		v.Answer = why
		return d.move(b, p, v.Channel, action, why, to)
	})
	if err != nil {
		return err
	}
	return next
}

// pending: the channel has it. People who issue by hand are not asked.
func (d *Desk) pending(b *quartet.InvoiceBook, p *quartet.InvoicePostings, running string, next *error) error {
	v := &b.Invoice
	c, err := d.by(v.Channel)
	if err != nil {
		return err
	}
	if !c.Capabilities().ByHand {
		*next = d.soon(p, running, JobQuery, v.ID, askAgain, "the channel has it under way")
	}
	if v.State == quartet.InvoiceUnknown {
		return d.move(b, p, v.Channel, "invoice.find", "under way", quartet.InvoiceIssuing)
	}
	p.Untouched = len(p.Jobs) == 0
	return nil
}

// issued makes an invoice issued by the word of its channel; its files are fetched.
func (d *Desk) issued(b *quartet.InvoiceBook, p *quartet.InvoicePostings, by string, out Result) error {
	v, now := &b.Invoice, d.now()
	v.Number, v.IssuedOn, v.Source, v.Answer = out.Number, out.IssuedOn, quartet.FromWord, ""
	again(p, JobDownload, v.ID, now, now)
	return d.settle(b, p, by, "number "+v.Number)
}

// settle ends the way of an invoice to its buyer: the amounts are invoiced, and the buyer is
// told.
func (d *Desk) settle(b *quartet.InvoiceBook, p *quartet.InvoicePostings, by, detail string) error {
	v := &b.Invoice
	if !quartet.InvoiceNumber(v.Number) {
		return quartet.Errorf(quartet.ErrInvalid, "the number of an invoice is 20 digits")
	}
	if err := d.move(b, p, by, "invoice.issue", detail, quartet.InvoiceIssued); err != nil {
		return err
	}
	told, err := d.tell(p, v, issuedLetter(v, d.site))
	if told {
		v.Delivered = d.now()
	}
	return err
}

// tell writes a letter to the buyer of an invoice. false: the house sends no e-mail, or the
// buyer's address is none any more.
func (d *Desk) tell(p *quartet.InvoicePostings, v *quartet.Invoice, l notify.Letter) (bool, error) {
	buyer, err := d.Buyer(v)
	if err != nil {
		return false, err
	}
	to, err := quartet.ParseAddress(buyer.Email)
	if err != nil || !d.post.Reaches(to.Channel()) {
		return false, nil //nolint:nilerr // an invoice is issued though nobody can be told
	}
	p.Messages = append(p.Messages, d.post.Write(to, l))
	return true, nil
}
