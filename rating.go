package quartet

import (
	"fmt"
	"time"
)

// Rating is what a buyer says about an order: once, and never changed by anybody. The house
// may answer it, and may hide its words for a reason; its stars count on.
type Rating struct {
	ID         string
	Order      string
	Account    string
	Product    string
	Stars      int // 1 to 5
	Text       string
	By         string // who wrote it, of the account
	At         time.Time
	Answer     string
	AnsweredBy string
	Answered   time.Time
	HiddenBy   string
	HiddenWhy  string
	Hidden     time.Time // zero: shown
}

// RatingDays is how long after its payment an order can be rated, and for how long it counts
// as a recent deal.
const RatingDays = 180

// Ratable refuses an order that cannot be rated: ErrConflict with the reason.
func (o Order) Ratable(now time.Time) error {
	switch {
	case o.Trial:
		return Errorf(ErrConflict, "a free trial is not rated; buy a plan first")
	case o.State != OrderPaid:
		return Errorf(ErrConflict, "only an order that is paid and not given back is rated; this one is %s", o.State)
	case !now.Before(o.Paid.AddDate(0, 0, RatingDays)):
		return Errorf(ErrConflict, "an order is rated within %d days of its payment; these are over", RatingDays)
	}
	return nil
}

// Reputation is how a product stands with its buyers.
type Reputation struct {
	Deals   int64 // orders paid within RatingDays, not given back, trials left out
	Ratings int64
	Stars   int64 // of all ratings together, hidden ones too
}

// Mean is the mean of all ratings in hundredths of a star, rounded half up; 0: there is none.
func (s Reputation) Mean() int64 {
	if s.Ratings <= 0 {
		return 0
	}
	return (200*s.Stars + s.Ratings) / (2 * s.Ratings)
}

// MeanText is the mean as pages show it: "4.67"; "" for none.
func (s Reputation) MeanText() string {
	if s.Ratings <= 0 {
		return ""
	}
	m := s.Mean()
	return fmt.Sprintf("%d.%02d", m/100, m%100)
}
