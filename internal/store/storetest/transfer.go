package storetest

import (
	"strconv"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func houseAccount(t *testing.T, s *store.Store) quartet.HouseAccount {
	t.Helper()
	a := quartet.HouseAccount{ID: "house", Bank: "招商银行", Holder: "四要素科技有限公司", Number: "755900000000001", Created: base, OpenedBy: "甲", Opened: base}
	must(t, s.CreateHouseAccount(t.Context(), a, quartet.AuditEntry{}))
	return a
}

// A bank account that one person asked for is opened by another one alone, or forgotten.
func askedAccounts(t *testing.T, open Database) {
	s, ctx, n := open(t), t.Context(), 0
	entry := func(action string) quartet.AuditEntry {
		n++
		return done(strconv.Itoa(n), action, base)
	}
	a := quartet.HouseAccount{ID: "1", Bank: "招商银行", Holder: "四要素科技有限公司", Number: "755900000000001", AskedBy: "甲", Created: base}
	must(t, s.CreateHouseAccount(ctx, a, entry("house_account.ask")))
	same(t, "it waits", value(s.HouseAccounts(ctx))(t), []quartet.HouseAccount{a})
	wantCode(t, "closing what is not open", s.CloseHouseAccount(ctx, "1", base, entry("house_account.close")), quartet.ErrNotFound)
	wantCode(t, "by who asked", s.OpenHouseAccount(ctx, "1", "甲", base, entry("house_account.open")), quartet.ErrConflict)
	wantCode(t, "by who asked, in one step", s.CreateHouseAccount(ctx, quartet.HouseAccount{ID: "2", Bank: "x", Number: "2", AskedBy: "甲", OpenedBy: "甲", Opened: base}, quartet.AuditEntry{}), quartet.ErrConflict)

	must(t, s.DropHouseAccount(ctx, "1", entry("house_account.reject")))
	same(t, "it is forgotten", len(value(s.HouseAccounts(ctx))(t)), 0)
	wantCode(t, "opening what is forgotten", s.OpenHouseAccount(ctx, "1", "乙", base, entry("house_account.open")), quartet.ErrConflict)

	must(t, s.CreateHouseAccount(ctx, a, entry("house_account.ask")))
	must(t, s.OpenHouseAccount(ctx, "1", "乙", after(time.Hour), entry("house_account.open")))
	wantCode(t, "opening twice", s.OpenHouseAccount(ctx, "1", "丙", base, entry("house_account.open")), quartet.ErrConflict)
	wantCode(t, "forgetting what is open", s.DropHouseAccount(ctx, "1", entry("house_account.reject")), quartet.ErrConflict)
	a.OpenedBy, a.Opened = "乙", after(time.Hour)
	same(t, "it is open", value(s.HouseAccounts(ctx))(t), []quartet.HouseAccount{a})
}

func transfer(id, serial string, amount quartet.Fen) quartet.Transfer {
	return quartet.Transfer{
		ID: id, House: "house", Serial: serial, At: base.UTC().Truncate(time.Microsecond), Amount: amount, Sealed: []byte{0, 255, 7},
		State: quartet.TransferWaiting, Why: "code", Imported: after(time.Hour),
	}
}

func settling(id, serial string, amount quartet.Fen, order string) quartet.Transfer {
	t := transfer(id, serial, amount)
	t.State, t.Why, t.Order = quartet.TransferSettling, "", order
	return t
}

func settleJob(transfer string) quartet.Job {
	return quartet.Job{ID: "job of " + transfer, Kind: "transfer.settle", Key: transfer, NextAt: base, Created: base}
}

func transfers(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	house := houseAccount(t, s)
	wantCode(t, "the same number of the same bank", s.CreateHouseAccount(ctx, quartet.HouseAccount{ID: "other", Bank: house.Bank, Number: house.Number}, quartet.AuditEntry{}), quartet.ErrConflict)
	entry := quartet.AuditEntry{ID: "1", At: base, Actor: "甲", Action: "statement.import", Subject: "house"}
	first := []quartet.Transfer{transfer("1", "S1", 500_00), settling("2", "S2", 2000_00, "order")}
	same(t, "lines that are new", value(s.ImportTransfers(ctx, first, []quartet.Job{settleJob("2")}, entry))(t), 2)
	same(t, "their jobs", len(value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)), 1)

	again := []quartet.Transfer{transfer("3", "S1", 500_00), settling("4", "S2", 2000_00, "order")}
	entry.ID = "2"
	same(t, "the same lines again", value(s.ImportTransfers(ctx, again, []quartet.Job{settleJob("4")}, entry))(t), 0)
	same(t, "ask for nothing", len(value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)), 1)
	same(t, "and nobody did anything", len(value(s.AuditEntries(ctx, 9))(t)), 1)

	_, err := s.ImportTransfers(ctx, []quartet.Transfer{transfer("5", "S5", 1), settling("6", "S6", 2000_00, "order")}, nil, quartet.AuditEntry{})
	wantCode(t, "a second line for the same order", err, quartet.ErrConflict)
	_, err = s.ImportTransfers(ctx, []quartet.Transfer{transfer("7", "S7", 1), transfer("8", "S8", 0)}, nil, quartet.AuditEntry{})
	wantCode(t, "a line over nothing", err, quartet.ErrConflict)
	same(t, "nothing is imported in part", value(s.Transfers(ctx, "", "", 9))(t), first)

	same(t, "by serial", value(s.TransfersBySerial(ctx, "house", []string{"S2", "S9"}))(t), first[1:])
	same(t, "by serial, of another account", len(value(s.TransfersBySerial(ctx, "other", []string{"S2"}))(t)), 0)
	same(t, "by state", value(s.Transfers(ctx, quartet.TransferWaiting, "", 9))(t), first[:1])
	same(t, "behind an id", value(s.Transfers(ctx, "", "1", 9))(t), first[1:])
	same(t, "by order", value(s.TransferOfOrder(ctx, "order"))(t), first[1])
	_, err = s.TransferOfOrder(ctx, "")
	wantCode(t, "of no order", err, quartet.ErrNotFound)
	same(t, "the sums", value(s.TransferSums(ctx))(t), []quartet.TransferSum{
		{State: quartet.TransferSettling, Lines: 1, Amount: 2000_00}, {State: quartet.TransferWaiting, Lines: 1, Amount: 500_00},
	})

	must(t, s.CloseHouseAccount(ctx, "house", after(time.Hour), quartet.AuditEntry{}))
	wantCode(t, "an account that is closed already", s.CloseHouseAccount(ctx, "house", after(time.Hour), quartet.AuditEntry{}), quartet.ErrNotFound)
	house.Closed = after(time.Hour)
	must(t, s.Close())
	s = open(t)
	same(t, "the accounts after a restart", value(s.HouseAccounts(ctx))(t), []quartet.HouseAccount{house})
	same(t, "the transfers after a restart", value(s.Transfers(ctx, "", "", 9))(t), first)
}

