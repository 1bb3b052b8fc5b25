package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newOperatorPassword(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "password NAME", Short: "Change the password of an operator who knows the old one", Args: exactly(1),
		Long: `Change an operator's password. The old one is asked for first, then the new one twice;
none is shown. Where standard input is no terminal, it has the old and the new password, a
line each.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			o, err := env.prove(ctx, h, args[0], "")
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
see what is in them, and nobody else can do it. The operator changes it before anything else.
The audit has it as done by the command line.`,
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
