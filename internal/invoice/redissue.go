package invoice

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/job"
)

// IssueRed hands a red letter to its channel: the job red.issue. As of Issue.
func (d *Desk) IssueRed(ctx context.Context, id string) error {
	r, err := d.store.RedLetter(ctx, id)
	if err != nil {
		return err
	}
	c, err := d.by(r.Channel)
	if err != nil {
		return err
	}
	if r.State == quartet.RedNeedsLogin {
		if l, err := c.LoginState(ctx); err != nil || !l.In {
			return job.Later{In: tryAgainIn, Why: "the house must sign in at the tax bureau"}
		}
	}
	var (
		req  RedRequest
		asks bool
	)
	r, err = d.stepRed(ctx, id, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
		req, asks = RedRequest{}, false
		switch {
		case r.State == quartet.RedApplying && r.Asked.IsZero(), r.State == quartet.RedNeedsLogin, r.State == quartet.RedFailed:
		case r.State == quartet.RedApplying, r.State == quartet.RedUnknown:
			asks, p.Untouched = true, true
			return nil
		default:
			p.Untouched = true
			return nil
		}
		r.Asked, r.Answer = d.now(), ""
		of, err := d.request(b)
		if err != nil {
			return err
		}
		of.Serial, of.Sums, of.Lines = r.Serial(), r.Amounts, nil
		for _, l := range r.Lines {
			of.Lines = append(of.Lines, quartet.InvoiceLine{Order: l.Order, TaxItem: b.Invoice.Line(l.Order).TaxItem, Amounts: l.Amounts})
		}
		req = RedRequest{Request: of, Of: b.Invoice.Number, Reason: r.Reason}
		return d.moveRed(b, r, p, house, "red.ask", "serial "+r.Serial()+" at "+r.Channel, quartet.RedApplying)
	})
	switch {
	case err != nil:
		return err
	case asks:
		return d.queryRed(ctx, JobRed, id)
	case req.Serial == "":
		return nil
	}
	out, err := c.ApplyRed(ctx, req)
	if quartet.CodeOf(err) == quartet.ErrUnavailable { // nothing was sent
		out, err = Result{Serial: req.Serial, Outcome: TryAgain, Why: err.Error()}, nil
	}
	return d.recordRed(context.WithoutCancel(ctx), r.Channel, JobRed, r, out, err)
}

// QueryRed asks what became of a red letter: the job red.query.
func (d *Desk) QueryRed(ctx context.Context, id string) error {
	return d.queryRed(ctx, JobRedQuery, id)
}

func (d *Desk) queryRed(ctx context.Context, running, id string) error {
	r, err := d.store.RedLetter(ctx, id)
	if err != nil || r.Asked.IsZero() {
		return err
	}
	c, err := d.by(r.Channel)
	if err != nil {
		return err
	}
	if c.Capabilities().BuyerHere && lapsed(&r, d.now()) {
		out := Result{Serial: r.Serial(), Outcome: Refused, Why: "the buyer did not agree within 72 hours"}
		return d.recordRed(ctx, house, running, r, out, nil)
	}
	switch r.State {
	case quartet.RedApplying, quartet.RedWaitingBuyer, quartet.RedIssuing, quartet.RedUnknown:
	default:
		return nil
	}
	out, err := c.QueryRed(ctx, r.Serial())
	return d.recordRed(context.WithoutCancel(ctx), r.Channel, running, r, d.certain(out, r.Asked), err)
}

