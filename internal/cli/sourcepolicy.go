package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newSourcePolicy(env *Env) *cobra.Command {
	var order string
	cmd := &cobra.Command{
		Use: "policy", Short: "Show or set the order in which sources are asked", Args: exactly(0),
		Long: `Show the order in which sources are asked, and which accounts are pinned to one; with
--order, set it. The order is priority (by priority) or cheapest (by price, then by
priority). Weight decides between those that are alike.`,
		Example: `  quartet source policy
  quartet source policy --order cheapest`,
	}
	cmd.Flags().StringVar(&order, "order", "", "priority or cheapest")
	given := func() bool { return cmd.Flags().Changed("order") }
	cmd.RunE = env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
		if given() {
			if err := h.Sources.Order(ctx, env.actor(), quartet.SourceOrder(order)); err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
		}
		return env.showPolicy(ctx, h)
	})
	before(cmd, func([]string) error {
		if !given() {
			return nil
		}
		return ofFlag(quartet.Policy{Order: quartet.SourceOrder(order)}.Check())
	})
	return cmd
}

func (e *Env) showPolicy(ctx context.Context, h *app.House) error {
	p, err := h.Sources.Policy(ctx)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(e.Out, "order %s\n", p.Order); err != nil {
		return err
	}
	for _, account := range slices.Sorted(maps.Keys(p.Pins)) {
		if _, err := fmt.Fprintf(e.Out, "account %s is pinned to %s\n", account, p.Pins[account]); err != nil {
			return err
		}
	}
	return nil
}

func newSourcePin(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "pin ACCOUNT NAME", Short: "Ask one source alone for an account", Args: exactly(2),
		Long: `Ask one source alone for an account: when it cannot be asked, no other is.`,
		Example: `  quartet source pin acme shumai
  quartet source unpin acme`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			a, err := h.Desk.Find(ctx, args[0])
			if err != nil {
				return err
			}
			s, err := h.Sources.Find(ctx, args[1])
			if err != nil {
				return err
			}
			if err := h.Sources.Pin(ctx, env.actor(), a.ID, s.Name); err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			if !s.On {
				_, _ = fmt.Fprintf(env.Err, "source %s is off: until it is enabled, calls of the account are answered 10011\n", s.Name)
			}
			_, err = fmt.Fprintf(env.Out, "account %s is pinned to %s\n", a.ID, s.Name)
			return err
		}),
	}
}

func newSourceUnpin(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "unpin ACCOUNT", Short: "Ask for an account whom the policy chooses", Args: exactly(1),
		Example: "  quartet source unpin acme",
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			a, err := h.Desk.Find(ctx, args[0])
			if err != nil {
				return err
			}
			if err := h.Sources.Unpin(ctx, env.actor(), a.ID); err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "account %s is not pinned\n", a.ID)
			return err
		}),
	}
}
