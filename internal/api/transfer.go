package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/transfer"
)

// BankAccounts is where the bank accounts of the house and their statements are looked after.
type BankAccounts interface {
	Accounts(ctx context.Context) ([]quartet.HouseAccount, error)
	OpenAccount(ctx context.Context, by string, a quartet.HouseAccount) (quartet.HouseAccount, error)
	CloseAccount(ctx context.Context, by, id string) error
	Preview(ctx context.Context, account string, file []byte) (transfer.Plan, error)
	Import(ctx context.Context, by, account string, file []byte, digest string, skipBad bool) (transfer.Plan, error)
}

type bankAccount struct {
	ID       string    `json:"id"`
	Bank     string    `json:"bank"`
	Holder   string    `json:"holder"`
	Number   string    `json:"number"`
	OpenedAt time.Time `json:"opened_at"`
	ClosedAt time.Time `json:"closed_at,omitzero" doc:"Since then nobody is asked to pay to it"`
}

func bankAccountOf(a *quartet.HouseAccount) bankAccount {
	return bankAccount{a.ID, a.Bank, a.Holder, a.Number, a.Created, a.Closed}
}

// payer is who paid. Lists mask the account.
type payer struct {
	Name    string `json:"name"`
	Account string `json:"account_number" doc:"All but its last four digits are masked, unless it was asked for whole"`
	Remark  string `json:"remark"`
}

type statementLine struct {
	Row       int       `json:"row" doc:"Of the file, from 1"`
	Serial    string    `json:"serial"`
	At        time.Time `json:"at"`
	AmountFen int64     `json:"amount_fen"`
	Payer     payer     `json:"payer"`
	Fate      string    `json:"fate" enum:"known,settles,waits" doc:"known: imported before; settles: it pays its order; waits: people say what it is for"`
	Order     string    `json:"order_id,omitempty"`
	Why       string    `json:"why,omitempty" enum:"code,codes,over,under,late,second,payer" doc:"It waits: the remark names no order, or several; more or less came than the order costs; the order is closed, or paid already; the payer is not the verified firm"`
}

type badRow struct {
	Row int    `json:"row"`
	Why string `json:"why"`
}

type statement struct {
	Digest    string          `json:"digest" doc:"What an import names, so that what was shown is what is imported"`
	New       int             `json:"new" doc:"Lines that are not imported yet"`
	AmountFen int64           `json:"amount_fen" doc:"Of these"`
	Other     int             `json:"other" doc:"Rows by which no money came"`
	Lines     []statementLine `json:"lines" nullable:"false"`
	Bad       []badRow        `json:"bad" nullable:"false" doc:"Rows that cannot be read"`
}

type statementAnswer struct{ Body statement }

func statementOf(p *transfer.Plan) *statementAnswer {
	s := statement{Digest: p.Digest, New: p.New, AmountFen: int64(p.Amount), Other: p.Other, Lines: make([]statementLine, len(p.Lines)), Bad: make([]badRow, len(p.Bad))}
	for i := range p.Lines {
		l := &p.Lines[i]
		s.Lines[i] = statementLine{l.Row, l.Serial, l.At, int64(l.Amount), payer(l.Payer), string(l.Fate), l.Order, l.Why}
	}
	for i, b := range p.Bad {
		s.Bad[i] = badRow(b)
	}
	return &statementAnswer{s}
}

// HouseAccountIn names a bank account of the house.
type HouseAccountIn struct {
	BankAccount string `path:"bank_account" maxLength:"64"`
}

func (a *API) registerBankAccounts() {
	const tag = "transfers"
	runners, movers := []quartet.Right{quartet.MayRunHouse}, []quartet.Right{quartet.MayMoveMoney}
	register(a, operation{
		ID: "listBankAccounts", Method: http.MethodGet, Path: "/bank-accounts", Tag: tag, Summary: "The bank accounts of the house, to which buyers pay",
		Rights: []quartet.Right{quartet.MayBuy, quartet.MayReadMoney, quartet.MayRunHouse},
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[bankAccount], error) {
		all, err := a.o.BankAccounts.Accounts(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(b *quartet.HouseAccount) string { return b.ID }, bankAccountOf)
	})
	register(a, operation{
		ID: "openBankAccount", Method: http.MethodPost, Path: "/bank-accounts", Tag: tag, Summary: "Ask buyers to pay to a bank account", Rights: runners, Fresh: true, Status: http.StatusCreated,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Bank   string `json:"bank" minLength:"1" maxLength:"100"`
			Holder string `json:"holder" minLength:"1" maxLength:"100"`
			Number string `json:"number" minLength:"6" maxLength:"60"`
		}
	},
	) (*struct{ Body bankAccount }, error) {
		b, err := a.o.BankAccounts.OpenAccount(ctx, c.By(), quartet.HouseAccount{Bank: in.Body.Bank, Holder: in.Body.Holder, Number: in.Body.Number})
		if err != nil {
			return nil, err
		}
		return &struct{ Body bankAccount }{bankAccountOf(&b)}, nil
	})
	register(a, operation{
		ID: "closeBankAccount", Method: http.MethodPost, Path: "/bank-accounts/{bank_account}/closure", Tag: tag, Status: http.StatusNoContent,
		Summary: "Ask nobody to pay to a bank account any more", Doc: "What comes to it all the same is imported as before.", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *HouseAccountIn) (*struct{}, error) {
		return nil, a.o.BankAccounts.CloseAccount(ctx, c.By(), in.BankAccount)
	})
	register(a, operation{
		ID: "previewStatement", Method: http.MethodPost, Path: "/bank-accounts/{bank_account}/statements/preview", Tag: tag, MaxBody: transfer.MaxFile, Within: time.Minute,
		Summary: "Show what would become of each line of a bank statement", Doc: "The body is the file: CSV in UTF-8 or GBK, or XLSX. Nothing is written.", Rights: movers,
	}, func(ctx context.Context, _ Caller, in *struct {
		HouseAccountIn

		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (*statementAnswer, error) {
		p, err := a.o.BankAccounts.Preview(ctx, in.BankAccount, in.RawBody)
		if err != nil {
			return nil, err
		}
		return statementOf(&p), nil
	})
	register(a, operation{
		ID: "importStatement", Method: http.MethodPost, Path: "/bank-accounts/{bank_account}/statements", Tag: tag, MaxBody: transfer.MaxFile, Within: 5 * time.Minute,
		Summary: "Import a bank statement as its preview showed it", Doc: "All lines that are new, or none. Importing again changes nothing.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		HouseAccountIn

		Digest  string `query:"digest" required:"true" minLength:"64" maxLength:"64" doc:"Of the preview"`
		SkipBad bool   `query:"skip_bad" doc:"Leave out rows that cannot be read; without it they stop the import"`
		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (*statementAnswer, error) {
		p, err := a.o.BankAccounts.Import(ctx, c.By(), in.BankAccount, in.RawBody, in.Digest, in.SkipBad)
		if err != nil {
			return nil, err
		}
		return statementOf(&p), nil
	})
}
