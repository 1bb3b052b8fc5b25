package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet/internal/app"
	"quartet/internal/audit"
)

func newProduct(env *Env) *cobra.Command {
	return group("product", "Products: the verifications that can be called",
		newProductList(env),
		newProductSwitch(env, "on", true, "Answer calls of a product"),
		newProductSwitch(env, "off", false, "Refuse calls of a product with 10014"))
}

type productLine struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	Name   string `json:"name"`
	Detail string `json:"detail"`
	On     bool   `json:"on"`
}

func newProductList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List all products", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Store.Products(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "STATE", "UNITS 1/2/3", "PATH", "NAME")
			for _, p := range list {
				state := "off"
				if p.On {
					state = "on"
				}
				units := fmt.Sprintf("%d/%d/%d", p.Charge.Match, p.Charge.Mismatch, p.Charge.Undetermined)
				if err := out.row(productLine{p.ID, p.Path, p.Name, string(p.Detail), p.On}, p.ID, state, units, p.Path, p.Name); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newProductSwitch(env *Env, verb string, on bool, short string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " ID", Short: short, Args: exactly(1),
		Example: "  quartet product " + verb + " 1887",
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			if err := h.Store.SetProductOn(ctx, args[0], on, audit.Entry(h.Now(), commandLine, "product."+verb, args[0], "")); err != nil {
				return err
			}
			if err := h.Changed(ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintf(env.Out, "product %s is %s\n", args[0], verb)
			return err
		}),
	}
}
