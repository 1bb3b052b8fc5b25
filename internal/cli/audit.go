package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newAudit(env *Env) *cobra.Command {
	return group("audit", "The audit: who changed or saw what", newAuditList(env), newAuditVerify(env), newAuditHead(env))
}

type auditLine struct {
	ID      string `json:"id"`
	Time    string `json:"time"`
	Actor   string `json:"actor"`
	Action  string `json:"action"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
	Origin  string `json:"origin"`
	// As they were written; null where there is nothing.
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

func newAuditLine(e quartet.AuditEntry) auditLine {
	return auditLine{e.ID, stamp(e.At), e.Actor, e.Action, e.Subject, e.Detail, e.Origin, written(e.Before), written(e.After)}
}

// written is JSON as it was written; what is none, since somebody altered it, as a string.
func written(text string) json.RawMessage {
	switch {
	case text == "":
		return nil
	case json.Valid([]byte(text)):
		return json.RawMessage(text)
	}
	quoted, _ := json.Marshal(text) //nolint:errchkjson // a string can always be marshalled
	return quoted
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
become that user can act under that name. The subject is an id. The origin is the
address where somebody came from, if one is known; what a thing was before and after is shown
with --json alone. No entry holds a secret. What is done with units is in the book: see grant and quota.`,
		Example: `  quartet audit list --limit 20
  quartet audit list --json | jq 'select(.action == "credential.show")'`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Store.AuditEntries(ctx, limit)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "TIME", "ACTOR", "ACTION", "SUBJECT", "ORIGIN", "DETAIL")
			for _, e := range list {
				if err := out.row(newAuditLine(e),
					day(e.At), e.Actor, e.Action, e.Subject, e.Origin, e.Detail); err != nil {
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

func newAuditVerify(env *Env) *cobra.Command {
	var (
		noted  string
		point  quartet.AuditPoint
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "verify", Short: "Prove that nobody altered, took out, put in or moved an entry", Args: exactly(0),
		Long: `Read every entry of the audit in its place and make its mac again, which covers the entry and
the mac before it. It finds what was altered, taken out, put in or moved, and that the end
was cut off, by whoever can write the database but does not hold the keyring.

With --head it is also held against a head that "quartet audit head" gave before: then it finds as well
what somebody did who holds the keyring, and that an older database was put in the place of
this one. Keep heads where nobody of the house can change them.

Exit code 1 and the first bad place, if one is found.`,
		Example: `  quartet audit verify
  quartet audit verify --head "$(cat head-of-monday)"`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			r, err := h.VerifyAudit(ctx, point)
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				err = newLines(env.Out, true).row(r)
			case r.Fault == nil:
				_, err = fmt.Fprintf(env.Out, "entries: %d, all as they were written; the head is %s\n", r.Entries, r.Head)
			default:
				_, err = fmt.Fprintf(env.Out, "%s\nentries before it: %d, all as they were written\n", r.Fault, r.Entries)
			}
			if err == nil && r.Fault != nil {
				err = exitError(exitFailed)
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&noted, "head", "", "a head that was written down before, PLACE:MAC")
	before(cmd, func([]string) (err error) {
		if noted != "" {
			point, err = quartet.ParseAuditPoint(noted)
		}
		return err
	})
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newAuditHead(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "head", Short: "Verify the audit and print its head, to be kept elsewhere", Args: exactly(0),
		Long: `Verify the audit and print where it ends, as PLACE:MAC. Kept outside the house, it proves later
by "quartet audit verify --head" that nothing up to it has changed since. A head of an audit
that is not whole is not printed.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			r, err := h.VerifyAudit(ctx, quartet.AuditPoint{})
			if err != nil {
				return err
			}
			if r.Fault != nil {
				return quartet.Errorf(quartet.ErrConflict, "the audit is not whole, so it has no head to keep: %s", r.Fault)
			}
			_, err = fmt.Fprintln(env.Out, r.Head)
			return err
		}),
	}
}
