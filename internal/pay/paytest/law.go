package paytest

import (
	"context"
	"slices"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/paysim"
)

// Law checks the law. fresh makes a provider beside an empty simulator.
func Law(t *testing.T, fresh func(t *testing.T) *Bench) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b *Bench)
	}{
		{"opens by each of its methods", opens},
		{"opens no second trade under one number", opensOnce},
		{"finds what was paid", finds},
		{"says that it never heard of a number", absent},
		{"closes", closes},
		{"closing what was paid changes nothing", closesPaid},
		{"takes nothing after its time", expires},
		{"gives back once however often it is asked", refunds},
		{"gives back in parts", refundsParts},
		{"accepted is not done", refundUnderWay},
		{"a refund that failed is refused", refundFails},
		{"a refund that it will not make is refused", refundRefused},
		{"a refund that it will not make for a strange reason is doubtful", refundRefusedStrangely},
		{"what went back whole is not unpaid", wentBack},
		{"an answer that says nothing is an error", unknown},
		{"an act whose answer was lost is done once", lost},
		{"a deadline is kept", deadline},
		{"reads its notices", notices},
		{"reads notices of refunds", refundNotices},
		{"refuses notices that are not its own", forged},
		{"what is no notice is refused", noNotice},
		{"lists the bill of a day", bill},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, fresh(t)) })
	}
}

const price = quartet.Fen(500_00)

func opens(t *testing.T, b *Bench) {
	for _, method := range b.Provider.Methods() {
		a := b.attempt(method)
		show, err := b.Provider.Open(t.Context(), a)
		if err != nil || show == "" {
			t.Fatalf("%s: shown %q, %v", method, show, err)
		}
		if method == "page" {
			b.wantState(t, a.Payment, pay.Absent) // until its buyer comes
			if err := b.Visit(show); err != nil {
				t.Fatal(err)
			}
		}
		b.wantState(t, a.Payment, pay.Waiting)
	}
	_, err := b.Provider.Open(t.Context(), b.attempt("cash"))
	if quartet.CodeOf(err) != quartet.ErrUnsupported {
		t.Errorf("a method that nobody has: %v", err)
	}
}

