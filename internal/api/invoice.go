package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/einvoice"
	"quartet/internal/invoice"
	"quartet/internal/transfer"
)

// Invoices is where buyers ask for invoices.
type Invoices interface {
	Apply(ctx context.Context, by string, a invoice.Application) (quartet.Invoice, error)
	Cancel(ctx context.Context, by, account, id string) (quartet.Invoice, error)
	Find(ctx context.Context, account, id string) (quartet.Invoice, error)
	List(ctx context.Context, account string, s quartet.InvoiceState, before string, limit int) ([]quartet.Invoice, error)
	Orders(ctx context.Context, account, before string, limit int) ([]quartet.InvoiceOrder, error)
	InvoicePapers
}

// InvoicePapers is what hangs on an invoice.
type InvoicePapers interface {
	Buyer(v *quartet.Invoice) (quartet.InvoiceBuyer, error)
	Files(ctx context.Context, owner string) ([]quartet.InvoiceFile, error)
	File(ctx context.Context, owner string, kind quartet.InvoiceFileKind) (quartet.InvoiceFile, []byte, error)
}

type invoiceLine struct {
	Order       string `json:"order_id"`
	Item        string `json:"item"`
	TaxCode     string `json:"tax_code"`
	Rate        int64  `json:"rate" doc:"In hundredths of a percent: 600 is 6 %"`
	AmountFen   int64  `json:"amount_fen" doc:"With tax"`
	NetFen      int64  `json:"net_fen"`
	TaxFen      int64  `json:"tax_fen"`
	ReversedFen int64  `json:"reversed_fen" doc:"Taken back by red letters, with tax"`
}

type invoiceFile struct {
	Kind   string    `json:"kind" enum:"xml,ofd,pdf"`
	SHA256 string    `json:"sha256"`
	Bytes  int64     `json:"bytes"`
	PutAt  time.Time `json:"put_at"`
}

// InvoiceShown is an invoice as it is shown.
type InvoiceShown struct {
	ID          string        `json:"id"`
	Account     string        `json:"account_id"`
	Kind        string        `json:"kind" enum:"ordinary,special"`
	State       string        `json:"state" enum:"submitted,issuing,needs_login,failed_retryable,failed_final,unknown,entered,issued,red_applying,red_waiting_buyer,red_issuing,part_reversed,reversed,rejected,cancelled"`
	Buyer       title         `json:"buyer"`
	Email       string        `json:"email,omitempty" doc:"Told when it is issued; as the buyer's phone, and all but the end of its bank account, shown to those of an account who may buy, and to the house"`
	AmountFen   int64         `json:"amount_fen" doc:"With tax; the sum of its lines, as the others are"`
	NetFen      int64         `json:"net_fen"`
	TaxFen      int64         `json:"tax_fen"`
	ReversedFen int64         `json:"reversed_fen"`
	Lines       []invoiceLine `json:"lines" nullable:"false"`
	Files       []invoiceFile `json:"files" nullable:"false" doc:"Lists leave them out"`
	Number      string        `json:"number,omitempty" doc:"Of the tax bureau: 20 digits"`
	IssuedOn    string        `json:"issued_on,omitempty" doc:"The day"`
	Source      string        `json:"source,omitempty" enum:"xml,entered,channel" doc:"How the house knows what stands on it: read from its XML; entered by one person and confirmed by another; said by the channel, its XML not fetched yet"`
	Answer      string        `json:"answer,omitempty" doc:"Why it was rejected, failed or waits"`
	Serial      string        `json:"serial,omitempty" doc:"Our own number of the try; for the house alone"`
	Channel     string        `json:"channel,omitempty" doc:"For the house alone"`
	EnteredBy   string        `json:"entered_by,omitempty" doc:"For the house alone"`
	ConfirmedBy string        `json:"confirmed_by,omitempty" doc:"For the house alone"`
	CreatedAt   time.Time     `json:"created_at"`
	DecidedAt   time.Time     `json:"decided_at,omitzero"`
	DeliveredAt time.Time     `json:"delivered_at,omitzero" doc:"When its letter was written"`
	ChangedAt   time.Time     `json:"changed_at"`
}