func settlingTransfers(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	houseAccount(t, s)
	value(s.ImportTransfers(ctx, []quartet.Transfer{settling("1", "S1", 1, "o1"), settling("2", "S2", 1, "o2"), transfer("3", "S3", 1)}, nil, quartet.AuditEntry{}))(t)
	none := quartet.AuditEntry{}
	must(t, s.SetTransferPayment(ctx, "1", "p1"))
	must(t, s.SetTransferPayment(ctx, "1", "p1"))
	wantCode(t, "another payment", s.SetTransferPayment(ctx, "1", "p9"), quartet.ErrConflict)
	wantCode(t, "the payment of another line", s.SetTransferPayment(ctx, "2", "p1"), quartet.ErrConflict)
	wantCode(t, "a payment of what waits", s.SetTransferPayment(ctx, "3", "p3"), quartet.ErrConflict)
	wantCode(t, "settled without a payment", s.EndSettling(ctx, "2", quartet.TransferSettled, "", base, none), quartet.ErrConflict)
	must(t, s.EndSettling(ctx, "1", quartet.TransferSettled, "", base, quartet.AuditEntry{ID: "1", At: base, Actor: "甲", Action: "transfer.settle", Subject: "1"}))
	wantCode(t, "settled twice", s.EndSettling(ctx, "1", quartet.TransferWaiting, "late", base, none), quartet.ErrConflict)
	done := value(s.TransferOfPayment(ctx, "p1"))(t)
	if done.State != quartet.TransferSettled || done.Order != "o1" || !done.Decided.Equal(base) {
		t.Errorf("settled is %+v", done)
	}
	same(t, "who did it", len(value(s.AuditEntries(ctx, 9))(t)), 1)

	must(t, s.EndSettling(ctx, "2", quartet.TransferWaiting, "late", base, none))
	back := value(s.Transfer(ctx, "2"))(t)
	if back.State != quartet.TransferWaiting || back.Order != "" || back.Why != "late" || !back.Decided.IsZero() {
		t.Errorf("waiting again is %+v", back)
	}
}

