package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newMarket(env *Env) *cobra.Command {
	return group("market", "Cloud markets that sell our plans, and what they sold",
		newMarketAdd(env), newMarketList(env), newMarketRotate(env), newMarketOff(env), newMarketInstances(env))
}

type marketLine struct {
	Name      string `json:"name"`
	State     string `json:"state"`
	CreatedAt string `json:"created_at"`
	RotatedAt string `json:"rotated_at"`
	OffAt     string `json:"off_at"`
	Secret    string `json:"secret,omitempty"`
}

func marketOf(m *quartet.Market, secret string) marketLine {
	l := marketLine{m.Name, "on", stamp(m.Created), stamp(m.Rotated), stamp(m.Off), secret}
	if !m.Off.IsZero() {
		l.State = "off"
	}
	return l
}

// printMarketSecret prints a secret alone on standard output; what else there is to say goes
// to standard error.
func (e *Env) printMarketSecret(m *quartet.Market, secret string, asJSON bool) error {
	if asJSON {
		return newLines(e.Out, true).row(marketOf(m, secret))
	}
	_, _ = fmt.Fprintf(e.Err, "market %s; the secret that it signs with, which is not shown again:\n", m.Name)
	_, err := fmt.Fprintln(e.Out, secret)
	return err
}

func newMarketAdd(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Let a market provision what it sells, and print its secret", Args: exactly(1),
		Long: `Let a cloud market provision what it sells: it sends messages to /api/v1/market/NAME and
signs them with a secret that is made here. The secret is printed once, alone on standard
output, and kept sealed. docs/market.md tells how messages are written and signed.`,
		Example: `  quartet market add yun
  quartet market add yun --json`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			m, secret, err := h.Market.Add(ctx, env.actor(), args[0])
			if err != nil {
				return err
			}
			return env.printMarketSecret(&m, secret, asJSON)
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newMarketRotate(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "rotate NAME", Short: "Give a market a new secret in the place of the old one", Args: exactly(1),
		Long: `Give a market a new secret and print it as market add does. The old one is refused from now
on: enter the new one at the market at once. What it sends meanwhile it sends again. A market
that was off is on again.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			m, secret, err := h.Market.Rotate(ctx, env.actor(), args[0])
			if err != nil {
				return err
			}
			return env.printMarketSecret(&m, secret, asJSON)
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newMarketOff(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "off NAME", Short: "Take no message of a market any more", Args: exactly(1),
		Long: `Take no message of a market any more. What it sold stays as it is, and its messages that
were taken are done. To take messages again, give it a new secret with market rotate.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			m, err := h.Market.Off(ctx, env.actor(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, "market", m.Name, "is off")
			return err
		}),
	}
}

func newMarketList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List markets without their secrets", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Market.List(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "NAME", "STATE", "ADDED", "SECRET SINCE")
			for i := range list {
				m := &list[i]
				line := marketOf(m, "")
				if err := out.row(line, m.Name, line.State, day(m.Created), day(m.Rotated)); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

type instanceLine struct {
	ID         string `json:"id"`
	Market     string `json:"market"`
	Sale       string `json:"order_at_market"`
	Plan       string `json:"plan"`
	Trial      bool   `json:"trial"`
	Account    string `json:"account"`
	Credential string `json:"credential"`
	Order      string `json:"order"`
	Grant      string `json:"grant"`
	State      string `json:"state"`
	Refund     bool   `json:"refund"`
	CreatedAt  string `json:"created_at"`
	ToldAt     string `json:"told_at"`
}

func newMarketInstances(env *Env) *cobra.Command {
	var (
		market string
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "instances", Short: "List what markets sold, newest first", Args: exactly(0),
		Long: `List what markets sold, newest first. One that stays provisioning has a job of kind
market.handle that says why: see job list.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Market.Instances(ctx, market, limit)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "MARKET", "ORDER", "PLAN", "ACCOUNT", "STATE", "SOLD")
			for i := range list {
				in := &list[i]
				if err := out.row(instanceLine{
					in.ID, in.Market, in.Sale, in.Plan, in.Trial, in.Account, in.Credential, in.Order, in.Grant, string(in.State), in.Refund, stamp(in.Created), stamp(in.Told),
				}, in.ID, in.Market, in.Sale, in.Plan, in.Account, in.State, day(in.Created)); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().StringVar(&market, "market", "", "of this market only")
	cmd.Flags().IntVar(&limit, "limit", 100, "the newest so many")
	jsonFlag(cmd, &asJSON)
	before(cmd, func([]string) error {
		if limit < 1 || limit > maxJobs {
			return usagef("--limit must be from 1 to %d", maxJobs)
		}
		return nil
	})
	return cmd
}
