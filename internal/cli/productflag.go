package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quartet"
)

// productFlags say what a product is to be.
type productFlags struct {
	path, name, need, detail, charge string
	reuse                            time.Duration
	off                              bool
	given                            []func(*quartet.Product) // what each flag that was given makes of it
}

// flags adds the flags, and reads them where the command was typed. base is what holds
// without them.
func (f *productFlags) flags(cmd *cobra.Command, base quartet.Product) *cobra.Command {
	charge := ""
	if base != (quartet.Product{}) {
		charge = base.Charge.String()
	}
	cmd.Flags().StringVar(&f.path, "path", "", "where it is called, such as /communication/personal/1979")
	cmd.Flags().StringVar(&f.name, "name", "", "what lists call it")
	cmd.Flags().StringVar(&f.need, "need", "", "elements it needs: card, and one to three of name, id and mobile")
	cmd.Flags().StringVar(&f.detail, "detail", string(base.Detail), "what an answer shows: state, reason (why as well), element (which elements differ as well)")
	cmd.Flags().StringVar(&f.charge, "charge", charge, "units that the states 1/2/3 cost")
	cmd.Flags().DurationVar(&f.reuse, "reuse", 0, "how long a supplier's verdict is given again for the very same elements, in whole minutes (0: never)")
	cmd.Flags().BoolVar(&f.off, "off", false, "refuse its calls with 10014 until it is switched on")
	before(cmd, func([]string) error { return f.read(cmd.Flags().Changed) })
	return cmd
}

// read looks at the flags that were given. What a product may be is for the catalogue to say.
func (f *productFlags) read(given func(flag string) bool) error {
	need, err := needOf(f.need)
	if given("need") && err != nil {
		return err
	}
	charge, err := chargeOf(f.charge)
	if given("charge") && err != nil {
		return err
	}
	f.given = nil
	for _, flag := range []struct {
		name string
		set  func(*quartet.Product)
	}{
		{"path", func(p *quartet.Product) { p.Path = f.path }},
		{"name", func(p *quartet.Product) { p.Name = f.name }},
		{"need", func(p *quartet.Product) { p.Need = need }},
		{"detail", func(p *quartet.Product) { p.Detail = quartet.Detail(f.detail) }},
		{"charge", func(p *quartet.Product) { p.Charge = charge }},
		{"reuse", func(p *quartet.Product) { p.Reuse = f.reuse }},
		{"off", func(p *quartet.Product) { p.On = !f.off }},
	} {
		if given(flag.name) {
			f.given = append(f.given, flag.set)
		}
	}
	return nil
}

func (f *productFlags) apply(p *quartet.Product) {
	for _, set := range f.given {
		set(p)
	}
}

func needOf(text string) (need quartet.ElementSet, err error) {
	for word := range strings.SplitSeq(text, ",") {
		one := quartet.Element(strings.TrimSpace(word)).Set()
		if one == 0 {
			return 0, usagef("--need must be words of card, name, id and mobile with commas between, such as card,name")
		}
		need |= one
	}
	return need, nil
}

func chargeOf(text string) (c quartet.ChargeTable, err error) {
	wrong := usagef("--charge must be the units of the states 1, 2 and 3 with slashes between, such as 1/1/0")
	parts := strings.Split(text, "/")
	prices := []*int64{&c.Match, &c.Mismatch, &c.Undetermined}
	if len(parts) != len(prices) {
		return c, wrong
	}
	for i, price := range prices {
		if *price, err = strconv.ParseInt(strings.TrimSpace(parts[i]), 10, 64); err != nil {
			return c, wrong
		}
	}
	return c, nil
}
