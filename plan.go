package quartet

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"
)

// Plan is what is sold: so many units of a product for a price. Its terms never change once
// it stands; a new price is a new plan that follows the old one.
type Plan struct {
	ID      string // "1887-1200"
	Product string
	Name    string
	Units   int64
	Price   Fen // of all units together; the unit price is for display and never billed
	Months  int // of validity, by ValidUntil
	Trial   bool
	From    time.Time // on sale from then
	Until   time.Time // first instant at which it is not sold any more; zero: no end is set
}

// OnSale reports whether it can be bought at an instant.
func (p Plan) OnSale(now time.Time) bool {
	return !now.Before(p.From) && (p.Until.IsZero() || now.Before(p.Until))
}

// UnitPrice is what one unit costs, rounded half up to the fen, for pages alone.
func (p Plan) UnitPrice() Fen {
	if p.Units <= 0 {
		return 0
	}
	return Fen((2*int64(p.Price) + p.Units) / (2 * p.Units))
}

const (
	maxPlanUnits  = 1_000_000_000
	maxPlanPrice  = Fen(1_000_000_000_00) // a billion yuan
	maxPlanMonths = 120
	maxPlanName   = 100
)

// Check finds what no plan may be: ErrInvalid, with the field that is wrong.
func (p Plan) Check() error {
	wrong := func(field, format string, args ...any) error {
		return &Error{Code: ErrInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case !productID.MatchString(p.ID):
		return wrong("id", "the id of a plan has 1 to 32 of a-z, 0-9 and -, and begins with a letter or digit")
	case !productID.MatchString(p.Product):
		return wrong("product", "a plan names its product by id, such as 1887")
	case p.Name == "" || utf8.RuneCountInString(p.Name) > maxPlanName || !utf8.ValidString(p.Name) || containsControl(p.Name):
		return wrong("name", "the name of a plan has 1 to %d characters and no control characters", maxPlanName)
	case p.Units < 1 || p.Units > maxPlanUnits:
		return wrong("units", "a plan gives 1 to %d units", maxPlanUnits)
	case p.Price < 0 || p.Price > maxPlanPrice:
		return wrong("price", "a plan costs at most a billion yuan, and not less than nothing")
	case p.Trial != (p.Price == 0):
		return wrong("price", "a trial is free, and what is free is a trial")
	case p.Months < 1 || p.Months > maxPlanMonths:
		return wrong("months", "units are valid for 1 to %d months", maxPlanMonths)
	case !p.Until.IsZero() && !p.Until.After(p.From):
		return wrong("until", "a plan ends after it begins")
	}
	return nil
}

func containsControl(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) {
			return true
		}
	}
	return false
}

// FoundingPlans are the plans of product 1887 as a new house sells them.
func FoundingPlans() []Plan {
	const years2 = 24
	plan := func(id, name string, units int64, yuan int64) Plan {
		return Plan{ID: id, Product: "1887", Name: name, Units: units, Price: Fen(yuan * fenPerYuan), Months: years2, Trial: yuan == 0}
	}
	trial := plan("1887-trial", "免费测试", 10, 0)
	trial.Months = 1
	return []Plan{
		trial,
		plan("1887-1200", "500元/1200次", 1200, 500),
		plan("1887-6000", "2000元/6000次", 6000, 2000),
		plan("1887-10000", "3000元/10000次", 10000, 3000),
		plan("1887-18000", "5000元/18000次", 18000, 5000),
		plan("1887-40000", "10000元/40000次", 40000, 10000),
	}
}
