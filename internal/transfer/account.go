package transfer

import (
	"context"
	"strings"

	"quartet"
	"quartet/internal/audit"
)

// Accounts lists the bank accounts of the house, closed ones and those that wait too.
func (d *Desk) Accounts(ctx context.Context) ([]quartet.HouseAccount, error) {
	return d.store.HouseAccounts(ctx)
}

// OpenAccount adds a bank account to which buyers are asked to pay from now on: for the command
// line, whose user owns the data folder. ErrInvalid, ErrConflict.
func (d *Desk) OpenAccount(ctx context.Context, by string, a quartet.HouseAccount) (quartet.HouseAccount, error) {
	a, err := d.written(a)
	if err != nil {
		return a, err
	}
	a.OpenedBy, a.Opened = by, a.Created
	return a, d.store.CreateHouseAccount(ctx, a, audit.Entry(a.Created, by, "house_account.open", a.ID, named(a)))
}

// AskAccount asks that buyers pay to a bank account. It waits until another person confirms it:
// no buyer sees it, and no statement is imported. ErrInvalid, ErrConflict.
func (d *Desk) AskAccount(ctx context.Context, by string, a quartet.HouseAccount) (quartet.HouseAccount, error) {
	a, err := d.written(a)
	if err != nil {
		return a, err
	}
	a.AskedBy = by
	return a, d.store.CreateHouseAccount(ctx, a, audit.Entry(a.Created, by, "house_account.ask", a.ID, named(a)))
}

// ConfirmAccount is the word of a second person to a bank account, which is open by it.
// ErrNotFound; ErrForbidden: who asked for it; ErrConflict: it does not wait.
func (d *Desk) ConfirmAccount(ctx context.Context, by, id string) (quartet.HouseAccount, error) {
	a, err := d.account(ctx, id)
	switch {
	case err != nil:
		return a, err
	case !a.Opened.IsZero():
		return a, quartet.Errorf(quartet.ErrConflict, "this bank account was opened already")
	case a.AskedBy == by:
		return a, quartet.Errorf(quartet.ErrForbidden, "you have asked for this bank account yourself; another administrator confirms it. Where there is none, whoever owns the data folder opens it with `quartet bank open`")
	}
	a.OpenedBy, a.Opened = by, d.now()
	return a, d.store.OpenHouseAccount(ctx, a.ID, by, a.Opened, audit.Entry(a.Opened, by, "house_account.open", a.ID, named(a)+", asked for by "+a.AskedBy))
}

// RejectAccount forgets a bank account that waits; who asked for it may take it back so.
// ErrNotFound; ErrConflict: it does not wait.
func (d *Desk) RejectAccount(ctx context.Context, by, id string) error {
	a, err := d.account(ctx, id)
	if err != nil {
		return err
	}
	return d.store.DropHouseAccount(ctx, a.ID, audit.Entry(d.now(), by, "house_account.reject", a.ID, named(a)))
}

// written is a new bank account as it is kept, or ErrInvalid.
func (d *Desk) written(a quartet.HouseAccount) (quartet.HouseAccount, error) {
	a.Bank, a.Holder = strings.TrimSpace(a.Bank), strings.TrimSpace(a.Holder)
	a.Number = strings.Join(strings.Fields(a.Number), "")
	for field, text := range map[string]string{"bank": a.Bank, "holder": a.Holder} {
		if err := words(field, text, 1, 100); err != nil {
			return a, err
		}
	}
	if len(a.Number) < 6 || len(a.Number) > 40 || strings.Trim(a.Number, "0123456789-") != "" {
		return a, &quartet.Error{Code: quartet.ErrInvalid, Field: "number", Message: "the number of a bank account has 6 to 40 digits"}
	}
	a.ID, a.Created = newID(), d.now()
	return a, nil
}

// named is a bank account in the words of the audit.
func named(a quartet.HouseAccount) string { return a.Bank + " " + Mask(a.Number) }

// CloseAccount ends the showing of a bank account to buyers. What comes to it all the same
// is imported as before. ErrNotFound.
func (d *Desk) CloseAccount(ctx context.Context, by, id string) error {
	return d.store.CloseHouseAccount(ctx, id, d.now(), audit.Entry(d.now(), by, "house_account.close", id, ""))
}

func (d *Desk) account(ctx context.Context, id string) (quartet.HouseAccount, error) {
	list, err := d.store.HouseAccounts(ctx)
	for _, a := range list {
		if a.ID == id {
			return a, err
		}
	}
	if err == nil {
		err = &quartet.Error{Code: quartet.ErrNotFound, Field: "account", Message: "there is no account of the house of that id; open it first"}
	}
	return quartet.HouseAccount{}, err
}
