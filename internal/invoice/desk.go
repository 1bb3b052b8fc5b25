package invoice

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/billing"
	"quartet/internal/job"
	"quartet/internal/notify"
)

// The kinds of job that invoices ask for.
const (
	JobIssue    = "invoice.issue" // key: the invoice
	JobQuery    = "invoice.query" // key: the invoice
	JobDownload = "invoice.fetch" // key: the invoice or the red letter
	JobRed      = "red.issue"     // key: the red letter
	JobRedQuery = "red.query"     // key: the red letter
)

// Steps reads what a step must see, locked, and writes what it decides.
type Steps interface {
	PlaceInvoice(ctx context.Context, orders []string, decide func(quartet.InvoiceBook) (quartet.InvoicePostings, error)) error
	ChangeInvoice(ctx context.Context, invoice string, decide func(quartet.InvoiceBook) (quartet.InvoicePostings, error)) error
	PutInvoiceNotice(ctx context.Context, n quartet.InvoiceNotice, ask []quartet.Job) error
	AddTaxSetting(ctx context.Context, t quartet.TaxSetting, e quartet.AuditEntry) error
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Invoices reads invoices and what they are about.
type Invoices interface {
	Invoice(ctx context.Context, id string) (quartet.Invoice, error)
	Invoices(ctx context.Context, account string, state quartet.InvoiceState, before string, limit int) ([]quartet.Invoice, error)
	InvoicesOf(ctx context.Context, order string) ([]quartet.Invoice, error)
	InvoiceOrders(ctx context.Context, account, before string, limit int) ([]quartet.InvoiceOrder, error)
	InvoiceOrder(ctx context.Context, id string) (quartet.InvoiceOrder, error)
	Refund(ctx context.Context, id string) (quartet.Refund, error)
}

// Papers reads red letters and files.
type Papers interface {
	RedLetter(ctx context.Context, id string) (quartet.RedLetter, error)
	RedLetters(ctx context.Context, invoice string, state quartet.RedState, before string, limit int) ([]quartet.RedLetter, error)
	InvoiceFiles(ctx context.Context, owner string) ([]quartet.InvoiceFile, error)
	InvoiceFile(ctx context.Context, owner string, kind quartet.InvoiceFileKind) (quartet.InvoiceFile, error)
	TaxSettings(ctx context.Context) ([]quartet.TaxSetting, error)
}

// Titles keeps to whom accounts let invoices be made out.
type Titles interface {
	InvoiceTitles(ctx context.Context, account string) ([]quartet.InvoiceTitle, error)
	AddInvoiceTitle(ctx context.Context, t quartet.InvoiceTitle, most int, e quartet.AuditEntry) error
	ChangeInvoiceTitle(ctx context.Context, t quartet.InvoiceTitle, e quartet.AuditEntry) error
	DeleteInvoiceTitle(ctx context.Context, account, id string, e quartet.AuditEntry) error
}

// Store keeps invoices.
type Store interface {
	Steps
	Invoices
	Papers
	Titles
}

// Sealer keeps what names somebody unread.
type Sealer interface {
	Seal(plain []byte, record string) []byte
	Unseal(sealed []byte, record string) ([]byte, error)
}

// Firms tells which firm an account is.
type Firms interface {
	List(ctx context.Context, account string, state quartet.FirmState, before string, limit int) ([]quartet.FirmApplication, error)
}

// Post writes messages.
type Post interface {
	// Reaches reports whether anything can be sent over a channel.
	Reaches(c quartet.Channel) bool
	Write(to quartet.Address, l notify.Letter) quartet.Message
}

// Options are what a desk stands on.
type Options struct {
	Store  Store
	Sealer Sealer
	Firms  Firms
	Post   Post
	// Channels are all by which invoices are issued, or were; new ones by the first.
	Channels []Channel
	Now      func() time.Time
	Site     string // where browsers find this house; empty: letters name no address
	// Arrives is after how long whatever was sent to a channel has arrived, if it ever does. 0:
	// five minutes, within which whoever sent it has long given up.
	Arrives time.Duration
}

// Desk is where invoices are asked for, issued and taken back. Safe for concurrent use, and
// beside other desks of the same store.
type Desk struct {
	store    Store
	sealer   Sealer
	firms    Firms
	post     Post
	channels []Channel
	now      func() time.Time
	site     string
	arrives  time.Duration
}

// New makes a desk.
func New(o Options) *Desk {
	return &Desk{store: o.Store, sealer: o.Sealer, firms: o.Firms, post: o.Post, channels: o.Channels, now: o.Now, site: o.Site, arrives: cmp.Or(o.Arrives, 5*time.Minute)}
}

// Jobs are what the runner of jobs must know how to do.
func (d *Desk) Jobs() map[string]func(context.Context, string) error {
	return map[string]func(context.Context, string) error{
		JobIssue: d.Issue, JobQuery: d.Query, JobDownload: d.Fetch, JobRed: d.IssueRed, JobRedQuery: d.QueryRed,
		billing.JobReverseInvoices: d.ReverseFor,
	}
}

// by gives the channel of a name. ErrUnsupported: the settings name it no more.
func (d *Desk) by(name string) (Channel, error) {
	for _, c := range d.channels {
		if c.Name() == name {
			return c, nil
		}
	}
	return nil, quartet.Errorf(quartet.ErrUnsupported, "the channel %s is not set up any more; set it up until all that it was asked for is settled", name)
}

// step takes an invoice one step on.
func (d *Desk) step(ctx context.Context, id string, decide func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error) (quartet.Invoice, error) {
	var v quartet.Invoice
	err := d.store.ChangeInvoice(ctx, id, func(b quartet.InvoiceBook) (quartet.InvoicePostings, error) {
		var p quartet.InvoicePostings
		err := decide(&b, &p)
		v = b.Invoice
		return p, err
	})
	return v, err
}

// move puts an invoice in another state, and its amounts with it. Without an action whoever
// moves it writes the entry.
func (d *Desk) move(b *quartet.InvoiceBook, p *quartet.InvoicePostings, by, action, detail string, to quartet.InvoiceState) error {
	v := &b.Invoice
	if v.State != to && !v.State.May(to) {
		return quartet.Errorf(quartet.ErrConflict, "this invoice is %s; look at it again", v.State)
	}
	now, before := d.now(), v.State
	freed := false
	for i := range v.Lines {
		l := &v.Lines[i]
		o := b.Order(l.Order)
		switch {
		case before.Claims() && to.Stands():
			o.Claimed -= l.Gross
			o.Invoiced += l.Gross
		case before.Claims() && !to.Claims():
			o.Claimed -= l.Gross
			freed = true
		default:
			continue
		}
		p.Orders = append(p.Orders, *o)
	}
	v.State, v.Changed = to, now
	p.Changed = v
	// A refund could do nothing about an invoice that was being issued, or whose red letter was
	// under way. Now it can; nobody else would let it look again.
	if freed || before != to && (to.AtRest() || to.Unissued()) {
		wake(b, p, now)
	}
	if action != "" {
		p.Audit = append(p.Audit, entry(now, by, action, v.ID, detail, state{State: before}, state{State: to, Fen: &v.Amounts.Gross}))
	}
	return nil
}

// wake lets refunds look again that wait for invoices to be taken back.
func wake(b *quartet.InvoiceBook, p *quartet.InvoicePostings, now time.Time) {
	for i := range b.Waiting {
		again(p, billing.JobDrainRefund, b.Waiting[i].ID, now, now)
		again(p, billing.JobReverseInvoices, b.Waiting[i].ID, now, now)
	}
}

// again asks for a job at an instant, though it may have run before.
func again(p *quartet.InvoicePostings, kind, key string, at, now time.Time) {
	j := job.At(kind, key, at, now)
	p.Jobs, p.Moved = append(p.Jobs, j), append(p.Moved, j)
}

const house = "house"

// state is what most entries tell of before and after.
type state struct {
	State any          `json:"state"`
	Fen   *quartet.Fen `json:"amount_fen,omitempty"`

	Kind   quartet.InvoiceKind `json:"kind,omitempty"`
	Orders int                 `json:"orders,omitempty"`
}

func entry(now time.Time, by, action, subject, detail string, before, after any) quartet.AuditEntry {
	e := audit.Entry(now, by, action, subject, detail)
	e.Before, e.After = audit.JSON(before), audit.JSON(after)
	return e
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}

// number is the day in Asia/Shanghai and 10 random digits: two more name a try.
func number(now time.Time) string {
	n, err := rand.Int(rand.Reader, big.NewInt(10_000_000_000))
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return fmt.Sprintf("%s%010d", now.In(quartet.Shanghai).Format("20060102"), n)
}

// Find finds an invoice, or ErrNotFound; of an account, unless that is "".
func (d *Desk) Find(ctx context.Context, account, id string) (quartet.Invoice, error) {
	v, err := d.store.Invoice(ctx, id)
	if err == nil && account != "" && v.Account != account {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such invoice")
	}
	return v, err
}

// List lists invoices, newest first: see Store.
func (d *Desk) List(ctx context.Context, account string, s quartet.InvoiceState, before string, limit int) ([]quartet.Invoice, error) {
	return d.store.Invoices(ctx, account, s, before, limit)
}

// Orders lists the paid orders of an account with what may be asked for of them, newest first.
func (d *Desk) Orders(ctx context.Context, account, before string, limit int) ([]quartet.InvoiceOrder, error) {
	return d.store.InvoiceOrders(ctx, account, before, limit)
}
