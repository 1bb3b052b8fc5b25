package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newToken(env *Env) *cobra.Command {
	return group("token", "Tokens: what lets programs use the management API",
		newTokenCreate(env), newTokenList(env), newTokenRevoke(env))
}

type tokenLine struct {
	ID         string          `json:"id"`
	Account    string          `json:"account_id,omitempty"`
	Person     string          `json:"person_id,omitempty"`
	Operator   string          `json:"operator_id,omitempty"`
	Name       string          `json:"name"`
	Scopes     []quartet.Scope `json:"scopes"`
	From       []string        `json:"from"`
	State      string          `json:"state"`
	Value      string          `json:"value,omitempty"`
	CreatedAt  string          `json:"created_at"`
	ExpiresAt  string          `json:"expires_at"`
	RevokedAt  string          `json:"revoked_at"`
	LastUsedAt string          `json:"last_used_at"`
}

// tokenOf is a token as JSON shows it; with its value only where it was just made.
func tokenOf(t *quartet.Token, now time.Time, value string) tokenLine {
	l := tokenLine{
		ID: t.ID, Account: t.Account, Name: t.Name, Scopes: t.Scopes, From: []string{}, State: t.State(now), Value: value,
		CreatedAt: stamp(t.CreatedAt), ExpiresAt: stamp(t.ExpiresAt), RevokedAt: stamp(t.RevokedAt), LastUsedAt: stamp(t.LastUsedAt),
	}
	if t.Account == "" {
		l.Operator = t.Who
	} else {
		l.Person = t.Who
	}
	for _, p := range t.Networks {
		l.From = append(l.From, p.String())
	}
	return l
}

// tokenFlags say whose a token is: of an account, or of an operator.
type tokenFlags struct{ account, person, operator string }

func (f *tokenFlags) check() error {
	if (f.account == "") == (f.operator == "") {
		return usagef("say with --account whose the token is, or with --operator whose in the house")
	}
	return nil
}

// maker is whom a token stands for.
type maker struct {
	account string // empty: the house
	who     string
	role    quartet.Role
}

func (f *tokenFlags) maker(ctx context.Context, env *Env, h *app.House) (maker, error) {
	if f.operator != "" {
		o, err := h.Operators.Find(ctx, f.operator)
		return maker{who: o.ID, role: o.Role}, err
	}
	a, err := h.Desk.Find(ctx, f.account)
	if err != nil {
		return maker{}, err
	}
	wanted := ""
	if f.person != "" {
		p, err := h.People.At(ctx, env.actor(), f.person)
		if err != nil {
			return maker{}, err
		}
		wanted = p.ID
	}
	members, err := h.People.Members(ctx, a.ID)
	if err != nil {
		return maker{}, err
	}
	for i := range members {
		if m := &members[i]; m.ID == wanted || wanted == "" && m.Role == quartet.RoleOwner && m.Disabled.IsZero() {
			return maker{a.ID, m.ID, m.Role}, nil
		}
	}
	if wanted != "" {
		return maker{}, quartet.Errorf(quartet.ErrNotFound, "whoever has this address has no place in the account %s", a.ID)
	}
	return maker{}, quartet.Errorf(quartet.ErrNotFound,
		"the account %s has no owner who may sign in, and a token does what its maker may; say for whom with --for, or make one of an operator, with --operator", a.ID)
}

// may refuses a scope by which the maker can do nothing, as the management API does.
func (m maker) may(scopes []quartet.Scope) error {
	can := app.ScopesOf(m.role)
	for _, s := range scopes {
		if !slices.Contains(can, s) {
			return quartet.Errorf(quartet.ErrInvalid, "whom the token stands for is %s, and can do nothing by the scope %s; leave it out, or choose of: %s", m.role, s, quartet.JoinScopes(can))
		}
	}
	return nil
}

