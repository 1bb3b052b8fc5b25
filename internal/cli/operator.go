package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/operator"
)

func newOperator(env *Env) *cobra.Command {
	return group("operator", "Operators: the people who run the house, their roles and their passwords",
		newOperatorAdd(env), newOperatorList(env), newOperatorRole(env), newOperatorRemove(env),
		newOperatorPassword(env), newOperatorReset(env), newOperatorUnenrol(env), newOperatorLink(env))
}

func newOperatorAdd(env *Env) *cobra.Command {
	var as, role string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add an operator and ask for the password", Args: exactly(1),
		Long: `Add an operator. The new password is asked for twice and not shown; it has 12 to 128
characters and is not the name.

Everybody has one role: an administrator runs products, sources, accounts and operators, a
treasurer moves money, support serves buyers, and an auditor sees the money and the audit.

The first operator is an administrator, and added by whoever may open the data folder. Every
later one is added by an administrator, who says the own password first; the new one changes
the password before anything else, over the management API or with quartet operator password.
Over the management API a treasurer or an administrator is confirmed by another administrator;
here nobody else is asked, since whoever opens the data folder could write into it what they
like. So a new house is set up in minutes, and one with a single administrator goes on.

Whoever has a second factor is asked for a code of it behind the password, here and wherever
a command asks for an operator's password.

Where standard input is no terminal, passwords and codes are read from it, a line each, in
the order in which they would be asked for, a new password once.`,
		Example: `  quartet operator add zhang
  quartet operator add li --role treasurer --as zhang`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			list, err := h.Operators.List(ctx)
			if err != nil {
				return err
			}
			by := env.actor()
			switch {
			case len(list) == 0 && role != "" && role != string(quartet.RoleAdministrator):
				return usagef("the first operator is an administrator, who adds the others")
			case len(list) == 0:
				role = string(quartet.RoleAdministrator)
			case role == "":
				return usagef("say with --role what the operator is: administrator, treasurer, support or auditor")
			default:
				o, err := env.prove(ctx, h, as, quartet.MayRunHouse)
				if err != nil {
					return err
				}
				by = o.Name
			}
			password, err := env.newPassword(args[0])
			if err != nil {
				return err
			}
			o, err := h.Operators.Add(ctx, by, args[0], quartet.Role(role), password)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "added operator %s, %s\n", o.Name, o.Role)
			return err
		}),
	}
	asFlag(cmd, &as)
	cmd.Flags().StringVar(&role, "role", "", "administrator, treasurer, support or auditor (the first one is an administrator)")
	before(cmd, func(args []string) error {
		if role == "" {
			return operator.CheckName(args[0])
		}
		return errors.Join(operator.CheckName(args[0]), operator.CheckRole(quartet.Role(role)))
	})
	return cmd
}

// asFlag adds --as to a command that an operator must prove himself for.
func asFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "as", "", "operator who does it (may be left out where there is one alone)")
}

// prove asks who is there, for the password, and for a code of whoever has a second factor.
// right is what the role must give; empty: anybody's will do, even with a password that somebody
// else gave, which leads to another one.
func (e *Env) prove(ctx context.Context, h *app.House, as string, right quartet.Right) (quartet.Operator, error) {
	list, err := h.Operators.List(ctx)
	switch {
	case err != nil:
		return quartet.Operator{}, err
	case len(list) == 0:
		return quartet.Operator{}, quartet.Errorf(quartet.ErrUnauthenticated, "this takes an operator's password, and there is no operator yet; add one with `quartet operator add`")
	case as == "" && len(list) > 1:
		return quartet.Operator{}, usagef("there are several operators; say which one you are with --as NAME")
	case as == "":
		as = list[0].Name
	}
	password, err := e.password("Password of " + as + ": ")
	if err != nil {
		return quartet.Operator{}, err
	}
	o, err := h.Operators.AuthenticateAtTerminal(ctx, e.actor(), as, password)
	if err != nil {
		return quartet.Operator{}, err
	}
	if !o.FactorSince.IsZero() {
		code, err := e.ask("Code of the authenticator app, or a recovery code: ", "a code of the second factor")
		if err != nil {
			return quartet.Operator{}, err
		}
		if err := h.Operators.Prove(ctx, e.actor(), o.ID, strings.TrimSpace(code)); err != nil {
			return quartet.Operator{}, err
		}
	}
	if right != "" && !o.Role.May(right) {
		return quartet.Operator{}, quartet.Errorf(quartet.ErrForbidden, "%s is %s and may not do this; ask an administrator", o.Name, o.Role)
	}
	if right != "" && o.PasswordGiven {
		return quartet.Operator{}, quartet.Errorf(quartet.ErrForbidden, "somebody else gave %s the password and knows it; change it first with `quartet operator password %s`", o.Name, o.Name)
	}
	return o, nil
}

