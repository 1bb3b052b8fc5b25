package transfer_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/store/storetest"
	"quartet/internal/transfer"
)

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func TestImport_SettlesWhatMatchesExactlyAndOnce(t *testing.T) {
	c := newCounter(t, storetest.Folder(t))
	order := c.order("order", "QT8K3M2A", 500_00)
	line := credit("S1", "500.00", "甲乙贸易(上海)有限公司", "货款qt8k 3m2a谢谢")
	if p := c.take(t, line); p.New != 1 || p.Lines[0].Fate != transfer.FateSettles || p.Lines[0].Order != "order" {
		t.Fatalf("planned as %+v", p)
	}
	c.work(t)
	for range 2 { // the statement comes again, and the job too
		if p := c.take(t, line, credit("S1", "500.00", "甲乙贸易(上海)有限公司", "货款qt8k 3m2a谢谢")); p.New != 0 || p.Lines[0].Fate != transfer.FateKnown {
			t.Errorf("imported again as %+v", p)
		}
		for _, v := range c.all(t) {
			if err := c.Settle(t.Context(), v.ID); err != nil {
				t.Error(err)
			}
		}
	}
	got := c.all(t)["S1"]
	if got.State != quartet.TransferSettled || got.Order != "order" || got.Payment != "payment0" || order.State != quartet.OrderPaid || len(c.till.payments) != 1 {
		t.Errorf("settled as %+v with %d payments", got, len(c.till.payments))
	}
	if ref := c.till.payments[0].Reference; ref != "招商银行/"+houseNumber+"/S1" {
		t.Errorf("billing knows it as %q", ref)
	}
}

func TestImport_LetsEverythingElseWait(t *testing.T) {
	c := newCounter(t, storetest.Folder(t))
	c.order("open", "QT8K3M2A", 500_00)
	c.order("other", "QT8K3M2B", 500_00)
	c.order("closed", "QT8K3M2C", 500_00).State = quartet.OrderClosed
	c.order("paid", "QT8K3M2D", 500_00).State = quartet.OrderPaid
	c.order("strange", "QT8K3M2E", 500_00).Account = "nobody verified"
	want := map[string]string{"S0": "code", "S1": "codes", "S2": "over", "S3": "under", "S4": "late", "S5": "second", "S6": "payer", "S7": "payer", "S9": "second"}
	p := c.take(t,
		credit("S0", "500.00", firm, "货款 QT8K3M2Z"),
		credit("S1", "500.00", firm, "QT8K3M2A和QT8K3M2B"),
		credit("S2", "500.01", firm, "QT8K3M2A"),
		credit("S3", "499.99", firm, "QT8K3M2A"),
		credit("S4", "500.00", firm, "QT8K3M2C"),
		credit("S5", "500.00", firm, "QT8K3M2D"),
		credit("S6", "500.00", "张三丰", "QT8K3M2A"),
		credit("S7", "500.00", "", "QT8K3M2E"),
		credit("S8", "500.00", firm, "QT8K3M2A"),
		credit("S9", "500.00", firm, "QT8K3M2A"),
	)
	for _, l := range p.Lines {
		if l.Why != want[l.Serial] {
			t.Errorf("%s waits for %q, want %q", l.Serial, l.Why, want[l.Serial])
		}
	}
	if p := c.take(t, credit("S10", "500.00", firm, "QT8K3M2A")); p.Lines[0].Why != "second" {
		t.Errorf("a line of a later statement: %+v", p.Lines[0])
	}
	c.work(t)
	for serial, v := range c.all(t) {
		if (v.State == quartet.TransferSettled) != (serial == "S8") {
			t.Errorf("%s is %s", serial, v.State)
		}
	}
}

