package firm

import (
	"context"

	"quartet"
)

// Approve says that the account is this firm, and may ask for the purposes it named: its
// calls are asked for the first of them. override says that the reviewer has seen that the licence itself bears a credit code
// that is not sound; without it such a code is refused. ErrConflict: the application is not
// submitted, or not any more.
func (d *Desk) Approve(ctx context.Context, by, id string, override bool) (quartet.FirmApplication, error) {
	a, err := d.submitted(ctx, id)
	if err != nil {
		return a, err
	}
	if !a.Code.Sound() && !override {
		return a, &quartet.Error{
			Code: quartet.ErrConflict, Field: "override",
			Message: "the last sign of the credit code does not check the others: look at the licence, and approve with an override only if it bears this very code",
		}
	}
	before := a
	a.State, a.Decided, a.DecidedBy, a.Override = quartet.FirmApproved, d.now(), by, !a.Code.Sound()
	purpose := a.Purposes[0]
	detail := "for " + purpose
	if a.Override {
		detail += ", over a credit code that is not sound"
	}
	return a, d.store.ApproveApplication(ctx, a, purpose, d.entry(by, "firm.approve", &before, &a, detail))
}

// Reject gives an application back with reasons, which the buyer reads. ErrInvalid: without
// any. ErrConflict as of Approve.
func (d *Desk) Reject(ctx context.Context, by, id, why string) (quartet.FirmApplication, error) {
	why, err := reason(why)
	if err != nil {
		return quartet.FirmApplication{}, err
	}
	a, err := d.submitted(ctx, id)
	if err != nil {
		return a, err
	}
	before := a
	a.State, a.Decided, a.DecidedBy, a.Why = quartet.FirmRejected, d.now(), by, why
	return a, d.store.UpdateApplication(ctx, a, quartet.FirmSubmitted, nil, d.entry(by, "firm.reject", &before, &a, why))
}

// Revoke takes an approval back with a reason: the account is no firm any more, and may ask
// for no purpose. ErrInvalid: without a reason. ErrConflict: it is not approved.
func (d *Desk) Revoke(ctx context.Context, by, id, why string) (quartet.FirmApplication, error) {
	why, err := reason(why)
	if err != nil {
		return quartet.FirmApplication{}, err
	}
	a, err := d.store.Application(ctx, id)
	if err != nil {
		return a, err
	}
	if a.State != quartet.FirmApproved {
		return a, quartet.Errorf(quartet.ErrConflict, "this application is %s, and only an approval can be revoked", a.State)
	}
	before := a
	a.State, a.Decided, a.DecidedBy, a.Why = quartet.FirmRevoked, d.now(), by, why
	return a, d.store.RevokeApplication(ctx, a, d.entry(by, "firm.revoke", &before, &a, why))
}

func (d *Desk) submitted(ctx context.Context, id string) (quartet.FirmApplication, error) {
	a, err := d.store.Application(ctx, id)
	if err == nil && a.State != quartet.FirmSubmitted {
		err = quartet.Errorf(quartet.ErrConflict, "this application is %s; only a submitted one is decided", a.State)
	}
	return a, err
}

func reason(why string) (string, error) {
	why, err := text("reason", why, 500)
	if err == nil && why == "" {
		err = &quartet.Error{Code: quartet.ErrInvalid, Field: "reason", Message: "say why; the buyer reads it"}
	}
	return why, err
}
