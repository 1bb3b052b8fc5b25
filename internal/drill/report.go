package drill

import (
	"context"
	"fmt"
	"io"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/quota"
	"quartet/internal/resolve"
	"quartet/internal/source"
)

// Report is what came of a drill.
type Report struct {
	Deadline time.Duration  `json:"deadline_ns"`
	Phases   []PhaseReport  `json:"phases"`
	Sources  []SourceReport `json:"sources"`
	Checks   []Check        `json:"checks"`
}

// PhaseReport is what buyers saw in one phase.
type PhaseReport struct {
	Phase

	Calls   int            `json:"calls"`
	Answers map[string]int `json:"answers"` // by state, or code where there is none
	Slowest time.Duration  `json:"slowest_ns"`
}

// SourceReport puts what a supplier booked beside what the house booked.
type SourceReport struct {
	Name      string           `json:"name"`
	Processed int              `json:"processed"` // by the supplier's book
	Charged   int              `json:"charged"`   // by the supplier's book
	Asked     int              `json:"asked"`     // by the house's
	Yes       int              `json:"charged_yes"`
	Open      int              `json:"charged_unknown"`
	Cost      quartet.Millifen `json:"cost_millifen"`
	Skipped   map[string]int   `json:"skipped"`
	Failures  map[string]int   `json:"failures"`
}

// Check is one thing that must hold.
type Check struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Passed reports whether all checks hold.
func (r Report) Passed() bool {
	for _, c := range r.Checks {
		if !c.OK {
			return false
		}
	}
	return true
}

// Words lists the different answers that buyers saw.
func (r Report) Words() []string { return words(r.Phases) }

// accounting is how much longer than the deadline of suppliers an answer may take on a busy
// machine: it is written to the book and crosses the loopback after the last supplier.
const accounting = time.Second

// reckon compares the books.
func reckon(ctx context.Context, a *app.App, c *cast, crowd *crowd) (Report, error) {
	r := Report{Deadline: crowd.options.Deadline, Phases: crowd.phases}
	if err := settle(ctx, a, c); err != nil {
		return r, err
	}
	sources := map[string]*SourceReport{}
	for _, p := range c.players {
		r.Sources = append(r.Sources, SourceReport{
			Name: p.source.Name, Processed: p.server.Asked(), Charged: p.server.Charged(), Skipped: map[string]int{}, Failures: map[string]int{},
		})
	}
	for i := range r.Sources {
		sources[r.Sources[i].Name] = &r.Sources[i]
	}
	units, used, err := book(ctx, a, crowd, sources)
	if err != nil {
		return r, err
	}
	audit, err := quota.Audit(ctx, a.Store, true)
	if err != nil {
		return r, err
	}
	check := func(what string, ok bool, format string, args ...any) {
		r.Checks = append(r.Checks, Check{what, ok, fmt.Sprintf(format, args...)})
	}
	slowest := time.Duration(0)
	for _, p := range r.Phases {
		slowest = max(slowest, p.Slowest)
	}
	check("every call was answered", len(crowd.failures) == 0, "%d were not", len(crowd.failures))
	check("no buyer waited longer than the deadline", slowest <= r.Deadline+accounting, "the slowest took %v of %v", slowest.Round(time.Millisecond), r.Deadline)
	twice := c.twice()
	check("no question was processed twice, by one supplier or by two", twice == 0, "%d were", twice)
	for _, s := range r.Sources {
		check(s.Name+" charges what the house has booked", s.Yes == s.Charged && s.Open == 0, "it charges %d, booked are %d and %d open", s.Charged, s.Yes, s.Open)
	}
	check("buyers paid for the verdicts they saw, and for nothing else", units == used, "%d verdicts of 1 and 2, %d units used", units, used)
	check("the quota book adds up", len(audit.Differences) == 0 && audit.Held == 0, "%d differences, %d units held", len(audit.Differences), audit.Held)
	return r, nil
}

// settle learns what became of the questions that nobody answered, as the house itself would
// a minute later.
func settle(ctx context.Context, a *app.App, c *cast) error {
	askers := map[string]source.Inquirer{}
	for _, p := range c.players {
		s, err := a.Sources.Find(ctx, p.source.Name)
		if err != nil {
			return err
		}
		built, err := a.Build(s, p.credentials)
		if err != nil {
			return err
		}
		if c, ok := built.(io.Closer); ok {
			defer c.Close()
		}
		if i, ok := built.(source.Inquirer); ok {
			askers[s.Name] = i
		}
	}
	if err := a.Ledger.Check(ctx); err != nil { // refusals are written behind
		return err
	}
	_, err := resolve.New(resolve.Options{
		Store: a.Store, Number: a.Numbers.Text, Asker: func(name string) source.Inquirer { return askers[name] },
		Fault: func(string, string, []byte) {}, Now: func() time.Time { return a.Now().Add(2 * time.Minute) },
	}).Run(ctx)
	return err
}

// book reads the rows of the calls: what sources were asked and charge, and the units that
// buyers owe by what they saw and by what is written.
func book(ctx context.Context, a *app.App, crowd *crowd, sources map[string]*SourceReport) (seen, used int64, err error) {
	for _, word := range crowd.answers {
		if word == quartet.Match.State() || word == quartet.Mismatch.State() {
			seen++
		}
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
	return seen, used, err
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
	switch {
	case a.Charged == quartet.ChargedYes:
		s.Yes++
		s.Cost += a.Cost
	case a.Charged == quartet.ChargedUnknown && a.Sent:
		s.Open++
	}
}

// twice counts the questions that suppliers processed more than once, all together.
func (c *cast) twice() int {
	orders := map[string]int{}
	now := time.Now()
	for _, p := range c.players {
		for _, l := range p.server.Lines(now) {
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