func transferClaims(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	houseAccount(t, s)
	value(s.ImportTransfers(ctx, []quartet.Transfer{transfer("1", "S1", 1), transfer("2", "S2", 1), settling("3", "S3", 1, "o3")}, nil, none))(t)
	claim := func(id, transfer string, act quartet.ClaimAct, order string) quartet.TransferClaim {
		return quartet.TransferClaim{ID: id, Transfer: transfer, Act: act, Order: order, Note: "看过回单", State: quartet.ClaimProposed, ProposedBy: "甲", Proposed: base}
	}
	decided := func(c quartet.TransferClaim, state quartet.ClaimState, by string) quartet.TransferClaim {
		c.State, c.DecidedBy, c.Decided = state, by, after(time.Minute)
		return c
	}
	first := claim("c1", "1", quartet.ClaimSettle, "o1")
	must(t, s.ProposeClaim(ctx, first, quartet.AuditEntry{ID: "1", At: base, Actor: "甲", Action: "transfer.propose", Subject: "1"}))
	wantCode(t, "a claim on what is claimed", s.ProposeClaim(ctx, claim("c2", "1", quartet.ClaimReturn, ""), none), quartet.ErrConflict)
	wantCode(t, "a claim on what settles", s.ProposeClaim(ctx, claim("c2", "3", quartet.ClaimReturn, ""), none), quartet.ErrConflict)
	wantCode(t, "a claim to settle nothing", s.ProposeClaim(ctx, claim("c2", "2", quartet.ClaimSettle, ""), none), quartet.ErrConflict)
	wantCode(t, "who proposed it confirms it", s.DecideClaim(ctx, decided(first, quartet.ClaimConfirmed, "甲"), nil, none), quartet.ErrConflict)
	same(t, "what waits for a second person", value(s.TransferClaims(ctx, ""))(t), []quartet.TransferClaim{first})
	same(t, "its transfer", value(s.Transfer(ctx, "1"))(t).State, quartet.TransferClaimed)

	confirmed := decided(first, quartet.ClaimConfirmed, "乙")
	must(t, s.DecideClaim(ctx, confirmed, []quartet.Job{settleJob("1")}, none))
	wantCode(t, "decided twice", s.DecideClaim(ctx, decided(first, quartet.ClaimRejected, "丙"), nil, none), quartet.ErrConflict)
	same(t, "the claim", value(s.TransferClaim(ctx, "c1"))(t), confirmed)
	same(t, "its job", len(value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)), 1)
	settles := value(s.Transfer(ctx, "1"))(t)
	if settles.State != quartet.TransferSettling || settles.Order != "o1" {
		t.Errorf("what was confirmed is %+v", settles)
	}

	second := claim("c2", "2", quartet.ClaimSettle, "o1")
	must(t, s.ProposeClaim(ctx, second, none))
	wantCode(t, "a second line for the same order", s.DecideClaim(ctx, decided(second, quartet.ClaimConfirmed, "乙"), nil, none), quartet.ErrConflict)
	must(t, s.DecideClaim(ctx, decided(second, quartet.ClaimRejected, "甲"), nil, none)) // taken back
	same(t, "it waits again", value(s.Transfer(ctx, "2"))(t).State, quartet.TransferWaiting)
	same(t, "all that was said", len(value(s.TransferClaims(ctx, "2"))(t)), 1)

	kept := claim("c9", "2", quartet.ClaimKeep, "")
	must(t, s.ProposeClaim(ctx, kept, none))
	must(t, s.DecideClaim(ctx, decided(kept, quartet.ClaimConfirmed, "乙"), nil, none))
	if end := value(s.Transfer(ctx, "2"))(t); end.State != quartet.TransferKept || !end.Decided.Equal(after(time.Minute)) {
		t.Errorf("what was kept is %+v", end)
	}

	// What became a payment once settles nothing else, and can go back.
	must(t, s.SetTransferPayment(ctx, "1", "p1"))
	must(t, s.EndSettling(ctx, "1", quartet.TransferWaiting, "late", base, none))
	wantCode(t, "surplus to settle an order", s.ProposeClaim(ctx, claim("c3", "1", quartet.ClaimSettle, "o9"), none), quartet.ErrConflict)
	wantCode(t, "surplus to be kept", s.ProposeClaim(ctx, claim("c3", "1", quartet.ClaimKeep, ""), none), quartet.ErrConflict)
	must(t, s.ProposeClaim(ctx, claim("c4", "1", quartet.ClaimReturn, ""), none))
}

