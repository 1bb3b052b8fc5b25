package cli

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/app"
)

// terms are what a credential is called, what it may do, and until when, as flags give it.
type terms struct {
	name, expires  string
	rate           quartet.Rate
	daily          int64
	from, products []string

	networks []netip.Prefix      // of from
	given    func(f string) bool // whether a flag was given
}

func (t *terms) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.name, "name", "", "a note to tell it from others")
	rateFlags(cmd, &t.rate)
	cmd.Flags().Int64Var(&t.daily, "daily", 0, "calls a day of Asia/Shanghai (0: no limit)")
	cmd.Flags().StringSliceVar(&t.from, "from", nil, "addresses and networks from where it may be used (empty: from everywhere)")
	cmd.Flags().StringSliceVar(&t.products, "products", nil, "ids of the products that it may call (empty: all)")
	cmd.Flags().StringVar(&t.expires, "expires", "", "last day (2006-01-02, or 90d from today; to its end in Asia/Shanghai) or instant (RFC 3339); empty: never")
	t.given = func(f string) bool { return cmd.Flags().Changed(f) }
	before(cmd, func([]string) error {
		var err error
		if t.networks, err = parseNetworks(t.from); err != nil {
			return err
		}
		_, err = t.end(time.Unix(0, 0))
		return err
	})
}

// rateFlags adds the flags of a rate.
func rateFlags(cmd *cobra.Command, into *quartet.Rate) {
	cmd.Flags().IntVar(&into.QPS, "qps", 0, "calls a second (0: no limit)")
	cmd.Flags().IntVar(&into.Burst, "burst", 0, "calls at once after a pause (0: one second's calls)")
}

func parseNetworks(from []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range from {
		p, err := account.ParseNetwork(strings.TrimSpace(text))
		if err != nil {
			return nil, usagef("--from %q: %w", text, err)
		}
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list, nil
}

const maxDays = 36_500

// end is the first instant at which it is refused; zero is never.
func (t *terms) end(now time.Time) (time.Time, error) {
	if t.expires == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(t.expires, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > maxDays {
			return time.Time{}, usagef("--expires in days must be from 1d to %dd", maxDays)
		}
		return quartet.EndOfDay(now.In(quartet.Shanghai).AddDate(0, 0, n)), nil
	}
	at, err := readEnd(t.expires)
	if err != nil || at.IsZero() { // the year 1, which is kept as never
		return time.Time{}, usagef("--expires must be a day such as 2028-12-31, days from today such as 90d, or an instant such as 2028-12-31T12:00:00+08:00")
	}
	return at, nil
}

// apply writes what was given, and nothing else, into a credential.
func (t *terms) apply(ctx context.Context, h *app.House) (func(*quartet.Credential), error) {
	end, err := t.end(h.Now())
	if err != nil {
		return nil, err
	}
	var products []string
	for _, id := range t.products {
		if id = strings.TrimSpace(id); !slices.Contains(products, id) {
			products = append(products, id)
		}
	}
	if err := knownProducts(ctx, h, products); err != nil {
		return nil, err
	}
	return func(c *quartet.Credential) {
		for flag, set := range map[string]func(){
			"name":     func() { c.Name = strings.TrimSpace(t.name) },
			"qps":      func() { c.Limits.QPS = t.rate.QPS },
			"burst":    func() { c.Limits.Burst = t.rate.Burst },
			"daily":    func() { c.Limits.Daily = t.daily },
			"from":     func() { c.Limits.Networks = t.networks },
			"products": func() { c.Limits.Products = products },
			"expires":  func() { c.ExpiresAt = end },
		} {
			if t.given(flag) {
				set()
			}
		}
		if t.given("qps") && t.rate.QPS == 0 && !t.given("burst") {
			c.Limits.Burst = 0 // of a limit that is gone
		}
	}, nil
}

// knownProducts refuses ids that no product has: such a credential could call nothing.
func knownProducts(ctx context.Context, h *app.House, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	list, err := h.Catalogue.List(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(list, func(p quartet.Product) bool { return p.ID == id }) {
			return &quartet.Error{
				Code: quartet.ErrInvalid, Field: "products",
				Message: fmt.Sprintf("there is no product %q; `quartet product list` shows them", id),
			}
		}
	}
	return nil
}

// limitsText is what bounds a credential, in short.
func limitsText(c quartet.Credential) string {
	var parts []string
	if c.Test {
		parts = append(parts, "sandbox")
	}
	if text := c.Limits.PerSecond(); text != "" {
		parts = append(parts, text)
	}
	if c.Limits.Daily > 0 {
		parts = append(parts, fmt.Sprintf("%d a day", c.Limits.Daily))
	}
	switch n := c.Limits.Networks; {
	case len(n) == 1:
		parts = append(parts, "from "+n[0].String())
	case len(n) > 1:
		parts = append(parts, "from "+counted(len(n), "network"))
	}
	if ids := c.Limits.Products; len(ids) > 0 {
		parts = append(parts, "only "+strings.Join(ids, " "))
	}
	return dash(strings.Join(parts, ", "))
}
