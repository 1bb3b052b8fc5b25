package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/support"
)

func newCredential(env *Env) *cobra.Command {
	return group("credential", "Credentials: what lets an account in",
		newCredentialAdd(env), newCredentialList(env), newCredentialSet(env), newCredentialRotate(env),
		newCredentialRevoke(env), newCredentialShow(env))
}

type credentialLine struct {
	ID         string   `json:"id"`
	Account    string   `json:"account"`
	Kind       string   `json:"kind"`
	Name       string   `json:"name"`
	AppKey     string   `json:"app_key,omitempty"`
	Secret     string   `json:"secret,omitempty"`
	Test       bool     `json:"test"`
	State      string   `json:"state"`
	QPS        int      `json:"qps"`
	Burst      int      `json:"burst"`
	Daily      int64    `json:"daily"`
	From       []string `json:"from"`
	Products   []string `json:"products"`
	CreatedAt  string   `json:"created_at"`
	ExpiresAt  string   `json:"expires_at"`
	RevokedAt  string   `json:"revoked_at"`
	LastUsedAt string   `json:"last_used_at"`
}

// credentialOf is a credential as JSON shows it; with a secret only where that was asked for.
func credentialOf(c quartet.Credential, now time.Time, secret string) credentialLine {
	l := credentialLine{
		ID: c.ID, Account: c.Account, Kind: string(c.Kind), Name: c.Name, AppKey: c.AppKey, Secret: secret, Test: c.Test, State: c.State(now),
		QPS: c.Limits.QPS, Burst: c.Limits.Burst, Daily: c.Limits.Daily, From: []string{}, Products: []string{},
		CreatedAt: stamp(c.CreatedAt), ExpiresAt: stamp(c.ExpiresAt), RevokedAt: stamp(c.RevokedAt), LastUsedAt: stamp(c.LastUsedAt),
	}
	for _, p := range c.Limits.Networks {
		l.From = append(l.From, p.String())
	}
	l.Products = append(l.Products, c.Limits.Products...)
	return l
}

// stateText is whether a credential lets anybody in, and until when.
func stateText(c quartet.Credential, now time.Time) string {
	switch {
	case c.Revoked():
		return "revoked " + day(c.RevokedAt)
	case c.Expired(now):
		return "expired " + day(c.ExpiresAt)
	case !c.ExpiresAt.IsZero():
		return "expires " + day(c.ExpiresAt)
	default:
		return "active"
	}
}

// printSecret prints a secret alone on standard output; what else there is to say goes to
// standard error.
func (e *Env) printSecret(c quartet.Credential, now time.Time, secret string, asJSON bool, about string) error {
	if asJSON {
		return newLines(e.Out, true).row(credentialOf(c, now, secret))
	}
	if c.AppKey != "" {
		about += ", AppKey " + c.AppKey
	}
	_, _ = fmt.Fprintln(e.Err, about+"; the secret:")
	_, err := fmt.Fprintln(e.Out, secret)
	return err
}

func newCredentialAdd(env *Env) *cobra.Command {
	var (
		t             terms
		account, kind string
		test, asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "add", Short: "Issue a credential and print its secret", Args: exactly(0),
		Long: `Issue a credential of an account. Its secret is made here and printed once, alone on
standard output; id, AppKey and hints go to standard error. With --json all of it is one
line on standard output.

  appcode  sent as the header  Authorization: APPCODE <secret>
  key      sent as the body parameter  key=<secret>
  appkey   an AppKey, which is sent, and an AppSecret, which signs the call

An account may have as many as it needs; --name tells them apart. Without limits a
credential may do all that its account may.`,
		Example: `  quartet credential add --account acme
  quartet credential add --account acme --kind key --name "night batch" --daily 5000
  quartet credential add --account acme --qps 20 --from 192.0.2.0/24,198.51.100.7 --expires 90d
  quartet credential add --account acme --kind appkey --json`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			apply, err := t.apply(ctx, h)
			if err != nil {
				return err
			}
			wanted := quartet.Credential{Kind: quartet.CredentialKind(kind), Test: test}
			apply(&wanted)
			c, secret, err := h.Desk.Issue(ctx, env.actor(), account, wanted)
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			return env.printSecret(c, h.Now(), secret, asJSON, fmt.Sprintf("credential %s (%s) of account %s", c.ID, c.Kind, c.Account))
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "whose it is (id or name)")
	cmd.Flags().StringVar(&kind, "kind", string(quartet.KindAppCode), "appcode, key or appkey")
	cmd.Flags().BoolVar(&test, "test", false, "for the sandbox: it costs no unit and asks no source")
	t.flags(cmd)
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
			if err := h.Current(ctx); err != nil { // what was written a while ago can still be read
				_, _ = fmt.Fprintf(env.Err, "the last uses may be behind: %v\n", err)
			}
			list, err := h.Desk.Credentials(ctx, account)
			if err != nil {
				return err
			}
			now := h.Now()
			out := newLines(env.Out, asJSON, "ID", "ACCOUNT", "KIND", "NAME", "APPKEY", "ISSUED", "STATE", "LIMITS", "LAST USED")
			for _, c := range list {
				if err := out.row(credentialOf(c, now, ""), c.ID, c.Account, c.Kind, dash(c.Name), dash(c.AppKey), day(c.CreatedAt),
					stateText(c, now), limitsText(c), day(c.LastUsedAt)); err != nil {
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

func newCredentialSet(env *Env) *cobra.Command {
	var t terms
	cmd := &cobra.Command{
		Use: "set ID", Short: "Change the name, the limits or the end of a credential", Args: exactly(1),
		Long: `Change the name, the limits or the end of a credential. Only what is given changes; an
empty value, or 0 for a number, takes the limit away. It is in force for the next call.`,
		Example: `  quartet credential set 0193… --qps 50 --burst 100
  quartet credential set 0193… --from "" --expires 2028-12-31`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			apply, err := t.apply(ctx, h)
			if err != nil {
				return err
			}
			c, err := h.Desk.Change(ctx, env.actor(), args[0], apply)
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "credential %s: %s, limits: %s\n", c.ID, stateText(c, h.Now()), limitsText(c))
			return err
		}),
	}
	t.flags(cmd)
	before(cmd, func([]string) error {
		if !slices.ContainsFunc([]string{"name", "qps", "burst", "daily", "from", "products", "expires"}, t.given) {
			return usagef("say what is to change; run `%s --help`", cmd.CommandPath())
		}
		return nil
	})
	return cmd
}

