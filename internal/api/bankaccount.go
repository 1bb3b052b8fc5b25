package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"quartet"
)

// BankAccounts is where the bank accounts of the house are looked after.
type BankAccounts interface {
	Accounts(ctx context.Context) ([]quartet.HouseAccount, error)
	AskAccount(ctx context.Context, by string, a quartet.HouseAccount) (quartet.HouseAccount, error)
	ConfirmAccount(ctx context.Context, by, id string) (quartet.HouseAccount, error)
	RejectAccount(ctx context.Context, by, id string) error
	CloseAccount(ctx context.Context, by, id string) error
	Statements
}

type bankAccount struct {
	ID       string    `json:"id"`
	Bank     string    `json:"bank"`
	Holder   string    `json:"holder"`
	Number   string    `json:"number"`
	AskedBy  string    `json:"asked_by,omitempty" doc:"The administrator who asked for it, and may not confirm it; operators alone see it"`
	AskedAt  time.Time `json:"asked_at,omitzero" doc:"Likewise"`
	OpenedBy string    `json:"opened_by,omitempty" doc:"Who confirmed it, or opened it on the command line; operators alone see it"`
	OpenedAt time.Time `json:"opened_at,omitzero" doc:"Left out: it waits for another administrator, and no buyer sees it"`
	ClosedAt time.Time `json:"closed_at,omitzero" doc:"Since then nobody is asked to pay to it"`
}

func bankAccountOf(a *quartet.HouseAccount) bankAccount {
	return bankAccount{a.ID, a.Bank, a.Holder, a.Number, a.AskedBy, a.Created, a.OpenedBy, a.Opened, a.Closed}
}

// buyersAccount is a bank account as buyers see it: who of the house opened it is not their
// business.
func buyersAccount(a *quartet.HouseAccount) bankAccount {
	return bankAccount{ID: a.ID, Bank: a.Bank, Holder: a.Holder, Number: a.Number, OpenedAt: a.Opened, ClosedAt: a.Closed}
}

func bankAccountAnswer(b quartet.HouseAccount, err error) (*struct{ Body bankAccount }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body bankAccount }{bankAccountOf(&b)}, nil
}

// HouseAccountIn names a bank account of the house.
type HouseAccountIn struct {
	BankAccount string `path:"bank_account" maxLength:"64"`
}

func (a *API) registerBankAccounts() {
	const tag = "transfers"
	runners := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listBankAccounts", Method: http.MethodGet, Path: "/bank-accounts", Tag: tag, Summary: "The bank accounts of the house, to which buyers pay",
		Doc: "Operators see those that wait to be confirmed as well.", Rights: []quartet.Right{quartet.MayBuy, quartet.MayReadMoney, quartet.MayRunHouse},
	}, func(ctx context.Context, c Caller, in *struct{ Turn }) (*page[bankAccount], error) {
		all, err := a.o.BankAccounts.Accounts(ctx)
		if err != nil {
			return nil, err
		}
		show := bankAccountOf
		if !c.Session.Operator {
			show = buyersAccount
			all = slices.DeleteFunc(all, func(b quartet.HouseAccount) bool { return b.Opened.IsZero() })
		}
		return pageOf(all, in.Turn, func(b *quartet.HouseAccount) string { return b.ID }, show)
	})
	register(a, operation{
		ID: "askBankAccount", Method: http.MethodPost, Path: "/bank-accounts", Tag: tag, Summary: "Ask that buyers pay to a bank account", Rights: runners, Fresh: true, Status: http.StatusCreated,
		Doc: "It waits until another administrator confirms it: no buyer sees it, and no statement of it is imported.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Bank   string `json:"bank" minLength:"1" maxLength:"100"`
			Holder string `json:"holder" minLength:"1" maxLength:"100"`
			Number string `json:"number" minLength:"6" maxLength:"60"`
		}
	},
	) (*struct{ Body bankAccount }, error) {
		return bankAccountAnswer(a.o.BankAccounts.AskAccount(ctx, c.By(), quartet.HouseAccount{Bank: in.Body.Bank, Holder: in.Body.Holder, Number: in.Body.Number}))
	})
	register(a, operation{
		ID: "confirmBankAccount", Method: http.MethodPost, Path: "/bank-accounts/{bank_account}/confirmation", Tag: tag,
		Summary: "Open a bank account that another administrator asked for", Doc: "Compare its number with what the bank says, not with what the other one says.", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *HouseAccountIn) (*struct{ Body bankAccount }, error) {
		return bankAccountAnswer(a.o.BankAccounts.ConfirmAccount(ctx, c.By(), in.BankAccount))
	})
	register(a, operation{
		ID: "rejectBankAccount", Method: http.MethodPost, Path: "/bank-accounts/{bank_account}/rejection", Tag: tag, Status: http.StatusNoContent,
		Summary: "Reject a bank account that waits, or take back what one asked for", Rights: runners,
	}, func(ctx context.Context, c Caller, in *HouseAccountIn) (*struct{}, error) {
		return nil, a.o.BankAccounts.RejectAccount(ctx, c.By(), in.BankAccount)
	})
	register(a, operation{
		ID: "closeBankAccount", Method: http.MethodPost, Path: "/bank-accounts/{bank_account}/closure", Tag: tag, Status: http.StatusNoContent,
		Summary: "Ask nobody to pay to a bank account any more", Doc: "One administrator is enough, since it may have to be at once. What comes to it all the same is imported as before.", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *HouseAccountIn) (*struct{}, error) {
		return nil, a.o.BankAccounts.CloseAccount(ctx, c.By(), in.BankAccount)
	})
}

// openBankAccounts are those to which buyers are asked to pay.
func (a *API) openBankAccounts(ctx context.Context) ([]bankAccount, error) {
	all, err := a.o.BankAccounts.Accounts(ctx)
	open := []bankAccount{}
	for i := range all {
		if all[i].Open() {
			open = append(open, buyersAccount(&all[i]))
		}
	}
	return open, err
}
