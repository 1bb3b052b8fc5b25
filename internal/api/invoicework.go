package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/einvoice"
	"quartet/internal/invoice"
)

// InvoiceWork is where the house has invoices issued.
type InvoiceWork interface {
	Approve(ctx context.Context, by, id string) (quartet.Invoice, error)
	Reject(ctx context.Context, by, id, why string) (quartet.Invoice, error)
	Retry(ctx context.Context, by, id string) (quartet.Invoice, error)
	Fail(ctx context.Context, by, id, why string) (quartet.Invoice, error)
	InvoiceHands
	InvoiceHouse
}

// InvoiceHands is where people say what they issued themselves: invoices and red letters.
type InvoiceHands interface {
	Upload(ctx context.Context, by, owner string, kind quartet.InvoiceFileKind, file []byte) error
	Enter(ctx context.Context, by, owner string, e invoice.Entry) error
	Confirm(ctx context.Context, by, owner string) error
	Dispute(ctx context.Context, by, owner string) error
}

// InvoiceHouse is how the house stands with the tax bureau.
type InvoiceHouse interface {
	TaxSettings(ctx context.Context) ([]quartet.TaxSetting, error)
	SetTax(ctx context.Context, by string, t quartet.TaxSetting) (quartet.TaxSetting, error)
	LoginState(ctx context.Context) (string, invoice.Login, error)
	StartLogin(ctx context.Context, by string) (string, invoice.Login, error)
}

type (
	// OwnerIn names an invoice.
	OwnerIn struct {
		Invoice string `path:"invoice" maxLength:"32"`
	}
	// EntryBody is what an issued invoice says.
	EntryBody struct {
		Number    string `json:"number" pattern:"^[0-9]{20}$" patternDescription:"20 digits"`
		IssuedOn  string `json:"issued_on" format:"date"`
		AmountFen int64  `json:"amount_fen" minimum:"1" doc:"With tax; of a red letter above zero"`
		NetFen    int64  `json:"net_fen" minimum:"0"`
		TaxFen    int64  `json:"tax_fen" minimum:"0"`
	}
)

func (b *EntryBody) entry() (invoice.Entry, error) {
	day, err := time.ParseInLocation(time.DateOnly, b.IssuedOn, quartet.Shanghai)
	if err != nil {
		return invoice.Entry{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "issued_on", Message: "a day is written 2026-03-02"}
	}
	return invoice.Entry{Number: b.Number, IssuedOn: day, Amounts: quartet.Amounts{Gross: quartet.Fen(b.AmountFen), Net: quartet.Fen(b.NetFen), Tax: quartet.Fen(b.TaxFen)}}, nil
}

