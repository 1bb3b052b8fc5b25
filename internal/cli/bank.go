package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newBank(env *Env) *cobra.Command {
	return group("bank", "Bank accounts of the house, to which buyers pay", newBankOpen(env), newBankList(env))
}

func newBankOpen(env *Env) *cobra.Command {
	var (
		as string
		a  quartet.HouseAccount
	)
	cmd := &cobra.Command{
		Use: "open", Short: "Ask buyers to pay to a bank account, as an administrator", Args: exactly(0),
		Long: `Ask buyers to pay to a bank account from now on. Over the management API another administrator
confirms it; here nobody else is asked, since whoever opens the data folder could write into it
what they like. One that waits already is rejected there first.`,
		Example: `  quartet bank open --bank 招商银行 --holder 四要素科技有限公司 --number 755900000000001`,
		RunE: env.byAdministrator(&as, func(ctx context.Context, h *app.House, by string, _ []string) error {
			a, err := h.Transfers.OpenAccount(ctx, by, a)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "opened bank account %s, %s %s\n", a.ID, a.Bank, a.Number)
			return err
		}),
	}
	asFlag(cmd, &as)
	cmd.Flags().StringVar(&a.Bank, "bank", "", "name of the bank")
	cmd.Flags().StringVar(&a.Holder, "holder", "", "whose account it is, as the bank has it")
	cmd.Flags().StringVar(&a.Number, "number", "", "number of the account")
	needs(cmd, "bank", "holder", "number")
	return cmd
}

type bankLine struct {
	ID       string `json:"id"`
	Bank     string `json:"bank"`
	Holder   string `json:"holder"`
	Number   string `json:"number"`
	State    string `json:"state"`
	AskedBy  string `json:"asked_by"`
	OpenedBy string `json:"opened_by"`
	OpenedAt string `json:"opened_at"`
	ClosedAt string `json:"closed_at"`
}

func newBankList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the bank accounts of the house, oldest first", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Transfers.Accounts(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "BANK", "HOLDER", "NUMBER", "STATE", "ID")
			for _, a := range list {
				state := "closed"
				switch {
				case a.Opened.IsZero():
					state = "waits"
				case a.Open():
					state = "open"
				}
				line := bankLine{a.ID, a.Bank, a.Holder, a.Number, state, a.AskedBy, a.OpenedBy, stamp(a.Opened), stamp(a.Closed)}
				if err := out.row(line, a.Bank, a.Holder, a.Number, state, a.ID); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
