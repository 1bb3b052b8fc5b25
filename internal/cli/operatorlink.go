package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/operator"
)

func newOperatorLink(env *Env) *cobra.Command {
	var as, claim, value string
	cmd := &cobra.Command{
		Use: "link NAME", Short: "Say as whom the sign-in service knows an operator, as an administrator", Args: exactly(1),
		Long: `Say as whom the sign-in service (oidc.issuer) knows an operator: by e-mail address, or by the
subject that the service gave. Whom it vouches for as that is let in without the password; the
second factor is still asked for. Where they are signed in, they are signed out. An empty
value takes it back. The value is kept as a keyed hash alone, and cannot be shown again.`,
		Example: `  quartet operator link li --claim email --value li@example.com
  quartet operator link li --value ""`,
		RunE: env.byAdministrator(&as, func(ctx context.Context, h *app.House, by string, args []string) error {
			set := h.Config.OIDC
			if set.Issuer != "" && claim != "" && claim != set.Claim {
				return &quartet.Error{Code: quartet.ErrConflict, Field: "claim", Message: "the sign-in service of this house tells operators by " + set.Claim + " (oidc.claim); link by that"}
			}
			if err := h.Operators.Link(ctx, by, args[0], cmp.Or(claim, set.Claim), value); err != nil {
				return err
			}
			if value == "" {
				_, err := fmt.Fprintln(env.Out, "the sign-in service vouches for", args[0], "no more")
				return err
			}
			_, err := fmt.Fprintln(env.Out, "the sign-in service vouches for", args[0], "now")
			return err
		}),
	}
	asFlag(cmd, &as)
	cmd.Flags().StringVar(&claim, "claim", "", "what the value is: email or sub (default: oidc.claim)")
	cmd.Flags().StringVar(&value, "value", "", "e-mail address or subject at the sign-in service; empty: nobody's")
	needs(cmd, "value")
	before(cmd, func([]string) error {
		if claim == "" {
			return nil
		}
		return operator.CheckClaim(claim)
	})
	return cmd
}