func payouts(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	houseAccount(t, s)
	value(s.ImportTransfers(ctx, []quartet.Transfer{transfer("1", "S1", 7), transfer("2", "S2", 8), transfer("3", "S3", 9)}, nil, none))(t)
	for _, id := range []string{"1", "2"} {
		c := quartet.TransferClaim{ID: "c" + id, Transfer: id, Act: quartet.ClaimReturn, State: quartet.ClaimProposed, ProposedBy: "甲", Proposed: base}
		must(t, s.ProposeClaim(ctx, c, none))
		c.State, c.DecidedBy, c.Decided = quartet.ClaimConfirmed, "乙", base
		must(t, s.DecideClaim(ctx, c, nil, none))
	}
	due := quartet.Payout{ID: "1", Amount: 7, Transfer: "1"}
	same(t, "what goes back", value(s.Payouts(ctx))(t), []quartet.Payout{due, {ID: "2", Amount: 8, Transfer: "2"}})
	_, err := s.Payout(ctx, "3")
	wantCode(t, "what does not", err, quartet.ErrNotFound)

	wantCode(t, "paid back though it waits", s.EnterPayout(ctx, quartet.Payout{ID: "3", Amount: 9, Serial: "B3", EnteredBy: "甲"}, none), quartet.ErrConflict)
	wantCode(t, "a refund that there is not", s.EnterPayout(ctx, quartet.Payout{ID: "4", Refund: true, Amount: 9, Serial: "B3", EnteredBy: "甲"}, none), quartet.ErrConflict)

	due.Serial, due.EnteredBy, due.Entered = "B1", "甲", after(time.Minute)
	must(t, s.EnterPayout(ctx, due, quartet.AuditEntry{ID: "1", At: base, Actor: "甲", Action: "payout.enter", Subject: "1"}))
	wantCode(t, "entered twice", s.EnterPayout(ctx, quartet.Payout{ID: "1", Amount: 7, Serial: "B9", EnteredBy: "乙"}, none), quartet.ErrConflict)
	wantCode(t, "the same serial for other money", s.EnterPayout(ctx, quartet.Payout{ID: "2", Amount: 8, Serial: "B1", EnteredBy: "乙"}, none), quartet.ErrConflict)
	same(t, "entered once", value(s.Payout(ctx, "1"))(t), due)

	seen := due
	seen.SeenBy, seen.Seen = "甲", after(time.Hour)
	wantCode(t, "who entered it sees it", s.SeePayout(ctx, seen, nil, none), quartet.ErrConflict)
	seen.SeenBy = "乙"
	wrong := seen
	wrong.Serial = "B9"
	wantCode(t, "another serial", s.SeePayout(ctx, wrong, nil, none), quartet.ErrConflict)
	_, _, err = s.SeenPayout(ctx, "1")
	wantCode(t, "not seen yet", err, quartet.ErrNotFound)
	same(t, "it is not returned", value(s.Transfer(ctx, "1"))(t).State, quartet.TransferReturning)
	must(t, s.SeePayout(ctx, seen, nil, none))
	wantCode(t, "seen twice", s.SeePayout(ctx, seen, nil, none), quartet.ErrConflict)
	wantCode(t, "dropped when seen", s.DropPayout(ctx, "1", none), quartet.ErrNotFound)
	returned := value(s.Transfer(ctx, "1"))(t)
	if returned.State != quartet.TransferReturned || !returned.Decided.Equal(seen.Seen) {
		t.Errorf("returned is %+v", returned)
	}
	serial, by, err := s.SeenPayout(ctx, "1")
	if serial != "B1" || by != "乙" || err != nil {
		t.Errorf("seen as %q by %q, %v", serial, by, err)
	}

	must(t, s.EnterPayout(ctx, quartet.Payout{ID: "2", Amount: 8, Serial: "B2", EnteredBy: "乙"}, none))
	must(t, s.DropPayout(ctx, "2", none))
	same(t, "dropped", value(s.Payouts(ctx))(t), []quartet.Payout{{ID: "2", Amount: 8, Transfer: "2"}})
}
