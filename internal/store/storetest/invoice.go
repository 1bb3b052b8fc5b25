package storetest

import (
	"context"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

// sold has the paid orders 1 and 2 of a, of 500 yuan each.
func sold(t *testing.T, open Database) *store.Store {
	t.Helper()
	s := shopSeeded(t, open)
	for _, id := range []string{"1", "2"} {
		shopOrder(t, s, quartet.Order{ID: id, Account: "a", Units: 1200, Amount: 500_00, State: quartet.OrderPaid, Created: base, Paid: base}, quartet.ShopPostings{
			Payments: []quartet.Payment{{ID: "p" + id, Order: id, Provider: "alipay", Method: "qr", Amount: 500_00, Received: 500_00, Excluded: 20_00, State: quartet.PaymentPaid, Created: base, Settled: base}},
		})
	}
	return s
}

// invoiced is an application of a for parts of orders, by order.
func invoiced(id string, parts map[string]quartet.Fen) quartet.Invoice {
	v := quartet.Invoice{
		ID: id, Account: "a", Person: "p1", Kind: quartet.InvoiceOrdinary, Sealed: []byte("sealed"), State: quartet.InvoiceSubmitted, Channel: "manual", Created: base, Changed: base,
	}
	for _, order := range []string{"1", "2"} {
		if gross := parts[order]; gross > 0 {
			l := quartet.InvoiceLine{Order: order, TaxItem: quartet.TaxItem{Name: "服务", Code: "3040201010000000000", Rate: 600}, Amounts: quartet.SplitTax(gross, 600)}
			v.Lines, v.Amounts = append(v.Lines, l), v.Amounts.Plus(l.Amounts)
		}
	}
	return v
}

// claimInvoice writes an application, whose amounts are claimed.
func claimInvoice(ctx context.Context, s *store.Store, v quartet.Invoice) error {
	var orders []string
	for _, l := range v.Lines {
		orders = append(orders, l.Order)
	}
	return s.PlaceInvoice(ctx, orders, func(b quartet.InvoiceBook) (quartet.InvoicePostings, error) {
		for _, l := range v.Lines {
			b.Order(l.Order).Claimed += l.Gross
		}
		return quartet.InvoicePostings{Placed: &v, Orders: b.Orders}, nil
	})
}

// takeInvoice takes an invoice one step on.
func takeInvoice(ctx context.Context, s *store.Store, id string, do func(b *quartet.InvoiceBook, p *quartet.InvoicePostings)) error {
	return s.ChangeInvoice(ctx, id, func(b quartet.InvoiceBook) (quartet.InvoicePostings, error) {
		var p quartet.InvoicePostings
		do(&b, &p)
		return p, nil
	})
}

// issuedAs makes a claimed invoice issued, under number1.
func issuedAs() func(*quartet.InvoiceBook, *quartet.InvoicePostings) {
	return func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		v := &b.Invoice
		v.State, v.Number, v.IssuedOn, v.Source, v.Tries = quartet.InvoiceIssued, number1, base, quartet.FromXML, 1
		for i := range b.Orders {
			o := &b.Orders[i]
			gross := v.Line(o.Order.ID).Gross
			o.Claimed, o.Invoiced = o.Claimed-gross, o.Invoiced+gross
		}
		p.Changed, p.Orders = v, b.Orders
		p.Files = []quartet.InvoiceFile{{Owner: v.ID, Kind: quartet.InvoiceXML, Digest: "d", Size: 3, Sealed: []byte("xml"), By: "甲", At: base}}
		p.Jobs = []quartet.Job{{ID: "job of " + v.ID, Kind: "invoice.fetch", Key: v.ID, NextAt: base, Created: base}}
		p.Audit = []quartet.AuditEntry{{ID: "audit of " + v.ID, At: base, Actor: "甲", Action: "invoice.issue", Subject: v.ID}}
	}
}

const (
	number1 = "26000000000000000001"
	number2 = "26000000000000000002"
)

