package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/quota"
)

func newGrant(env *Env) *cobra.Command {
	return group("grant", "Grants: the units an account may use",
		newGrantAdd(env), newGrantList(env), newGrantWithdraw(env),
		newGrantChange(env, "freeze GRANT", "Keep new calls from using a grant", func(ctx context.Context, h *app.House, id, note string) error {
			return h.Ledger.Freeze(ctx, id, note)
		}),
		newGrantChange(env, "thaw GRANT", "Let calls use a frozen grant again", func(ctx context.Context, h *app.House, id, note string) error {
			return h.Ledger.Thaw(ctx, id, note)
		}),
		newGrantExtend(env))
}

// term is the validity of a grant as flags give it.
type term struct {
	expires string
	years   int
}

// flags adds the flags. Without years by default, one of them must be given.
func (t *term) flags(cmd *cobra.Command, years int) {
	cmd.Flags().StringVar(&t.expires, "expires", "", "last day (2006-01-02, to its end in Asia/Shanghai) or instant (RFC 3339)")
	cmd.Flags().IntVar(&t.years, "years", years, "calendar years from today, to the end of that day in Asia/Shanghai")
	before(cmd, func([]string) error {
		if cmd.Flags().Changed("expires") && cmd.Flags().Changed("years") {
			return usagef("give --expires or --years, not both")
		}
		if years == 0 && !cmd.Flags().Changed("expires") && !cmd.Flags().Changed("years") {
			return usagef("give --expires or --years; run `%s --help`", cmd.CommandPath())
		}
		_, err := t.end(time.Unix(0, 0))
		return err
	})
}

const maxYears = 100

// end is the first instant at which the grant cannot be used any more.
func (t *term) end(now time.Time) (time.Time, error) {
	if t.expires == "" {
		if t.years < 1 || t.years > maxYears {
			return time.Time{}, usagef("--years must be from 1 to %d", maxYears)
		}
		return quartet.ValidUntil(now, 12*t.years), nil
	}
	return readEnd(t.expires)
}

// readEnd is the first instant after a day, or an instant.
func readEnd(text string) (time.Time, error) {
	if last, err := time.ParseInLocation(time.DateOnly, text, quartet.Shanghai); err == nil {
		return quartet.EndOfDay(last), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, usagef("--expires must be a day such as 2028-12-31 or an instant such as 2028-12-31T12:00:00+08:00")
	}
	return at, nil
}

func newGrantAdd(env *Env) *cobra.Command {
	var (
		g             quartet.Grant
		account, note string
		paid          string
		valid         term
	)
	cmd := &cobra.Command{
		Use: "add", Short: "Give units to an account and print the grant's id", Args: exactly(0),
		Long: `Give units to an account and print the grant's id.

Calls use trial grants first, then the lowest priority number, then the earliest
expiry, then the oldest grant. Units of a product are used for its calls alone. What was
paid is spread over the units in reports of margin; without --paid they are a gift.`,
		Example: `  quartet grant add --account acme --units 1200 --paid 500.00
  quartet grant add --account acme --units 100 --product 1887 --trial --expires 2027-03-31`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			a, err := h.Desk.Find(ctx, account)
			if err != nil {
				return err
			}
			id, err := uuid.NewV7()
			if err != nil {
				return err
			}
			if g.Product != "" {
				if _, err := h.Catalogue.Find(ctx, g.Product); err != nil {
					return err
				}
			}
			g.ID, g.Account, g.Origin, g.CreatedAt = id.String(), a.ID, "gift", h.Now()
			if g.ExpiresAt, err = valid.end(g.CreatedAt); err != nil {
				return err
			}
			if err := h.Ledger.Give(ctx, g, note); err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, g.ID)
			return err
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "who gets them (id or name)")
	cmd.Flags().Int64Var(&g.Units, "units", 0, "how many")
	cmd.Flags().StringVar(&g.Product, "product", "", "the product whose calls may use them (default: any)")
	cmd.Flags().StringVar(&paid, "paid", "0.00", "what was paid for all of them, in yuan")
	cmd.Flags().BoolVar(&g.Trial, "trial", false, "used before all others")
	cmd.Flags().Int64Var(&g.Priority, "priority", 0, "lower is used earlier")
	cmd.Flags().StringVar(&note, "note", "given by an operator", "who gives and why, for the book")
	valid.flags(cmd, 2)
	needs(cmd, "account", "units")
	before(cmd, func([]string) (err error) {
		if g.Paid, err = quartet.ParseFen(paid); err != nil {
			return usagef("--paid: %w", err)
		}
		return wantUnits(g.Units)
	})
	return cmd
}

// wantUnits is asked of every flag of units, before any folder is opened.
func wantUnits(n int64) error {
	if n < 1 || n > quota.MaxUnits {
		return usagef("--units must be from 1 to %d", quota.MaxUnits)
	}
	return nil
}