func TestImport_IsWhatWasShownAndWholeOrNothing(t *testing.T) {
	c := newCounter(t, storetest.Folder(t))
	file := []byte(statementHead + credit("S1", "5.00", firm, "") + credit("S2", "fünf", firm, ""))
	shown, err := c.Preview(t.Context(), c.house, file)
	if err != nil || len(shown.Bad) != 1 || shown.Bad[0].Row != 3 || shown.Amount != 5_00 || shown.Lines[0].Payer.Account != "****7788" {
		t.Fatalf("shown as %+v, %v", shown, err)
	}
	_, err = c.Import(t.Context(), "甲", c.house, append(file, '\n'), shown.Digest, true)
	wantCode(t, "another file", err, quartet.ErrConflict)
	_, err = c.Import(t.Context(), "甲", c.house, file, shown.Digest, false)
	if err == nil || !strings.Contains(err.Error(), "skip_bad=true") {
		t.Errorf("a bad row is not told how to be left out: %v", err)
	}
	wantCode(t, "with a bad row", err, quartet.ErrInvalid)
	_, err = c.Import(t.Context(), "甲", "nowhere", file, shown.Digest, true)
	wantCode(t, "of no account", err, quartet.ErrNotFound)
	if n := len(c.all(t)); n != 0 {
		t.Fatalf("%d lines were imported", n)
	}
	if p, err := c.Import(t.Context(), "甲", c.house, file, shown.Digest, true); err != nil || p.New != 1 {
		t.Errorf("without the bad row: %d, %v", p.New, err)
	}
	again, err := c.Preview(t.Context(), c.house, []byte(statementHead+credit("S1", "6.00", firm, "")))
	if err != nil || len(again.Bad) != 1 || again.New != 0 {
		t.Errorf("a serial with another amount: %+v, %v", again, err)
	}
}

// A long statement is written in parts, so that no call waits for it. Cut off before or after
// any of them, it is made whole by importing it again: nothing is lost and nothing doubled.
func TestImport_OfALongStatementIsCutOffAndMadeWhole(t *testing.T) {
	const lines = 450
	for cut := 1; cut <= 6; cut++ {
		c := newCounter(t, storetest.Folder(t))
		text := statementHead
		for i := range lines {
			text += credit(fmt.Sprintf("S%d", i), "5.00", firm, "")
		}
		shown, err := c.Preview(t.Context(), c.house, []byte(text))
		if err != nil || shown.New != lines {
			t.Fatalf("%d, %v", shown.New, err)
		}
		c.till.cut = cut
		if _, err := c.Import(t.Context(), "甲", c.house, []byte(text), shown.Digest, false); err == nil {
			t.Fatalf("cut %d: nothing was cut off", cut)
		} else if cut > 2 && !strings.Contains(err.Error(), "import the same file again") {
			t.Errorf("cut %d: %v", cut, err)
		}
		written := cut / 2 * 200 // parts that were written before the power was cut
		shown, err = c.Preview(t.Context(), c.house, []byte(text))
		if want := max(0, lines-written); err != nil || shown.New != want {
			t.Errorf("cut %d: %d are missing, want %d, %v", cut, shown.New, want, err)
		}
		if p, err := c.Import(t.Context(), "甲", c.house, []byte(text), shown.Digest, false); err != nil || p.New != shown.New {
			t.Errorf("cut %d: imported %d, %v", cut, p.New, err)
		}
		sums, err := c.Sums(t.Context())
		if err != nil || len(sums) != 1 || sums[0].Lines != lines || sums[0].Amount != lines*5_00 {
			t.Errorf("cut %d: %+v, %v", cut, sums, err)
		}
	}
}