func (a *API) registerInvoiceWork() {
	seers, movers := []quartet.Right{quartet.MayReadMoney}, []quartet.Right{quartet.MayMoveMoney}
	show := func(ctx context.Context, id string, err error) (*invoiceAnswer, error) {
		if err != nil {
			return nil, err
		}
		v, err := a.o.Invoices.Find(ctx, "", id)
		return a.answerInvoice(ctx, v, err, a.invoiceForHouse)
	}
	register(a, operation{
		ID: "listAllInvoices", Method: http.MethodGet, Path: "/invoices", Tag: invoiceTag, Summary: "Invoices of all accounts, newest first", Rights: seers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Account string `query:"account_id" maxLength:"32" doc:"Of this account alone"`
		State   string `query:"state" enum:"submitted,issuing,needs_login,failed_retryable,failed_final,unknown,entered,issued,red_applying,red_waiting_buyer,red_issuing,part_reversed,reversed,rejected,cancelled"`
	},
	) (*page[InvoiceShown], error) {
		return a.invoicePage(ctx, in.Account, quartet.InvoiceState(in.State), in.Turn, a.invoiceForHouse)
	})
	register(a, operation{
		ID: "seeInvoice", Method: http.MethodGet, Path: "/invoices/{invoice}", Tag: invoiceTag, Summary: "One invoice, as the house sees it", Rights: seers,
	}, func(ctx context.Context, _ Caller, in *OwnerIn) (*invoiceAnswer, error) {
		return show(ctx, in.Invoice, nil)
	})
	register(a, operation{
		ID: "seeInvoiceFile", Method: http.MethodGet, Gives: anyFile, Path: "/invoices/{invoice}/files/{kind}", Tag: invoiceTag, Within: time.Minute, Summary: "A file of an invoice", Rights: seers,
	}, func(ctx context.Context, _ Caller, in *struct {
		OwnerIn
		FileIn
	},
	) (*issuersFile, error) {
		return a.issuersFile(ctx, in.Invoice, in.Kind)
	})
	for _, op := range []struct {
		id, path, summary, doc string
		fresh                  bool
		do                     func(ctx context.Context, by, id string) error
	}{
		{"approveInvoice", "approval", "Let an invoice be issued", "Its tax is split as is in force now.", true, func(ctx context.Context, by, id string) error {
			_, err := a.o.InvoiceWork.Approve(ctx, by, id)
			return err
		}},
		{"retryInvoice", "retry", "Try again now what failed or waits for a sign-in, or ask now what became of it", "What failed for good is tried under another serial. Where nobody knows whether it is issued, the channel is asked; nothing is issued.", false, func(ctx context.Context, by, id string) error {
			_, err := a.o.InvoiceWork.Retry(ctx, by, id)
			return err
		}},
		{"confirmInvoice", "confirmation", "Confirm what another person entered", "", true, func(ctx context.Context, by, id string) error { return a.o.InvoiceWork.Confirm(ctx, by, id) }},
		{"disputeInvoice", "dispute", "Take back what was entered; it is entered anew", "", false, func(ctx context.Context, by, id string) error { return a.o.InvoiceWork.Dispute(ctx, by, id) }},
	} {
		register(a, operation{
			ID: op.id, Method: http.MethodPost, Path: "/invoices/{invoice}/" + op.path, Tag: invoiceTag, Status: http.StatusOK, Summary: op.summary, Doc: op.doc, Rights: movers, Fresh: op.fresh,
		}, func(ctx context.Context, c Caller, in *OwnerIn) (*invoiceAnswer, error) {
			return show(ctx, in.Invoice, op.do(ctx, c.By(), in.Invoice))
		})
	}
	type reasonIn struct {
		OwnerIn

		Body ReasonBody
	}
	register(a, operation{
		ID: "rejectInvoice", Method: http.MethodPost, Path: "/invoices/{invoice}/rejection", Tag: invoiceTag, Status: http.StatusOK,
		Summary: "Give an application back that is surely not issued", Doc: "The buyer reads the reason.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *reasonIn) (*invoiceAnswer, error) {
		_, err := a.o.InvoiceWork.Reject(ctx, c.By(), in.Invoice, in.Body.Reason)
		return show(ctx, in.Invoice, err)
	})
	register(a, operation{
		ID: "failInvoice", Method: http.MethodPost, Path: "/invoices/{invoice}/failure", Tag: invoiceTag, Status: http.StatusOK,
		Summary: "Say that an invoice that people issue was not issued, and why", Doc: "Then it can be rejected, or tried again.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *reasonIn) (*invoiceAnswer, error) {
		_, err := a.o.InvoiceWork.Fail(ctx, c.By(), in.Invoice, in.Body.Reason)
		return show(ctx, in.Invoice, err)
	})
	register(a, operation{
		ID: "uploadInvoiceFile", Method: http.MethodPut, Path: "/invoices/{invoice}/files/{kind}", Tag: invoiceTag, MaxBody: einvoice.MaxFile + 1, Within: time.Minute,
		Summary: "Hand in a file of an invoice that people issued", Doc: "The body is the file, which is kept byte for byte. The XML makes the invoice issued, if it says what was asked for; else it is refused with what differs.",
		Rights: movers, Status: http.StatusOK,
	}, func(ctx context.Context, c Caller, in *struct {
		OwnerIn
		FileIn

		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (*invoiceAnswer, error) {
		return show(ctx, in.Invoice, a.o.InvoiceWork.Upload(ctx, c.By(), in.Invoice, quartet.InvoiceFileKind(in.Kind), in.RawBody))
	})
	register(a, operation{
		ID: "enterInvoice", Method: http.MethodPut, Path: "/invoices/{invoice}/entry", Tag: invoiceTag, Fresh: true,
		Summary: "Enter what an invoice says whose XML cannot be read", Doc: "It counts once a second person has confirmed it, and is marked as entered for good.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		OwnerIn

		Body EntryBody
	},
	) (*invoiceAnswer, error) {
		e, err := in.Body.entry()
		if err == nil {
			err = a.o.InvoiceWork.Enter(ctx, c.By(), in.Invoice, e)
		}
		return show(ctx, in.Invoice, err)
	})
	a.registerTax()
}

