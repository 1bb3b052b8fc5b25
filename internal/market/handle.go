package market

import (
	"context"
	"errors"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/billing"
	"quartet/internal/job"
)

// Handle does what is left to do of a message that is kept: the job market.handle. What
// cannot be done yet fails, whatever the cause, so that it is tried again with growing waits
// and a person sees it in the end.
func (d *Desk) Handle(ctx context.Context, event string) error {
	e, err := d.o.Store.MarketEvent(ctx, event)
	if err != nil || e.State != quartet.MarketEventReceived {
		return err
	}
	body, err := d.o.Sealer.Unseal(e.Sealed, e.ID)
	if err != nil {
		return err
	}
	m, err := Parse(body)
	if err != nil {
		return err
	}
	in, err := d.do(ctx, e, &m)
	switch quartet.CodeOf(err) {
	case quartet.ErrConflict:
		if now, failed := d.o.Store.MarketEvent(ctx, event); failed == nil && now.State != quartet.MarketEventReceived {
			return nil // it is refused for good, or was done meanwhile
		}
	case quartet.ErrNotFound, quartet.ErrInvalid, quartet.ErrUnsupported:
		return &quartet.Error{Code: quartet.ErrConflict, Message: err.Error(), Cause: err}
	case "":
		err = d.seen(ctx, &in)
	default:
	}
	return err
}

// seen makes sure that calls see what was done, whoever was cut off before.
func (d *Desk) seen(ctx context.Context, in *quartet.Instance) error {
	if in.Grant == "" {
		return nil
	}
	return d.o.Billing.Look(ctx, in.Grant)
}

// handle does a message, unless it is done, and gives its answer.
func (d *Desk) handle(ctx context.Context, e quartet.MarketEvent, m *Message) (Answer, error) {
	switch e.State {
	case quartet.MarketEventHandled:
		return d.answer(ctx, e.Market, e.Action, e.Instance, e.Outcome)
	case quartet.MarketEventRefused:
		return Answer{}, quartet.Errorf(quartet.ErrConflict, "%s", e.Answer)
	case quartet.MarketEventReceived:
	}
	in, err := d.do(ctx, e, m)
	if err != nil {
		// Somebody who was faster may have done it.
		if now, failed := d.o.Store.MarketEvent(ctx, e.ID); failed == nil && now.State != quartet.MarketEventReceived {
			return d.handle(ctx, now, m)
		}
	}
	_, later := errors.AsType[job.Later](err)
	switch {
	case err == nil:
		return d.answer(ctx, e.Market, e.Action, in.ID, in.State)
	case later:
		return Answer{Instance: again, State: in.State}, nil
	case m.Action == quartet.MarketCreate:
		// Whatever ails it is ours to mend: the market comes again, and the job goes on.
		return Answer{Instance: again, State: quartet.InstanceProvisioning}, nil
	}
	return Answer{}, err
}

// answer tells what a message came to. The secret of what was created is told again, which
// is written each time.
func (d *Desk) answer(ctx context.Context, market string, a quartet.MarketAction, instance string, s quartet.InstanceState) (Answer, error) {
	in, err := d.o.Store.Instance(ctx, instance)
	if err == nil {
		err = d.seen(ctx, &in)
	}
	out := Answer{Instance: instance, State: s}
	if err == nil && a == quartet.MarketCreate {
		_, out.AppCode, err = d.o.Accounts.Reveal(ctx, by(market), in.Credential, "")
	}
	if err != nil {
		return Answer{}, err
	}
	return out, nil
}

// do takes an instance the step on that a message asks for, and ends the message in the same
// transaction. A message that can never be done is refused for good, which is ErrConflict too.
func (d *Desk) do(ctx context.Context, e quartet.MarketEvent, m *Message) (quartet.Instance, error) {
	in, err := d.find(ctx, e.Market, m)
	if err != nil {
		return in, err
	}
	if why := d.never(&in, e, m); why != nil {
		return in, d.refuse(ctx, &in, e, why)
	}
	next, err := d.step(ctx, in, e, m)
	if quartet.CodeOf(err) == quartet.ErrConflict {
		// It may have changed since it was read, so that this message came too late.
		if in, failed := d.o.Store.Instance(ctx, in.ID); failed == nil {
			if why := d.never(&in, e, m); why != nil {
				return in, d.refuse(ctx, &in, e, why)
			}
		}
	}
	return next, err
}

// find is ErrConflict while there is no instance that the message could be about.
func (d *Desk) find(ctx context.Context, market string, m *Message) (quartet.Instance, error) {
	id := m.Instance
	if id == "" || m.Action == quartet.MarketCreate {
		id = instanceID(market, m.Order)
	}
	in, err := d.o.Store.Instance(ctx, id)
	if err == nil && in.Market != market || quartet.CodeOf(err) == quartet.ErrNotFound {
		err = quartet.Errorf(quartet.ErrConflict, "there is no such instance; have it created, then send this again")
	}
	return in, err
}