func TestImport_ASerialThatNamesAnotherPayerIsLookedAtByAPerson(t *testing.T) {
	c := newCounter(t, storetest.Folder(t))
	c.take(t, credit("S1", "500.00", firm, "货款"))
	for what, line := range map[string]string{
		"another name":    credit("S1", "500.00", "张三丰", "货款"),
		"another account": strings.Replace(credit("S1", "500.00", firm, "货款"), payer, "6225000000009999", 1),
		"another remark":  credit("S1", "500.00", firm, "QT8K3M2A"),
	} {
		p, err := c.Preview(t.Context(), c.house, []byte(statementHead+line))
		if err != nil || len(p.Bad) != 1 || len(p.Lines) != 0 || p.New != 0 {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
	}
	if p := c.take(t, credit("S1", "500.00", firm, "货款")); p.New != 0 || p.Lines[0].Fate != transfer.FateKnown {
		t.Errorf("the same line again: %+v", p)
	}
}

func TestClaim_NeedsTwoPeople(t *testing.T) {
	c, ctx := newCounter(t, storetest.Folder(t)), t.Context()
	c.order("open", "QT8K3M2A", 500_00)
	c.order("dear", "QT8K3M2B", 2000_00)
	c.order("closed", "QT8K3M2C", 500_00).State = quartet.OrderClosed
	c.take(t, credit("S1", "500.00", "张三丰", "没写"), credit("S2", "500.00", "张三丰", "也没写"))
	first, second := c.all(t)["S1"].ID, c.all(t)["S2"].ID
	propose := func(transfer string, act quartet.ClaimAct, order string) (quartet.TransferClaim, error) {
		return c.Propose(ctx, "甲", transfer, act, order, "看过回单")
	}
	for order, want := range map[string]quartet.ErrorCode{"dear": quartet.ErrConflict, "closed": quartet.ErrConflict, "none": quartet.ErrNotFound} {
		_, err := propose(first, quartet.ClaimSettle, order)
		wantCode(t, "to settle "+order, err, want)
	}
	_, err := propose(first, quartet.ClaimReturn, "open")
	wantCode(t, "to give an order back", err, quartet.ErrInvalid)
	_, err = propose(first, "burn", "")
	wantCode(t, "to burn it", err, quartet.ErrInvalid)

	claim, err := propose(first, quartet.ClaimSettle, "open")
	if err != nil {
		t.Fatal(err)
	}
	other, err := propose(second, quartet.ClaimSettle, "open")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Confirm(ctx, "甲", claim.ID)
	wantCode(t, "by who proposed it", err, quartet.ErrForbidden)
	if _, err := c.Confirm(ctx, "乙", claim.ID); err != nil {
		t.Fatal(err)
	}
	_, err = c.Confirm(ctx, "丙", claim.ID)
	wantCode(t, "twice", err, quartet.ErrConflict)
	_, err = c.Confirm(ctx, "乙", other.ID)
	wantCode(t, "a second line for one order", err, quartet.ErrConflict)
	c.work(t)
	if v := c.all(t)["S1"]; v.State != quartet.TransferSettled || c.till.orders["open"].State != quartet.OrderPaid {
		t.Errorf("settled as %+v", v)
	}
	if _, err := c.Reject(ctx, "甲", other.ID, "已付"); err != nil {
		t.Error(err)
	}
	if v, claims, err := c.Find(ctx, second); err != nil || v.State != quartet.TransferWaiting || len(claims) != 1 || claims[0].Answer != "已付" {
		t.Errorf("rejected is %+v, %+v, %v", v, claims, err)
	}
}

func TestReturn_GoesToThePayingAccountAndIsSeenByTwo(t *testing.T) {
	c, ctx := newCounter(t, storetest.Folder(t)), t.Context()
	c.take(t, credit("S1", "500.00", "张三丰", "错了"))
	id := c.all(t)["S1"].ID
	claim, err := c.Propose(ctx, "甲", id, quartet.ClaimReturn, "", "付错了")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Pay(ctx, "乙", id, "B1")
	wantCode(t, "before it is decided", err, quartet.ErrNotFound)
	if _, err := c.Confirm(ctx, "乙", claim.ID); err != nil {
		t.Fatal(err)
	}
	owed, err := c.Owed(ctx)
	if err != nil || len(owed) != 1 || owed[0].Amount != 500_00 || owed[0].Payee.Account != "****7788" {
		t.Fatalf("owed is %+v, %v", owed, err)
	}
	if payee, err := c.Payee(ctx, "甲", id, "在网银退回"); err != nil || payee.Account != payer || payee.Name != "张三丰" {
		t.Errorf("the payee is %+v, %v", payee, err)
	}
	if _, err := c.Pay(ctx, "甲", id, "B1"); err != nil {
		t.Fatal(err)
	}
	_, err = c.Pay(ctx, "甲", id, "B1")
	wantCode(t, "by who entered it", err, quartet.ErrForbidden)
	_, err = c.Pay(ctx, "乙", id, "B2")
	wantCode(t, "another serial", err, quartet.ErrInvalid)
	_, err = c.Pay(ctx, "乙", id, "流水")
	wantCode(t, "no serial", err, quartet.ErrInvalid)
	if err := c.Drop(ctx, "乙", id); err != nil {
		t.Error(err)
	}
	for by, serial := range map[string]string{"丙": "B3"} {
		if _, err := c.Pay(ctx, by, id, serial); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Pay(ctx, "乙", id, " B3 "); err != nil {
		t.Fatal(err)
	}
	if v := c.all(t)["S1"]; v.State != quartet.TransferReturned {
		t.Errorf("it is %s", v.State)
	}
	_, err = c.Pay(ctx, "丙", id, "B3")
	wantCode(t, "when it is back", err, quartet.ErrNotFound)
	var did []string
	entries, err := c.store.AuditEntries(ctx, 100)
	for _, e := range entries {
		did = append(did, e.Actor+" "+e.Action)
	}
	for _, want := range []string{"甲 transfer.propose", "乙 transfer.confirm", "甲 payout.show", "甲 payout.enter", "乙 payout.drop", "乙 payout.see"} {
		if !slices.Contains(did, want) {
			t.Errorf("the audit lacks %q (%v)", want, err)
		}
	}
}

func TestSettle_LetsWhatComesTooLateGoBackAlone(t *testing.T) {
	c, ctx := newCounter(t, storetest.Folder(t)), t.Context()
	c.order("order", "QT8K3M2A", 500_00)
	c.take(t, credit("S1", "500.00", firm, "QT8K3M2A"))
	id := c.all(t)["S1"].ID
	c.till.cut = 4 // behind the payment's being remembered
	if err := c.Settle(ctx, id); err == nil {
		t.Fatal("the power did not fail")
	}
	c.till.orders["order"].State = quartet.OrderPaid // by another payment meanwhile
	c.work(t)
	v := c.all(t)["S1"]
	if v.State != quartet.TransferWaiting || v.Why != "second" || v.Order != "" || c.till.sum(quartet.PaymentSurplus) != 500_00 {
		t.Fatalf("it is %+v", v)
	}
	c.order("fresh", "QT8K3M2B", 500_00)
	_, err := c.Propose(ctx, "甲", id, quartet.ClaimSettle, "fresh", "补单")
	wantCode(t, "surplus for another order", err, quartet.ErrConflict)
	if _, err := c.Propose(ctx, "甲", id, quartet.ClaimReturn, "", "退回"); err != nil {
		t.Error(err)
	}
}

func TestDesk_KeepsNobodyInClear(t *testing.T) {
	dir := storetest.Folder(t)
	c, ctx := newCounter(t, dir), t.Context()
	planted := []string{payer, "张三丰丰", "第九十九号附言", "看过张三丰丰的回单"}
	c.take(t, credit("S1", "500.00", planted[1], planted[2]))
	id := c.all(t)["S1"].ID
	claim, err := c.Propose(ctx, "甲", id, quartet.ClaimReturn, "", "退回")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Confirm(ctx, "乙", claim.ID); err != nil {
		t.Fatal(err)
	}
	if err := c.store.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "quartet.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no database", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte(id)) && strings.HasSuffix(file, ".db") {
			t.Error("the file holds nothing")
		}
		for _, secret := range planted[:3] {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", filepath.Base(file), secret)
			}
		}
	}
}
