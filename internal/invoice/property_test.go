package invoice_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/invoicetest"
	"quartet/internal/invoice/taxsim"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// machine lets buyers, the house, the tax channel and providers of payments do what they may in
// any order, while the channel loses answers and the process is killed.
type machine struct {
	*invoicetest.House

	bureau  *taxsim.Bureau
	cut     *invoicetest.Cut
	refunds []string
	told    []taxsim.Delivery
}

// aStore is of one engine or the other: few are PostgreSQL, where a database of its own takes long.
func aStore(t *testing.T, rt *rapid.T) *store.Store {
	t.Helper()
	if rapid.IntRange(0, 9).Draw(rt, "engine") != 9 {
		return invoicetest.OpenSQLite(t)
	}
	s, err := store.Open(context.Background(), store.Options{URL: storetest.Postgres(t)})
	if err != nil {
		rt.Fatal(err)
	}
	rt.Cleanup(func() { _ = s.Close() })
	return s
}

func newMachine(t *testing.T, rt *rapid.T) *machine {
	t.Helper()
	m := &machine{}
	secret := []byte("a secret of the channel")
	m.House = invoicetest.NewHouse(t, aStore(t, rt), func(h *invoicetest.House) invoicetest.Bench {
		m.bureau = taxsim.NewBureau(func() time.Time { return h.Now }, secret, nil)
		server := httptest.NewServer(m.bureau)
		t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		c, err := taxsim.New(taxsim.Options{Asked: true, Gateway: server.URL, Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		m.cut = &invoicetest.Cut{Channel: c}
		return invoicetest.Bench{Channel: m.cut}
	})
	return m
}

// may lets a step be refused, never fail.
func may(rt *rapid.T, err error) {
	switch quartet.CodeOf(err) {
	case "", quartet.ErrConflict, quartet.ErrNotFound, quartet.ErrForbidden, quartet.ErrUnsupported:
	default:
		rt.Fatalf("a step failed: %v", err)
	}
}

func (m *machine) anOrder(rt *rapid.T) string {
	orders, err := m.Store.InvoiceOrders(context.Background(), invoicetest.Account, "", 100)
	if err != nil || len(orders) == 0 {
		return ""
	}
	return orders[rapid.IntRange(0, len(orders)-1).Draw(rt, "order")].Order.ID
}

func (m *machine) anInvoice(rt *rapid.T) quartet.Invoice {
	list, err := m.List(context.Background(), "", "", "", 100)
	if err != nil || len(list) == 0 {
		return quartet.Invoice{}
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(rt, "invoice")]
}

func (m *machine) aRed(rt *rapid.T) quartet.RedLetter {
	list, err := m.Reds(context.Background(), "", "", "", 100)
	if err != nil || len(list) == 0 {
		return quartet.RedLetter{}
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(rt, "red letter")]
}

func (m *machine) aRefund(rt *rapid.T) string {
	if len(m.refunds) == 0 {
		return ""
	}
	return rapid.SampledFrom(m.refunds).Draw(rt, "refund")
}

var amounts = []quartet.Fen{0, 1, 9, 100_00, 333_33, 500_00}

func (m *machine) apply(rt *rapid.T) {
	var parts []invoice.Part
	for range rapid.IntRange(1, 3).Draw(rt, "lines") {
		id := m.anOrder(rt)
		if !slices.ContainsFunc(parts, func(p invoice.Part) bool { return p.Order == id }) {
			parts = append(parts, invoice.Part{Order: id, Amount: rapid.SampledFrom(amounts).Draw(rt, "amount")})
		}
	}
	kind := rapid.SampledFrom([]quartet.InvoiceKind{quartet.InvoiceOrdinary, quartet.InvoiceSpecial}).Draw(rt, "kind")
	v, err := m.Apply(context.Background(), "person zhang", invoice.Application{
		Account: invoicetest.Account, Kind: kind, Title: m.Title.ID, Email: "fp@buyer.example", Parts: parts,
	})
	may(rt, err)
	if err == nil && rapid.IntRange(0, 3).Draw(rt, "approved") > 0 {
		_, err = m.Approve(context.Background(), "qian", v.ID)
		may(rt, err)
	}
}

func (m *machine) takeBack(rt *rapid.T) {
	v := m.anInvoice(rt)
	var parts []invoice.Part
	if len(v.Lines) > 0 && rapid.Bool().Draw(rt, "in part") {
		parts = []invoice.Part{{Order: v.Lines[rapid.IntRange(0, len(v.Lines)-1).Draw(rt, "line")].Order, Amount: rapid.SampledFrom(amounts[1:]).Draw(rt, "amount")}}
	}
	_, err := m.ApplyRed(context.Background(), "qian", v.ID, quartet.RedReturned, parts)
	may(rt, err)
}

// setOff is a buyer who has used an invoice that is then taken back, and must agree.
func (m *machine) setOff(rt *rapid.T) {
	for _, v := range m.all() {
		if v.State != quartet.InvoiceIssued && v.State != quartet.InvoicePartReversed {
			continue
		}
		m.bureau.Use(v.Number)
		r, err := m.ApplyRed(context.Background(), "qian", v.ID, quartet.RedEnded, nil)
		may(rt, err)
		m.Work()
		if rapid.Bool().Draw(rt, "agrees") {
			m.bureau.AgreeRed(r.Serial())
			m.Pass(time.Minute)
		}
		return
	}
}

func (m *machine) giveBack(rt *rapid.T) {
	ctx := context.Background()
	f, err := m.Billing.AskRefund(ctx, "person zhang", invoicetest.Account, m.anOrder(rt), "不需要了")
	may(rt, err)
	if err != nil {
		return
	}
	m.refunds = append(m.refunds, f.ID)
	if rapid.Bool().Draw(rt, "approved") {
		_, err = m.Billing.ApproveRefund(ctx, "qian", f.ID)
		may(rt, err)
	}
}

func (m *machine) provider(rt *rapid.T) {
	ctx, id := context.Background(), m.aRefund(rt)
	var err error
	switch rapid.SampledFrom([]string{"done", "failed", "given up", "approved"}).Draw(rt, "refund becomes") {
	case "done":
		err = m.Billing.Refunded(ctx, "alipay", id, "back")
	case "failed":
		err = m.Billing.RefundFailed(ctx, "alipay", id, "no")
	case "given up":
		_, err = m.Billing.GiveUp(ctx, "qian", id)
	case "approved":
		_, err = m.Billing.ApproveRefund(ctx, "qian", id)
	}
	may(rt, err)
}

func (m *machine) desk(rt *rapid.T) {
	ctx, v := context.Background(), m.anInvoice(rt)
	var err error
	switch rapid.SampledFrom([]string{"cancel", "reject", "retry", "approve", "issue", "query"}).Draw(rt, "the desk") {
	case "cancel":
		_, err = m.Cancel(ctx, "person zhang", invoicetest.Account, v.ID)
	case "reject":
		_, err = m.Reject(ctx, "qian", v.ID, "x")
	case "retry":
		_, err = m.Retry(ctx, "qian", v.ID)
	case "approve":
		_, err = m.Approve(ctx, "qian", v.ID)
	case "issue":
		err = m.again(v.ID, m.Issue(ctx, v.ID))
	case "query":
		err = m.again(v.ID, m.Query(ctx, v.ID))
	}
	may(rt, err)
}

// again lets a job run again that asks for it, as its runner would.
func (m *machine) again(invoice string, err error) error {
	if invoicetest.IgnoreLater(err) == err { //nolint:errorlint // the same answer, or none
		return err
	}
	_, err = m.Retry(context.Background(), "qian", invoice)
	return err
}

func (m *machine) redDesk(rt *rapid.T) {
	ctx, r := context.Background(), m.aRed(rt)
	var err error
	switch rapid.SampledFrom([]string{"withdraw", "retry", "agree"}).Draw(rt, "the desk of red letters") {
	case "withdraw":
		_, err = m.Withdraw(ctx, "qian", r.ID)
	case "retry":
		_, err = m.RetryRed(ctx, "qian", r.ID)
	case "agree":
		_, err = m.Agree(ctx, "person zhang", invoicetest.Account, r.ID)
	}
	may(rt, err)
}

var faults = []taxsim.Fault{taxsim.Down, taxsim.Lost, taxsim.Garbage, taxsim.Odd, taxsim.Foreign}

func (m *machine) channel(rt *rapid.T) {
	v, r := m.anInvoice(rt), m.aRed(rt)
	switch rapid.IntRange(0, 9).Draw(rt, "the channel") {
	case 0:
		m.bureau.DropLogin()
	case 1:
		m.bureau.SignIn()
	case 2:
		m.bureau.Slow(rapid.Bool().Draw(rt, "slow"))
	case 3:
		m.bureau.Reject(rapid.SampledFrom([]string{"", "no"}).Draw(rt, "rejects"))
	case 4:
		m.bureau.Land(v.Serial())
	case 5:
		m.bureau.Use(v.Number)
	case 6:
		m.bureau.AgreeRed(r.Serial())
	case 7:
		m.bureau.RefuseRed(r.Serial(), "no")
	case 8:
		m.bureau.Land(r.Serial())
	default:
		on := rapid.SampledFrom([]string{taxsim.OnIssue, taxsim.OnQuery, taxsim.OnRed, taxsim.OnCancel, taxsim.OnFile}).Draw(rt, "on")
		m.bureau.Break(on, rapid.SampledFrom(faults).Draw(rt, "fault"))
	}
}

func (m *machine) notices(rt *rapid.T) {
	m.told = append(m.told, m.bureau.Deliveries()...)
	if len(m.told) == 0 {
		return
	}
	for range rapid.IntRange(1, 3).Draw(rt, "deliveries") {
		d := m.told[rapid.IntRange(0, len(m.told)-1).Draw(rt, "notice")]
		may(rt, m.Take(context.Background(), taxsim.Name, invoice.Raw{Header: d.Header(), Body: d.Body, At: m.Now}))
	}
}

// settle lets everything come to its end, where nobody fails any more.
func (m *machine) settle() {
	m.bureau.SignIn()
	m.bureau.Slow(false)
	m.bureau.Reject("")
	for range 40 {
		m.Pass(2 * time.Minute)
		for _, v := range m.all() {
			m.bureau.Land(v.Serial())
		}
		reds, _ := m.Reds(context.Background(), "", "", "", 100)
		for i := range reds {
			m.bureau.AgreeRed(reds[i].Serial())
			m.bureau.Land(reds[i].Serial())
		}
	}
}

func (m *machine) all() []quartet.Invoice {
	list, err := m.List(context.Background(), "", "", "", 1000)
	if err != nil {
		m.T.Fatal(err)
	}
	return list
}

func (m *machine) check(rt *rapid.T) {
	if err := m.CheckOrders(); err != nil {
		rt.Fatal(err)
	}
}

// rest proves that nothing hangs, and that the bureau and the house agree to the fen.
func (m *machine) rest(rt *rapid.T) {
	var issued, reversed quartet.Fen
	for _, v := range m.all() {
		switch v.State {
		case quartet.InvoiceIssued, quartet.InvoicePartReversed, quartet.InvoiceReversed:
			issued, reversed = issued+v.Amounts.Gross, reversed+v.Reversed().Gross
		case quartet.InvoiceSubmitted, quartet.InvoiceFailedFinal, quartet.InvoiceRejected, quartet.InvoiceCancelled: // for a person, or ended
		default:
			rt.Fatalf("it hangs: %+v", v)
		}
	}
	for _, id := range m.refunds {
		m.asked(rt, id)
	}
	if i, r := m.bureau.Sums(); i != issued || r != reversed {
		rt.Fatalf("the bureau issued %s and took back %s, the house knows of %s and %s", i, r, issued, reversed)
	}
}

// asked proves that a refund which still waits has asked for all that it waits for.
func (m *machine) asked(rt *rapid.T, refund string) {
	f, err := m.Billing.Refund(context.Background(), refund)
	if err != nil || f.State != quartet.RefundReversing {
		return
	}
	for _, v := range m.all() {
		l := v.Line(f.Order)
		if l == nil || !v.State.Claims() && l.Gross == l.Reversed.Gross || !v.State.Claims() && !v.State.Stands() {
			continue
		}
		reds, err := m.Reds(context.Background(), v.ID, "", "", 100)
		if err != nil || !slices.ContainsFunc(reds, func(r quartet.RedLetter) bool { return r.Refund == refund }) {
			rt.Fatalf("refund %+v waits for %+v, and nobody asked for it: %v", f, v, err)
		}
	}
}

func TestInvoices_NeverExceedWhatIsPaidInAnyInterleaving(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(t, rt)
		m.Buy("1887-1200")
		m.Buy("1887-6000")
		rt.Repeat(map[string]func(*rapid.T){
			"": m.check,
			"buy": func(rt *rapid.T) {
				m.Coupon = rapid.SampledFrom([]quartet.Fen{0, 0, 50_00, 500_00}).Draw(rt, "coupon")
				m.Buy("1887-1200")
			},
			"apply":    m.apply,
			"apply2":   m.apply,
			"desk":     m.desk,
			"take":     m.takeBack,
			"red desk": m.redDesk,
			"refund":   m.giveBack,
			"provider": m.provider,
			"channel":  m.channel,
			"channel2": m.channel,
			"notices":  m.notices,
			"kill":     func(rt *rapid.T) { m.cut.Arm(rapid.Bool().Draw(rt, "sent")); m.Work(); m.cut.Disarm() },
			"set off":  m.setOff,
			"work":     func(*rapid.T) { m.Work() },
			"pass":     func(rt *rapid.T) { m.Pass(time.Duration(rapid.IntRange(1, 200).Draw(rt, "seconds")) * time.Second) },
		})
		m.cut.Disarm()
		m.settle()
		m.check(rt)
		m.rest(rt)
	})
}
