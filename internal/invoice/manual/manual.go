// Package manual is the channel of houses that issue invoices by hand: people issue them at the
// tax bureau's site and hand in the files. It asks nobody and sends nothing, so nothing is ever
// lost on the way; what people do is told to the desk (Upload, Enter, Confirm, Fail).
//
// A buyer of a special invoice may have set its tax off already, so a red letter of one waits
// until the buyer agrees, and says so to the house.
package manual

import (
	"context"

	"quartet"
	"quartet/internal/invoice"
)

// Name is what invoices call this channel.
const Name = "manual"

// Papers are the invoices and red letters of the house.
type Papers interface {
	Invoice(ctx context.Context, id string) (quartet.Invoice, error)
	RedLetter(ctx context.Context, id string) (quartet.RedLetter, error)
}

// Channel issues by hand. Safe for concurrent use.
type Channel struct{ papers Papers }

var _ invoice.Channel = (*Channel)(nil)

// New makes the channel.
func New(papers Papers) *Channel { return &Channel{papers} }

// Name implements invoice.Issuer.
func (*Channel) Name() string { return Name }

// Capabilities implements invoice.Issuer.
func (*Channel) Capabilities() invoice.Capabilities {
	return invoice.Capabilities{ByHand: true, BuyerHere: true}
}

// Issue implements invoice.Issuer: people will.
func (c *Channel) Issue(ctx context.Context, r invoice.Request) (invoice.Result, error) {
	return c.Query(ctx, r.Serial)
}

// Query implements invoice.Issuer: what people have said.
func (c *Channel) Query(ctx context.Context, serial string) (invoice.Result, error) {
	v, err := c.papers.Invoice(ctx, quartet.InvoiceOfSerial(serial))
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && v.Serial() != serial {
		return invoice.Result{Serial: serial, Outcome: invoice.Absent}, nil
	}
	out := invoice.Result{Serial: serial, Outcome: invoice.Pending}
	if v.State.Stands() || v.State == quartet.InvoiceReversed {
		out.Outcome, out.Number, out.IssuedOn = invoice.Issued, v.Number, v.IssuedOn
	}
	return out, err
}

// Download implements invoice.Issuer: whatever there is lies with the house.
func (*Channel) Download(context.Context, string, quartet.InvoiceFileKind) ([]byte, error) {
	return nil, quartet.Errorf(quartet.ErrUnsupported, "people hand the files in")
}

// ApplyRed implements invoice.Redder.
func (*Channel) ApplyRed(_ context.Context, r invoice.RedRequest) (invoice.Result, error) {
	out := invoice.Result{Serial: r.Serial, Outcome: invoice.Agreed}
	if r.Kind == quartet.InvoiceSpecial {
		out.Outcome = invoice.WaitingBuyer
	}
	return out, nil
}

// QueryRed implements invoice.Redder: what people have said.
func (c *Channel) QueryRed(ctx context.Context, serial string) (invoice.Result, error) {
	r, err := c.papers.RedLetter(ctx, quartet.InvoiceOfSerial(serial))
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && r.Serial() != serial {
		return invoice.Result{Serial: serial, Outcome: invoice.Absent}, nil
	}
	if err != nil {
		return invoice.Result{}, err
	}
	out := invoice.Result{Serial: serial, Outcome: invoice.Agreed}
	switch r.State {
	case quartet.RedDone:
		out.Outcome, out.Number, out.IssuedOn = invoice.Issued, r.Number, r.IssuedOn
	case quartet.RedRefused:
		out.Outcome = invoice.Refused
	case quartet.RedWaitingBuyer:
		out.Outcome = invoice.WaitingBuyer
	case quartet.RedApplying, quartet.RedUnknown: // whoever was to say who must agree was cut off
		out.Outcome = invoice.Absent
	default:
	}
	return out, nil
}

// CancelRed implements invoice.Redder.
func (*Channel) CancelRed(_ context.Context, serial string) (invoice.Result, error) {
	return invoice.Result{Serial: serial, Outcome: invoice.Refused, Why: "withdrawn by the house"}, nil
}

// LoginState implements invoice.Doorman: people sign in at the bureau themselves.
func (*Channel) LoginState(context.Context) (invoice.Login, error) {
	return invoice.Login{In: true}, nil
}

// StartLogin implements invoice.Doorman.
func (*Channel) StartLogin(context.Context) (invoice.Login, error) {
	return invoice.Login{}, quartet.Errorf(quartet.ErrUnsupported, "people sign in at the tax bureau's site themselves")
}

// ParseCallback implements invoice.Herald: whoever sends one forged it.
func (*Channel) ParseCallback(context.Context, invoice.Raw) (invoice.Callback, error) {
	return invoice.Callback{}, quartet.Errorf(quartet.ErrForbidden, "nobody sends notices of what is issued by hand")
}