func newCredentialRotate(env *Env) *cobra.Command {
	var (
		overlap string
		span    time.Duration
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "rotate ID", Short: "Make a credential in the place of another, which goes on for a while", Args: exactly(1),
		Long: `Make a new credential with the kind, name, limits and end of another one, and print its
secret as credential add does. The old one is still good for the overlap, so that callers
change over without a gap, and then expires; an earlier end of its own stays. To end it
sooner, revoke it.`,
		Example: `  quartet credential rotate 0193…
  quartet credential rotate 0193… --overlap 72`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			c, secret, err := h.Desk.Rotate(ctx, env.actor(), args[0], span)
			if err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			about := fmt.Sprintf("credential %s (%s) of account %s, in the place of %s", c.ID, c.Kind, c.Account, args[0])
			if old, err := h.Desk.Credential(ctx, args[0]); err == nil { // the secret comes first: it is not shown again
				about += ", which " + stateText(old, h.Now())
			}
			return env.printSecret(c, h.Now(), secret, asJSON, about)
		}),
	}
	cmd.Flags().StringVar(&overlap, "overlap", "24h", "how long the old one is still good: hours, or a span such as 90m; 0 to 720 hours")
	jsonFlag(cmd, &asJSON)
	before(cmd, func([]string) (err error) {
		span, err = time.ParseDuration(overlap)
		if err != nil {
			span, err = time.ParseDuration(overlap + "h")
		}
		if err != nil {
			return usagef("--overlap must be hours such as 24, or a span such as 90m")
		}
		return nil
	})
	return cmd
}

func newCredentialShow(env *Env) *cobra.Command {
	var (
		as, why string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show the secret of a credential again, to an operator", Args: exactly(1),
		Long: `Show the secret of a credential again, to an operator who says the password first. That it
was shown, to whom and why, is written to the audit before. The password is asked for and not
shown; where standard input is no terminal, it is one line of it.

The secret is alone on standard output, as with credential add.`,
		Example: `  quartet credential show 0193… --reason "the buyer lost it, ticket 0193…" --as zhang
  quartet audit list --json | jq 'select(.action == "credential.show")'`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			o, err := env.prove(ctx, h, as, quartet.MayRunHouse)
			if err != nil {
				return err
			}
			c, secret, err := h.Desk.Reveal(ctx, o.Name, args[0], why)
			if err != nil {
				return err
			}
			h.Log.Info("a secret was shown", "credential", c.ID, "account", c.Account, "operator", o.Name)
			return env.printSecret(c, h.Now(), secret, asJSON, fmt.Sprintf("credential %s (%s) of account %s, %s", c.ID, c.Kind, c.Account, stateText(c, h.Now())))
		}),
	}
	cmd.Flags().StringVar(&why, "reason", "", "why it is shown: 4 to 200 characters, without a number of a person")
	asFlag(cmd, &as)
	jsonFlag(cmd, &asJSON)
	before(cmd, func([]string) (err error) {
		if why, err = support.Reason(why); err != nil {
			return usagef("--%s", err)
		}
		return nil
	})
	return cmd
}

func newCredentialRevoke(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a credential at once", Args: exactly(1),
		Long: `End a credential at once: from the next call on it is refused, for good. To change over
to a new one without a gap, rotate it instead.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			if err := h.Desk.Revoke(ctx, env.actor(), args[0]); err != nil {
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
