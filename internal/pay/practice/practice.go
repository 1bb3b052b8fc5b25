// Package practice is the payment provider of the demo (演练支付): no money moves. Its page
// says so, and New refuses to make one outside the demo.
//
// A trade begins with Open and stands in a file of the demo's data folder, so that it outlives
// the process as the order does that it is for (book.go). The buyer comes to the page of
// Pages and presses a button, which is all that paying is here; what was pressed is told to
// whoever Settle names. Refunds are done at once. There are no notices.
package practice

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"quartet"
	"quartet/internal/pay"
)

// Name is what payments call this provider.
const Name = "practice"

// PagePath is where its pages are; the number of the payment follows.
const PagePath = "/practice/"

const maxTrades = 10_000 // a demo has fewer

// Options of a Provider.
type Options struct {
	Demo bool          // without it none is made
	Base func() string // the address of this house; nil: pages are on the same address as whatever shows them
	File string        // keeps the trades; empty: they end with the process
	Now  func() time.Time
}

// Provider is the practice provider. Safe for concurrent use.
type Provider struct {
	base func() string
	file string
	now  func() time.Time

	mu     sync.Mutex
	trades map[string]*trade
}

type trade struct {
	attempt pay.Attempt
	state   pay.TradeState
	paid    time.Time
	returns []pay.Return
	at      []time.Time // of returns
}

var _ pay.Provider = (*Provider)(nil)

// New makes the practice provider of a demo. ErrForbidden outside of one: whoever could pay
// by practice would buy for nothing.
func New(o Options) (*Provider, error) {
	if !o.Demo {
		return nil, quartet.Errorf(quartet.ErrForbidden, "the practice provider moves no money and is refused outside the demo")
	}
	trades, err := readBook(o.File)
	if err != nil {
		return nil, err
	}
	if o.Base == nil {
		o.Base = func() string { return "" }
	}
	return &Provider{base: o.Base, file: o.File, now: o.Now, trades: trades}, nil
}

// Name implements pay.Seller.
func (*Provider) Name() string { return Name }

// Methods implements pay.Seller.
func (*Provider) Methods() []string { return []string{"page"} }

// Open implements pay.Seller.
func (p *Provider) Open(_ context.Context, a pay.Attempt) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.trades[a.Payment]
	switch {
	case a.Method != "page":
		return "", quartet.Errorf(quartet.ErrUnsupported, "practice is paid by page")
	case t != nil && (t.attempt.Amount != a.Amount || t.state != pay.Waiting):
		return "", pay.Refused("opening a payment by practice", "another amount or state")
	case t == nil && len(p.trades) >= maxTrades:
		return "", quartet.Errorf(quartet.ErrLimited, "the demo holds no more payments; start it again")
	case t == nil:
		if err := p.set(&trade{attempt: a, state: pay.Waiting}); err != nil {
			return "", err
		}
	}
	base, err := url.Parse(p.base() + "/")
	if err != nil {
		return "", quartet.Errorf(quartet.ErrInvalid, "the address of this house cannot be read")
	}
	return base.JoinPath(PagePath, a.Payment).String(), nil
}

// set has a trade stand as it now is, once that is written. The caller holds the lock.
func (p *Provider) set(t *trade) error {
	if err := p.write(t); err != nil {
		return err
	}
	p.trades[t.attempt.Payment] = t
	return nil
}

// find finds a trade, closed if its time is over. The caller holds the lock.
func (p *Provider) find(payment string) *trade {
	t := p.trades[payment]
	if t != nil && t.state == pay.Waiting && !p.now().Before(t.attempt.PayBy) {
		t.state = pay.Closed // by its time, which is written already
	}
	return t
}

// Query implements pay.Seller.
func (p *Provider) Query(_ context.Context, payment string) (pay.Trade, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.find(payment)
	if t == nil {
		return pay.Trade{Payment: payment, State: pay.Absent}, nil
	}
	out := pay.Trade{Payment: payment, State: t.state}
	if t.state != pay.Paid {
		return out, nil
	}
	out.Received, out.Reference, out.At = t.attempt.Amount, "practice-"+payment, t.paid
	if len(t.returns) > 0 {
		out.State = pay.Returned
	}
	return out, nil
}

