// Package invoicetest is the law of channels that issue invoices: Run checks it over a whole
// small house, whose orders are paid, given back and invoiced through one channel.
package invoicetest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/invoice"
	"quartet/internal/invoice/taxsim"
	"quartet/internal/job"
	"quartet/internal/notify"
	"quartet/internal/quota"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// Noon is when every house begins: an ordinary day in Shanghai.
var Noon = time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)

// How the house is taxed.
const (
	Seller      = "四要素科技有限公司"
	SellerTaxID = "91350100M000100Y43"
	FirmCode    = "91110000101623741K"
	Account     = "acme"
)

// House sells, gives back and invoices, with a clock and jobs that run when they are told to.
type House struct {
	*invoice.Desk

	T       testing.TB
	Store   *store.Store
	Ring    *seal.Keyring
	Billing *billing.Desk
	Bench   Bench
	Now     time.Time
	Title   invoice.Title

	Coupon quartet.Fen // of what buyers pay, what a coupon of the provider pays: no invoice is made out for it

	kinds   map[string]func(context.Context, string) error
	coupons map[string]quartet.Fen // by order
}

// Bench is a channel with the bureau or the people behind it.
type Bench struct {
	Channel invoice.Channel
	// Issue lets what an invoice asks for be issued, where the channel does not do so by itself.
	Issue func(h *House, id string)
	// IssueRed is the same of a red letter, agreement of the buyer included.
	IssueRed func(h *House, id string)
	// WaitForBuyer makes red letters of an invoice wait for the buyer.
	WaitForBuyer func(h *House, v quartet.Invoice)
	// Forge is a notice that is not the channel's.
	Forge invoice.Raw
}

// approved is every account a firm that the house has approved.
type approved struct{}

func (approved) List(_ context.Context, account string, _ quartet.FirmState, _ string, _ int) ([]quartet.FirmApplication, error) {
	if account != Account {
		return nil, nil
	}
	return []quartet.FirmApplication{{Account: account, Code: FirmCode}}, nil
}

// nowhere is a mail server that nobody reads.
type nowhere struct{}

func (nowhere) Mail(context.Context, notify.Mail) error { return nil }

type nobody struct{}

func (nobody) Identity(context.Context, string) (string, error) { return "firm", nil }