func invoices(t *testing.T, open Database) {
	s, ctx := sold(t, open), t.Context()
	first := invoiced("101", map[string]quartet.Fen{"1": 300_00, "2": 500_00})
	must(t, claimInvoice(ctx, s, first))
	second := invoiced("102", map[string]quartet.Fen{"1": 200_00})
	second.Created = after(time.Minute)
	must(t, claimInvoice(ctx, s, second))
	same(t, "an invoice", value(s.Invoice(ctx, "101"))(t), first)
	same(t, "of an account, newest first", value(s.Invoices(ctx, "a", "", "", 9))(t), []quartet.Invoice{second, first})
	same(t, "behind one", value(s.Invoices(ctx, "a", quartet.InvoiceSubmitted, "102", 9))(t), []quartet.Invoice{first})
	same(t, "of another account", len(value(s.Invoices(ctx, "b", "", "", 9))(t)), 0)
	same(t, "of an order", value(s.InvoicesOf(ctx, "2"))(t), []quartet.Invoice{first})
	seen := value(s.InvoiceOrders(ctx, "a", "", 9))(t)
	same(t, "orders that were paid here", len(seen), 2)
	same(t, "and what is claimed of them", []quartet.Fen{seen[0].Claimed, seen[1].Claimed}, []quartet.Fen{500_00, 500_00})

	// The database itself refuses more than was paid.
	over := invoiced("103", map[string]quartet.Fen{"1": 1})
	wantCode(t, "a fen more than was paid", claimInvoice(ctx, s, over), quartet.ErrConflict)
	wantCode(t, "an order that is not there", s.PlaceInvoice(ctx, []string{"9"}, nil), quartet.ErrNotFound)
	wantCode(t, "an invoice that is not there", s.ChangeInvoice(ctx, "9", nil), quartet.ErrNotFound)

	must(t, takeInvoice(ctx, s, "101", issuedAs()))
	same(t, "what no invoice is made out for", value(s.InvoiceOrder(ctx, "2"))(t).Excluded, quartet.Fen(20_00))
	same(t, "what is issued is invoiced", value(s.InvoiceOrder(ctx, "2"))(t).Invoiced, quartet.Fen(500_00))
	same(t, "its entry of the audit", value(s.AuditEntries(ctx, 1))(t)[0].Action, "invoice.issue")
	same(t, "its job", value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)[0].Kind, "invoice.fetch")
	same(t, "its file", value(s.InvoiceFile(ctx, "101", quartet.InvoiceXML))(t).Sealed, []byte("xml"))
	same(t, "the list leaves out what it holds", value(s.InvoiceFiles(ctx, "101"))(t), []quartet.InvoiceFile{{Owner: "101", Kind: quartet.InvoiceXML, Digest: "d", Size: 3, By: "甲", At: base}})
	wantCode(t, "a number that another one has", takeInvoice(ctx, s, "102", issuedAs()), quartet.ErrConflict)
	again := issuedAs()
	wantCode(t, "a file in the place of another one", takeInvoice(ctx, s, "101", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		again(b, p)
		p.Orders = nil
	}), quartet.ErrConflict)
	wantCode(t, "issued without a number", takeInvoice(ctx, s, "102", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		b.Invoice.State = quartet.InvoiceIssued
		p.Changed = &b.Invoice
	}), quartet.ErrConflict)
	wantCode(t, "entered and confirmed by one person", takeInvoice(ctx, s, "102", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		v := &b.Invoice
		v.State, v.Number, v.Source, v.Entered, v.Seen = quartet.InvoiceIssued, number2, quartet.FromEntry, "甲", "甲"
		p.Changed = v
	}), quartet.ErrConflict)

	// An order cannot be given back whose money stands in an invoice.
	order := value(s.Order(ctx, "2"))(t)
	order.State, order.Refunded = quartet.OrderRefunded, 1
	wantCode(t, "given back while it is invoiced", step(t, s, "2", quartet.ShopPostings{Orders: []quartet.Order{order}}), quartet.ErrConflict)
	same(t, "whoever gives back sees what is in invoices", book(t, s, "2").Invoiced, quartet.Fen(500_00))
}

