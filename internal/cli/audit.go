package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quartet/internal/app"
)

func newAudit(env *Env) *cobra.Command {
	return group("audit", "The audit: who changed or saw what", newAuditList(env))
}

type auditLine struct {
	ID      string `json:"id"`
	Time    string `json:"time"`
	Actor   string `json:"actor"`
	Action  string `json:"action"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

const maxAudit = 1_000_000

func newAuditList(env *Env) *cobra.Command {
	var (
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List who changed or saw what, newest first", Args: exactly(0),
		Long: `List who opened, suspended and limited accounts, issued, changed, rotated, revoked and saw
credentials, added, changed and switched products and sources, tested sources and set whom
calls are put to, and added operators, gave them another password or said a wrong one;
newest first.

The actor is an operator where one had to give a password, else the door by which somebody
came: "command line" is whoever may open the data folder, with the user of the system who ran
the command, as the kernel names them (beside a running server on Linux alone). Whoever may
become that user can act under that name. The subject is an id. No entry holds a secret. What is done with units is in the book: see grant and quota.`,
		Example: `  quartet audit list --limit 20
  quartet audit list --json | jq 'select(.action == "credential.show")'`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Store.AuditEntries(ctx, limit)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "TIME", "ACTOR", "ACTION", "SUBJECT", "DETAIL")
			for _, e := range list {
				if err := out.row(auditLine{e.ID, stamp(e.At), e.Actor, e.Action, e.Subject, e.Detail},
					day(e.At), e.Actor, e.Action, e.Subject, e.Detail); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "the newest so many")
	before(cmd, func([]string) error {
		if limit < 1 || limit > maxAudit {
			return usagef("--limit must be from 1 to %d", maxAudit)
		}
		return nil
	})
	jsonFlag(cmd, &asJSON)
	return cmd
}
