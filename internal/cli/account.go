package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newAccount(env *Env) *cobra.Command {
	return group("account", "Accounts: who calls and who pays",
		newAccountAdd(env), newAccountList(env),
		newAccountSwitch(env, "suspend", "Refuse the credentials of an account until it is resumed"),
		newAccountSwitch(env, "resume", "Let a suspended account in again"),
		newAccountLimit(env), newAccountPurpose(env))
}

func newAccountAdd(env *Env) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Open an account and print its id", Args: exactly(1),
		Long: `Open an account and print its id. Id and name both name it in other commands.

The new account has no credential and no units yet: see credential add and grant add.`,
		Example: `  quartet account add "Acme Air"
  quartet account add --id acme "Acme Air"`,
		RunE: env.inNewFolder(func(ctx context.Context, h *app.House, args []string) error {
			a, err := h.Desk.Open(ctx, env.actor(), id, args[0])
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, a.ID)
			return err
		}),
	}
	cmd.Flags().StringVar(&id, "id", "", "its id, a-z 0-9 and - (default: one is made up)")
	return cmd
}

type accountLine struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	QPS         int    `json:"qps"`
	Burst       int    `json:"burst"`
	Purpose     string `json:"purpose"`
	CreatedAt   string `json:"created_at"`
	SuspendedAt string `json:"suspended_at"`
}

func newAccountList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List all accounts, oldest first", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Desk.List(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "NAME", "OPENED", "LIMIT", "PURPOSE", "STATE")
			for _, a := range list {
				state := "active"
				if a.Suspended() {
					state = "suspended since " + day(a.SuspendedAt)
				}
				if err := out.row(accountLine{a.ID, a.Name, a.Rate.QPS, a.Rate.Burst, a.Purpose, stamp(a.CreatedAt), stamp(a.SuspendedAt)},
					a.ID, a.Name, day(a.CreatedAt), dash(a.Rate.PerSecond()), dash(a.Purpose), state); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newAccountSwitch(env *Env, verb, short string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " ACCOUNT", Short: short, Args: exactly(1),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			act := map[string]func(ctx context.Context, by, ref string) (quartet.Account, error){
				"suspend": func(ctx context.Context, by, ref string) (quartet.Account, error) {
					return h.Desk.Suspend(ctx, by, ref, "")
				},
				"resume": h.Desk.Resume,
			}[verb]
			a, err := act(ctx, env.actor(), args[0])
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			state := "active"
			if a.Suspended() {
				state = "suspended"
			}
			_, err = fmt.Fprintf(env.Out, "account %s is %s\n", a.ID, state)
			return err
		}),
	}
}

func newAccountLimit(env *Env) *cobra.Command {
	var r quartet.Rate
	cmd := &cobra.Command{
		Use: "limit ACCOUNT", Short: "Limit the calls a second of all credentials of an account together", Args: exactly(1),
		Long: `Limit the calls a second of all credentials of an account together. Each credential may
have a limit of its own below that: see credential set. 0 calls a second is no limit.`,
		Example: `  quartet account limit acme --qps 50 --burst 100
  quartet account limit acme --qps 0`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			a, err := h.Desk.SetRate(ctx, env.actor(), args[0], r)
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			limit := "no limit"
			if a.Rate.QPS > 0 {
				limit = a.Rate.PerSecond()
			}
			_, err = fmt.Fprintf(env.Out, "account %s: %s\n", a.ID, limit)
			return err
		}),
	}
	rateFlags(cmd, &r)
	needs(cmd, "qps")
	return cmd
}

func newAccountPurpose(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "purpose ACCOUNT PURPOSE", Short: "Say what an account may ask for", Args: exactly(2),
		Long: `Say what an account may ask for by its contract; an empty PURPOSE says nothing. A source
that is only for some purposes (source set --purpose) is not asked for other accounts. Where
the firm of the account was approved, PURPOSE is one of those that its application lists.`,
		Example: `  quartet account purpose acme payroll
  quartet account purpose acme ""`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			a, err := h.Desk.SetPurpose(ctx, env.actor(), args[0], args[1])
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			purpose := "no purpose"
			if a.Purpose != "" {
				purpose = "for " + a.Purpose
			}
			_, err = fmt.Fprintf(env.Out, "account %s: %s\n", a.ID, purpose)
			return err
		}),
	}
	before(cmd, func(args []string) error {
		if args[1] == "" {
			return nil
		}
		return quartet.CheckPurpose(args[1])
	})
	return cmd
}
