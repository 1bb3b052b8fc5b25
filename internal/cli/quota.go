package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet/internal/app"
	"quartet/internal/quota"
)

func newQuota(env *Env) *cobra.Command {
	return group("quota", "The book of units", newQuotaShow(env), newQuotaAudit(env))
}

type quotaLine struct {
	Grant     string `json:"grant_id"`
	Account   string `json:"account"`
	Units     int64  `json:"units"`
	Used      int64  `json:"used"`
	Held      int64  `json:"held"`
	Withdrawn int64  `json:"withdrawn"`
	ExpiresAt string `json:"expires_at"`
}

func newQuotaShow(env *Env) *cobra.Command {
	var (
		account string
		limit   int
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "show", Short: "Show how many units each grant has left", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := grantsOf(ctx, h, account)
			if err != nil {
				return err
			}
			if limit > 0 && len(list) > limit {
				list = list[:limit]
			}
			out := newLines(env.Out, asJSON, "GRANT", "ACCOUNT", "UNITS", "USED", "HELD", "WITHDRAWN", "LEFT", "EXPIRES")
			for _, g := range list {
				if err := out.row(quotaLine{g.ID, g.Account, g.Units, g.Used, g.Held, g.Withdrawn, stamp(g.ExpiresAt)},
					g.ID, g.Account, g.Units, g.Used, g.Held, g.Withdrawn, g.Left(), day(g.ExpiresAt)); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "of this account only (id or name)")
	cmd.Flags().IntVar(&limit, "limit", 0, "at most so many (0: all)")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newQuotaAudit(env *Env) *cobra.Command {
	var openOnly, asJSON bool
	cmd := &cobra.Command{
		Use: "audit", Short: "Prove the book of units against the rows behind it", Args: exactly(0),
		Long: `Prove for every grant, at one instant: its units are what was given; what is used is
the sum of closed days and charged calls; what is held is the sum of open holds; what is
withdrawn is the sum of its entries; and nothing is below zero or above what was given.
Paid orders and what they gave belong together one to one, with the order's units and money.
Also that every attempt belongs to a call, and every verdict of a supplier to one attempt.

Exit code 1 and every difference, if one is found.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			r, err := quota.Audit(ctx, h.Store, !openOnly)
			if err != nil {
				return err
			}
			if asJSON {
				if err := newLines(env.Out, true).row(r); err != nil {
					return err
				}
			} else {
				for _, d := range r.Differences {
					_, _ = fmt.Fprintln(env.Out, d)
				}
				_, _ = fmt.Fprintf(env.Out, "%s, %s used, %d held, %d left: %s\n",
					counted(r.Grants, "grant"), counted(r.Used, "unit"), r.Held, r.Left, counted(len(r.Differences), "difference"))
			}
			if len(r.Differences) > 0 {
				return exitError(exitFailed)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&openOnly, "open", false, "only days that are not closed: quicker")
	jsonFlag(cmd, &asJSON)
	return cmd
}