func redLetters(t *testing.T, open Database) {
	s, ctx := sold(t, open), t.Context()
	must(t, claimInvoice(ctx, s, invoiced("101", map[string]quartet.Fen{"1": 500_00})))
	must(t, takeInvoice(ctx, s, "101", issuedAs()))
	refund := quartet.Refund{ID: "r1", Order: "1", Payment: "p1", Amount: 400_00, State: quartet.RefundReversing, Reason: "x", AskedBy: "p", Created: base, Decided: base}
	must(t, step(t, s, "1", quartet.ShopPostings{Refunds: []quartet.Refund{refund}}))
	red := quartet.RedLetter{
		ID: "201", Invoice: "101", Account: "a", State: quartet.RedApplying, Reason: quartet.RedReturned, Refund: "r1", AskedBy: "甲", Amounts: quartet.SplitTax(400_00, 600),
		Lines: []quartet.RedLine{{Order: "1", Amounts: quartet.SplitTax(400_00, 600)}}, Channel: "manual", Tries: 1, Created: base, Changed: base,
	}
	apply := func(r quartet.RedLetter) error {
		return takeInvoice(ctx, s, "101", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
			same(t, "the refund that waits", b.Waiting, []quartet.Refund{refund})
			b.Invoice.State = quartet.InvoiceRedApplying
			p.Changed, p.Red, p.NewRed = &b.Invoice, &r, true
		})
	}
	must(t, apply(red))
	same(t, "a red letter", value(s.RedLetter(ctx, "201"))(t), red)
	same(t, "of an invoice", value(s.RedLetters(ctx, "101", quartet.RedApplying, "", 9))(t), []quartet.RedLetter{red})
	same(t, "what is being taken back", value(s.InvoiceOrder(ctx, "1"))(t).Reversing, quartet.Fen(400_00))
	other := red
	other.ID = "202"
	wantCode(t, "a second one under way", apply(other), quartet.ErrConflict)
	numbered := func(number string) error {
		return takeInvoice(ctx, s, "101", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
			r := b.Red("201")
			r.Number, p.Red = number, r
		})
	}
	wantCode(t, "the number of an invoice", numbered(number1), quartet.ErrConflict)
	for range 2 { // a number that is taken back may be given again
		must(t, numbered(number2))
		must(t, numbered(""))
	}
	must(t, takeInvoice(ctx, s, "101", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		r, v := b.Red("201"), &b.Invoice
		r.State, r.Number, r.IssuedOn, r.Source = quartet.RedDone, number2, base, quartet.FromXML
		v.State, v.Lines[0].Reversed = quartet.InvoicePartReversed, red.Amounts
		b.Orders[0].Invoiced -= 400_00
		p.Changed, p.Red, p.Orders = v, r, b.Orders
	}))
	o := value(s.InvoiceOrder(ctx, "1"))(t)
	same(t, "then less is invoiced", []quartet.Fen{o.Invoiced, o.Reversing}, []quartet.Fen{100_00, 0})
	v := value(s.Invoice(ctx, "101"))(t)
	same(t, "and the invoice says so", v.Reversed(), red.Amounts)
	wantCode(t, "an invoice under the number of a red letter", takeInvoice(ctx, s, "101", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		b.Invoice.Number, p.Changed = number2, &b.Invoice
	}), quartet.ErrConflict)
	wantCode(t, "more is reversed than was issued", takeInvoice(ctx, s, "101", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		b.Invoice.Lines[0].Reversed = quartet.SplitTax(500_01, 600)
		p.Changed = &b.Invoice
	}), quartet.ErrConflict)
}

func invoiceTitles(t *testing.T, open Database) {
	s, ctx, none := shopSeeded(t, open), t.Context(), quartet.AuditEntry{}
	first := quartet.InvoiceTitle{ID: "t1", Account: "a", Kind: quartet.TitleFirm, Sealed: []byte("one"), Created: base, Changed: base}
	must(t, s.AddInvoiceTitle(ctx, first, 1, none))
	wantCode(t, "more than an account may have", s.AddInvoiceTitle(ctx, quartet.InvoiceTitle{ID: "t2", Account: "a", Kind: quartet.TitleFirm, Sealed: []byte("x"), Created: base}, 1, none), quartet.ErrConflict)
	first.Kind, first.Sealed, first.Changed = quartet.TitlePersonal, []byte("two"), after(time.Hour)
	must(t, s.ChangeInvoiceTitle(ctx, first, none))
	same(t, "changed", value(s.InvoiceTitles(ctx, "a"))(t), []quartet.InvoiceTitle{first})
	foreign := first
	foreign.Account = "b"
	wantCode(t, "of another account", s.ChangeInvoiceTitle(ctx, foreign, none), quartet.ErrNotFound)
	wantCode(t, "of another account", s.DeleteInvoiceTitle(ctx, "b", "t1", none), quartet.ErrNotFound)
	must(t, s.DeleteInvoiceTitle(ctx, "a", "t1", none))
	same(t, "forgotten", len(value(s.InvoiceTitles(ctx, "a"))(t)), 0)

	tax := quartet.TaxSetting{ID: "x1", From: base, TaxItem: quartet.TaxItem{Name: "服务", Code: "3040201010000000000", Rate: 600}, Seller: "卖方", TaxID: "91350100M000100Y43", By: "甲", At: base}
	must(t, s.AddTaxSetting(ctx, tax, none))
	same(t, "how the house is taxed", value(s.TaxSettings(ctx))(t), []quartet.TaxSetting{tax})
	tax.ID = "x2"
	wantCode(t, "two from one instant on", s.AddTaxSetting(ctx, tax, none), quartet.ErrConflict)
}

