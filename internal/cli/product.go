package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newProduct(env *Env) *cobra.Command {
	return group("product", "Products: the verifications that can be called",
		newProductAdd(env), newProductSet(env), newProductList(env), newProductShow(env),
		newProductSwitch(env, "on", true, "Answer calls of a product"),
		newProductSwitch(env, "off", false, "Refuse calls of a product with 10014"))
}

func newProductAdd(env *Env) *cobra.Command {
	var f productFlags
	cmd := &cobra.Command{
		Use: "add ID", Short: "Add a product at a path of its own", Args: exactly(1),
		Long: `Add a product at a path of its own. Beside a running server it can be called at once.

What a caller sends of elements that it does not need is passed over. Id and path must be
new; a product is never removed, but it can be switched off.`,
		Example: `  quartet product add 1979 --path /communication/personal/1979 --name 银行卡二要素核验 --need card,name
  quartet product add 3e --path /bank/three --name "Card, name, ID" --need card,name,id --detail element --charge 2/1/0`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			p := newOne()
			p.ID = args[0]
			f.apply(&p)
			p, err := h.Catalogue.Add(ctx, env.actor(), p)
			return env.productChanged(ctx, h, p, err)
		}),
	}
	needs(f.flags(cmd, newOne()), "path", "name", "need")
	return cmd
}

// newOne is what a product is unless flags say otherwise.
func newOne() quartet.Product {
	return quartet.Product{Detail: quartet.DetailState, Charge: quartet.FourElements().Charge, On: true}
}

func newProductSet(env *Env) *cobra.Command {
	var f productFlags
	cmd := &cobra.Command{
		Use: "set ID", Short: "Change a product", Args: exactly(1),
		Long: `Change a product: what is given changes, the rest stays. Calls that have begun end under
the product as it was; later ones find it changed at once.

While accounts hold units of it, no verdict becomes dearer so: announce it with announcement
publish, which changes it at its time.`,
		Example: `  quartet product set 1979 --charge 2/1/0
  quartet product set 1979 --name 银行卡二要素核验（详版） --detail element
  quartet product set 1887 --reuse 10m`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			p, err := h.Catalogue.Change(ctx, env.actor(), args[0], f.apply)
			return env.productChanged(ctx, h, p, err)
		}),
	}
	f.flags(cmd, quartet.Product{})
	before(cmd, func([]string) error {
		if len(f.given) == 0 {
			return usagef("say what to change; run `%s --help`", cmd.CommandPath())
		}
		return nil
	})
	return cmd
}

// productChanged puts a change in force and says what the product is now.
func (e *Env) productChanged(ctx context.Context, h *app.House, p quartet.Product, err error) error {
	if err != nil {
		return err
	}
	if err := h.Changed(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Out, "product %s is %s, at %s\n", p.ID, onOff(p.On), p.Path)
	return err
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

type productLine struct {
	ID     string      `json:"id"`
	Path   string      `json:"path"`
	Name   string      `json:"name"`
	Need   []string    `json:"need"`
	Detail string      `json:"detail"`
	Charge chargePrice `json:"charge"`
	Reuse  int64       `json:"reuse_minutes"`
	On     bool        `json:"on"`
}

type chargePrice struct {
	Match        int64 `json:"match"`
	Mismatch     int64 `json:"mismatch"`
	Undetermined int64 `json:"undetermined"`
}

func productOf(p quartet.Product) productLine {
	return productLine{p.ID, p.Path, p.Name, words(p.Need), string(p.Detail), chargePrice(p.Charge), int64(p.Reuse / time.Minute), p.On}
}

// reuseOf is how long a product gives verdicts again.
func reuseOf(p quartet.Product) string {
	if p.Reuse == 0 {
		return "never"
	}
	return fmt.Sprintf("%dm", p.Reuse/time.Minute)
}

// words are the elements of a set; none is an empty list, not null.
func words(s quartet.ElementSet) []string {
	list := []string{}
	for _, e := range s.Elements() {
		list = append(list, string(e))
	}
	return list
}

func newProductList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List all products", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Catalogue.List(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "STATE", "UNITS 1/2/3", "NEED", "DETAIL", "REUSE", "PATH", "NAME")
			for _, p := range list {
				if err := out.row(productOf(p), p.ID, onOff(p.On), p.Charge, p.Need, p.Detail, reuseOf(p), p.Path, p.Name); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newProductShow(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show a product", Args: exactly(1),
		Example: "  quartet product show 1887",
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			p, err := h.Catalogue.Find(ctx, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return newLines(env.Out, true).row(productOf(p))
			}
			_, err = fmt.Fprintf(env.Out, `id      %s
name    %s
path    %s
need    %s
detail  %s
units   %d match, %d mismatch, %d undetermined
reuse   %s
state   %s
`, p.ID, p.Name, p.Path, p.Need, p.Detail, p.Charge.Match, p.Charge.Mismatch, p.Charge.Undetermined, reuseOf(p), onOff(p.On))
			return err
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
			p, err := h.Catalogue.Switch(ctx, env.actor(), args[0], on)
			return env.productChanged(ctx, h, p, err)
		}),
	}
}
