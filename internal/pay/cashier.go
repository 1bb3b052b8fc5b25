package pay

import (
	"context"
	"slices"
	"strings"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/billing"
	"quartet/internal/job"
)

// JobNotice is the kind of the job of a notice; its key is the notice.
const JobNotice = "notice.handle"

// Books is what billing tells.
type Books interface {
	Find(ctx context.Context, order string) (quartet.Order, error)
	Payment(ctx context.Context, id string) (quartet.Payment, error)
	Payments(ctx context.Context, order string) ([]quartet.Payment, error)
	Refund(ctx context.Context, id string) (quartet.Refund, error)
}

// Steps is what billing does about payments. Each may be said again and happens once.
type Steps interface {
	BeginPayment(ctx context.Context, by, order, provider, method string) (quartet.Payment, error)
	Show(ctx context.Context, payment, show string) error
	Receive(ctx context.Context, by string, m billing.Money) (quartet.Payment, error)
	Lapse(ctx context.Context, payment string) error
	Expire(ctx context.Context, order string) error
}

// Returns is what billing does about refunds. Each may be said again and happens once.
type Returns interface {
	Refunded(ctx context.Context, by, refund, reference string) error
	RefundFailed(ctx context.Context, by, refund, why string) error
	GiveUp(ctx context.Context, by, refund string) (quartet.Refund, error)
}

// Desk is billing: the one door through which money enters and leaves.
type Desk interface {
	Books
	Steps
	Returns
}

// Store keeps notices.
type Store interface {
	Audit(ctx context.Context, e quartet.AuditEntry) error
	PutNotice(ctx context.Context, n quartet.Notice, handle quartet.Job) error
	ClaimNotice(ctx context.Context, n quartet.Notice, now time.Time) (quartet.Notice, error)
	EndNotice(ctx context.Context, id string, state quartet.NoticeState, answer string, now time.Time, e quartet.AuditEntry) error
	Notice(ctx context.Context, id string) (quartet.Notice, error)
}

// Sealer seals what notices say of buyers.
type Sealer interface {
	Seal(plain []byte, ad string) []byte
	Unseal(sealed []byte, ad string) ([]byte, error)
}

// Options of a Cashier. All but Forged are needed.
type Options struct {
	Desk      Desk
	Store     Store
	Sealer    Sealer
	Providers []Provider
	Now       func() time.Time
	Forged    func(provider string) // counts a notice that was not the provider's
}

// Cashier stands between billing and the providers. Safe for concurrent use, and beside
// other cashiers of the same store.
type Cashier struct {
	desk      Desk
	store     Store
	sealer    Sealer
	providers map[string]Provider
	ways      []Way
	now       func() time.Time
	forged    func(provider string)
	busy      chan struct{} // a place for each notice that is being taken
	refusals  audit.Sparing
	unjudged  allowance
}

// Way is a provider and how it can be paid.
type Way struct {
	Provider string
	Methods  []string
}

// New makes a cashier.
func New(o Options) *Cashier {
	c := &Cashier{desk: o.Desk, store: o.Store, sealer: o.Sealer, providers: map[string]Provider{}, now: o.Now, forged: o.Forged, busy: make(chan struct{}, maxBusy)}
	if c.forged == nil {
		c.forged = func(string) {}
	}
	for _, p := range o.Providers {
		c.providers[p.Name()] = p
		c.ways = append(c.ways, Way{Provider: p.Name(), Methods: p.Methods()})
	}
	return c
}

// Ways lists how this house can be paid, in the order in which its providers were given.
func (c *Cashier) Ways() []Way { return slices.Clone(c.ways) }

// Jobs are the kinds of jobs that a cashier does.
func (c *Cashier) Jobs() map[string]func(ctx context.Context, key string) error {
	return map[string]func(ctx context.Context, key string) error{
		billing.JobWatchPayment: c.Watch, billing.JobCloseOrder: c.CloseOrder, billing.JobSendRefund: c.SendRefund, JobNotice: c.Handle,
	}
}

func (c *Cashier) provider(name string) (Provider, error) {
	if p := c.providers[name]; p != nil {
		return p, nil
	}
	return nil, quartet.Errorf(quartet.ErrUnsupported, "%s is no way to pay here; the ways that there are stand under payment-ways. What is open at a provider that was taken out of the settings goes on when it stands there again", Printable(name))
}

// freshShow is how long what a buyer is shown surely works.
const freshShow = time.Hour

// Open begins to pay an order, or goes on with an attempt that stands: the payment that is
// given says what to show. back is the page that the buyer returns to. ErrUnavailable: the
// provider does not answer; trying again is safe.
func (c *Cashier) Open(ctx context.Context, by, order, provider, method, back string) (quartet.Payment, error) {
	p, err := c.provider(provider)
	if err == nil && !slices.Contains(p.Methods(), method) {
		err = quartet.Errorf(quartet.ErrUnsupported, "%s is paid by %s", provider, strings.Join(p.Methods(), " or "))
	}
	if err != nil {
		return quartet.Payment{}, err
	}
	m, err := c.desk.BeginPayment(ctx, by, order, provider, method)
	if err != nil || m.Show != "" && c.now().Sub(m.Created) < freshShow {
		return m, err
	}
	o, err := c.desk.Find(ctx, order)
	if err != nil {
		return m, err
	}
	show, err := p.Open(ctx, Attempt{Payment: m.ID, Method: method, Subject: o.PlanName, Amount: m.Amount, PayBy: o.PayBy, Back: back})
	switch {
	case err == nil:
	case m.Show != "": // what was shown may still do
		return m, nil
	case temporary(err):
		return m, &quartet.Error{Code: quartet.ErrUnavailable, Message: provider + " does not answer; try again in a moment, or pay in another way", Cause: err}
	default:
		return m, err
	}
	if err := c.desk.Show(ctx, m.ID, show); err != nil {
		return m, err
	}
	m.Show = show
	return m, nil
}

// temporary reports whether an error says nothing but that one must ask again.
func temporary(err error) bool {
	switch quartet.CodeOf(err) {
	case quartet.ErrUnknownOutcome, quartet.ErrTimeout, quartet.ErrUnavailable:
		return true
	default:
		return false
	}
}

// later turns an error that says nothing into a job that runs again: it is no failure,
// however often it comes. since is when the matter began.
func (c *Cashier) later(since time.Time, err error) error {
	if !temporary(err) {
		return err
	}
	return job.Later{In: c.pause(since), Why: err.Error()}
}

const (
	shortest = 3 * time.Second
	longest  = 10 * time.Minute
)

// pause grows with the age of a matter: a quarter of it.
func (c *Cashier) pause(since time.Time) time.Duration {
	return min(max(c.now().Sub(since)/4, shortest), longest)
}
