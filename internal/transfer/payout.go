package transfer

import (
	"context"
	"strings"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
)

// Owed is money that people are to pay back, with who gets it; the account is masked.
type Owed struct {
	quartet.Payout
	Payee quartet.Payer
}

// Owed lists what people are to pay back at the bank, oldest first: transfers of which that
// is decided, and refunds of orders that a transfer paid.
func (d *Desk) Owed(ctx context.Context) ([]Owed, error) {
	list, err := d.store.Payouts(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Owed, len(list))
	for i, p := range list {
		all[i].Payout = p
		if all[i].Payee, err = d.payee(ctx, p); err != nil {
			return nil, err
		}
		all[i].Payee.Account = Mask(all[i].Payee.Account)
	}
	return all, nil
}

// Payee shows who paid and from which account, whole, to whoever is to pay it back there.
// The audit says so before it is shown. ErrNotFound.
func (d *Desk) Payee(ctx context.Context, by, id, why string) (quartet.Payer, error) {
	p, err := d.store.Payout(ctx, id)
	if err != nil {
		return quartet.Payer{}, err
	}
	payee, err := d.payee(ctx, p)
	if err != nil {
		return quartet.Payer{}, err
	}
	return payee, d.store.Audit(ctx, audit.Entry(d.now(), by, "payout.show", id, "the payer's account, whole, reason: "+why))
}

func (d *Desk) payee(ctx context.Context, p quartet.Payout) (quartet.Payer, error) {
	if p.Transfer == "" { // paid before transfers were imported
		return quartet.Payer{}, nil
	}
	t, err := d.store.Transfer(ctx, p.Transfer)
	if err != nil {
		return quartet.Payer{}, err
	}
	return d.payer(t)
}

// Pay enters the bank's serial of money that was paid back. The first person who does it
// says that it was paid; the second one, who must be another, that it is to be seen at the
// bank under the same serial: by that a transfer is returned, and a refund done by a job.
// ErrForbidden: the same person. ErrInvalid: another serial. ErrNotFound, ErrConflict.
func (d *Desk) Pay(ctx context.Context, by, id, serial string) (quartet.Payout, error) {
	serial = strings.TrimSpace(serial)
	if !serialForm.MatchString(serial) {
		return quartet.Payout{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "serial", Message: "the bank's serial has 1 to 64 letters, digits and . _ / -"}
	}
	p, err := d.store.Payout(ctx, id)
	if err != nil {
		return p, err
	}
	now := d.now()
	if p.Serial == "" {
		p.Serial, p.EnteredBy, p.Entered = serial, by, now
		return p, d.store.EnterPayout(ctx, p, step(now, by, "payout.enter", id, "serial "+serial+", "+p.Amount.String()+" yuan", "owed", "entered"))
	}
	switch {
	case p.EnteredBy == by:
		return p, quartet.Errorf(quartet.ErrForbidden, "you have entered this serial yourself; another person must find the payment at the bank")
	case p.Serial != serial:
		return p, &quartet.Error{Code: quartet.ErrInvalid, Field: "serial", Message: "another serial was entered first; look the payment up at the bank, and drop the first serial if that is the wrong one"}
	}
	p.SeenBy, p.Seen = by, now
	var jobs []quartet.Job
	if p.Refund {
		jobs = append(jobs, job.At(JobReport, id, now, now))
	}
	return p, d.store.SeePayout(ctx, p, jobs, step(now, by, "payout.see", id, "serial "+serial+", "+p.Amount.String()+" yuan", "entered", "seen"))
}

// Drop takes back a serial that was entered and that nobody else has seen. ErrNotFound.
func (d *Desk) Drop(ctx context.Context, by, id string) error {
	return d.store.DropPayout(ctx, id, step(d.now(), by, "payout.drop", id, "", "entered", "owed"))
}

// Report tells billing that a refund was paid and seen. It is the job "payout.report", and
// safe to repeat.
func (d *Desk) Report(ctx context.Context, refund string) error {
	serial, by, err := d.store.SeenPayout(ctx, refund)
	if err != nil {
		return err
	}
	return d.billing.Refunded(ctx, by, refund, serial)
}
