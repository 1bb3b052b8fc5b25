package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newCredential(env *Env) *cobra.Command {
	return group("credential", "Credentials: what lets an account in",
		newCredentialAdd(env), newCredentialList(env), newCredentialShow(env), newCredentialRevoke(env))
}

type credentialLine struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Secret    string `json:"secret,omitempty"`
	CreatedAt string `json:"created_at"`
	RevokedAt string `json:"revoked_at"`
}

func credentialOf(c quartet.Credential, secret string) credentialLine {
	return credentialLine{c.ID, c.Account, string(c.Kind), c.Name, secret, stamp(c.CreatedAt), stamp(c.RevokedAt)}
}

func newCredentialAdd(env *Env) *cobra.Command {
	var (
		account, kind, name string
		asJSON              bool
	)
	cmd := &cobra.Command{
		Use: "add", Short: "Issue a credential and print its secret", Args: exactly(0),
		Long: `Issue a credential of an account. Its secret is made here and printed once, alone on
standard output; id and hints go to standard error.

  appcode  sent as the header  Authorization: APPCODE <secret>
  key      sent as the body parameter  key=<secret>`,
		Example: `  quartet credential add --account acme
  quartet credential add --account acme --kind key --name "night batch"`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			c, secret, err := h.Desk.Issue(ctx, commandLine, account, quartet.Credential{Kind: quartet.CredentialKind(kind), Name: name})
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			if asJSON {
				return newLines(env.Out, true).row(credentialOf(c, secret))
			}
			_, _ = fmt.Fprintf(env.Err, "credential %s (%s) of account %s; the secret:\n", c.ID, c.Kind, c.Account)
			_, err = fmt.Fprintln(env.Out, secret)
			return err
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "whose it is (id or name)")
	cmd.Flags().StringVar(&kind, "kind", string(quartet.KindAppCode), "appcode or key")
	cmd.Flags().StringVar(&name, "name", "", "a note to tell it from others")
	jsonFlag(cmd, &asJSON)
	needs(cmd, "account")
	return cmd
}

func newCredentialList(env *Env) *cobra.Command {
	var (
		account string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List credentials without their secrets, oldest first", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Desk.Credentials(ctx, account)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "ACCOUNT", "KIND", "NAME", "ISSUED", "REVOKED")
			for _, c := range list {
				if err := out.row(credentialOf(c, ""), c.ID, c.Account, c.Kind, c.Name, day(c.CreatedAt), day(c.RevokedAt)); err != nil {
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

func newCredentialShow(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show the secret of a credential again", Args: exactly(1),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			c, secret, err := h.Desk.Reveal(ctx, commandLine, args[0])
			if err != nil {
				return err
			}
			h.Log.Info("a secret was shown", "credential", c.ID, "account", c.Account)
			if asJSON {
				return newLines(env.Out, true).row(credentialOf(c, secret))
			}
			if c.Revoked() {
				_, _ = fmt.Fprintln(env.Err, "this credential was revoked", day(c.RevokedAt))
			}
			_, err = fmt.Fprintln(env.Out, secret)
			return err
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newCredentialRevoke(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a credential at once", Args: exactly(1),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			if err := h.Desk.Revoke(ctx, commandLine, args[0]); err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintln(env.Out, "revoked", args[0])
			return err
		}),
	}
}