func invoiceNotices(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	n := quartet.InvoiceNotice{ID: "n1", Channel: "c", Event: "e1", Serial: "1", Hash: "h", Sealed: []byte("x"), At: base}
	ask := func(id string, at time.Time) []quartet.Job {
		return []quartet.Job{{ID: id, Kind: "invoice.query", Key: "1", NextAt: at, Created: base}}
	}
	must(t, s.PutInvoiceNotice(ctx, n, ask("j1", after(time.Hour))))
	n.ID = "n2"
	must(t, s.PutInvoiceNotice(ctx, n, ask("j2", after(2*time.Hour))))
	same(t, "an event that is told twice is kept once", value(s.InvoiceNotices(ctx, "c"))(t), 1)
	same(t, "and asks once", value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)[0].NextAt, after(time.Hour))
	n.ID, n.Event = "n3", "e2"
	must(t, s.PutInvoiceNotice(ctx, n, ask("j3", after(3*time.Hour))))
	same(t, "another event lets it be asked again", value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)[0].NextAt, after(3*time.Hour))
}

// racingInvoices: many ask for the same money at once, and it is claimed once.
func racingInvoices(t *testing.T, open Database) {
	s, ctx := sold(t, open), t.Context()
	const many = 8
	results := make(chan error, many)
	for i := range many {
		go func() {
			v := invoiced("10"+string(rune('0'+i)), map[string]quartet.Fen{"1": 200_00, "2": 200_00})
			results <- s.PlaceInvoice(ctx, []string{"2", "1"}, func(b quartet.InvoiceBook) (quartet.InvoicePostings, error) {
				for j := range b.Orders {
					if b.Orders[j].Invoiceable() < 200_00 {
						return quartet.InvoicePostings{}, quartet.Errorf(quartet.ErrConflict, "less is left")
					}
					b.Orders[j].Claimed += 200_00
				}
				return quartet.InvoicePostings{Placed: &v, Orders: b.Orders}, nil
			})
		}()
	}
	done := 0
	for range many {
		if err := <-results; err == nil {
			done++
		} else {
			wantCode(t, "too late", err, quartet.ErrConflict)
		}
	}
	same(t, "asked for", done, 2)
	same(t, "claimed", value(s.InvoiceOrder(ctx, "1"))(t).Claimed, quartet.Fen(400_00))
}

// waitingInvoices: who waits for an order while a red letter is asked for sees that.
func waitingInvoices(t *testing.T, open Database) {
	s, ctx := sold(t, open), t.Context()
	must(t, claimInvoice(ctx, s, invoiced("101", map[string]quartet.Fen{"1": 300_00})))
	must(t, takeInvoice(ctx, s, "101", issuedAs()))
	must(t, claimInvoice(ctx, s, invoiced("102", map[string]quartet.Fen{"1": 200_00})))
	red := quartet.RedLetter{
		ID: "201", Invoice: "101", Account: "a", State: quartet.RedApplying, Reason: quartet.RedReturned, AskedBy: "甲", Amounts: quartet.SplitTax(300_00, 600),
		Lines: []quartet.RedLine{{Order: "1", Amounts: quartet.SplitTax(300_00, 600)}}, Channel: "manual", Tries: 1, Created: base, Changed: base,
	}
	var seen quartet.Fen
	waited := make(chan error, 1)
	must(t, takeInvoice(ctx, s, "101", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
		go func() {
			waited <- takeInvoice(ctx, s, "102", func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) {
				p.Untouched = true
				seen = b.Orders[0].Reversing
			})
		}()
		time.Sleep(300 * time.Millisecond) // by now it waits; where it does not, there is nothing to see
		b.Invoice.State = quartet.InvoiceRedApplying
		p.Changed, p.Red, p.NewRed = &b.Invoice, &red, true
	}))
	must(t, <-waited)
	same(t, "what is being taken back", seen, quartet.Fen(300_00))
}

// panicking: a bug in a decision costs its own request, and not the store.
func panicking(t *testing.T, open Database) {
	s, ctx := sold(t, open), t.Context()
	for range 20 { // more than there are connections
		func() {
			defer func() { same(t, "the panic", recover(), any("a bug")) }()
			_ = s.PlaceInvoice(ctx, []string{"1"}, func(quartet.InvoiceBook) (quartet.InvoicePostings, error) { panic("a bug") })
		}()
	}
	must(t, claimInvoice(ctx, s, invoiced("101", map[string]quartet.Fen{"1": 500_00})))
}
