package transfer_test

import (
	"testing"

	"quartet"
)

// A bank account is where all buyers send their money: nobody opens one alone.
func TestAskAccount_OpensByTheWordOfASecondPerson(t *testing.T) {
	s := newShop(t)
	ctx := t.Context()
	a, err := s.AskAccount(ctx, "甲", quartet.HouseAccount{Bank: "工商银行", Holder: "四要素科技有限公司", Number: "6222 0000 0001"})
	must(t, err)
	if a.Open() || a.Number != "622200000001" {
		t.Errorf("%+v", a)
	}
	_, err = s.Preview(ctx, a.ID, []byte(statementHead+credit("S1", "500.00", firm, "x")))
	wantCode(t, "a statement of it", err, quartet.ErrConflict)
	_, err = s.ConfirmAccount(ctx, "甲", a.ID)
	wantCode(t, "by who asked", err, quartet.ErrForbidden)
	wantCode(t, "closing what is not open", s.CloseAccount(ctx, "乙", a.ID), quartet.ErrNotFound)
	must(t, s.RejectAccount(ctx, "甲", a.ID))
	_, err = s.ConfirmAccount(ctx, "乙", a.ID)
	wantCode(t, "what was taken back", err, quartet.ErrNotFound)

	a, err = s.AskAccount(ctx, "甲", quartet.HouseAccount{Bank: "工商银行", Holder: "四要素科技有限公司", Number: "622200000001"})
	must(t, err)
	a, err = s.ConfirmAccount(ctx, "乙", a.ID)
	must(t, err)
	if all, err := s.Accounts(ctx); err != nil || len(all) != 2 || all[1].ID != a.ID || !all[1].Open() || all[1].AskedBy != "甲" || all[1].OpenedBy != "乙" {
		t.Errorf("%+v, %v", all, err)
	}
	_, err = s.ConfirmAccount(ctx, "丙", a.ID)
	wantCode(t, "once more", err, quartet.ErrConflict)
	wantCode(t, "rejecting what is open", s.RejectAccount(ctx, "丙", a.ID), quartet.ErrConflict)
	_, err = s.Preview(ctx, a.ID, []byte(statementHead+credit("S1", "500.00", firm, "x")))
	must(t, err)
	entries, err := s.store.AuditEntries(ctx, 1)
	must(t, err)
	if e := entries[0]; e.Actor != "乙" || e.Action != "house_account.open" || e.Detail != "工商银行 ****0001, asked for by 甲" {
		t.Errorf("%+v", e)
	}
}
