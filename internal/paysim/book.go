package paysim

import (
	"fmt"
	"sync"
	"time"

	"quartet"
)

// State is where a trade stands.
type State string

// The states of a trade.
const (
	Waiting State = "waiting"
	Paid    State = "paid"
	Closed  State = "closed"
)

// RefundState is where a refund stands.
type RefundState string

// The states of a refund.
const (
	RefundUnderWay RefundState = "under way"
	RefundDone     RefundState = "done"
	RefundFailed   RefundState = "failed" // stuck: it may be done yet
	RefundClosed   RefundState = "closed"
)

type trade struct {
	number, subject, reference, notify string
	amount, received                   quartet.Fen
	state                              State
	created, paid, expires             time.Time
	refunds                            []*refund
}

func (t *trade) back() (sum quartet.Fen) {
	for _, r := range t.refunds {
		if r.state != RefundFailed && r.state != RefundClosed {
			sum += r.amount
		}
	}
	return sum
}

type refund struct {
	number, reference string
	amount            quartet.Fen
	state             RefundState
	at                time.Time
	trade             *trade
}

// Book holds what a provider knows of the trades of one merchant. Safe for concurrent use.
type Book struct {
	now func() time.Time

	mu     sync.Mutex
	trades map[string]*trade
	order  []*trade
	faults map[string][]Fault
	slow   bool // refunds are accepted and stay under way
	refuse string
	serial int
	moved  quartet.Fen // that went back
}

func newBook(now func() time.Time) *Book {
	return &Book{now: now, trades: map[string]*trade{}, faults: map[string][]Fault{}}
}

func (b *Book) next(prefix string) string {
	b.serial++
	return fmt.Sprintf("%s%s%010d", prefix, b.now().In(quartet.Shanghai).Format("20060102"), b.serial)
}

// open is idempotent on the number; false when it stands with another amount, or was paid or
// closed.
func (b *Book) open(number, subject, notify string, amount quartet.Fen, expires time.Time) bool {
	if t := b.trades[number]; t != nil {
		return t.amount == amount && t.state == Waiting
	}
	t := &trade{number: number, subject: subject, notify: notify, amount: amount, state: Waiting, created: b.now(), expires: expires, reference: b.next("42000")}
	b.trades[number] = t
	b.order = append(b.order, t)
	return true
}

// at finds a trade, closed if its time is over.
func (b *Book) at(number string) *trade {
	t := b.trades[number]
	if t != nil && t.state == Waiting && !t.expires.IsZero() && b.now().After(t.expires) {
		t.state = Closed
	}
	return t
}

// Pay is the buyer paying: the amount that was asked for, or received instead if above 0.
// An error: the provider lets nobody pay it.
func (b *Book) Pay(number string, received quartet.Fen) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.at(number)
	if t == nil || t.state != Waiting {
		return quartet.Errorf(quartet.ErrConflict, "nobody can pay this trade")
	}
	t.pay(received, b.now())
	return nil
}

// PayClosed is a buyer whose payment was on its way while the trade was closed.
func (b *Book) PayClosed(number string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trades[number].pay(0, b.now())
}

func (t *trade) pay(received quartet.Fen, now time.Time) {
	if received <= 0 {
		received = t.amount
	}
	t.state, t.received, t.paid = Paid, received, now
}

// giveBack is idempotent on the number of the refund. why: the provider refuses.
func (b *Book) giveBack(number, refundNumber string, amount quartet.Fen) (r *refund, fresh bool, why string) {
	t := b.at(number)
	if t == nil || t.state != Paid {
		return nil, false, "status"
	}
	for _, r := range t.refunds {
		if r.number == refundNumber {
			if r.amount != amount {
				return nil, false, "discordant"
			}
			return r, false, ""
		}
	}
	if b.refuse != "" {
		return nil, false, b.refuse
	}
	if t.back()+amount > t.received {
		return nil, false, "amount"
	}
	r = &refund{number: refundNumber, reference: b.next("50300"), amount: amount, state: RefundUnderWay, at: b.now(), trade: t}
	t.refunds = append(t.refunds, r)
	if !b.slow {
		b.settle(r, RefundDone)
	}
	return r, true, ""
}

func (b *Book) settle(r *refund, to RefundState) {
	if r.state == RefundUnderWay || r.state == RefundFailed {
		r.state, r.at = to, b.now()
		if to == RefundDone {
			b.moved += r.amount
		}
	}
}

func (b *Book) refund(number string) *refund {
	for _, t := range b.order {
		for _, r := range t.refunds {
			if r.number == number {
				return r
			}
		}
	}
	return nil
}

// SlowRefunds lets refunds stay under way until EndRefund.
func (b *Book) SlowRefunds(slow bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow = slow
}

// RefuseRefunds refuses new refunds: "balance" for want of money, "permission" when the application may not, "strange" for a reason of
// which nobody can tell whether it lasts; "" takes them again.
func (b *Book) RefuseRefunds(why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = why
}

// EndRefund settles a refund that is under way.
func (b *Book) EndRefund(number string, to RefundState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.refund(number); r != nil {
		b.settle(r, to)
	}
}

// Moved is how much money went back in all.
func (b *Book) Moved() quartet.Fen {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moved
}

// Held is how much money came and did not go back.
func (b *Book) Held() (held quartet.Fen) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.order {
		if t.state == Paid {
			held += t.received
		}
	}
	return held - b.moved
}

// Trades is how many trades were opened.
func (b *Book) Trades() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.order)
}

// StateOf tells where a trade stands; "" if there is none.
func (b *Book) StateOf(number string) State {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.at(number); t != nil {
		return t.state
	}
	return ""
}
