package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/einvoice"
	"quartet/internal/invoice"
)

// RedLetters is where invoices are taken back.
type RedLetters interface {
	FindRed(ctx context.Context, account, id string) (quartet.RedLetter, error)
	Reds(ctx context.Context, invoice string, s quartet.RedState, before string, limit int) ([]quartet.RedLetter, error)
	Agree(ctx context.Context, by, account, id string) (quartet.RedLetter, error)
	Decline(ctx context.Context, by, account, id, why string) (quartet.RedLetter, error)
	RedDesk
}

// RedDesk is what operators do with red letters.
type RedDesk interface {
	ApplyRed(ctx context.Context, by, id string, reason quartet.RedReason, parts []invoice.Part) (quartet.RedLetter, error)
	Withdraw(ctx context.Context, by, id string) (quartet.RedLetter, error)
	RetryRed(ctx context.Context, by, id string) (quartet.RedLetter, error)
}

type redLine struct {
	Order     string `json:"order_id"`
	AmountFen int64  `json:"amount_fen"`
	NetFen    int64  `json:"net_fen"`
	TaxFen    int64  `json:"tax_fen"`
}

type redLetter struct {
	ID          string        `json:"id"`
	Invoice     string        `json:"invoice_id"`
	State       string        `json:"state" enum:"applying,waiting_buyer,issuing,needs_login,failed,unknown,entered,done,refused"`
	Reason      string        `json:"reason" enum:"mistake,returned,ended,allowance"`
	Refund      string        `json:"refund_id,omitempty" doc:"For which it was asked"`
	AmountFen   int64         `json:"amount_fen" doc:"What it takes back, above zero"`
	NetFen      int64         `json:"net_fen"`
	TaxFen      int64         `json:"tax_fen"`
	Lines       []redLine     `json:"lines" nullable:"false"`
	Number      string        `json:"number,omitempty"`
	IssuedOn    string        `json:"issued_on,omitempty"`
	Source      string        `json:"source,omitempty" enum:"xml,entered,channel"`
	Answer      string        `json:"answer,omitempty"`
	Files       []invoiceFile `json:"files,omitempty" doc:"Of one that is issued, in the list of its invoice"`
	AgreeBy     time.Time     `json:"agree_by,omitzero" doc:"Until then the buyer may agree"`
	Serial      string        `json:"serial,omitempty" doc:"For the house alone"`
	AskedBy     string        `json:"asked_by,omitempty" doc:"For the house alone"`
	EnteredBy   string        `json:"entered_by,omitempty" doc:"For the house alone"`
	ConfirmedBy string        `json:"confirmed_by,omitempty" doc:"For the house alone"`
	CreatedAt   time.Time     `json:"created_at"`
	ChangedAt   time.Time     `json:"changed_at"`
}

func redOf(r *quartet.RedLetter) redLetter {
	out := redLetter{
		ID: r.ID, Invoice: r.Invoice, State: string(r.State), Reason: string(r.Reason), Refund: r.Refund,
		AmountFen: int64(r.Amounts.Gross), NetFen: int64(r.Amounts.Net), TaxFen: int64(r.Amounts.Tax), Lines: make([]redLine, len(r.Lines)),
		Number: r.Number, IssuedOn: dayText(r.IssuedOn), Source: string(r.Source), Answer: r.Answer, Serial: r.Serial(), AskedBy: r.AskedBy,
		EnteredBy: r.Entered, ConfirmedBy: r.Seen, CreatedAt: r.Created, ChangedAt: r.Changed,
	}
	if r.State == quartet.RedWaitingBuyer {
		out.AgreeBy = r.Waits.Add(quartet.RedLapses)
	}
	for i, l := range r.Lines {
		out.Lines[i] = redLine{l.Order, int64(l.Gross), int64(l.Net), int64(l.Tax)}
	}
	return out
}

// buyersRed is a red letter as its buyer sees it.
func buyersRed(r *quartet.RedLetter) redLetter {
	out := redOf(r)
	out.Serial, out.AskedBy, out.EnteredBy, out.ConfirmedBy = "", "", "", ""
	if r.State == quartet.RedEntered {
		out.Number, out.IssuedOn = "", ""
	}
	return out
}

type redAnswer struct{ Body redLetter }

func redAnswerOf(r quartet.RedLetter, err error, show func(*quartet.RedLetter) redLetter) (*redAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &redAnswer{show(&r)}, nil
}

