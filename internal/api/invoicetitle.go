package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/invoice"
)

// InvoiceTitles is where accounts keep to whom invoices are made out.
type InvoiceTitles interface {
	Titles(ctx context.Context, account string) ([]invoice.Title, error)
	AddTitle(ctx context.Context, by, account string, b quartet.InvoiceBuyer, insist bool) (invoice.Title, error)
	ChangeTitle(ctx context.Context, by, account, id string, b quartet.InvoiceBuyer, insist bool) (invoice.Title, error)
	DeleteTitle(ctx context.Context, by, account, id string) error
}

type title struct {
	ID      string `json:"id,omitempty"`
	Kind    string `json:"kind" enum:"personal,firm"`
	Title   string `json:"title"`
	TaxID   string `json:"tax_id,omitempty"`
	Doubted bool   `json:"tax_id_doubted,omitempty" doc:"It is no credit code whose last sign checks the others; somebody insisted on it"`
	Address string `json:"address,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Bank    string `json:"bank,omitempty"`
	Number  string `json:"bank_account,omitempty"`

	ChangedAt time.Time `json:"changed_at,omitzero"`
}

func buyerOf(b *quartet.InvoiceBuyer) title {
	return title{Kind: string(b.Kind), Title: b.Name, TaxID: b.TaxID, Doubted: b.Doubted(), Address: b.Address, Phone: b.Phone, Bank: b.Bank, Number: b.Number}
}

func titleOf(t *invoice.Title) title {
	out := buyerOf(&t.Buyer)
	out.ID, out.ChangedAt = t.ID, t.Changed
	return out
}

type titleAnswer struct{ Body title }

// TitleBody is what a title says.
type TitleBody struct {
	Kind    string `json:"kind" enum:"personal,firm"`
	Title   string `json:"title" minLength:"1" maxLength:"100" doc:"At most 100 bytes of GBK, of which a Chinese character takes two"`
	TaxID   string `json:"tax_id,omitempty" maxLength:"20" doc:"Of a firm"`
	Address string `json:"address,omitempty" maxLength:"100" doc:"With the telephone at most 100 bytes of GBK; may be left out"`
	Phone   string `json:"phone,omitempty" maxLength:"100"`
	Bank    string `json:"bank,omitempty" maxLength:"100" doc:"With the account at most 100 bytes of GBK; may be left out"`
	Number  string `json:"bank_account,omitempty" maxLength:"100"`
	Insist  bool   `json:"insist,omitempty" doc:"The tax number is right though it is doubted"`
}

func (b *TitleBody) buyer() quartet.InvoiceBuyer {
	return quartet.InvoiceBuyer{Kind: quartet.TitleKind(b.Kind), Name: b.Title, TaxID: b.TaxID, Address: b.Address, Phone: b.Phone, Bank: b.Bank, Number: b.Number}
}

// TitleIn names a title of an account.
type TitleIn struct {
	Account string `path:"account" maxLength:"32"`
	Title   string `path:"title" maxLength:"64"`
}

const invoiceTag = "invoices"

func (a *API) registerInvoiceTitles() {
	buyers := []quartet.Right{quartet.MayBuy}
	answer := func(t invoice.Title, err error) (*titleAnswer, error) {
		if err != nil {
			return nil, err
		}
		return &titleAnswer{titleOf(&t)}, nil
	}
	register(a, operation{
		ID: "listInvoiceTitles", Method: http.MethodGet, Path: "/accounts/{account}/invoice-titles", Tag: invoiceTag, Summary: "To whom an account lets invoices be made out", Rights: buyers,
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		Turn
	},
	) (*page[title], error) {
		list, err := a.o.InvoiceTitles.Titles(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(t *invoice.Title) string { return t.ID }, titleOf)
	})
	register(a, operation{
		ID: "addInvoiceTitle", Method: http.MethodPost, Path: "/accounts/{account}/invoice-titles", Tag: invoiceTag, Status: http.StatusCreated,
		Summary: "Keep a title", Doc: "A tax number whose last sign does not check the others is refused until somebody insists.", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body TitleBody
	},
	) (*titleAnswer, error) {
		return answer(a.o.InvoiceTitles.AddTitle(ctx, c.By(), in.Account, in.Body.buyer(), in.Body.Insist))
	})
	register(a, operation{
		ID: "changeInvoiceTitle", Method: http.MethodPut, Path: "/accounts/{account}/invoice-titles/{title}", Tag: invoiceTag,
		Summary: "Change a title", Doc: "Invoices that were asked for keep theirs.", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *struct {
		TitleIn

		Body TitleBody
	},
	) (*titleAnswer, error) {
		return answer(a.o.InvoiceTitles.ChangeTitle(ctx, c.By(), in.Account, in.Title, in.Body.buyer(), in.Body.Insist))
	})
	register(a, operation{
		ID: "deleteInvoiceTitle", Method: http.MethodDelete, Path: "/accounts/{account}/invoice-titles/{title}", Tag: invoiceTag, Summary: "Forget a title", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *TitleIn) (*struct{}, error) {
		return nil, a.o.InvoiceTitles.DeleteTitle(ctx, c.By(), in.Account, in.Title)
	})
}