func opensOnce(t *testing.T, b *Bench) {
	a := b.opened(t)
	if _, err := b.Provider.Open(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if n := b.Book.Trades(); n != 1 {
		t.Errorf("%d trades stand", n)
	}
	a.Amount++
	if _, err := b.Provider.Open(t.Context(), a); err == nil {
		t.Error("another amount under one number was taken")
	}
}

func finds(t *testing.T, b *Bench) {
	at := b.Clock.Now()
	a, trade := b.paid(t)
	if trade.State != pay.Paid || trade.Payment != a.Payment || trade.Received != price || trade.Reference == "" || trade.At.Sub(at).Abs() > time.Minute {
		t.Errorf("the provider says %+v", trade)
	}
	other := b.opened(t)
	if err := b.Book.Pay(other.Payment, price-1); err != nil {
		t.Fatal(err)
	}
	if got := b.query(t, other.Payment); got.Received != price-1 {
		t.Errorf("a fen less came as %v", got.Received)
	}
}

func absent(t *testing.T, b *Bench) { b.wantState(t, number(), pay.Absent) }

func closes(t *testing.T, b *Bench) {
	a := b.opened(t)
	for range 2 {
		if err := b.Provider.Close(t.Context(), a.Payment); err != nil {
			t.Fatal(err)
		}
		b.wantState(t, a.Payment, pay.Closed)
	}
	if b.Book.Pay(a.Payment, 0) == nil {
		t.Error("what was closed can be paid")
	}
	if err := b.Provider.Close(t.Context(), number()); err != nil {
		t.Errorf("what never was is nothing to close: %v", err)
	}
	// Its buyer's payment was on the way meanwhile.
	b.Book.PayClosed(a.Payment)
	b.wantState(t, a.Payment, pay.Paid)
}

func closesPaid(t *testing.T, b *Bench) {
	a, _ := b.paid(t)
	if err := b.Provider.Close(t.Context(), a.Payment); err != nil {
		t.Errorf("closing what was paid: %v", err)
	}
	b.wantState(t, a.Payment, pay.Paid)
}

func expires(t *testing.T, b *Bench) {
	a := b.opened(t)
	b.Clock.Pass(time.Hour + time.Second)
	if b.Book.Pay(a.Payment, 0) == nil {
		t.Error("it can be paid after its time")
	}
}

func unknown(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	waiting := b.opened(t)
	r := returning(a, trade, 100)
	for _, q := range []struct {
		on    string
		reads bool
		ask   func(ctx context.Context) error
	}{
		{paysim.OnOpen, false, func(ctx context.Context) error {
			_, err := b.Provider.Open(ctx, b.attempt("qr"))
			return err
		}},
		{paysim.OnQuery, true, func(ctx context.Context) error { _, err := b.Provider.Query(ctx, a.Payment); return err }},
		{paysim.OnClose, false, func(ctx context.Context) error { return b.Provider.Close(ctx, waiting.Payment) }},
		{paysim.OnRefund, false, func(ctx context.Context) error { _, err := b.Provider.Refund(ctx, r); return err }},
		{paysim.OnRefundQuery, true, func(ctx context.Context) error { _, err := b.Provider.QueryRefund(ctx, r); return err }},
		{paysim.OnBill, true, func(ctx context.Context) error {
			_, err := b.Provider.Bill(ctx, b.Clock.Now().Add(-48*time.Hour))
			return err
		}},
	} {
		for _, fault := range paysim.Faults() {
			b.Book.Break(q.on, fault)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if fault == paysim.Hang {
				cancel()
				ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
			}
			err := q.ask(ctx)
			cancel()
			if err == nil && fault == paysim.Lost && q.reads {
				continue // a question that changes nothing may be asked again at once
			}
			if code := quartet.CodeOf(err); code != quartet.ErrUnknownOutcome && code != quartet.ErrTimeout {
				t.Errorf("%s, answer %s: %q (%v)", q.on, fault, code, err)
			}
			b.discreet(t, err)
		}
	}
}

func lost(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	r := returning(a, trade, price)
	for _, fault := range []paysim.Fault{paysim.Lost, paysim.Garbage, paysim.Stranger, paysim.Unsigned} {
		b.Book.Break(paysim.OnRefund, fault)
		if _, err := b.Provider.Refund(t.Context(), r); err == nil {
			t.Errorf("an answer that was %s was taken", fault)
		}
	}
	got, err := b.Provider.QueryRefund(t.Context(), r)
	if err != nil || got.State != pay.ReturnDone {
		t.Errorf("the refund is %+v, %v", got, err)
	}
	if got, err = b.Provider.Refund(t.Context(), r); err != nil || got.State != pay.ReturnDone || b.Book.Moved() != price {
		t.Errorf("asked once more it is %+v, %v; %v went back", got, err, b.Book.Moved())
	}
}

func deadline(t *testing.T, b *Bench) {
	b.Book.Break(paysim.OnQuery, paysim.Hang)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := b.Provider.Query(ctx, number())
	if quartet.CodeOf(err) != quartet.ErrTimeout || time.Since(begun) > 10*time.Second {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
}

func bill(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	b.opened(t) // nobody pays it
	r := returning(a, trade, 123_45)
	if _, err := b.Provider.Refund(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	day := b.Clock.Now()
	if _, err := b.Provider.Bill(t.Context(), day); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("a bill of a day that is not over: %v", err)
	}
	b.Clock.Pass(24 * time.Hour)
	lines, err := b.Provider.Bill(t.Context(), day)
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i := range lines {
		if lines[i].At.IsZero() || lines[i].Reference == "" {
			t.Errorf("line %+v lacks its time or the provider's number", lines[i])
		}
		lines[i].At, lines[i].Reference = time.Time{}, ""
	}
	want := []pay.BillLine{
		{Kind: pay.BillPaid, Number: a.Payment, Amount: price, Fee: 300},
		{Kind: pay.BillRefund, Number: r.Refund, Amount: 123_45, Fee: -74},
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got  %+v\nwant %+v", lines, want)
	}
}