type (
	// BuyersRedIn names a red letter of an account.
	BuyersRedIn struct {
		Account string `path:"account" maxLength:"32"`
		Red     string `path:"red_letter" maxLength:"32"`
	}
	// RedIn names a red letter.
	RedIn struct {
		Red string `path:"red_letter" maxLength:"32"`
	}
)

func redID(r *quartet.RedLetter) string { return r.ID }

func (a *API) registerRedLetters() {
	readers, buyers := []quartet.Right{quartet.MayRead}, []quartet.Right{quartet.MayBuy}
	register(a, operation{
		ID: "listInvoiceReds", Method: http.MethodGet, Path: "/accounts/{account}/invoices/{invoice}/red-letters", Tag: invoiceTag, Summary: "By what an invoice is taken back, newest first", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		InvoiceIn
		Turn
	},
	) (*page[redLetter], error) {
		v, err := a.o.Invoices.Find(ctx, in.Account, in.Invoice)
		if err != nil {
			return nil, err
		}
		list, err := a.o.RedLetters.Reds(ctx, v.ID, "", in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		out, err := pageOf(list, Turn{Limit: in.Limit}, redID, buyersRed)
		if err != nil {
			return nil, err
		}
		for i := range out.Body.Items {
			r := &out.Body.Items[i]
			if r.State != string(quartet.RedDone) { // what is there is not confirmed
				continue
			}
			if r.Files, err = a.invoiceFiles(ctx, r.ID); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
	register(a, operation{
		ID: "agreeRed", Method: http.MethodPost, Path: "/accounts/{account}/red-letters/{red_letter}/agreement", Tag: invoiceTag, Status: http.StatusOK,
		Summary: "Agree that an invoice is taken back", Doc: "Only after it is taken out of the own books. Where the tax bureau is told that, it is asked now whether it was.", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *BuyersRedIn) (*redAnswer, error) {
		r, err := a.o.RedLetters.Agree(ctx, c.By(), in.Account, in.Red)
		return redAnswerOf(r, err, buyersRed)
	})
	register(a, operation{
		ID: "declineRed", Method: http.MethodPost, Path: "/accounts/{account}/red-letters/{red_letter}/refusal", Tag: invoiceTag, Status: http.StatusOK,
		Summary: "Refuse that an invoice is taken back", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *struct {
		BuyersRedIn

		Body ReasonBody
	},
	) (*redAnswer, error) {
		r, err := a.o.RedLetters.Decline(ctx, c.By(), in.Account, in.Red, in.Body.Reason)
		return redAnswerOf(r, err, buyersRed)
	})
	register(a, operation{
		ID: "downloadRed", Method: http.MethodGet, Gives: anyFile, Path: "/accounts/{account}/red-letters/{red_letter}/files/{kind}", Tag: invoiceTag, Within: time.Minute, Summary: "A file of an issued red letter", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		BuyersRedIn
		FileIn
	},
	) (*issuersFile, error) {
		r, err := a.o.RedLetters.FindRed(ctx, in.Account, in.Red)
		if err != nil {
			return nil, err
		}
		if r.State != quartet.RedDone {
			return nil, quartet.Errorf(quartet.ErrNotFound, "this red letter is not issued yet")
		}
		return a.issuersFile(ctx, r.ID, in.Kind)
	})
	a.registerRedDesk()
}

func (a *API) registerRedDesk() {
	seers, movers := []quartet.Right{quartet.MayReadMoney}, []quartet.Right{quartet.MayMoveMoney}
	show := func(ctx context.Context, id string, err error) (*redAnswer, error) {
		if err != nil {
			return nil, err
		}
		r, err := a.o.RedLetters.FindRed(ctx, "", id)
		return redAnswerOf(r, err, redOf)
	}
	register(a, operation{
		ID: "listRedLetters", Method: http.MethodGet, Path: "/red-letters", Tag: invoiceTag, Summary: "Red letters of all accounts, newest first", Rights: seers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Invoice string `query:"invoice_id" maxLength:"64" doc:"Of this invoice alone"`
		State   string `query:"state" enum:"applying,waiting_buyer,issuing,needs_login,failed,unknown,entered,done,refused"`
	},
	) (*page[redLetter], error) {
		list, err := a.o.RedLetters.Reds(ctx, in.Invoice, quartet.RedState(in.State), in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, redID, redOf)
	})
	register(a, operation{
		ID: "seeRed", Method: http.MethodGet, Path: "/red-letters/{red_letter}", Tag: invoiceTag, Summary: "One red letter, and its files", Rights: seers,
	}, func(ctx context.Context, _ Caller, in *RedIn) (*redAnswer, error) {
		out, err := show(ctx, in.Red, nil)
		if err == nil {
			out.Body.Files, err = a.invoiceFiles(ctx, in.Red)
		}
		return out, err
	})
	register(a, operation{
		ID: "applyRed", Method: http.MethodPost, Path: "/invoices/{invoice}/red-letters", Tag: invoiceTag, Status: http.StatusCreated, Fresh: true,
		Summary: "Ask to take an invoice back, or a part of it", Doc: "A mistake is taken back whole.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		OwnerIn

		Body struct {
			Reason string        `json:"reason" enum:"mistake,returned,ended,allowance"`
			Orders []invoicePart `json:"orders,omitempty" maxItems:"100" doc:"Left out: all that stands"`
		}
	},
	) (*redAnswer, error) {
		r, err := a.o.RedLetters.ApplyRed(ctx, c.By(), in.Invoice, quartet.RedReason(in.Body.Reason), partsOf(in.Body.Orders))
		return redAnswerOf(r, err, redOf)
	})
	for _, op := range []struct {
		id, path, summary string
		fresh             bool
		do                func(ctx context.Context, by, id string) error
	}{
		{"retryRed", "retry", "Try a red letter again now, or ask now what became of it", false, func(ctx context.Context, by, id string) error {
			_, err := a.o.RedLetters.RetryRed(ctx, by, id)
			return err
		}},
		{"withdrawRed", "withdrawal", "Take a red letter back that is not issued", true, func(ctx context.Context, by, id string) error {
			_, err := a.o.RedLetters.Withdraw(ctx, by, id)
			return err
		}},
		{"confirmRed", "confirmation", "Confirm what another person entered", true, func(ctx context.Context, by, id string) error { return a.o.InvoiceWork.Confirm(ctx, by, id) }},
		{"disputeRed", "dispute", "Take back what was entered; it is entered anew", false, func(ctx context.Context, by, id string) error { return a.o.InvoiceWork.Dispute(ctx, by, id) }},
	} {
		register(a, operation{
			ID: op.id, Method: http.MethodPost, Path: "/red-letters/{red_letter}/" + op.path, Tag: invoiceTag, Status: http.StatusOK, Summary: op.summary, Rights: movers, Fresh: op.fresh,
		}, func(ctx context.Context, c Caller, in *RedIn) (*redAnswer, error) {
			return show(ctx, in.Red, op.do(ctx, c.By(), in.Red))
		})
	}
	register(a, operation{
		ID: "uploadRedFile", Method: http.MethodPut, Path: "/red-letters/{red_letter}/files/{kind}", Tag: invoiceTag, MaxBody: einvoice.MaxFile + 1, Within: time.Minute, Status: http.StatusOK,
		Summary: "Hand in a file of a red letter that people issued", Doc: "As of an invoice; its amounts are below zero.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		RedIn
		FileIn

		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (*redAnswer, error) {
		return show(ctx, in.Red, a.o.InvoiceWork.Upload(ctx, c.By(), in.Red, quartet.InvoiceFileKind(in.Kind), in.RawBody))
	})
	register(a, operation{
		ID: "enterRed", Method: http.MethodPut, Path: "/red-letters/{red_letter}/entry", Tag: invoiceTag, Fresh: true,
		Summary: "Enter what a red letter says whose XML cannot be read", Doc: "It counts once a second person has confirmed it.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		RedIn

		Body EntryBody
	},
	) (*redAnswer, error) {
		e, err := in.Body.entry()
		if err == nil {
			err = a.o.InvoiceWork.Enter(ctx, c.By(), in.Red, e)
		}
		return show(ctx, in.Red, err)
	})
	register(a, operation{
		ID: "seeRedFile", Method: http.MethodGet, Gives: anyFile, Path: "/red-letters/{red_letter}/files/{kind}", Tag: invoiceTag, Within: time.Minute, Summary: "A file of a red letter", Rights: seers,
	}, func(ctx context.Context, _ Caller, in *struct {
		RedIn
		FileIn
	},
	) (*issuersFile, error) {
		return a.issuersFile(ctx, in.Red, in.Kind)
	})
}