func newTokenCreate(env *Env) *cobra.Command {
	var (
		f      tokenFlags
		t      terms
		scopes []string
		list   []quartet.Scope
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "create", Short: "Make a token and print its value", Args: exactly(0),
		Long: `Make a token, by which a program uses the management API. Its value is made here and
printed once, alone on standard output; it is kept nowhere. With --json all of it is one line
on standard output.

A token stands for a person of an account or for an operator: it can do what its scopes name,
and of that only what they may do at that moment. It ends with their place, at its time, and
when it is revoked. What asks for a password again, people and tokens are out of its reach.

A program sends it as  Authorization: Bearer <value>; docs/tokens.md tells more.`,
		Example: `  quartet token create --account acme --name "nightly books" --scopes usage:read,calls:read
  quartet token create --account acme --for wang@example.com --name batches --scopes batches:read,batches:write --expires 30d
  quartet token create --operator sun --name siem --scopes audit:read --from 192.0.2.7`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			end, err := t.end(h.Now())
			if err != nil {
				return err
			}
			m, err := f.maker(ctx, env, h)
			if err != nil {
				return err
			}
			if err := m.may(list); err != nil {
				return err
			}
			made, value, err := h.Tokens.Issue(ctx, env.actor(), quartet.Token{Account: m.account, Who: m.who, Name: t.name, Scopes: list, Networks: t.networks, ExpiresAt: end})
			if err != nil {
				return err
			}
			if asJSON {
				return newLines(env.Out, true).row(tokenOf(&made, h.Now(), value))
			}
			_, _ = fmt.Fprintf(env.Err, "token %s of %s, expires %s; the value:\n", made.ID, ownerText(m.account, f.operator), day(made.ExpiresAt))
			_, err = fmt.Fprintln(env.Out, value)
			return err
		}),
	}
	cmd.Flags().StringVar(&f.account, "account", "", "whose it is (id or name)")
	cmd.Flags().StringVar(&f.person, "for", "", "e-mail address or mobile of whom in the account it stands for (empty: its first owner who may sign in)")
	cmd.Flags().StringVar(&f.operator, "operator", "", "of the house, instead of an account: the operator whom it stands for")
	cmd.Flags().StringVar(&t.name, "name", "", "as the audit names it")
	cmd.Flags().StringSliceVar(&scopes, "scopes", nil, "what it may do, such as usage:read")
	cmd.Flags().StringSliceVar(&t.from, "from", nil, "addresses and networks from where it may be used (empty: from everywhere)")
	cmd.Flags().StringVar(&t.expires, "expires", "", "last day (2006-01-02, or 90d from today; to its end in Asia/Shanghai) or instant (RFC 3339), a year ahead at most; empty: 90 days ahead")
	jsonFlag(cmd, &asJSON)
	needs(cmd, "name", "scopes")
	before(cmd, func([]string) error {
		if err := f.check(); err != nil {
			return err
		}
		list = list[:0]
		for _, text := range scopes {
			s, err := quartet.ParseScope(strings.TrimSpace(text))
			if err != nil {
				return usagef("--scopes: %w", err)
			}
			list = append(list, s)
		}
		var err error
		if t.networks, err = parseNetworks(t.from); err != nil {
			return err
		}
		_, err = t.end(time.Unix(0, 0))
		return err
	})
	return cmd
}

func ownerText(account, operator string) string {
	if account == "" {
		return "the operator " + operator
	}
	return "account " + account
}

func newTokenList(env *Env) *cobra.Command {
	var (
		account string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List tokens without their values, oldest first", Args: exactly(0),
		Long: `List the tokens of an account, or without --account those of the house.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			of := ""
			if account != "" {
				a, err := h.Desk.Find(ctx, account)
				if err != nil {
					return err
				}
				of = a.ID
			}
			list, err := h.Tokens.Tokens(ctx, of)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "NAME", "FOR", "SCOPES", "STATE", "EXPIRES", "LAST USED")
			for i := range list {
				t := &list[i]
				l := tokenOf(t, h.Now(), "")
				if err := out.row(l, t.ID, t.Name, t.Who, quartet.JoinScopes(t.Scopes), l.State, day(t.ExpiresAt), day(t.LastUsedAt)); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "of this account (id or name); empty: of the house")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newTokenRevoke(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a token at once", Args: exactly(1),
		Long: `End a token at once: its next request is refused, for good. Its id is in the list, and the 16
letters behind qtk_ of its value.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			if err := h.Tokens.Revoke(ctx, env.actor(), args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintln(env.Out, "revoked", args[0])
			return err
		}),
	}
}