func (a *API) invoiceOf(v *quartet.Invoice, house bool) (InvoiceShown, error) {
	buyer, err := a.o.Invoices.Buyer(v)
	if err != nil {
		return InvoiceShown{}, err
	}
	out := InvoiceShown{
		ID: v.ID, Account: v.Account, Kind: string(v.Kind), State: string(v.State), Buyer: buyerOf(&buyer), Email: buyer.Email,
		AmountFen: int64(v.Amounts.Gross), NetFen: int64(v.Amounts.Net), TaxFen: int64(v.Amounts.Tax), ReversedFen: int64(v.Reversed().Gross),
		Lines: make([]invoiceLine, len(v.Lines)), Files: []invoiceFile{}, Number: v.Number, IssuedOn: dayText(v.IssuedOn), Source: string(v.Source), Answer: v.Answer,
		CreatedAt: v.Created, DecidedAt: v.Decided, DeliveredAt: v.Delivered, ChangedAt: v.Changed,
	}
	if v.State == quartet.InvoiceEntered && !house { // nobody has confirmed it
		out.Number, out.IssuedOn = "", ""
	}
	if house {
		out.Serial, out.Channel, out.EnteredBy, out.ConfirmedBy = v.Serial(), v.Channel, v.Entered, v.Seen
	}
	for i := range v.Lines {
		l := &v.Lines[i]
		out.Lines[i] = invoiceLine{l.Order, l.Name, l.Code, int64(l.Rate), int64(l.Gross), int64(l.Net), int64(l.Tax), int64(l.Reversed.Gross)}
	}
	return out, nil
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(quartet.Shanghai).Format(time.DateOnly)
}

// invoiceFor is an invoice of an account as a caller of it sees it: where mail goes and what
// account a firm has is not for those who only read. What stands on an issued one stands in its files.
func (a *API) invoiceFor(c *Caller) func(v *quartet.Invoice) (InvoiceShown, error) {
	return func(v *quartet.Invoice) (InvoiceShown, error) {
		out, err := a.invoiceOf(v, false)
		if err == nil && !c.Standing.Role.May(quartet.MayBuy) {
			out.Email, out.Buyer.Phone, out.Buyer.Number = "", "", transfer.Mask(out.Buyer.Number)
		}
		return out, err
	}
}

func (a *API) invoiceForHouse(v *quartet.Invoice) (InvoiceShown, error) { return a.invoiceOf(v, true) }

type invoiceAnswer struct{ Body InvoiceShown }

func (a *API) answerInvoice(ctx context.Context, v quartet.Invoice, err error, show func(*quartet.Invoice) (InvoiceShown, error)) (*invoiceAnswer, error) {
	if err != nil {
		return nil, err
	}
	out, err := show(&v)
	if err != nil {
		return nil, err
	}
	if out.Files, err = a.invoiceFiles(ctx, v.ID); err != nil {
		return nil, err
	}
	return &invoiceAnswer{out}, nil
}

func (a *API) invoiceFiles(ctx context.Context, owner string) ([]invoiceFile, error) {
	files, err := a.o.Invoices.Files(ctx, owner)
	out := make([]invoiceFile, len(files))
	for i := range files {
		out[i] = invoiceFile{string(files[i].Kind), files[i].Digest, files[i].Size, files[i].At}
	}
	return out, err
}

func (a *API) invoicePage(ctx context.Context, account string, s quartet.InvoiceState, at Turn, show func(*quartet.Invoice) (InvoiceShown, error)) (*page[InvoiceShown], error) {
	list, err := a.o.Invoices.List(ctx, account, s, at.After, at.Limit+1)
	if err != nil {
		return nil, err
	}
	shown := make([]InvoiceShown, len(list))
	for i := range list {
		if shown[i], err = show(&list[i]); err != nil {
			return nil, err
		}
	}
	return pageOf(shown, Turn{Limit: at.Limit}, func(v *InvoiceShown) string { return v.ID }, func(v *InvoiceShown) InvoiceShown { return *v })
}

type invoiceOrder struct {
	Order          string    `json:"order_id"`
	PlanName       string    `json:"plan_name"`
	PaidAt         time.Time `json:"paid_at"`
	PaidFen        int64     `json:"paid_fen"`
	RefundedFen    int64     `json:"refunded_fen"`
	ClaimedFen     int64     `json:"claimed_fen" doc:"In invoices that are asked for and not issued"`
	InvoicedFen    int64     `json:"invoiced_fen" doc:"Issued, less what was taken back"`
	ExcludedFen    int64     `json:"excluded_fen,omitempty" doc:"No invoice may be made out for it, by whoever took the money: such as what a coupon of theirs paid"`
	InvoiceableFen int64     `json:"invoiceable_fen" doc:"May be asked for; nothing while it is being given back"`
}

func invoiceOrderOf(o *quartet.InvoiceOrder) invoiceOrder {
	return invoiceOrder{o.Order.ID, o.Order.PlanName, o.Order.Paid, int64(o.Order.Amount), int64(o.Order.Refunded), int64(o.Claimed), int64(o.Invoiced), int64(o.Excluded), int64(o.Invoiceable())}
}

// invoicePart is so much of an order.
type invoicePart struct {
	Order     string `json:"order_id" minLength:"1" maxLength:"64"`
	AmountFen int64  `json:"amount_fen,omitempty" minimum:"0" doc:"To ask for an invoice: left out for all that may be asked for. To take back: above zero"`
}

func partsOf(list []invoicePart) []invoice.Part {
	var parts []invoice.Part
	for _, o := range list {
		parts = append(parts, invoice.Part{Order: o.Order, Amount: quartet.Fen(o.AmountFen)})
	}
	return parts
}

