package quartet

import (
	"strings"
	"time"
)

// TitleKind says to whom an invoice is made out.
type TitleKind string

// The kinds of title.
const (
	TitlePersonal TitleKind = "personal"
	TitleFirm     TitleKind = "firm"
)

// InvoiceTitle is to whom an account lets invoices be made out. What it says is sealed.
type InvoiceTitle struct {
	ID      string
	Account string
	Kind    TitleKind
	Sealed  []byte
	Created time.Time
	Changed time.Time
}

// InvoiceBuyer is what an invoice says of its buyer, and where it is sent. It may name a
// person, so it is kept sealed and prints nothing of itself.
type InvoiceBuyer struct {
	Kind    TitleKind
	Name    string // the title
	TaxID   string // empty: a person
	Address string // the following are of firms, and may be left out
	Phone   string
	Bank    string
	Number  string // of the account at the bank
	Email   string
}

// String shows nothing.
func (InvoiceBuyer) String() string { return "[buyer]" }

// GoString shows nothing.
func (InvoiceBuyer) GoString() string { return "[buyer]" }

// Doubted reports whether the tax number of a firm has the form of a credit code whose last
// sign does not check the others, or another form: older numbers have, so a person may insist.
func (b *InvoiceBuyer) Doubted() bool {
	if b.Kind != TitleFirm {
		return false
	}
	code, err := ParseCreditCode(b.TaxID)
	return err != nil || string(code) != b.TaxID || !code.Sound()
}

// Tidy is the buyer without the blanks around what people typed.
func (b InvoiceBuyer) Tidy() InvoiceBuyer {
	for _, s := range []*string{&b.Name, &b.TaxID, &b.Address, &b.Phone, &b.Bank, &b.Number, &b.Email} {
		*s = strings.TrimSpace(*s)
	}
	b.TaxID = strings.ToUpper(b.TaxID)
	return b
}
