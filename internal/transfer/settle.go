package transfer

import (
	"cmp"
	"context"
	"strings"

	"quartet"
	"quartet/internal/billing"
)

// Settle lets a transfer of which that is decided pay its order. It is the job
// "transfer.settle", and safe to repeat wherever it was cut off: the transfer remembers its
// payment before billing hears of the money, and billing takes the same money once.
//
// Where the order was paid or closed meanwhile, the transfer waits for people again. If
// billing has booked it as surplus by then, it can only go back.
func (d *Desk) Settle(ctx context.Context, id string) error {
	t, err := d.store.Transfer(ctx, id)
	if err != nil || t.State != quartet.TransferSettling {
		return err
	}
	by, err := d.decider(ctx, t)
	if err != nil {
		return err
	}
	if t.Payment == "" {
		why, err := d.attempt(ctx, by, &t)
		if err != nil || why != "" {
			return d.end(ctx, by, t, quartet.TransferWaiting, why, err)
		}
	}
	reference, err := d.reference(ctx, t)
	if err != nil {
		return err
	}
	p, err := d.billing.Receive(ctx, by, billing.Money{Payment: t.Payment, Reference: reference, Received: t.Amount, At: t.At})
	if err != nil {
		return err
	}
	switch p.State {
	case quartet.PaymentPaid:
		return d.end(ctx, by, t, quartet.TransferSettled, "", nil)
	case quartet.PaymentSurplus:
		return d.end(ctx, by, t, quartet.TransferWaiting, surplus(p, t), nil)
	default:
		return quartet.Errorf(quartet.ErrInternal, "billing took a transfer, and its payment is %s", p.State)
	}
}

// attempt finds or makes the payment that a transfer becomes, and has the transfer remember
// it. why: its order cannot be paid by it any more.
func (d *Desk) attempt(ctx context.Context, by string, t *quartet.Transfer) (why string, err error) {
	o, err := d.billing.Find(ctx, t.Order)
	if err != nil {
		return "", err
	}
	if why := d.unpayable(o, t.Amount); why != "" {
		return why, nil
	}
	payments, err := d.billing.Payments(ctx, t.Order)
	if err != nil {
		return "", err
	}
	var payment quartet.Payment
	for _, p := range payments { // the one that the buyer chose, or that we made before we were cut off
		if p.Provider == Provider && p.State == quartet.PaymentOpen {
			payment = p
		}
	}
	if payment.ID == "" {
		payment, err = d.billing.Attempt(ctx, by, t.Order, Provider, Provider)
	}
	if quartet.CodeOf(err) == quartet.ErrConflict { // the order has just been paid or closed, or is past its time
		if o, err := d.billing.Find(ctx, t.Order); err == nil {
			return cmp.Or(d.unpayable(o, t.Amount), whyLate), nil
		}
	}
	if err != nil {
		return "", err
	}
	t.Payment = payment.ID
	return "", d.store.SetTransferPayment(ctx, t.ID, payment.ID)
}

// Return has billing send back what it booked as surplus of a transfer that goes back: the
// refund is then among what people pay at the bank. It is the job "transfer.return", and
// safe to repeat.
func (d *Desk) Return(ctx context.Context, id string) error {
	t, err := d.store.Transfer(ctx, id)
	if err != nil || t.State != quartet.TransferReturning || t.Payment == "" {
		return err
	}
	by, err := d.decider(ctx, t)
	if err != nil {
		return err
	}
	_, err = d.billing.ReturnSurplus(ctx, by, t.Payment, "转账退回")
	if quartet.CodeOf(err) == quartet.ErrConflict {
		return d.onItsWay(ctx, t, err)
	}
	return err
}

// onItsWay is nil if what a transfer brought goes back or went back. Billing refuses to send
// it in other cases too: the transfer would then be called returning for ever, and its money
// would be on no list, so a person must hear of it.
func (d *Desk) onItsWay(ctx context.Context, t quartet.Transfer, refused error) error {
	p, err := d.billing.Payment(ctx, t.Payment)
	if err != nil || p.State == quartet.PaymentReturned {
		return err
	}
	const most = 1000 // of one order there are a handful
	refunds, err := d.billing.Refunds(ctx, p.Order, "", "", most)
	if err != nil {
		return err
	}
	for _, r := range refunds {
		switch {
		case r.Payment != p.ID || !r.Surplus:
		case r.State == quartet.RefundSending, r.State == quartet.RefundFailed, r.State == quartet.RefundDone:
			return nil
		}
	}
	return quartet.Errorf(quartet.ErrConflict, "the money of this transfer is to go back, but billing does not send it: payment %s is %s: %w", p.ID, p.State, refused)
}

// end writes what came of settling. Another run may have written it first.
func (d *Desk) end(ctx context.Context, by string, t quartet.Transfer, next quartet.TransferState, why string, err error) error {
	if err != nil {
		return err
	}
	action, detail := "transfer.settle", "order "+t.Order+", payment "+t.Payment
	if next == quartet.TransferWaiting {
		action, detail = "transfer.wait", why+", order "+t.Order
	}
	now := d.now()
	err = d.store.EndSettling(ctx, t.ID, next, why, now, step(now, by, action, t.ID, detail, "settling", string(next)))
	if quartet.CodeOf(err) != quartet.ErrConflict {
		return err
	}
	if again, look := d.store.Transfer(ctx, t.ID); look == nil && again.State != quartet.TransferSettling {
		return nil
	}
	return err
}

// surplus translates why billing took money as surplus.
func surplus(p quartet.Payment, t quartet.Transfer) string {
	switch {
	case p.SurplusWhy == "amount" && t.Amount > p.Amount:
		return whyOver
	case p.SurplusWhy == "amount":
		return whyUnder
	default:
		return p.SurplusWhy
	}
}

// decider is who decided that a transfer settles: the person who confirmed it, or the
// statement itself.
func (d *Desk) decider(ctx context.Context, t quartet.Transfer) (string, error) {
	claims, err := d.store.TransferClaims(ctx, t.ID)
	by := "bank statement"
	for _, c := range claims {
		if c.State == quartet.ClaimConfirmed {
			by = c.DecidedBy
		}
	}
	return by, err
}

// reference is by which number money is found at the bank: bank/account/serial.
func (d *Desk) reference(ctx context.Context, t quartet.Transfer) (string, error) {
	a, err := d.account(ctx, t.House)
	return strings.Join([]string{a.Bank, a.Number, t.Serial}, "/"), err
}