type (
	// InvoiceIn names an invoice of an account.
	InvoiceIn struct {
		Account string `path:"account" maxLength:"32"`
		Invoice string `path:"invoice" maxLength:"32"`
	}
	// FileIn names a form of an invoice.
	FileIn struct {
		Kind string `path:"kind" maxLength:"8" doc:"xml, ofd or pdf"`
	}
	issuersFile struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Digest      string `header:"X-Content-Sha256"`
		Body        []byte
	}
)

func (a *API) issuersFile(ctx context.Context, owner, kind string) (*issuersFile, error) {
	f, body, err := a.o.Invoices.File(ctx, owner, quartet.InvoiceFileKind(kind))
	if err != nil {
		return nil, err
	}
	return &issuersFile{Type: einvoice.Type(f.Kind), Disposition: `attachment; filename="` + owner + "." + kind + `"`, Digest: f.Digest, Body: body}, nil
}

func (a *API) registerInvoices() {
	readers, buyers := []quartet.Right{quartet.MayRead}, []quartet.Right{quartet.MayBuy}
	register(a, operation{
		ID: "listInvoiceableOrders", Method: http.MethodGet, Path: "/accounts/{account}/invoiceable-orders", Tag: invoiceTag,
		Summary: "Paid orders, with how much of each may be asked for, newest first", Doc: "Orders that a cloud market sold are invoiced there, and trials cost nothing.", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		Turn
	},
	) (*page[invoiceOrder], error) {
		list, err := a.o.Invoices.Orders(ctx, in.Account, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(o *quartet.InvoiceOrder) string { return o.Order.ID }, invoiceOrderOf)
	})
	register(a, operation{
		ID: "listInvoices", Method: http.MethodGet, Path: "/accounts/{account}/invoices", Tag: invoiceTag, Summary: "The invoices of an account, newest first", Rights: readers,
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn
		Turn
	},
	) (*page[InvoiceShown], error) {
		return a.invoicePage(ctx, in.Account, "", in.Turn, a.invoiceFor(&c))
	})
	register(a, operation{
		ID: "applyInvoice", Method: http.MethodPost, Path: "/accounts/{account}/invoices", Tag: invoiceTag, Status: http.StatusCreated,
		Summary: "Ask for an invoice for parts of paid orders", Doc: "What is asked for cannot be asked for again unless the application ends without an invoice. A special invoice is for a firm that the house has approved.", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body struct {
			Kind   string        `json:"kind" enum:"ordinary,special"`
			Title  string        `json:"title_id" minLength:"1" maxLength:"64"`
			Email  string        `json:"email" minLength:"3" maxLength:"254"`
			Orders []invoicePart `json:"orders" minItems:"1" maxItems:"100" nullable:"false"`
		}
	},
	) (*invoiceAnswer, error) {
		app := invoice.Application{Account: in.Account, Person: c.Session.Who, Kind: quartet.InvoiceKind(in.Body.Kind), Title: in.Body.Title, Email: in.Body.Email}
		app.Parts = partsOf(in.Body.Orders)
		v, err := a.o.Invoices.Apply(ctx, c.By(), app)
		return a.answerInvoice(ctx, v, err, a.invoiceFor(&c))
	})
	register(a, operation{
		ID: "showInvoice", Method: http.MethodGet, Path: "/accounts/{account}/invoices/{invoice}", Tag: invoiceTag, Summary: "One invoice", Rights: readers,
	}, func(ctx context.Context, c Caller, in *InvoiceIn) (*invoiceAnswer, error) {
		v, err := a.o.Invoices.Find(ctx, in.Account, in.Invoice)
		return a.answerInvoice(ctx, v, err, a.invoiceFor(&c))
	})
	register(a, operation{
		ID: "cancelInvoice", Method: http.MethodPost, Path: "/accounts/{account}/invoices/{invoice}/cancellation", Tag: invoiceTag, Status: http.StatusOK,
		Summary: "Take an application back that is surely not issued", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *InvoiceIn) (*invoiceAnswer, error) {
		v, err := a.o.Invoices.Cancel(ctx, c.By(), in.Account, in.Invoice)
		return a.answerInvoice(ctx, v, err, a.invoiceFor(&c))
	})
	register(a, operation{
		ID: "downloadInvoice", Method: http.MethodGet, Gives: anyFile, Path: "/accounts/{account}/invoices/{invoice}/files/{kind}", Tag: invoiceTag, Within: time.Minute,
		Summary: "A file of an issued invoice, as its issuer made it", Doc: "The XML is the original; X-Content-Sha256 is the SHA-256 of the file.", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		InvoiceIn
		FileIn
	},
	) (*issuersFile, error) {
		v, err := a.o.Invoices.Find(ctx, in.Account, in.Invoice)
		if err != nil {
			return nil, err
		}
		if v.State.Claims() { // what is there is not confirmed
			return nil, quartet.Errorf(quartet.ErrNotFound, "this invoice is not issued yet")
		}
		return a.issuersFile(ctx, v.ID, in.Kind)
	})
}