// Close implements pay.Seller.
func (p *Provider) Close(_ context.Context, payment string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.find(payment)
	if t == nil || t.state != pay.Waiting {
		return nil
	}
	next := *t
	next.state = pay.Closed
	return p.set(&next)
}

// Enact has a trade of a demo's invented past stand as paid at an instant, without a page.
func (p *Provider) Enact(a pay.Attempt, at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trades[a.Payment] != nil {
		return nil
	}
	return p.set(&trade{attempt: a, state: pay.Paid, paid: at})
}

// EnactReturn has money of such a trade stand as given back at an instant.
func (p *Provider) EnactReturn(r pay.Return, at time.Time) error {
	_, err := p.giveBack(r, at)
	return err
}

// press is the button of the page.
func (p *Provider) press(payment string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.find(payment)
	if t == nil || t.state == pay.Closed {
		return quartet.Errorf(quartet.ErrConflict, "this payment cannot be made any more")
	}
	if t.state != pay.Waiting {
		return nil
	}
	next := *t
	next.state, next.paid = pay.Paid, p.now()
	return p.set(&next)
}

// Refund implements pay.Refunder.
func (p *Provider) Refund(_ context.Context, r pay.Return) (pay.Refunded, error) {
	return p.giveBack(r, p.now())
}

func (p *Provider) giveBack(r pay.Return, at time.Time) (pay.Refunded, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.find(r.Payment)
	if t == nil || t.state != pay.Paid {
		return pay.Refunded{Refund: r.Refund, State: pay.ReturnRefused, Why: "not paid"}, nil
	}
	left := t.attempt.Amount
	for _, back := range t.returns {
		if back.Refund == r.Refund {
			return refunded(back), nil
		}
		left -= back.Amount
	}
	if r.Amount > left {
		return pay.Refunded{Refund: r.Refund, State: pay.ReturnRefused, Why: "more than was paid"}, nil
	}
	next := *t
	next.returns, next.at = append(slices.Clone(t.returns), r), append(slices.Clone(t.at), at)
	if err := p.set(&next); err != nil {
		return pay.Refunded{}, err
	}
	return refunded(r), nil
}

// QueryRefund implements pay.Refunder.
func (p *Provider) QueryRefund(_ context.Context, r pay.Return) (pay.Refunded, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.find(r.Payment); t != nil {
		if i := slices.IndexFunc(t.returns, func(back pay.Return) bool { return back.Refund == r.Refund }); i >= 0 {
			return refunded(t.returns[i]), nil
		}
	}
	return pay.Refunded{Refund: r.Refund, State: pay.ReturnAbsent}, nil
}

func refunded(r pay.Return) pay.Refunded {
	return pay.Refunded{Refund: r.Refund, State: pay.ReturnDone, Amount: r.Amount, Reference: "practice-" + r.Refund}
}

// Read implements pay.Notifier: whoever sends a notice in the name of practice forged it.
func (*Provider) Read(context.Context, pay.Raw) (pay.Notice, error) {
	return pay.Notice{}, pay.Forged("practice sends none")
}

// Answer implements pay.Notifier.
func (*Provider) Answer(bool) pay.Answer { return pay.Answer{Status: http.StatusForbidden} }

// Bill implements pay.Biller.
func (p *Provider) Bill(_ context.Context, day time.Time) ([]pay.BillLine, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	end := quartet.EndOfDay(day)
	if p.now().Before(end) {
		return nil, quartet.Errorf(quartet.ErrNotFound, "there is no bill of that day yet")
	}
	on := func(at time.Time) bool { return quartet.EndOfDay(at).Equal(end) }
	var lines []pay.BillLine
	for number, t := range p.trades {
		if t.state == pay.Paid && on(t.paid) {
			lines = append(lines, pay.BillLine{Kind: pay.BillPaid, Number: number, Reference: "practice-" + number, Amount: t.attempt.Amount, At: t.paid})
		}
		for i, r := range t.returns {
			if on(t.at[i]) {
				lines = append(lines, pay.BillLine{Kind: pay.BillRefund, Number: r.Refund, Reference: "practice-" + r.Refund, Amount: r.Amount, At: t.at[i]})
			}
		}
	}
	slices.SortFunc(lines, func(a, b pay.BillLine) int { return a.At.Compare(b.At) })
	return lines, nil
}