// NewHouse makes a house on a store, which invoices through what bench makes.
func NewHouse(t testing.TB, s *store.Store, bench func(h *House) Bench) *House {
	t.Helper()
	ctx := context.Background()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keyring"))
	must(t, err)
	h := &House{T: t, Store: s, Ring: ring, Now: Noon}
	clock := func() time.Time { return h.Now }
	_, _, err = s.LeaseNode(ctx, "folder", "session", Noon)
	must(t, err)
	must(t, s.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	must(t, s.CreateAccount(ctx, quartet.Account{ID: Account, Name: "house acme", CreatedAt: Noon}, quartet.AuditEntry{}))
	must(t, s.SeedPlans(ctx, quartet.FoundingPlans()))
	ledger, err := quota.New(ctx, s, quota.Options{Now: clock})
	must(t, err)
	t.Cleanup(func() { _ = ledger.Close() })
	h.Billing = billing.New(s, ledger, nobody{}, clock)
	h.Bench = bench(h)
	h.Desk = invoice.New(invoice.Options{
		Store: s, Sealer: ring, Firms: approved{}, Post: notify.New(s, ring, notify.Options{House: "test", Mailer: nowhere{}}, clock), Channels: []invoice.Channel{h.Bench.Channel}, Now: clock,
	})
	h.kinds = h.Jobs()
	h.kinds[billing.JobDrainRefund] = h.Billing.Drain
	_, err = h.SetTax(ctx, "qian", quartet.TaxSetting{TaxItem: quartet.TaxItem{Name: "*信息技术服务*数据核验服务", Code: "3040201010000000000", Rate: 600}, Seller: Seller, TaxID: SellerTaxID})
	must(t, err)
	h.Title, err = h.AddTitle(ctx, "person zhang", Account, quartet.InvoiceBuyer{Kind: quartet.TitleFirm, Name: "演示买方有限公司", TaxID: FirmCode}, false)
	must(t, err)
	return h
}

// OpenSQLite makes a store in a folder of its own.
func OpenSQLite(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Buy buys and pays a plan.
func (h *House) Buy(plan string) quartet.Order {
	h.T.Helper()
	ctx := context.Background()
	o, err := h.Billing.Order(ctx, "person zhang", billing.Purchase{Account: Account, Person: "p1", Plan: plan})
	must(h.T, err)
	m, err := h.Billing.BeginPayment(ctx, "person zhang", o.ID, "alipay", "page")
	must(h.T, err)
	_, err = h.Billing.Receive(ctx, "alipay", billing.Money{Payment: m.ID, Reference: "no-" + m.ID, Received: o.Amount, Excluded: h.Coupon, At: h.Now})
	must(h.T, err)
	if h.coupons == nil {
		h.coupons = map[string]quartet.Fen{}
	}
	h.coupons[o.ID] = h.Coupon
	return o
}

// Asked applies for an invoice and approves it.
func (h *House) Asked(kind quartet.InvoiceKind, parts ...invoice.Part) quartet.Invoice {
	h.T.Helper()
	ctx := context.Background()
	v, err := h.Apply(ctx, "person zhang", invoice.Application{Account: Account, Person: "p1", Kind: kind, Title: h.Title.ID, Email: "fp@buyer.example", Parts: parts})
	must(h.T, err)
	v, err = h.Approve(ctx, "qian", v.ID)
	must(h.T, err)
	return v
}

// Issued is an invoice that was asked for and issued.
func (h *House) Issued(kind quartet.InvoiceKind, parts ...invoice.Part) quartet.Invoice {
	h.T.Helper()
	v := h.Asked(kind, parts...)
	h.Work()
	h.Bench.Issue(h, v.ID)
	h.Work()
	return h.Invoice(v.ID)
}

// Invoice is an invoice as it stands.
func (h *House) Invoice(id string) quartet.Invoice {
	h.T.Helper()
	v, err := h.Find(context.Background(), "", id)
	must(h.T, err)
	return v
}

// Red is a red letter as it stands.
func (h *House) Red(id string) quartet.RedLetter {
	h.T.Helper()
	r, err := h.FindRed(context.Background(), "", id)
	must(h.T, err)
	return r
}

// WantState compares where an invoice stands.
func (h *House) WantState(what, id string, want quartet.InvoiceState) {
	h.T.Helper()
	if v := h.Invoice(id); v.State != want {
		h.T.Errorf("%s: it is %s (%s), want %s", what, v.State, v.Answer, want)
	}
}

const rounds = 20

// Work runs jobs whose time has come, until there are none.
func (h *House) Work() {
	h.T.Helper()
	for range rounds {
		if h.workOnce() == 0 {
			return
		}
	}
	h.T.Fatal("jobs go on without end")
}

// Pass lets time pass, and runs what became due.
func (h *House) Pass(d time.Duration) {
	h.T.Helper()
	h.Now = h.Now.Add(d)
	h.Work()
}

func (h *House) workOnce() int {
	h.T.Helper()
	ctx := context.Background()
	var kinds []string
	for k := range h.kinds {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	jobs, err := h.Store.ClaimJobs(ctx, kinds, h.Now, h.Now.Add(time.Minute), 100)
	must(h.T, err)
	for _, j := range jobs {
		err, cut := h.do(ctx, j)
		if cut { // another process takes the job over when its lease is over
			continue
		}
		later, again := err.(job.Later) //nolint:errorlint // a handler's own answer
		j.State, j.Ended = quartet.JobDone, h.Now
		switch {
		case again:
			j.State, j.NextAt, j.Ended = quartet.JobWaiting, h.Now.Add(later.In), time.Time{}
		case err != nil:
			h.T.Fatalf("%s %s: %v", j.Kind, j.Key, err)
		}
		if err := h.Store.EndJob(ctx, j); err != nil && quartet.CodeOf(err) != quartet.ErrConflict { // it was moved meanwhile
			h.T.Fatal(err)
		}
	}
	return len(jobs)
}

// do does a job, and tells whether the process was killed meanwhile.
func (h *House) do(ctx context.Context, j quartet.Job) (err error, cut bool) {
	defer func() {
		if fault := recover(); fault != nil {
			if _, cut = fault.(killed); !cut {
				panic(fault)
			}
		}
	}()
	return h.kinds[j.Kind](ctx, j.Key), false
}

// CheckOrders proves for every order that 0 ≤ issued - reversed ≤ paid - refunded, with what is
// claimed as well, and that what stands on it is what its invoices say.
func (h *House) CheckOrders() error {
	ctx := context.Background()
	orders, err := h.Store.InvoiceOrders(ctx, Account, "", 1000)
	if err != nil {
		return err
	}
	invoices, err := h.List(ctx, "", "", "", 1000)
	if err != nil {
		return err
	}
	for i := range orders {
		o := &orders[i]
		var claimed, stands quartet.Fen
		for j := range invoices {
			v := &invoices[j]
			l := v.Line(o.Order.ID)
			switch {
			case l == nil:
			case v.State.Claims():
				claimed += l.Gross
			case v.State.Stands() || v.State == quartet.InvoiceReversed:
				stands += l.Gross - l.Reversed.Gross
			}
		}
		switch left := max(o.Order.Amount-h.coupons[o.Order.ID]-o.Order.Refunded, 0); {
		case stands < 0 || claimed < 0 || claimed+stands > left:
			return fmt.Errorf("order %s: %s claimed and %s invoiced of %s", o.Order.ID, claimed, stands, left)
		case claimed != o.Claimed || stands != o.Invoiced:
			return fmt.Errorf("order %s says %s claimed and %s invoiced, its invoices %s and %s", o.Order.ID, o.Claimed, o.Invoiced, claimed, stands)
		}
	}
	return nil
}

// WantOrders fails unless CheckOrders finds nothing.
func (h *House) WantOrders() {
	h.T.Helper()
	must(h.T, h.CheckOrders())
}

// IgnoreLater takes an answer that asks to run again for none.
func IgnoreLater(err error) error {
	if _, later := err.(job.Later); later { //nolint:errorlint // a handler's own answer
		return nil
	}
	return err
}

// Printed is the XML of an invoice as the tax bureau makes it of what was asked for.
func (h *House) Printed(v quartet.Invoice, number string) []byte {
	return taxsim.Paper(h.paper(v, number, v.Amounts), v.Lines)
}

// PrintedRed is the same of a red letter.
func (h *House) PrintedRed(r quartet.RedLetter, number string) []byte {
	return taxsim.Paper(h.paper(h.Invoice(r.Invoice), number, quartet.Amounts{}.Minus(r.Amounts)), nil)
}

func (h *House) paper(v quartet.Invoice, number string, sums quartet.Amounts) *quartet.InvoicePaper {
	return &quartet.InvoicePaper{
		Number: number, IssuedOn: h.Now, Kind: v.Kind, Seller: Seller, SellerTaxID: SellerTaxID, Buyer: h.Title.Buyer.Name, BuyerTaxID: h.Title.Buyer.TaxID, Amounts: sums,
	}
}
