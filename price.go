package quartet

import (
	"strings"
	"time"
)

// ParsePrice reads a price: an amount in yuan, before it the day from which it holds, the
// elements that it is for, or both: "0.22", "2026-12-01=0.20", "card,name=0.12",
// "2026-12-01/card,name=0.10". ErrInvalid.
func ParsePrice(text string) (Price, error) {
	var p Price
	amount := strings.TrimSpace(text)
	if scope, rest, scoped := strings.Cut(amount, "="); scoped {
		amount = rest
		from, need, both := strings.Cut(scope, "/")
		if !both && strings.ContainsFunc(scope, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
			from, need = "", scope
		}
		if from != "" {
			var err error
			if p.From, err = time.ParseInLocation(time.DateOnly, strings.TrimSpace(from), Shanghai); err != nil {
				return Price{}, errPrice
			}
		}
		if from == "" || both {
			for word := range strings.SplitSeq(need, ",") {
				one := Element(strings.TrimSpace(word)).Set()
				if one == 0 {
					return Price{}, errPrice
				}
				p.Need |= one
			}
		}
	}
	var err error
	if p.Cost, err = ParseMillifen(amount); err != nil {
		return Price{}, errPrice
	}
	return p, nil
}

var errPrice = &Error{
	Code: ErrInvalid, Field: "prices",
	Message: "a price is written 0.22, 2026-12-01=0.20, card,name=0.12 or 2026-12-01/card,name=0.10, in yuan with at most five digits after the point",
}

// String is the price as it is written.
func (p Price) String() string {
	var scope []string
	if !p.From.IsZero() {
		scope = append(scope, p.From.In(Shanghai).Format(time.DateOnly))
	}
	if p.Need != 0 {
		scope = append(scope, p.Need.String())
	}
	if len(scope) == 0 {
		return p.Cost.String()
	}
	return strings.Join(scope, "/") + "=" + p.Cost.String()
}
