package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/operator"
)

func newOperator(env *Env) *cobra.Command {
	return group("operator", "Operators: the people who run the house, and their passwords",
		newOperatorAdd(env), newOperatorList(env), newOperatorPassword(env), newOperatorReset(env))
}

func newOperatorAdd(env *Env) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add an operator and ask for the password", Args: exactly(1),
		Long: `Add an operator. The new password is asked for twice and not shown; it has 12 to 128
characters and is not the name.

The first operator is added by whoever may open the data folder. Every later one is added
by an operator, who says the own password first.

Where standard input is no terminal, passwords are read from it, a line each, in the order
in which they would be asked for, the new one once.`,
		Example: `  quartet operator add zhang
  quartet operator add li --as zhang`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			list, err := h.Operators.List(ctx)
			if err != nil {
				return err
			}
			by := env.actor()
			if len(list) > 0 {
				o, err := env.prove(ctx, h, as)
				if err != nil {
					return err
				}
				by = o.Name
			}
			password, err := env.newPassword(args[0])
			if err != nil {
				return err
			}
			o, err := h.Operators.Add(ctx, by, args[0], password)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, "added operator", o.Name)
			return err
		}),
	}
	asFlag(cmd, &as)
	before(cmd, func(args []string) error { return operator.CheckName(args[0]) })
	return cmd
}

// asFlag adds --as to a command that an operator must prove himself for.
func asFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "as", "", "operator who does it (may be left out where there is one alone)")
}

// prove asks who is there, and for the password.
func (e *Env) prove(ctx context.Context, h *app.House, as string) (quartet.Operator, error) {
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
	return h.Operators.Authenticate(ctx, e.actor(), as, password)
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

// password asks on the terminal without showing the answer; where standard input is none, it
// reads one line of it.
func (e *Env) password(question string) (string, error) {
	if !e.Prompt {
		return e.line()
	}
	if e.Secret == nil {
		return "", usagef("there is no terminal to ask for a password on; give it on standard input")
	}
	answer, err := e.Secret(question)
	if err != nil && !errors.Is(err, context.Canceled) {
		err = usageError{err}
	}
	return answer, err
}

// line reads one line and nothing behind it, which another question may want.
func (e *Env) line() (string, error) {
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
			return "", usagef("a password is needed on standard input, in a line of its own")
		case err != nil:
			return "", err
		}
	}
	return "", usagef("the line on standard input is too long for a password")
}

type operatorLine struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
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
			out := newLines(env.Out, asJSON, "NAME", "ADDED", "ID")
			for _, o := range list {
				if err := out.row(operatorLine{o.ID, o.Name, stamp(o.CreatedAt)}, o.Name, day(o.CreatedAt), o.ID); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newOperatorPassword(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "password NAME", Short: "Change the password of an operator who knows the old one", Args: exactly(1),
		Long: `Change an operator's password. The old one is asked for first, then the new one twice;
none is shown. Where standard input is no terminal, it has the old and the new password, a
line each.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			o, err := env.prove(ctx, h, args[0])
			if err != nil {
				return err
			}
			return env.setPassword(ctx, h, o.Name, o.Name)
		}),
	}
}

func newOperatorReset(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "reset NAME", Short: "Give an operator who has lost it a new password, with the server stopped", Args: exactly(1),
		Long: `Give an operator a new password without the old one. It is possible only while no server
runs: whoever may stop the server and read the keyring and the data needs no password to
see what is in them, and nobody else can do it. The audit has it as done by the command line.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			if env.house != nil {
				return quartet.Errorf(quartet.ErrForbidden, "a password is reset only while no server runs; stop it first, or change the password with `quartet operator password`")
			}
			o, err := h.Operators.Find(ctx, args[0])
			if err != nil {
				return err
			}
			return env.setPassword(ctx, h, env.actor(), o.Name)
		}),
	}
}

func (e *Env) setPassword(ctx context.Context, h *app.House, by, name string) error {
	password, err := e.newPassword(name)
	if err != nil {
		return err
	}
	if err := h.Operators.SetPassword(ctx, by, name, password); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.Out, "the password of", name, "was changed")
	return err
}