// never tells why a message can never be done; nil: it can, or will.
func (d *Desk) never(in *quartet.Instance, e quartet.MarketEvent, m *Message) error {
	if err := in.Refuses(m.Action, e.Received); err != nil {
		return err
	}
	if m.Action == quartet.MarketCreate && (m.Plan != in.Plan || m.Trial != in.Trial || m.Buyer != in.Buyer) {
		return quartet.Errorf(quartet.ErrConflict, "this order was sold before, as another plan or to another buyer; a new sale has a new order")
	}
	return nil
}

func (d *Desk) refuse(ctx context.Context, in *quartet.Instance, e quartet.MarketEvent, why error) error {
	now := d.o.Now()
	if err := d.o.Store.RefuseMarketEvent(ctx, e.ID, in.ID, why.Error(), now, audit.Entry(now, by(e.Market), "instance.refuse", in.ID, string(e.Action)+": "+why.Error())); err != nil {
		return err
	}
	return why
}

func (d *Desk) step(ctx context.Context, in quartet.Instance, e quartet.MarketEvent, m *Message) (quartet.Instance, error) {
	t := billing.Told{By: by(e.Market), Event: e.ID, Came: e.Received, Until: m.Until, Refund: m.Refund}
	switch {
	case m.Action == quartet.MarketCreate && in.Order == "":
		if err := d.admit(ctx, &in, m.BuyerName); err != nil {
			return in, err
		}
		return d.o.Billing.Provision(ctx, in, t)
	case m.Action == quartet.MarketCreate:
		return d.o.Billing.Repeat(ctx, in, t)
	case m.Action == quartet.MarketRelease && in.Order == "":
		return d.drop(ctx, in, t)
	case in.Order == "":
		return in, quartet.Errorf(quartet.ErrConflict, "this instance is not provisioned yet; send this again when it is active")
	case m.Action == quartet.MarketRenew:
		return d.o.Billing.RenewInstance(ctx, in, t)
	case m.Action == quartet.MarketExpire:
		return d.o.Billing.ExpireInstance(ctx, in, t)
	default:
		return d.o.Billing.ReleaseInstance(ctx, in, t)
	}
}

// drop ends an instance of which nothing was given.
func (d *Desk) drop(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error) {
	now := d.o.Now()
	in.State, in.Refund = quartet.InstanceReleased, in.Refund || t.Refund
	if t.Came.After(in.Told) {
		in.Told = t.Came
	}
	return in, d.o.Store.StepInstance(ctx, quartet.InstanceStep{Instance: in, Event: t.Event, At: now}, audit.Entry(now, t.By, "instance.release", in.ID, "it never was active"))
}

// admit makes the account of a buyer and the credential of an instance, unless they are
// there. It returns when calls are let in by them.
func (d *Desk) admit(ctx context.Context, in *quartet.Instance, buyer string) error {
	if err := d.openAccount(ctx, in, buyer); err != nil {
		return err
	}
	_, err := d.o.Accounts.Credential(ctx, in.Credential)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		_, _, err = d.o.Accounts.Issue(ctx, by(in.Market), in.Account, quartet.Credential{
			ID: in.Credential, Kind: quartet.KindAppCode, Name: in.Market,
		})
		if err != nil { // another one may have been faster
			if _, failed := d.o.Accounts.Credential(ctx, in.Credential); failed == nil {
				err = nil
			}
		}
	}
	if err != nil {
		return err
	}
	return d.o.Changed(ctx)
}

// openAccount opens the account of a buyer, under a name that nobody has.
func (d *Desk) openAccount(ctx context.Context, in *quartet.Instance, buyer string) error {
	const room = 60 // of the 100 characters of a name, before what makes it one of a kind
	name := []rune(buyer)
	base := string(name[:min(len(name), room)])
	for _, name := range []string{base, base + " (" + in.Market + ")", base + " " + in.Account, in.Account} {
		a, err := d.o.Accounts.Find(ctx, in.Account)
		if err == nil && a.ID == in.Account {
			return nil
		}
		if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
			return err
		}
		_, err = d.o.Accounts.Open(ctx, by(in.Market), in.Account, name)
		switch quartet.CodeOf(err) {
		case "":
			return nil
		case quartet.ErrConflict, quartet.ErrInvalid: // taken, or no name
		default:
			return err
		}
	}
	_, err := d.o.Accounts.Find(ctx, in.Account)
	return err
}
