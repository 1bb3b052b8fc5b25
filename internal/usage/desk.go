package usage

import (
	"context"
	"sync"
	"time"

	"quartet"
)

// Store reads calls and their counts.
type Store interface {
	UsageView(ctx context.Context, f quartet.UsageFilter, accounts bool) (quartet.UsageView, error)
	Calls(ctx context.Context, f quartet.CallFilter, yield func(quartet.Call) error) error
	LatestCalls(ctx context.Context, f quartet.CallFilter) ([]quartet.Call, error)
	FindCall(ctx context.Context, no quartet.SeqNo) (quartet.Call, error)
	Attempts(ctx context.Context, no quartet.SeqNo) ([]quartet.Attempt, error)
	Statements
}

// Statements reads what statements are reckoned from, and keeps what was counted of final ones.
type Statements interface {
	StatementBook(ctx context.Context, account string, from, to time.Time) (quartet.StatementBook, error)
	FinishStatement(ctx context.Context, account string, from, to time.Time, counts []quartet.StatementUsage, at time.Time) ([]quartet.StatementUsage, error)
}

// Catalogue knows what calls were of.
type Catalogue interface {
	Products(ctx context.Context) ([]quartet.Product, error)
	Credentials(ctx context.Context, account string) ([]quartet.Credential, error) // of all for ""
}

// Options are what a desk stands on.
type Options struct {
	Store     Store
	Catalogue Catalogue
	Numbers   *quartet.SeqNoCipher
	Now       func() time.Time
}

// Desk answers what became of calls. Safe for concurrent use.
type Desk struct {
	o         Options
	mu        sync.Mutex
	exporting map[string]int // exports under way, by account; those of the house by ""
}

// New makes a desk.
func New(o Options) *Desk { return &Desk{o: o, exporting: map[string]int{}} }

// Days is a span of days in Asia/Shanghai, counted as quartet.DayOf does, both included.
type Days struct{ From, To int64 }

// ParseDays reads two days such as 2026-11-01. Where one is blank, the span ends today or is
// so many days long. ErrInvalid: they are no days, the second is before the first, or there
// are more than most.
func ParseDays(from, to string, usual, most int64, now time.Time) (Days, error) {
	d := Days{To: quartet.DayOf(now.Unix())}
	var err error
	if to != "" {
		if d.To, err = parseDay("to", to); err != nil {
			return d, err
		}
	}
	d.From = d.To - usual + 1
	if from != "" {
		if d.From, err = parseDay("from", from); err != nil {
			return d, err
		}
		if to == "" && d.From > d.To {
			d.To = d.From
		}
	}
	switch {
	case d.To < d.From:
		return d, &quartet.Error{Code: quartet.ErrInvalid, Field: "to", Message: "the last day must not be before the first one"}
	case d.To-d.From >= most:
		return d, quartet.Errorf(quartet.ErrInvalid, "at most %d days are given at once; ask for fewer", most)
	}
	return d, nil
}

func parseDay(field, text string) (int64, error) {
	at, err := time.ParseInLocation(time.DateOnly, text, quartet.Shanghai)
	if err != nil || at.Year() < 1971 {
		return 0, &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: "a day is written such as 2026-11-01"}
	}
	return quartet.DayOf(at.Unix()), nil
}

// seconds are the first second of the span and the first one after it.
func (d Days) seconds() (from, to int64) { return quartet.DayStart(d.From), quartet.DayStart(d.To + 1) }

// DayText is a day as it is written.
func DayText(day int64) string {
	return time.Unix(quartet.DayStart(day), 0).In(quartet.Shanghai).Format(time.DateOnly)
}
