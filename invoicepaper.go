package quartet

import (
	"fmt"
	"time"
)

// InvoicePaper is what an issued invoice says. Of a red letter the amounts are below zero.
type InvoicePaper struct {
	Number      string
	IssuedOn    time.Time
	Kind        InvoiceKind // empty: it does not say
	Seller      string
	SellerTaxID string
	Buyer       string
	BuyerTaxID  string
	Amounts     Amounts
}

// InvoiceNumber reports whether a text may be the number of an electronic invoice.
func InvoiceNumber(s string) bool { return len(s) == serialLength && digits(s) }

// Differences tells in what an issued invoice differs from what was applied for, without
// repeating who the buyer is.
func (p *InvoicePaper) Differences(want *InvoicePaper) []string {
	var list []string
	add := func(differs bool, format string, args ...any) {
		if differs {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	add(!InvoiceNumber(p.Number), "the number is not 20 digits")
	add(want.Number != "" && p.Number != want.Number, "the number is %s, not %s", p.Number, want.Number)
	add(p.Kind != "" && p.Kind != want.Kind, "it is of the kind %s, not %s", p.Kind, want.Kind)
	add(p.Seller != want.Seller, "the seller is another one")
	add(p.SellerTaxID != want.SellerTaxID, "the tax number of the seller is another one")
	add(p.Buyer != want.Buyer, "the title of the buyer is another one")
	add(p.BuyerTaxID != want.BuyerTaxID, "the tax number of the buyer is another one")
	add(p.Amounts.Gross != want.Amounts.Gross, "the amount is %s, not %s", p.Amounts.Gross, want.Amounts.Gross)
	add(p.Amounts.Net != want.Amounts.Net, "the amount without tax is %s, not %s", p.Amounts.Net, want.Amounts.Net)
	add(p.Amounts.Tax != want.Amounts.Tax, "the tax is %s, not %s", p.Amounts.Tax, want.Amounts.Tax)
	add(p.IssuedOn.IsZero(), "the date is missing")
	return list
}
