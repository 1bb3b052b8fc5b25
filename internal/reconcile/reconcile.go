package reconcile

import (
	"context"
	"errors"
	"io"
	"time"

	"quartet"
)

// Store is what is compared with, and where open attempts are settled.
type Store interface {
	SourceAttempts(ctx context.Context, source string, from, to int64, yield func(quartet.PlacedAttempt) error) error
	Attempts(ctx context.Context, no quartet.SeqNo) ([]quartet.Attempt, error)
	SettleAttempt(ctx context.Context, o quartet.OpenAttempt, a quartet.Attempt, e quartet.AuditEntry) error
}

// Numbers reads our numbers as suppliers were given them.
type Numbers interface {
	Parse(text string) (quartet.SeqNo, error)
}

// Options say what is compared.
type Options struct {
	Source   string
	From, To int64 // the month: first second, and the first that is no longer of it

	// Settle writes what the statement says of attempts that are open; note is kept with
	// each, and entry makes the line of the audit that is written with it.
	Settle bool
	Note   string
	Entry  func(no quartet.SeqNo, charged quartet.Charged) quartet.AuditEntry

	Progress func(done, total int64) // may be nil
}

// Kind is how a row and our book do not agree.
type Kind string

// The kinds.
const (
	TheirsOnly Kind = "theirs only" // a row that no attempt belongs to
	OursOnly   Kind = "ours only"   // an attempt of the month, charged or open, without a row
	Differs    Kind = "differs"     // they say otherwise whether it is charged, or how much
	WasOpen    Kind = "open"        // we did not know; the row tells
	Duplicate  Kind = "duplicate"   // a row for what an earlier row was for
	Bad        Kind = "bad row"     // a row that cannot be read
)

// Difference is one row or attempt that does not agree.
type Difference struct {
	Kind   Kind
	Line   int           // of the statement; 0: no row
	No     quartet.SeqNo // our call; zero: none
	Number string        // the supplier's number of a row without a call; empty: it might be a person's
	At     time.Time
	What   string // charged, amount; of a bad row the column
	Ours   quartet.Charged
	Cost   quartet.Millifen // by our book
	Theirs quartet.Charged  // unknown: no row says it
	Amount quartet.Millifen // by the statement
	Done   bool             // of an open one: it was settled
}

// Sum is what both sides come to.
type Sum struct {
	Rows       int64 // of the statement, the bad ones too
	Attempts   int64 // of our month
	Matched    int64 // they agree
	TheirsOnly int64
	OursOnly   int64
	Differing  int64
	Open       int64 // we did not know, and a row tells
	Settled    int64 // of these, written
	Duplicates int64
	Bad        int64

	Priced bool             // the statement has amounts
	Theirs quartet.Millifen // rows that are charged, duplicates too
	Ours   quartet.Millifen // charged attempts of our month, and of others that rows are for
	Unsure quartet.Millifen // attempts of which we do not know, likewise, before settling
}

// Agrees reports whether nothing is left to be looked at.
func (s *Sum) Agrees() bool {
	return s.TheirsOnly+s.OursOnly+s.Differing+s.Duplicates+s.Bad+s.Open-s.Settled == 0
}

// maxStrange bounds the numbers of rows without an attempt that are remembered to find them
// twice. A statement with more of them is not of this house.
const maxStrange = 100_000

// run is one comparison.
type run struct {
	store   Store
	numbers Numbers
	o       Options
	ours    *ours
	strange map[string]struct{}
	sum     Sum
	yield   func(Difference) error
}

// Run compares a statement with the attempts to its source. Differences come as the rows
// lie, and then what has no row, oldest first.
func Run(ctx context.Context, store Store, numbers Numbers, s *Statement, o Options, yield func(Difference) error) (Sum, error) {
	r := &run{store: store, numbers: numbers, o: o, strange: map[string]struct{}{}, yield: yield, sum: Sum{Priced: s.Priced()}}
	var err error
	if r.ours, err = readOurs(ctx, store, o); err != nil {
		return r.sum, err
	}
	for n := 1; ; n++ {
		next, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = r.row(ctx, next)
		}
		if err != nil {
			return r.sum, err
		}
		if n%256 == 0 && o.Progress != nil {
			o.Progress(s.Progress())
		}
	}
	return r.sum, r.rest()
}

