package invoice

import (
	"context"
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
)

const (
	maxTitles = 20
	maxGBK    = 100 // bytes: of a title; of address and telephone; of bank and account
)

// Title is a title with what it says.
type Title struct {
	quartet.InvoiceTitle

	Buyer quartet.InvoiceBuyer
}

// gbkLength is how many bytes a text takes at the tax bureau, which counts those of GBK: two
// for a character of it, four for a Han character that only GB18030 has. False: it has another
// sign, which cannot stand on an invoice.
func gbkLength(s string) (n int, ok bool) {
	encoder := simplifiedchinese.GBK.NewEncoder()
	for _, r := range s {
		b, err := encoder.String(string(r))
		switch {
		case err == nil:
			n += len(b)
		case unicode.Is(unicode.Han, r):
			n += 4
		default:
			return 0, false
		}
	}
	return n, true
}

// checkBuyer finds what cannot stand on an invoice. insist: a person has seen that the tax
// number is right though it is doubted.
func checkBuyer(b quartet.InvoiceBuyer, insist bool) error {
	wrong := func(field, message string) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: message}
	}
	for _, t := range []struct{ field, text string }{
		{"title", b.Name}, {"address", b.Address + b.Phone}, {"bank", b.Bank + b.Number},
	} {
		n, ok := gbkLength(t.text)
		switch {
		case !ok || strings.ContainsFunc(t.text, unicode.IsControl):
			return wrong(t.field, "an invoice holds characters of GBK and GB18030 alone; leave out others, such as pictures")
		case strings.ContainsAny(t.text, "<>"):
			return wrong(t.field, "an invoice holds no < and >")
		case n > maxGBK:
			return wrong(t.field, "this takes more than 100 bytes of GBK, of which a Chinese character takes two; address and telephone together, and bank and account, have 100 each")
		}
	}
	switch {
	case b.Name == "":
		return wrong("title", "say to whom the invoice is made out")
	case b.Kind == quartet.TitlePersonal && b.TaxID+b.Address+b.Phone+b.Bank+b.Number != "":
		return wrong("tax_id", "a personal title is a name alone; choose the kind firm for the rest")
	case b.Kind == quartet.TitlePersonal:
		return nil
	case b.Kind != quartet.TitleFirm:
		return wrong("kind", "a title is personal or of a firm")
	case !quartet.TaxID(b.TaxID):
		return wrong("tax_id", "a tax number has 15 to 20 digits and capitals")
	case b.Doubted() && !insist:
		return wrong("tax_id", "this is no credit code whose last sign checks the others; compare it with the licence, and insist if it is right")
	}
	return nil
}

// AddTitle keeps a title of an account. ErrInvalid, with the field; ErrConflict: it has too
// many.
func (d *Desk) AddTitle(ctx context.Context, by, account string, b quartet.InvoiceBuyer, insist bool) (Title, error) {
	return d.putTitle(ctx, by, quartet.InvoiceTitle{ID: newID(), Account: account}, b, insist, true)
}

// ChangeTitle lets a title of an account say something else. ErrNotFound; else as AddTitle.
func (d *Desk) ChangeTitle(ctx context.Context, by, account, id string, b quartet.InvoiceBuyer, insist bool) (Title, error) {
	old, err := d.title(ctx, account, id)
	if err != nil {
		return old, err
	}
	return d.putTitle(ctx, by, old.InvoiceTitle, b, insist, false)
}

func (d *Desk) putTitle(ctx context.Context, by string, t quartet.InvoiceTitle, b quartet.InvoiceBuyer, insist, fresh bool) (Title, error) {
	b = b.Tidy()
	if err := checkBuyer(b, insist); err != nil {
		return Title{}, err
	}
	now := d.now()
	t.Kind, t.Changed = b.Kind, now
	t.Sealed = d.sealBuyer(b, titleRecord(t.ID))
	detail := "account " + t.Account
	if b.Doubted() {
		detail += ", the tax number is doubted and was insisted on"
	}
	after := map[string]any{"kind": t.Kind, "doubted": b.Doubted()}
	if fresh {
		t.Created = now
		return Title{t, b}, d.store.AddInvoiceTitle(ctx, t, maxTitles, entry(now, by, "title.add", t.ID, detail, nil, after))
	}
	return Title{t, b}, d.store.ChangeInvoiceTitle(ctx, t, entry(now, by, "title.change", t.ID, detail, nil, after))
}

// DeleteTitle forgets a title of an account; invoices keep theirs. ErrNotFound.
func (d *Desk) DeleteTitle(ctx context.Context, by, account, id string) error {
	return d.store.DeleteInvoiceTitle(ctx, account, id, entry(d.now(), by, "title.delete", id, "account "+account, nil, nil))
}

// Titles lists the titles of an account, oldest first.
func (d *Desk) Titles(ctx context.Context, account string) ([]Title, error) {
	sealed, err := d.store.InvoiceTitles(ctx, account)
	if err != nil {
		return nil, err
	}
	list := make([]Title, len(sealed))
	for i, t := range sealed {
		list[i].InvoiceTitle = t
		if list[i].Buyer, err = d.openBuyer(t.Sealed, titleRecord(t.ID)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (d *Desk) title(ctx context.Context, account, id string) (Title, error) {
	list, err := d.Titles(ctx, account)
	for _, t := range list {
		if t.ID == id {
			return t, nil
		}
	}
	if err == nil {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such title")
	}
	return Title{}, err
}

func titleRecord(id string) string   { return "invoice.title/" + id }
func invoiceRecord(id string) string { return "invoice.buyer/" + id }

// sealed is what is sealed of a buyer.
type sealed struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	TaxID   string `json:"tax_id,omitempty"`
	Address string `json:"address,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Bank    string `json:"bank,omitempty"`
	Number  string `json:"account,omitempty"`
	Email   string `json:"email,omitempty"`
}

func (d *Desk) sealBuyer(b quartet.InvoiceBuyer, record string) []byte {
	plain, err := json.Marshal(sealed{string(b.Kind), b.Name, b.TaxID, b.Address, b.Phone, b.Bank, b.Number, b.Email})
	if err != nil { // cannot happen: strings
		panic(err)
	}
	return d.sealer.Seal(plain, record)
}

func (d *Desk) openBuyer(box []byte, record string) (b quartet.InvoiceBuyer, err error) {
	plain, err := d.sealer.Unseal(box, record)
	if err != nil {
		return b, err
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return b, quartet.Errorf(quartet.ErrInternal, "%s is damaged", record)
	}
	return quartet.InvoiceBuyer{Kind: quartet.TitleKind(s.Kind), Name: s.Name, TaxID: s.TaxID, Address: s.Address, Phone: s.Phone, Bank: s.Bank, Number: s.Number, Email: s.Email}, nil
}

// Buyer opens to whom an invoice is made out.
func (d *Desk) Buyer(v *quartet.Invoice) (quartet.InvoiceBuyer, error) {
	return d.openBuyer(v.Sealed, invoiceRecord(v.ID))
}
