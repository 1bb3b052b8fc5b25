package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/transfer"
)

// Statements is where statements of the house's bank accounts are imported.
type Statements interface {
	Preview(ctx context.Context, account string, file []byte) (transfer.Plan, error)
	Import(ctx context.Context, by, account string, file []byte, digest string, skipBad bool) (transfer.Plan, error)
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
	Why       string    `json:"reason,omitempty" enum:"code,codes,over,under,late,second,payer" doc:"It waits: the remark names no order, or several; more or less came than the order costs; the order is closed, or paid already; the payer is not the verified firm"`
}

type badRow struct {
	Row int    `json:"row"`
	Why string `json:"reason"`
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

func (a *API) registerStatements() {
	const tag = "transfers"
	movers := []quartet.Right{quartet.MayMoveMoney}
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
