package drill

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/audit"
	"quartet/internal/reconcile"
	"quartet/internal/simulator"
)

// books are what suppliers and house have written since the drill began.
type books struct {
	dir   string
	begun time.Time
}

// lines are all questions that a supplier has booked, those of two months if the drill went on
// past the end of one.
func (b books) lines(p *player) []simulator.Line {
	now := time.Now()
	lines := p.server.Lines(now)
	if b.begun.In(quartet.Shanghai).Month() != now.In(quartet.Shanghai).Month() {
		lines = append(p.server.Lines(b.begun), lines...)
	}
	return lines
}

// settle writes down what the statement of a supplier says of open questions, as
// `quartet source reconcile --settle` does.
func (b books) settle(ctx context.Context, a *app.App, p *player) (sum reconcile.Sum, err error) {
	path := filepath.Join(b.dir, p.source.Name+".csv")
	file, err := os.Create(path)
	if err != nil {
		return sum, quartet.Errorf(quartet.ErrUnavailable, "cannot write a statement: %w", err)
	}
	if err := errors.Join(simulator.WriteStatement(file, b.lines(p)), file.Close()); err != nil {
		return sum, err
	}
	statement, err := reconcile.Open(path, nil, reconcile.Columns{})
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	o := reconcile.Options{
		Source: p.source.Name, From: b.begun.Unix(), To: a.Now().Unix() + 1,
		Settle: true, Note: "settled by the statement of the drill",
		Entry: func(no quartet.SeqNo, charged quartet.Charged) quartet.AuditEntry {
			return audit.Entry(a.Now(), actor, "attempt.settle", a.Numbers.Text(no), p.source.Name+": charged "+charged.String())
		},
	}
	return reconcile.Run(ctx, a.Store, a.Numbers, statement, o, func(reconcile.Difference) error { return nil })
}

// read gives, for each supplier, what it booked beside what the house has, and the units that
// buyers used.
func read(ctx context.Context, a *app.App, c *cast) (list []SourceReport, used int64, err error) {
	list = make([]SourceReport, len(c.players))
	sources := map[string]*SourceReport{}
	for i, p := range c.players {
		t := p.server.Totals()
		list[i] = SourceReport{
			Name: p.source.Name, Processed: t.Asked, Charged: t.Charged, Inquired: t.Inquired,
			Skipped: map[string]int{}, Failures: map[string]int{},
		}
		sources[p.source.Name] = &list[i]
	}
	err = a.Store.Calls(ctx, quartet.CallFilter{}, func(c quartet.Call) error {
		used += c.Charged
		attempts, err := a.Store.Attempts(ctx, c.SeqNo)
		for i := range attempts {
			if s := sources[attempts[i].Source]; s != nil {
				s.count(&attempts[i])
			}
		}
		return err
	})
	return list, used, err
}

func (s *SourceReport) count(a *quartet.Attempt) {
	if a.Skipped != "" {
		s.Skipped[a.Skipped]++
		return
	}
	s.Asked++
	if a.Failure != "" {
		s.Failures[a.Failure]++
	}
	if strings.Contains(a.Note, quartet.NoteAfterwards) {
		s.Learnt++
	}
	switch {
	case a.Charged == quartet.ChargedYes:
		s.Yes++
		s.Cost += a.Cost
	case a.Charged == quartet.ChargedUnknown && a.Sent:
		s.Open++
	}
}

// twice counts the questions that suppliers processed more than once, all together. Those
// without a number could not be told apart, and count as one.
func (c *cast) twice(b books) int {
	orders := map[string]int{}
	for _, p := range c.players {
		for _, l := range b.lines(p) {
			orders[l.Order]++
		}
	}
	n := 0
	for _, times := range orders {
		if times > 1 {
			n++
		}
	}
	return n
}

// seen counts the verdicts that buyers owe a unit for, by what they saw.
func (c *crowd) seen() (n int64) {
	for _, word := range c.answers {
		if word == quartet.Match.State() || word == quartet.Mismatch.State() {
			n++
		}
	}
	return n
}
