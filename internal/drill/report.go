package drill

import (
	"context"
	"fmt"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/quota"
	"quartet/internal/reconcile"
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
	Late    int            `json:"late"` // took longer than the deadline
}

// SourceReport puts what a supplier booked beside what the house booked.
type SourceReport struct {
	Name      string           `json:"name"`
	Processed int              `json:"processed"` // by the supplier's book
	Charged   int              `json:"charged"`   // by the supplier's book
	Inquired  int              `json:"inquired"`  // of the supplier, what became of a question
	Asked     int              `json:"asked"`     // by the house's
	Yes       int              `json:"charged_yes"`
	Learnt    int              `json:"learnt_afterwards"`
	Settled   int64            `json:"settled_by_statement"`
	Open      int              `json:"charged_unknown"` // after all
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

// allowance is how much longer than the deadline an answer may take on a machine that has to
// play suppliers and buyers as well.
const allowance = 500 * time.Millisecond

// reckon compares the books.
func reckon(ctx context.Context, a *app.App, c *cast, crowd *crowd, b books) (Report, error) {
	r := Report{Deadline: crowd.options.Deadline, Phases: crowd.phases}
	if err := a.Ledger.Check(ctx); err != nil { // refusals are written behind
		return r, err
	}
	if _, err := a.Inquire(ctx); err != nil {
		return r, err
	}
	before, _, err := read(ctx, a, c)
	if err != nil {
		return r, err
	}
	statements := make([]reconcile.Sum, len(c.players))
	for i, p := range c.players {
		if statements[i], err = b.settle(ctx, a, p); err != nil {
			return r, err
		}
	}
	after, used, err := read(ctx, a, c)
	if err != nil {
		return r, err
	}
	audit, err := quota.Audit(ctx, a.Store, true)
	if err != nil {
		return r, err
	}
	r.waited(crowd)
	twice := c.twice(b)
	r.checkf("no question was processed twice, by one supplier or by two", twice == 0, "%d were", twice)
	for i := range after {
		after[i].Settled = statements[i].Settled
		r.charged(&before[i], &after[i], &statements[i])
	}
	r.Sources = after
	seen := crowd.seen()
	r.checkf("buyers paid for the verdicts they saw, and for nothing else", seen == used, "%d verdicts of 1 and 2, %d units used", seen, used)
	r.checkf("the quota book adds up", len(audit.Differences) == 0 && audit.Held == 0, "%d differences, %d units held", len(audit.Differences), audit.Held)
	return r, nil
}

func (r *Report) checkf(what string, ok bool, format string, args ...any) {
	r.Checks = append(r.Checks, Check{what, ok, fmt.Sprintf(format, args...)})
}

// waited checks how long buyers waited.
func (r *Report) waited(crowd *crowd) {
	slowest, late, calls := time.Duration(0), 0, 0
	for i := range r.Phases {
		p := &r.Phases[i]
		slowest, late, calls = max(slowest, p.Slowest), late+p.Late, calls+p.Calls
	}
	r.checkf("every call was answered", len(crowd.failures) == 0, "%d were not", len(crowd.failures))
	r.checkf(fmt.Sprintf("no buyer waited longer than the deadline and %v of this machine's own", allowance), slowest <= r.Deadline+allowance,
		"the slowest took %v; %d of %d took longer than %v", slowest.Round(time.Millisecond), late, calls, r.Deadline)
}

// charged checks what a supplier charges against what was booked before its statement came,
// and after.
func (r *Report) charged(before, after *SourceReport, statement *reconcile.Sum) {
	r.checkf(after.Name+" charges no less than is booked, and no more than is booked or open", before.Yes <= after.Charged && after.Charged <= before.Yes+before.Open,
		"it charges %d, booked are %d and %d open", after.Charged, before.Yes, before.Open)
	r.checkf("the statement of "+after.Name+" settles what is open, and says nothing else than the book", statement.Agrees(),
		"%d settled, %d said otherwise, %d rows of no question, %d questions without a row",
		statement.Settled, statement.Differing, statement.TheirsOnly+statement.Duplicates+statement.Bad, statement.OursOnly)
	r.checkf(after.Name+" charges just what is booked then", after.Yes == after.Charged && after.Open == 0,
		"it charges %d, booked are %d and %d open", after.Charged, after.Yes, after.Open)
}