type grantLine struct {
	ID        string `json:"grant_id"`
	Account   string `json:"account"`
	Product   string `json:"product"`
	Units     int64  `json:"units"`
	Used      int64  `json:"used"`
	Held      int64  `json:"held"`
	Withdrawn int64  `json:"withdrawn"`
	Left      int64  `json:"left"`
	Trial     bool   `json:"trial"`
	Priority  int64  `json:"priority"`
	Origin    string `json:"origin"`
	Paid      int64  `json:"paid_fen"`
	CreatedAt string `json:"created_at"`
	ExpiresAt string `json:"expires_at"`
	FrozenAt  string `json:"frozen_at"`
}

func newGrantList(env *Env) *cobra.Command {
	var (
		account string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List grants, oldest first", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := grantsOf(ctx, h, account)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "GRANT", "ACCOUNT", "PRODUCT", "UNITS", "USED", "HELD", "WITHDRAWN", "LEFT", "PAID", "EXPIRES", "STATE")
			for _, g := range list {
				if err := out.row(grantLine{
					g.ID, g.Account, g.Product, g.Units, g.Used, g.Held, g.Withdrawn, g.Left(), g.Trial, g.Priority, g.Origin, int64(g.Paid),
					stamp(g.CreatedAt), stamp(g.ExpiresAt), stamp(g.FrozenAt),
				}, g.ID, g.Account, cmp.Or(g.Product, "any"), g.Units, g.Used, g.Held, g.Withdrawn, g.Left(), g.Paid, day(g.ExpiresAt), grantState(g, h.Now())); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "of this account only (id or name)")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func grantState(g quartet.Grant, now time.Time) string {
	switch {
	case !now.Before(g.ExpiresAt):
		return "expired"
	case !g.FrozenAt.IsZero():
		return "frozen"
	case g.Left() == 0:
		return "used up"
	case g.Trial:
		return "trial"
	default:
		return "active"
	}
}

func grantsOf(ctx context.Context, h *app.House, account string) ([]quartet.Grant, error) {
	if account != "" {
		a, err := h.Desk.Find(ctx, account)
		if err != nil {
			return nil, err
		}
		account = a.ID
	}
	return h.Store.Grants(ctx, account)
}

func newGrantWithdraw(env *Env) *cobra.Command {
	var (
		units int64
		note  string
	)
	cmd := &cobra.Command{
		Use: "withdraw GRANT", Short: "Take free units back", Args: exactly(1),
		Example: `  quartet grant withdraw 0193… --units 200 --note "given by mistake"`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			if err := h.Ledger.Withdraw(ctx, args[0], units, note); err != nil {
				return err
			}
			_, err := fmt.Fprintf(env.Out, "withdrew %s from grant %s\n", counted(units, "unit"), args[0])
			return err
		}),
	}
	cmd.Flags().Int64Var(&units, "units", 0, "how many")
	cmd.Flags().StringVar(&note, "note", "withdrawn by an operator", "who withdraws and why, for the book")
	needs(cmd, "units")
	before(cmd, func([]string) error { return wantUnits(units) })
	return cmd
}

func newGrantChange(env *Env, use, short string, act func(ctx context.Context, h *app.House, id, note string) error) *cobra.Command {
	var note string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: exactly(1),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			if err := act(ctx, h, args[0], note); err != nil {
				return err
			}
			_, err := fmt.Fprintln(env.Out, "done")
			return err
		}),
	}
	cmd.Flags().StringVar(&note, "note", "by an operator", "who and why, for the book")
	return cmd
}

func newGrantExtend(env *Env) *cobra.Command {
	var (
		note  string
		valid term
	)
	cmd := &cobra.Command{
		Use: "extend GRANT", Short: "Move the end of a grant to a later day", Args: exactly(1),
		Long: `Move the end of a grant to a later day, given by --expires or --years. It never ends
earlier: to keep units from being used, freeze the grant or withdraw them.`,
		Example: `  quartet grant extend 0193… --expires 2029-12-31
  quartet grant extend 0193… --years 1`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			at, err := valid.end(h.Now())
			if err != nil {
				return err
			}
			if err := later(ctx, h, args[0], at); err != nil {
				return err
			}
			if err := h.Ledger.SetExpiry(ctx, args[0], at, note); err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "grant %s ends %s\n", args[0], day(at))
			return err
		}),
	}
	cmd.Flags().StringVar(&note, "note", "by an operator", "who and why, for the book")
	valid.flags(cmd, 0)
	return cmd
}

// later refuses an end that would take units away.
func later(ctx context.Context, h *app.House, id string, at time.Time) error {
	if !at.After(h.Now()) {
		return usagef("the end %s is over; give a later one", day(at))
	}
	grants, err := grantsOf(ctx, h, "")
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.ID == id && at.Before(g.ExpiresAt) {
			return usagef("the grant ends %s; give a later end, or freeze it or withdraw its units", day(g.ExpiresAt))
		}
	}
	return nil // of a grant that is not there the ledger says so
}
