package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"quartet"
)

// Line is a question in a supplier's book.
type Line struct {
	Order     string // the buyer's number, if the contract has one
	Reference string // the supplier's
	At        time.Time
	Verdict   quartet.Verdict
	Fault     Fault // why there is no verdict, or what befell its answer
	Charged   bool
	Amount    quartet.Millifen // 0 if not charged
}

// Totals are counts since the start.
type Totals struct {
	Arrived  int // requests, whatever became of them
	Refused  int // those that the contract did not let pass
	Inquired int // those that asked what became of an order
	Asked    int // questions in the book, repeats of an order left out
	Charged  int // of these, those it charges
}

// book is what a supplier keeps.
type book struct {
	mu      sync.Mutex
	key     [32]byte // of the process alone
	totals  Totals
	lines   []Line
	orders  map[string]entry // by unique order number
	cards   map[tag]Totals
	next    uint64 // number of the next reference
	arrival int    // turns of those faults that have two forms
}

// entry is the answer that an order number got.
type entry struct {
	person  tag
	outcome outcome
}

// tag is a keyed hash.
type tag [16]byte

func newBook() *book {
	b := &book{orders: map[string]entry{}, cards: map[tag]Totals{}}
	_, _ = rand.Read(b.key[:]) // never fails
	start := [8]byte{}
	_, _ = rand.Read(start[:])
	b.next = binary.BigEndian.Uint64(start[:]) % referenceSpan
	return b
}

// sum hashes texts, each behind its length.
func (b *book) sum(texts ...string) tag {
	mac := hmac.New(sha256.New, b.key[:])
	for _, t := range texts {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(t), t)
	}
	return tag(mac.Sum(nil)[:16])
}

const referenceSpan = 36 * 36 * 36 * 36 * 36 * 36 * 36 * 36

// number is a reference: eight of 0-9A-Z and the Unix second. The caller holds the lock.
func (b *book) number(at time.Time) string {
	b.next = (b.next + 1) % referenceSpan
	text := strings.ToUpper(strconv.FormatUint(b.next, 36))
	return fmt.Sprintf("%08s%010d", text, at.Unix())
}

// find looks an order number up.
func (b *book) find(order string) (entry, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.orders[order]
	return e, ok
}

// post writes a question with its outcome into the book, or finds the earlier outcome of its
// order number. It fails if the number belongs to a question about somebody else.
func (b *book) post(q question, o outcome, charges func(outcome) bool, price quartet.Millifen) (outcome, bool) {
	card, person := b.sum(q.card), b.sum(q.name, q.id, q.card, q.mobile)
	b.mu.Lock()
	defer b.mu.Unlock()
	if first, used := b.orders[q.order]; used && q.unique {
		first.outcome.charged = false
		return first.outcome, first.person == person
	}
	o.reference = b.number(o.at)
	o.charged = charges(o)
	line := Line{Order: q.order, Reference: o.reference, At: o.at, Verdict: o.verdict, Fault: o.fault, Charged: o.charged}
	ofCard := b.cards[card]
	b.totals.Asked, ofCard.Asked = b.totals.Asked+1, ofCard.Asked+1
	if o.charged {
		line.Amount = price
		b.totals.Charged, ofCard.Charged = b.totals.Charged+1, ofCard.Charged+1
	}
	b.cards[card] = ofCard
	b.lines = append(b.lines, line)
	if q.unique && o.fault.bindsOrder() {
		b.orders[q.order] = entry{person, o}
	}
	return o, true
}

// count changes the totals.
func (b *book) count(change func(*Totals)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.totals)
}

// turn alternates between false and true.
func (b *book) turn() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrival++
	return b.arrival%2 == 0
}

// Asked tells how many questions reached the supplier's book.
func (s *Server) Asked() int { return s.Totals().Asked }

// Charged tells how many of them it charges by its billing rule.
func (s *Server) Charged() int { return s.Totals().Charged }

// Totals gives all counts.
func (s *Server) Totals() Totals {
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	return s.book.totals
}

// AskedAbout tells how many questions about a card reached the book.
func (s *Server) AskedAbout(card string) int { return s.ofCard(card).Asked }

// ChargedFor tells how many of them it charges.
func (s *Server) ChargedFor(card string) int { return s.ofCard(card).Charged }

func (s *Server) ofCard(card string) Totals {
	t := s.book.sum(normal(card))
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	return s.book.cards[t]
}

// Lines are the book of the month, in Asia/Shanghai, that at falls in: the supplier's
// statement, charged or not, in order of arrival.
func (s *Server) Lines(month time.Time) []Line {
	year, of, _ := month.In(quartet.Shanghai).Date()
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	var lines []Line
	for _, l := range s.book.lines {
		if y, m, _ := l.At.In(quartet.Shanghai).Date(); y == year && m == of {
			lines = append(lines, l)
		}
	}
	return lines
}

// withCard is a script with one card changed; the old one stays as it is.
func withCard(s Script, card string, a Act) Script {
	cards := make(map[string]Act, len(s.Cards)+1)
	maps.Copy(cards, s.Cards)
	cards[normal(card)] = a
	return Script{Default: s.Default, Cards: cards}
}

func normal(card string) string {
	c, _, rej := quartet.ParseCard(card)
	if rej != nil {
		return card
	}
	return c.Reveal()
}