// newPassword asks for a new password twice, or reads it once where nobody can be asked.
func (e *Env) newPassword(name string) (string, error) {
	password, err := e.password("New password of " + name + ": ")
	if err != nil {
		return "", err
	}
	if err := operator.CheckPassword(name, password); err != nil || !e.Prompt {
		return password, err
	}
	again, err := e.password("The same again: ")
	if err == nil && again != password {
		err = usagef("the two passwords differ; nothing was changed")
	}
	return password, err
}

func (e *Env) password(question string) (string, error) { return e.ask(question, "a password") }

// ask asks on the terminal for something without showing the answer; where standard input is
// none, it reads one line of it.
func (e *Env) ask(question, something string) (string, error) {
	if !e.Prompt {
		return e.line(something)
	}
	if e.Secret == nil {
		return "", usagef("there is no terminal to ask for %s on; give it on standard input", something)
	}
	answer, err := e.Secret(question)
	if err != nil && !errors.Is(err, context.Canceled) {
		err = usageError{err}
	}
	return answer, err
}

// line reads one line and nothing behind it, which another question may want.
func (e *Env) line(something string) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < maxSecret; {
		n, err := e.In.Read(one)
		switch {
		case n == 1 && one[0] == '\n':
			if n := len(line); n > 0 && line[n-1] == '\r' {
				line = line[:n-1]
			}
			return string(line), nil
		case n == 1:
			line = append(line, one[0])
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case errors.Is(err, io.EOF):
			return "", usagef("%s is needed on standard input, in a line of its own", something)
		case err != nil:
			return "", err
		}
	}
	return "", usagef("the line on standard input is too long for %s", something)
}

type operatorLine struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	Asked     string `json:"asked_role"`
	AskedBy   string `json:"asked_by"`
	Factor    bool   `json:"second_factor"`
	CreatedAt string `json:"created_at"`
}

func newOperatorList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List all operators, oldest first", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Operators.List(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "NAME", "ROLE", "SECOND FACTOR", "ADDED", "ID")
			for _, o := range list {
				factor := "none"
				if !o.FactorSince.IsZero() {
					factor = "since " + day(o.FactorSince)
				}
				role := string(o.Role)
				if !o.Asked.IsZero() {
					role = fmt.Sprintf("%s (%s is asked for by %s)", cmp.Or(role, "none"), o.Asked.Role, o.Asked.By)
				}
				line := operatorLine{o.ID, o.Name, string(o.Role), string(o.Asked.Role), o.Asked.By, !o.FactorSince.IsZero(), stamp(o.CreatedAt)}
				if err := out.row(line, o.Name, role, factor, day(o.CreatedAt), o.ID); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// byAdministrator runs f as an administrator who has said the password.
func (e *Env) byAdministrator(as *string, f func(ctx context.Context, h *app.House, by string, args []string) error) func(*cobra.Command, []string) error {
	return e.inFolder(func(ctx context.Context, h *app.House, args []string) error {
		o, err := e.prove(ctx, h, *as, quartet.MayRunHouse)
		if err != nil {
			return err
		}
		return f(ctx, h, o.Name, args)
	})
}

func newOperatorRole(env *Env) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "role NAME ROLE", Short: "Give an operator another role, as an administrator", Args: exactly(2),
		Long: `Give an operator another role: administrator, treasurer, support or auditor. Where they are
signed in, they are signed out. Nobody changes the own role, and the last administrator keeps
it. What is waiting to be confirmed for them is over.`,
		RunE: env.byAdministrator(&as, func(ctx context.Context, h *app.House, by string, args []string) error {
			if err := h.Operators.SetRole(ctx, by, args[0], quartet.Role(args[1])); err != nil {
				return err
			}
			_, err := fmt.Fprintf(env.Out, "operator %s is %s now\n", args[0], args[1])
			return err
		}),
	}
	asFlag(cmd, &as)
	before(cmd, func(args []string) error { return operator.CheckRole(quartet.Role(args[1])) })
	return cmd
}

func newOperatorRemove(env *Env) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Let an operator in no more, as an administrator", Args: exactly(1),
		Long: `Let an operator in no more. Where they are signed in, they are signed out. The name stays in
the audit and is not given to anybody else. The last administrator cannot be removed.`,
		RunE: env.byAdministrator(&as, func(ctx context.Context, h *app.House, by string, args []string) error {
			if err := h.Operators.Remove(ctx, by, args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintln(env.Out, "removed operator", args[0])
			return err
		}),
	}
	asFlag(cmd, &as)
	return cmd
}

func newOperatorUnenrol(env *Env) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "unenrol NAME", Short: "Take the second factor of an operator away, as an administrator", Args: exactly(1),
		Long: `Take the second factor of an operator away who has lost the phone and the recovery codes. They
are signed out, and set up another one when they sign in next. Make sure first that it is they
who ask.`,
		RunE: env.byAdministrator(&as, func(ctx context.Context, h *app.House, by string, args []string) error {
			if err := h.Operators.ForgetFactor(ctx, by, args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintln(env.Out, "operator", args[0], "has no second factor now")
			return err
		}),
	}
	asFlag(cmd, &as)
	return cmd
}
