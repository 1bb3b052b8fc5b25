package console

import (
	"slices"
	"time"
)

// unitSums is what became of units.
type unitSums struct {
	Granted   int64 `json:"granted"`
	Used      int64 `json:"used"`
	Held      int64 `json:"held"`
	Withdrawn int64 `json:"withdrawn"`
	Remaining int64 `json:"remaining"`
	Frozen    int64 `json:"frozen"`
	Expired   int64 `json:"expired"`
}

// unitGrant is units that an order or the house gave.
type unitGrant struct {
	unitSums

	ID        string    `json:"id"`
	Product   string    `json:"product_id"`
	Trial     bool      `json:"trial"`
	Order     string    `json:"order_id"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	FrozenAt  time.Time `json:"frozen_at"`
}

// LastDay is the last instant at which its units can be used.
func (g unitGrant) LastDay() time.Time { return lastMoment(g.ExpiresAt) }

// lastMoment is the last second before an end. Ends lie at midnight, and people name the day
// before.
func lastMoment(end time.Time) time.Time {
	if end.IsZero() {
		return end
	}
	return end.Add(-time.Second)
}

// Words are what a grant is, in one word.
func (g unitGrant) Words() string {
	switch {
	case g.Trial:
		return "免费测试"
	case g.Order != "":
		return "套餐"
	}
	return "赠送"
}

// State is how a grant stands, in words.
func (g unitGrant) State() string {
	switch {
	case !g.FrozenAt.IsZero():
		return "已冻结"
	case g.Expired > 0:
		return "已过期"
	case g.Remaining == 0:
		return "已用完"
	}
	return "可用"
}

// Colour is that of its badge.
func (g unitGrant) Colour() string {
	return map[string]string{"已冻结": "yellow", "已过期": "secondary", "已用完": "secondary", "可用": "green"}[g.State()]
}

// Renews reports whether an order can move its end along.
func (g unitGrant) Renews() bool {
	return !g.Trial && g.Product != "" && g.FrozenAt.IsZero() && g.Remaining+g.Expired > 0
}

// GrantsPage lists the units of an account, grant by grant.
type GrantsPage struct {
	Balance  unitSums
	Grants   []unitGrant // newest first
	Products map[string]string
	Buys     bool
}

func (GrantsPage) template() string { return "grants" }
func (GrantsPage) title() string    { return "剩余次数" }

// grants asks for all grants of the account, oldest first.
func (v *visit) grants() ([]unitGrant, error) { return all[unitGrant](v, v.account("/grants")) }

// all asks for a whole list that is known to be short.
func all[T any](v *visit, path string) (items []T, err error) {
	for after := ""; ; {
		var part list[T]
		if err := v.get(query(path, "limit", "200", "after", after), &part); err != nil {
			return nil, err
		}
		items = append(items, part.Items...)
		if part.Next == "" {
			return items, nil
		}
		after = part.Next
	}
}

func (c *Console) grantsPage(v *visit) (page, error) {
	p := GrantsPage{Buys: v.who().May("order.buy")}
	grants, err := v.grants()
	if err != nil {
		return nil, err
	}
	for _, g := range slices.Backward(grants) {
		p.Grants = append(p.Grants, g)
	}
	var balance struct {
		Total unitSums `json:"total"`
	}
	if err := v.get(v.account("/balance"), &balance); err != nil {
		return nil, err
	}
	p.Balance = balance.Total
	p.Products, err = v.productNames()
	return p, err
}

func previewGrants() []unitGrant {
	return []unitGrant{
		{unitSums{Granted: 10000, Used: 2988, Held: 2, Remaining: 7010}, "g4", "1887", false, "20260105000000000031", previewNow.AddDate(0, -2, 0), previewNow.AddDate(1, 10, 1), time.Time{}},
		{unitSums{Granted: 6000, Used: 5644, Remaining: 356}, "g3", "1887", false, "20240402000000000027", previewNow.AddDate(-1, -11, 0), previewNow.AddDate(0, 1, 0), time.Time{}},
		{unitSums{Granted: 1200, Expired: 1200}, "g2", "1887", false, "20240110000000000011", previewNow.AddDate(-2, -2, 0), previewNow.AddDate(0, -2, 0), time.Time{}},
		{unitSums{Granted: 10, Used: 10}, "g1", "1887", true, "20240105000000000002", previewNow.AddDate(-2, -2, -3), previewNow.AddDate(-2, -1, 0), time.Time{}},
	}
}

func previewProducts() map[string]string {
	return map[string]string{"1887": "银行卡四要素核验"}
}

func grantPreviews() []preview {
	return []preview{
		{name: "grants", path: grantsPath, page: GrantsPage{unitSums{Granted: 17210, Used: 8642, Held: 2, Remaining: 7366, Expired: 1200}, previewGrants(), previewProducts(), true}},
		{name: "grants-empty", path: grantsPath, page: GrantsPage{Buys: true}},
	}
}
