package quota

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"quartet"
)

// MaxUnits bounds a grant: the units of all grants together must be a number that can be
// written, and nobody sells more.
const MaxUnits = 1_000_000_000_000

// Give opens a grant. The caller sets ID, Account, Units, ExpiresAt and what else it
// wants; note says who gives and why.
func (l *Ledger) Give(ctx context.Context, g quartet.Grant, note string) error {
	switch {
	case g.Units <= 0:
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "units", Message: "a grant needs at least one unit"}
	case g.Units > MaxUnits:
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "units", Message: fmt.Sprintf("a grant has at most %d units", MaxUnits)}
	case g.ID == "" || g.Account == "":
		return quartet.Errorf(quartet.ErrInvalid, "a grant needs an id and an account")
	case g.Used != 0 || g.Held != 0 || g.Withdrawn != 0:
		return quartet.Errorf(quartet.ErrInvalid, "a new grant is whole")
	}
	if g.CreatedAt.IsZero() {
		g.CreatedAt = l.opts.Now()
	}
	if !g.ExpiresAt.After(g.CreatedAt) {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "expires", Message: "a grant must expire after it begins"}
	}
	return l.change(ctx, g, quartet.EntryGranted, g.Units, note, time.Time{})
}

// Withdraw takes free units back: a refund or an adjustment.
func (l *Ledger) Withdraw(ctx context.Context, grant string, units int64, note string) error {
	if units <= 0 {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "units", Message: "withdraw at least one unit"}
	}
	return l.change(ctx, quartet.Grant{ID: grant}, quartet.EntryWithdrawn, units, note, time.Time{})
}

// Freeze stops new calls from using a grant. Holds that stand may still settle.
func (l *Ledger) Freeze(ctx context.Context, grant, note string) error {
	return l.change(ctx, quartet.Grant{ID: grant}, quartet.EntryFrozen, 0, note, time.Time{})
}

// Thaw lets calls use a frozen grant again.
func (l *Ledger) Thaw(ctx context.Context, grant, note string) error {
	return l.change(ctx, quartet.Grant{ID: grant}, quartet.EntryThawed, 0, note, time.Time{})
}

// SetExpiry moves the end of a grant.
func (l *Ledger) SetExpiry(ctx context.Context, grant string, at time.Time, note string) error {
	return l.change(ctx, quartet.Grant{ID: grant}, quartet.EntryExpiry, 0, note, at)
}

func (l *Ledger) change(ctx context.Context, g quartet.Grant, kind quartet.EntryKind, units int64, note string, expiry time.Time) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	a := newAct(actChange)
	a.grant, a.expiry = g, expiry
	a.entry = quartet.Entry{ID: id.String(), Grant: g.ID, Kind: kind, Units: units, Note: note, At: l.opts.Now(), Until: expiry}
	if kind == quartet.EntryGranted {
		a.entry.Until = g.ExpiresAt
	}
	return l.free(a, l.do(ctx, a))
}
