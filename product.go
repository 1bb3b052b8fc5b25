package quartet

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Product is a verification that can be called: its path, what it needs, what it
// shows and what it charges. Product 1887 is the first.
type Product struct {
	ID     string // "1887"
	Path   string // "/communication/personal/1887"
	Name   string // 银行卡四要素核验
	Need   ElementSet
	Detail Detail
	Charge ChargeTable
	On     bool
	// Reuse is how long a verdict may be given again to the same buyer for the very same
	// elements, without asking anybody; 0: never.
	Reuse time.Duration
}

// Detail is how much below the state a product shows.
type Detail string

// The grades of detail.
const (
	DetailState   Detail = "state"   // data.state alone
	DetailReason  Detail = "reason"  // the reason as well
	DetailElement Detail = "element" // and which elements differ
)

// ChargeTable says how many units a verdict costs.
type ChargeTable struct {
	Match, Mismatch, Undetermined int64
}

// Units is the price of a verdict, in units; 0 without a verdict.
func (t ChargeTable) Units(v Verdict) int64 {
	switch v {
	case Match:
		return t.Match
	case Mismatch:
		return t.Mismatch
	case Undetermined:
		return t.Undetermined
	default:
		return 0
	}
}

// Most is the price of the dearest verdict, in units; 0 for a product that is free.
func (t ChargeTable) Most() int64 { return max(t.Match, t.Mismatch, t.Undetermined) }

// String is the prices of the states 1, 2 and 3, as commands write them: "1/1/0".
func (t ChargeTable) String() string {
	return fmt.Sprintf("%d/%d/%d", t.Match, t.Mismatch, t.Undetermined)
}

const (
	maxProductPath = 128
	maxProductName = 100
	maxCharge      = 1000
	maxReuse       = 24 * time.Hour
)

var (
	productID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	// productPath knows only what no proxy rewrites and nobody can write in two ways.
	productPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
	// ownPath is what the program itself serves, or will, beside its products.
	ownPath = regexp.MustCompile(`^/(healthz|readyz|metrics|api|account|announcements|console|docs|house|password-reset|preferences|products|sign-in|sign-out|sign-up|static|status)(/|$)`)
	dots    = regexp.MustCompile(`/\.\.?(/|$)`)
)

// Check finds what no product may be: ErrInvalid, with the field that is wrong.
func (p Product) Check() error {
	wrong := func(field, message string) error {
		return &Error{Code: ErrInvalid, Field: field, Message: message}
	}
	switch {
	case !productID.MatchString(p.ID):
		return wrong("id", "the id of a product has 1 to 32 of a-z, 0-9 and -, and begins with a letter or digit")
	case len(p.Path) > maxProductPath || !productPath.MatchString(p.Path):
		return wrong("path", "the path of a product has at most 128 bytes and is parts of letters, digits and - . _ ~, each after one slash, such as /communication/personal/1979")
	case dots.MatchString(p.Path):
		return wrong("path", "the path of a product has no part . or ..: clients and proxies take them out")
	case ownPath.MatchString(p.Path):
		return wrong("path", "the program itself serves paths that begin so, such as /api, /console and /docs; choose another one")
	case strings.TrimSpace(p.Name) == "" || utf8.RuneCountInString(p.Name) > maxProductName || !utf8.ValidString(p.Name) || strings.ContainsFunc(p.Name, unicode.IsControl):
		return wrong("name", "the name of a product has 1 to 100 characters and no control characters")
	case p.Need&^NeedAll != 0 || !p.Need.Has(NeedCard) || p.Need == NeedCard:
		return wrong("need", "a product needs the card, by which people are found, and one to three of name, id and mobile")
	case p.Detail != DetailState && p.Detail != DetailReason && p.Detail != DetailElement:
		return wrong("detail", "the detail of a product is state, reason or element")
	case min(p.Charge.Match, p.Charge.Mismatch, p.Charge.Undetermined) < 0 || p.Charge.Most() > maxCharge:
		return wrong("charge", "each verdict of a product costs 0 to 1000 units")
	case p.Reuse < 0 || p.Reuse > maxReuse || p.Reuse%time.Minute != 0:
		return wrong("reuse", "a product reuses verdicts for whole minutes, at most 1440; 0 is never")
	}
	return nil
}

// FourElements is product 1887 as it is seeded: byte-compatible with the product sold
// on the cloud market.
func FourElements() Product {
	return Product{
		ID:     "1887",
		Path:   "/communication/personal/1887",
		Name:   "银行卡四要素核验",
		Need:   NeedAll,
		Detail: DetailState,
		Charge: ChargeTable{Match: 1, Mismatch: 1},
		On:     true,
	}
}