// recordRed writes what a channel said of a red letter, and tells when to ask again. As of
// record.
func (d *Desk) recordRed(ctx context.Context, by, running string, asked quartet.RedLetter, out Result, fault error) error {
	serial, why := asked.Serial(), out.Why
	if fault != nil || out.Serial != serial || out.Outcome == Issued && (!quartet.InvoiceNumber(out.Number) || out.IssuedOn.IsZero()) {
		out.Outcome, why = "", "the channel gave no answer that can be understood; it is asked again"
	}
	var next error
	_, err := d.stepRed(ctx, asked.ID, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
		next = nil
		if r.Serial() != serial || r.Asked.IsZero() || !waitsForWord(r.State) {
			p.Untouched = true
			if running == JobRed && (r.State == quartet.RedFailed || r.State == quartet.RedNeedsLogin) {
				next = job.Later{In: tryAgainIn, Why: "another one was told that it is tried again"} // as of record
			}
			return nil
		}
		c, err := d.by(r.Channel)
		if err != nil {
			return err
		}
		said := out.Outcome
		if r.State == quartet.RedWaitingBuyer && (said == TryAgain || said == Absent) {
			said = "" // it had it, and said so
		}
		to, action, ask := quartet.RedUnknown, "red.lose", askAgain
		switch said {
		case Issued:
			now := d.now()
			r.Number, r.IssuedOn, r.Source, r.Answer = out.Number, out.IssuedOn, quartet.FromWord, ""
			again(p, JobDownload, r.ID, now, now)
			return d.reverse(b, r, p, by)
		case Pending:
			to, action = underWay(r.State), "red.find"
		case WaitingBuyer:
			to, action = quartet.RedWaitingBuyer, "red.wait"
			if c.Capabilities().BuyerHere {
				ask = lapsesIn(r, d.now())
			}
		case Agreed:
			to, action, ask = quartet.RedIssuing, "red.agreed", askAgain
		case NeedsLogin, TryAgain, Absent:
			to, action, ask = quartet.RedFailed, "red.fail", 0
			if said == NeedsLogin {
				to = quartet.RedNeedsLogin
			}
			r.Asked = time.Time{}
			next = d.soon(p, running, JobRed, r.ID, d.rest(r.Created), "it is surely not issued, and is tried again")
		case Failed, Refused:
			to, action, ask = quartet.RedRefused, "red.refuse", 0
		}
		if ask > 0 && (!c.Capabilities().ByHand || to == quartet.RedWaitingBuyer) {
			next = d.soon(p, running, JobRedQuery, r.ID, ask, "the red letter is under way")
		}
		if r.State == to || to == quartet.RedUnknown && r.State == quartet.RedWaitingBuyer { // what was known stays known
			p.Untouched = len(p.Jobs) == 0
			return nil
		}
		r.Answer = why
		return d.moveRed(b, r, p, by, action, why, to)
	})
	if err != nil {
		return err
	}
	return next
}

// underWay is where a red letter stands of which the channel says that it is under way.
func underWay(s quartet.RedState) quartet.RedState {
	if s == quartet.RedWaitingBuyer || s == quartet.RedIssuing {
		return s // which says more
	}
	return quartet.RedApplying
}

// lapsesIn is how long the buyer still has to agree.
func lapsesIn(r *quartet.RedLetter, now time.Time) time.Duration {
	if r.Waits.IsZero() {
		return quartet.RedLapses
	}
	return quartet.RedLapses - now.Sub(r.Waits) // somebody asked in between: the buyer has no longer for that
}

func waitsForWord(s quartet.RedState) bool {
	switch s {
	case quartet.RedApplying, quartet.RedWaitingBuyer, quartet.RedIssuing, quartet.RedUnknown:
		return true
	default:
		return false
	}
}

// RetryRed lets a red letter be tried again, or asked for, now. ErrNotFound, ErrConflict.
func (d *Desk) RetryRed(ctx context.Context, by, id string) (quartet.RedLetter, error) {
	return d.stepRed(ctx, id, func(_ *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
		now := d.now()
		switch {
		case r.State == quartet.RedNeedsLogin, r.State == quartet.RedFailed:
			again(p, JobRed, r.ID, now, now)
		case waitsForWord(r.State):
			again(p, JobRedQuery, r.ID, now, now)
		default:
			return redStands(r)
		}
		p.Audit = append(p.Audit, entry(now, by, "red.retry", r.ID, "serial "+r.Serial(), nil, nil))
		return nil
	})
}
