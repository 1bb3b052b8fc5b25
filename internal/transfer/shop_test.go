package transfer_test

import (
	"context"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/quota"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/transfer"
)

// shop is a counter whose till is the shop's own billing.
type shop struct {
	*transfer.Desk
	t       *testing.T
	billing *billing.Desk
	store   *store.Store
	house   string
	now     time.Time
	reopen  func(transfer.Billing)
}

func newShop(t *testing.T) *shop {
	t.Helper()
	dir, ctx := storetest.Folder(t), context.Background()
	st, err := store.Open(ctx, store.Options{Dir: dir})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	s := &shop{t: t, store: st, now: noon()}
	clock := func() time.Time { return s.now }
	_, _, err = st.LeaseNode(ctx, "folder", "session", s.now)
	must(t, err)
	must(t, st.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	must(t, st.CreateAccount(ctx, quartet.Account{ID: "buyer", Name: "buyer", CreatedAt: s.now}, quartet.AuditEntry{}))
	must(t, billing.NewCatalogue(st, quartet.DefaultLead, clock).Seed(ctx))
	ledger, err := quota.New(ctx, st, quota.Options{Now: clock})
	must(t, err)
	t.Cleanup(func() { _ = ledger.Close() })
	s.billing = billing.New(st, ledger, approved{}, clock)
	ring, err := seal.Create(dir + "/ring")
	must(t, err)
	s.reopen = func(b transfer.Billing) { s.Desk = transfer.New(st, ring, b, firms{"buyer": firm}, clock) }
	s.reopen(s.billing)
	a, err := s.OpenAccount(ctx, "甲", quartet.HouseAccount{Bank: "招商银行", Holder: "四要素科技有限公司", Number: houseNumber})
	must(t, err)
	s.house = a.ID
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shop) order() quartet.Order {
	s.t.Helper()
	o, err := s.billing.Order(s.t.Context(), "person zhang", billing.Purchase{Account: "buyer", Person: "p1", Plan: "1887-1200"})
	must(s.t, err)
	return o
}

// transferred imports a transfer that names an order, and gives it.
func (s *shop) transferred(serial, yuan, remark string) quartet.Transfer {
	s.t.Helper()
	file := []byte(statementHead + credit(serial, yuan, firm, remark))
	shown, err := s.Preview(s.t.Context(), s.house, file)
	must(s.t, err)
	_, err = s.Import(s.t.Context(), "甲", s.house, file, shown.Digest, false)
	must(s.t, err)
	return s.find(serial)
}

func (s *shop) find(serial string) quartet.Transfer {
	s.t.Helper()
	list, err := s.store.TransfersBySerial(s.t.Context(), s.house, []string{serial})
	must(s.t, err)
	return list[0]
}

// paidBack has two people pay what is owed, and billing hear of it.
func (s *shop) paidBack(want quartet.Fen) transfer.Owed {
	s.t.Helper()
	ctx := s.t.Context()
	owed, err := s.Owed(ctx)
	must(s.t, err)
	if len(owed) != 1 || owed[0].Amount != want || owed[0].Payee.Name != firm || owed[0].Payee.Account != "****7788" {
		s.t.Fatalf("owed is %+v", owed)
	}
	if err := s.Report(ctx, owed[0].ID); quartet.CodeOf(err) != quartet.ErrNotFound {
		s.t.Errorf("reported before it was paid: %v", err)
	}
	for _, by := range []string{"甲", "乙"} {
		_, err := s.Pay(ctx, by, owed[0].ID, "B1")
		must(s.t, err)
	}
	for range 2 {
		must(s.t, s.Report(ctx, owed[0].ID))
	}
	if owed, err := s.Owed(ctx); err != nil || len(owed) != 0 {
		s.t.Errorf("owed after it is paid: %+v, %v", owed, err)
	}
	return owed[0]
}

func TestShop_ATransferBuysUnitsAndItsRefundGoesBackToThePayer(t *testing.T) {
	s, ctx := newShop(t), t.Context()
	o := s.order()
	line := s.transferred("S1", "500.00", "货款 "+o.Code)
	for range 2 {
		must(t, s.Settle(ctx, line.ID))
	}
	o, err := s.billing.Find(ctx, o.ID)
	must(t, err)
	if got := s.find("S1"); o.State != quartet.OrderPaid || o.Grant == "" || got.State != quartet.TransferSettled || got.Order != o.ID {
		t.Fatalf("the order is %+v, the transfer %+v", o, got)
	}
	refund, err := s.billing.AskRefund(ctx, "person zhang", "buyer", o.ID, "不用了")
	must(t, err)
	_, err = s.billing.ApproveRefund(ctx, "丙", refund.ID)
	must(t, err)
	if owed, err := s.Owed(ctx); err != nil || len(owed) != 0 {
		t.Errorf("owed before its amount stands: %+v, %v", owed, err)
	}
	must(t, s.billing.Drain(ctx, refund.ID))
	paid := s.paidBack(500_00)
	if !paid.Refund || paid.Transfer != line.ID {
		t.Errorf("paid back as %+v", paid)
	}
	refund, err = s.billing.Refund(ctx, refund.ID)
	must(t, err)
	o, err = s.billing.Find(ctx, o.ID)
	must(t, err)
	if refund.State != quartet.RefundDone || refund.Reference != "B1" || o.State != quartet.OrderRefunded || s.find("S1").State != quartet.TransferSettled {
		t.Errorf("the refund is %+v, the order %s", refund, o.State)
	}
}

func TestShop_ATransferThatComesTooLateGoesBackOnce(t *testing.T) {
	s, ctx := newShop(t), t.Context()
	o := s.order()
	_, err := s.billing.BeginPayment(ctx, "person zhang", o.ID, transfer.Provider, transfer.Provider)
	must(t, err)
	line := s.transferred("S1", "500.00", o.Code)
	// The power fails when the payment is remembered, and meanwhile the order is paid online.
	payments, err := s.billing.Payments(ctx, o.ID)
	must(t, err)
	must(t, s.store.SetTransferPayment(ctx, line.ID, payments[0].ID))
	online, err := s.billing.BeginPayment(ctx, "person zhang", o.ID, "alipay", "qr")
	must(t, err)
	_, err = s.billing.Receive(ctx, "alipay", billing.Money{Payment: online.ID, Reference: "A1", Received: 500_00, At: s.now})
	must(t, err)

	must(t, s.Settle(ctx, line.ID))
	if got := s.find("S1"); got.State != quartet.TransferWaiting || got.Why != "second" {
		t.Fatalf("the transfer is %+v", got)
	}
	claim, err := s.Propose(ctx, "甲", line.ID, quartet.ClaimReturn, "", "重复付款")
	must(t, err)
	_, err = s.Confirm(ctx, "乙", claim.ID)
	must(t, err)
	if owed, err := s.Owed(ctx); err != nil || len(owed) != 0 {
		t.Errorf("owed before billing knows: %+v, %v", owed, err)
	}
	for range 2 {
		must(t, s.Return(ctx, line.ID))
	}
	s.paidBack(500_00)
	payment, err := s.billing.Payment(ctx, payments[0].ID)
	must(t, err)
	if got := s.find("S1"); got.State != quartet.TransferReturned || payment.State != quartet.PaymentReturned {
		t.Errorf("the transfer is %s, the payment %s", got.State, payment.State)
	}
	must(t, s.Return(ctx, line.ID))
}

// Who ends a refund and who enters that it was paid see each other, whoever is first: what
// was paid at the bank never fails, and what has failed is never paid.
func TestShop_ARefundIsEndedOrPaidAtTheBankNeverBoth(t *testing.T) {
	s, ctx := newShop(t), t.Context()
	o := s.order()
	line := s.transferred("S1", "500.00", "货款 "+o.Code)
	must(t, s.Settle(ctx, line.ID))
	refund, err := s.billing.AskRefund(ctx, "person zhang", "buyer", o.ID, "不用了")
	must(t, err)
	_, err = s.billing.ApproveRefund(ctx, "丙", refund.ID)
	must(t, err)
	must(t, s.billing.Drain(ctx, refund.ID))
	seen, err := s.store.Payout(ctx, refund.ID) // as both people look at it
	must(t, err)

	_, err = s.Pay(ctx, "甲", refund.ID, "B1")
	must(t, err)
	wantCode(t, "to end what is paid", s.billing.RefundFailed(ctx, "丁", refund.ID, "ended"), quartet.ErrConflict)
	must(t, s.Drop(ctx, "甲", refund.ID))
	must(t, s.billing.RefundFailed(ctx, "丁", refund.ID, "ended"))
	seen.Serial, seen.EnteredBy = "B2", "甲"
	wantCode(t, "to pay what has ended", s.store.EnterPayout(ctx, seen, quartet.AuditEntry{}), quartet.ErrConflict)
	_, err = s.billing.Resend(ctx, "丁", refund.ID)
	must(t, err)
	for _, by := range []string{"甲", "乙"} {
		_, err = s.Pay(ctx, by, refund.ID, "B2")
		must(t, err)
	}
	wantCode(t, "to end what two people have seen", s.billing.RefundFailed(ctx, "丁", refund.ID, "ended"), quartet.ErrConflict)
	must(t, s.Report(ctx, refund.ID))
}

// unwilling is billing that sends nothing back, whatever the reason.
type unwilling struct{ *billing.Desk }

func (unwilling) ReturnSurplus(context.Context, string, string, string) (quartet.Refund, error) {
	return quartet.Refund{}, quartet.Errorf(quartet.ErrConflict, "something stands in the way")
}

// A refusal of billing is not taken for the money being on its way: nobody would hear of it.
func TestShop_MoneyThatBillingDoesNotSendBackIsHeardOf(t *testing.T) {
	s, ctx := newShop(t), t.Context()
	o := s.order()
	line := s.transferred("S1", "500.00", o.Code)
	p, err := s.billing.BeginPayment(ctx, "person zhang", o.ID, transfer.Provider, transfer.Provider)
	must(t, err)
	must(t, s.store.SetTransferPayment(ctx, line.ID, p.ID))
	_, err = s.billing.Cancel(ctx, "person zhang", "buyer", o.ID)
	must(t, err)
	must(t, s.Settle(ctx, line.ID))
	claim, err := s.Propose(ctx, "甲", line.ID, quartet.ClaimReturn, "", "来晚了")
	must(t, err)
	_, err = s.Confirm(ctx, "乙", claim.ID)
	must(t, err)
	s.reopen(unwilling{s.billing})
	wantCode(t, "what billing does not send", s.Return(ctx, line.ID), quartet.ErrConflict)
	_, err = s.billing.ReturnSurplus(ctx, "丙", p.ID, "来晚了")
	must(t, err)
	must(t, s.Return(ctx, line.ID)) // somebody has sent it
}

func TestShop_AnOrderPastItsTimeIsNotPaid(t *testing.T) {
	s, ctx := newShop(t), t.Context()
	o := s.order()
	line := s.transferred("S1", "500.00", o.Code)
	s.now = s.now.Add(31 * 24 * time.Hour)
	must(t, s.Settle(ctx, line.ID))
	if got := s.find("S1"); got.State != quartet.TransferWaiting || got.Why != "late" || got.Payment != "" {
		t.Errorf("the transfer is %+v", got)
	}
}

// work does what the job table says is due, as whoever runs jobs does.
func (s *shop) work() {
	s.t.Helper()
	ctx := s.t.Context()
	due, err := s.store.ClaimJobs(ctx, []string{transfer.JobSettle}, s.now, s.now.Add(time.Minute), 9)
	must(s.t, err)
	for _, j := range due {
		must(s.t, s.Settle(ctx, j.Key))
		j.State, j.Ended = quartet.JobDone, s.now
		must(s.t, s.store.EndJob(ctx, j))
	}
}

func TestShop_WhatSettledInVainSettlesAnotherOrderLater(t *testing.T) {
	s, ctx := newShop(t), t.Context()
	late := s.order()
	line := s.transferred("S1", "500.00", late.Code)
	s.now = s.now.Add(31 * 24 * time.Hour)
	s.work()
	if got := s.find("S1"); got.State != quartet.TransferWaiting || got.Why != "late" {
		t.Fatalf("the first time it is %+v", got)
	}
	o := s.order()
	claim, err := s.Propose(ctx, "甲", line.ID, quartet.ClaimSettle, o.ID, "重新下单")
	must(t, err)
	_, err = s.Confirm(ctx, "乙", claim.ID)
	must(t, err)
	s.work()
	o, err = s.billing.Find(ctx, o.ID)
	must(t, err)
	if got := s.find("S1"); got.State != quartet.TransferSettled || o.State != quartet.OrderPaid {
		t.Errorf("the second time the transfer is %s, the order %s", got.State, o.State)
	}
}

// An order that nobody has closed yet, though its time is over, is not payable either: a
// claim to settle it would come back to people over and over.
func TestShop_AnOrderPastItsTimeIsClaimedByNobody(t *testing.T) {
	s, ctx := newShop(t), t.Context()
	o := s.order()
	waits := s.transferred("S1", "500.00", "")
	s.now = s.now.Add(time.Hour)
	_, err := s.Propose(ctx, "甲", waits.ID, quartet.ClaimSettle, o.ID, "看过回单")
	wantCode(t, "to settle it", err, quartet.ErrConflict)
	if named := s.transferred("S2", "500.00", o.Code); named.State != quartet.TransferWaiting || named.Why != "late" {
		t.Errorf("a transfer that names it is %+v", named)
	}
}

// approved takes every account for an approved firm.
type approved struct{}

func (approved) Identity(_ context.Context, account string) (string, error) {
	return "firm of " + account, nil
}