type taxSetting struct {
	ID          string    `json:"id,omitempty"`
	FromAt      time.Time `json:"from_at"`
	Item        string    `json:"item" doc:"What a line is called"`
	TaxCode     string    `json:"tax_code" doc:"The tax bureau's class: 19 digits"`
	Rate        int64     `json:"rate" doc:"In hundredths of a percent: 600 is 6 %"`
	Seller      string    `json:"seller" doc:"As it stands on invoices"`
	SellerTaxID string    `json:"seller_tax_id"`
	SetBy       string    `json:"set_by"`
	SetAt       time.Time `json:"set_at"`
}

func taxSettingOf(t *quartet.TaxSetting) taxSetting {
	return taxSetting{t.ID, t.From, t.Name, t.Code, int64(t.Rate), t.Seller, t.TaxID, t.By, t.At}
}

type login struct {
	Channel string    `json:"channel"`
	In      bool      `json:"signed_in"`
	Shows   string    `json:"shows,omitempty" doc:"The text of the QR code that staff scan to sign in"`
	Until   time.Time `json:"until_at,omitzero"`
}

func (a *API) registerTax() {
	seers, movers := []quartet.Right{quartet.MayReadMoney}, []quartet.Right{quartet.MayMoveMoney}
	register(a, operation{
		ID: "listTaxSettings", Method: http.MethodGet, Path: "/tax-settings", Tag: invoiceTag, Summary: "How the house is taxed, oldest first", Rights: seers,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[taxSetting], error) {
		all, err := a.o.InvoiceWork.TaxSettings(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(t *quartet.TaxSetting) string { return t.ID }, taxSettingOf)
	})
	register(a, operation{
		ID: "setTax", Method: http.MethodPost, Path: "/tax-settings", Tag: invoiceTag, Status: http.StatusCreated, Fresh: true,
		Summary: "Say how the house is taxed from an instant on", Doc: "What was in force stays as it was.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			FromAt      time.Time `json:"from_at,omitzero" doc:"Left out: now"`
			Item        string    `json:"item" minLength:"1" maxLength:"40"`
			TaxCode     string    `json:"tax_code" pattern:"^[0-9]{19}$" patternDescription:"19 digits"`
			Rate        int64     `json:"rate" minimum:"0" maximum:"3000"`
			Seller      string    `json:"seller" minLength:"1" maxLength:"100"`
			SellerTaxID string    `json:"seller_tax_id" pattern:"^[0-9A-Z]{15,20}$" patternDescription:"15 to 20 digits and capital letters"`
		}
	},
	) (*struct{ Body taxSetting }, error) {
		b := &in.Body
		t, err := a.o.InvoiceWork.SetTax(ctx, c.By(), quartet.TaxSetting{
			From: b.FromAt, TaxItem: quartet.TaxItem{Name: b.Item, Code: b.TaxCode, Rate: quartet.TaxRate(b.Rate)}, Seller: b.Seller, TaxID: b.SellerTaxID,
		})
		if err != nil {
			return nil, err
		}
		return &struct{ Body taxSetting }{taxSettingOf(&t)}, nil
	})
	answer := func(channel string, l invoice.Login, err error) (*struct{ Body login }, error) {
		if err != nil {
			return nil, err
		}
		return &struct{ Body login }{login{channel, l.In, l.Shows, l.Until}}, nil
	}
	register(a, operation{
		ID: "showTaxLogin", Method: http.MethodGet, Path: "/tax-login", Tag: invoiceTag, Summary: "Whether the house is signed in at the tax bureau", Rights: seers,
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*struct{ Body login }, error) {
		return answer(a.o.InvoiceWork.LoginState(ctx))
	})
	register(a, operation{
		ID: "startTaxLogin", Method: http.MethodPost, Path: "/tax-login", Tag: invoiceTag, Status: http.StatusOK, Fresh: true, Summary: "Begin to sign the house in at the tax bureau", Rights: movers,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body login }, error) {
		return answer(a.o.InvoiceWork.StartLogin(ctx, c.By()))
	})
}
