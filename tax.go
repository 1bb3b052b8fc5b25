package quartet

import (
	"math/bits"
	"time"
	"unicode/utf8"
)

// Amounts are a price with its tax: Gross = Net + Tax.
type Amounts struct{ Gross, Net, Tax Fen }

// Plus is the sum of two.
func (a Amounts) Plus(b Amounts) Amounts {
	return Amounts{a.Gross + b.Gross, a.Net + b.Net, a.Tax + b.Tax}
}

// Minus is what is left of a.
func (a Amounts) Minus(b Amounts) Amounts {
	return Amounts{a.Gross - b.Gross, a.Net - b.Net, a.Tax - b.Tax}
}

// TaxRate is a rate of tax in hundredths of a percent: 600 is 6 %.
type TaxRate int64

const wholeRate = 100_00

// SplitTax splits a price that includes its tax: the net price is rounded half up to the fen,
// and the tax is the rest. Sums of lines are sums of their splits, never the split of a sum.
func SplitTax(gross Fen, rate TaxRate) Amounts {
	divisor := uint64(wholeRate + rate)
	hi, lo := bits.Mul64(uint64(gross), 2*wholeRate)
	lo, carry := bits.Add64(lo, divisor, 0)
	net, _ := bits.Div64(hi+carry, lo, 2*divisor)
	return Amounts{Gross: gross, Net: Fen(net), Tax: gross - Fen(net)}
}

// TaxDiffers is by how many fen the tax differs from the rounded tax on the net price: never
// more than one.
func (a Amounts) TaxDiffers(rate TaxRate) Fen {
	hi, lo := bits.Mul64(uint64(a.Net), 2*uint64(rate))
	lo, carry := bits.Add64(lo, wholeRate, 0)
	tax, _ := bits.Div64(hi+carry, lo, 2*wholeRate)
	return a.Tax - Fen(tax)
}

// ReverseTax is what a red letter of so much takes back of a line of which some is reversed
// already. What is reversed in parts is in the end what the line says, to the fen.
func ReverseTax(l *InvoiceLine, gross Fen) Amounts {
	return SplitTax(l.Reversed.Gross+gross, l.Rate).Minus(SplitTax(l.Reversed.Gross, l.Rate))
}

// TaxItem is what a line is called, how its tax is classed, and at which rate it is taxed.
type TaxItem struct {
	Name string // "数据核验服务"
	Code string // of the tax bureau's classes: 19 digits
	Rate TaxRate
}

// TaxSetting is how the house is taxed from an instant on.
type TaxSetting struct {
	TaxItem

	ID     string
	From   time.Time
	Seller string // as it stands on invoices
	TaxID  string
	By     string
	At     time.Time
}

const (
	maxRate      = 30_00
	taxCodeSize  = 19
	maxItemRunes = 40
)

// Check finds what no setting may be: ErrInvalid, with the field that is wrong.
func (s *TaxSetting) Check() error {
	wrong := func(field, message string) error { return &Error{Code: ErrInvalid, Field: field, Message: message} }
	switch {
	case s.Rate < 0 || s.Rate > maxRate:
		return wrong("rate", "a rate of tax is from 0 to 3000 hundredths of a percent; 600 is 6 %")
	case len(s.Code) != taxCodeSize || !digits(s.Code):
		return wrong("tax_code", "a class of tax has 19 digits")
	case s.Name == "" || !utf8.ValidString(s.Name) || utf8.RuneCountInString(s.Name) > maxItemRunes || containsControl(s.Name):
		return wrong("item", "the name of an item has 1 to 40 characters and no control characters")
	case s.Seller == "" || !utf8.ValidString(s.Seller) || containsControl(s.Seller):
		return wrong("seller", "say the seller as it stands on invoices")
	case !TaxID(s.TaxID):
		return wrong("seller_tax_id", "a tax number has 15 to 20 digits and capitals")
	}
	return nil
}

// TaxID reports whether a text may be the tax number of a firm.
func TaxID(s string) bool {
	if len(s) < 15 || len(s) > 20 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// TaxAt is the setting in force at an instant. False: there is none.
func TaxAt(settings []TaxSetting, now time.Time) (s TaxSetting, ok bool) {
	for i := range settings {
		if c := &settings[i]; !c.From.After(now) && (!ok || c.From.After(s.From)) {
			s, ok = *c, true
		}
	}
	return s, ok
}