// row puts one row beside our book.
func (r *run) row(ctx context.Context, next row) error {
	r.sum.Rows++
	if next.bad != "" {
		r.sum.Bad++
		return r.yield(Difference{Kind: Bad, Line: next.line, What: next.bad})
	}
	d := Difference{Line: next.line, At: next.at, Theirs: quartet.ChargedNo}
	if next.charged {
		d.Theirs, d.Amount = quartet.ChargedYes, next.amount
		r.sum.Theirs += next.amount
	}
	m, err := r.find(ctx, next.numbers)
	if err != nil {
		return err
	}
	if m == nil {
		return r.stranger(d, next.numbers)
	}
	d.No, d.At, d.Ours, d.Cost = m.no, time.UnixMicro(m.at), m.charged, m.cost
	if m.seen {
		r.sum.Duplicates++
		d.Kind = Duplicate
		return r.yield(d)
	}
	m.seen = true
	if !m.month {
		r.count(m)
	}
	return r.compare(ctx, d, m)
}

// find looks each number of a row up: among ours, then among calls of any other time.
func (r *run) find(ctx context.Context, numbers []string) (*mine, error) {
	for _, text := range numbers {
		no, err := r.numbers.Parse(text)
		if m := r.ours.find(text, no, err == nil); m != nil {
			return m, nil
		}
	}
	for _, text := range numbers {
		no, err := r.numbers.Parse(text)
		if err != nil {
			continue
		}
		found, err := r.ours.fetch(ctx, r.store, r.o.Source, no)
		if err != nil {
			return nil, err
		}
		if found {
			return r.ours.find("", no, true), nil
		}
	}
	return nil, nil //nolint:nilnil // there is none, and that is no error
}

// stranger is a row that no attempt belongs to.
func (r *run) stranger(d Difference, numbers []string) error {
	d.Kind = TheirsOnly
	number := numbers[0]
	if _, twice := r.strange[number]; twice {
		d.Kind = Duplicate
		r.sum.Duplicates++
	} else {
		r.sum.TheirsOnly++
		if len(r.strange) < maxStrange {
			r.strange[number] = struct{}{}
		}
	}
	if !personal(number) {
		d.Number = number
	}
	return r.yield(d)
}

func (r *run) compare(ctx context.Context, d Difference, m *mine) error {
	amount := r.sum.Priced && d.Theirs == quartet.ChargedYes && d.Amount != m.cost
	switch {
	case m.charged == quartet.ChargedUnknown:
		r.sum.Open++
		d.Kind = WasOpen
		if amount { // settled or not, the price is still to be spoken of
			d.What = "amount"
			r.sum.Differing++
		}
		if err := r.settle(ctx, &d, m); err != nil {
			return err
		}
	case m.charged != d.Theirs:
		r.sum.Differing++
		d.Kind, d.What = Differs, "charged"
	case amount:
		r.sum.Differing++
		d.Kind, d.What = Differs, "amount"
	default:
		r.sum.Matched++
		return nil
	}
	return r.yield(d)
}

// settle writes what the statement says of an open attempt. One that was resolved meanwhile
// stays as it is.
func (r *run) settle(ctx context.Context, d *Difference, m *mine) error {
	if !r.o.Settle {
		return nil
	}
	list, err := r.store.Attempts(ctx, m.no)
	if err != nil || m.place >= int64(len(list)) {
		return err
	}
	a := list[m.place]
	a.Charged = d.Theirs
	if a.Note != "" {
		a.Note += "; "
	}
	a.Note += r.o.Note
	err = r.store.SettleAttempt(ctx, quartet.OpenAttempt{SeqNo: m.no, Place: m.place}, a, r.o.Entry(m.no, d.Theirs))
	if quartet.CodeOf(err) == quartet.ErrConflict {
		return nil
	}
	if err == nil {
		d.Done = true
		r.sum.Settled++
	}
	return err
}

// rest tells of what the statement does not have, and adds our month up.
func (r *run) rest() error {
	for i := range r.ours.list {
		m := &r.ours.list[i]
		if !m.month {
			continue
		}
		r.sum.Attempts++
		r.count(m)
		if m.seen || m.charged == quartet.ChargedNo {
			continue
		}
		r.sum.OursOnly++
		if err := r.yield(Difference{Kind: OursOnly, No: m.no, At: time.UnixMicro(m.at), Ours: m.charged, Cost: m.cost}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) count(m *mine) {
	switch m.charged {
	case quartet.ChargedYes:
		r.sum.Ours += m.cost
	case quartet.ChargedUnknown:
		r.sum.Unsure += m.cost
	case quartet.ChargedNo:
	}
}
