package console

const (
	ordersPath      = "/console/orders"
	plansPath       = "/console/plans"
	grantsPath      = "/console/grants"
	repurchasesPath = "/console/repurchases"
)

// shopRoutes are the pages of buying: plans, orders, what they gave, and what is ordered by
// itself.
func (c *Console) shopRoutes() {
	c.signed("GET "+plansPath, c.plansPage)
	c.signed("GET "+grantsPath, c.grantsPage)
	c.signed("GET "+ordersPath, c.ordersPage)
	c.form("POST "+ordersPath, in(c.placeOrder), c.plansPage)
	c.form("POST /console/trials", in(c.takeTrial), c.plansPage)
	c.signed("GET /console/orders/{order}", c.orderPage)
	c.form("POST /console/orders/{order}/payments", in(c.payOrder), c.orderPage)
	c.form("POST /console/orders/{order}/cancellation", in(c.cancelOrder), c.orderPage)
	c.form("POST /console/orders/{order}/refunds", in(c.askRefund), c.orderPage)
	c.form("POST /console/orders/{order}/rating", in(c.rateOrder), c.orderPage)
	c.signed("GET "+repurchasesPath, c.repurchasesPage)
	c.form("POST "+repurchasesPath, in(c.setRepurchase), c.repurchasesPage)
	c.form("POST /console/repurchases/removal", in(c.removeRepurchase), c.repurchasesPage)
}

// in lets a form do something for whoever is signed in, and leads others to the door.
func in(do act) act {
	return func(v *visit) (string, error) {
		if to := v.door(); to != "" {
			return to, nil
		}
		return do(v)
	}
}

func shopPreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{overviewPreviews, planPreviews, orderListPreviews, orderPreviews, grantPreviews, repurchasePreviews} {
		list = append(list, noun()...)
	}
	return list
}

// productNames are the names of products by their ids.
func (v *visit) productNames() (map[string]string, error) {
	products, err := all[struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}](v, "/products")
	names := map[string]string{}
	for _, p := range products {
		names[p.ID] = p.Name
	}
	return names, err
}

const approvedFirm = "approved"

// firmStands is how what the account said of its firm stands; "": it said nothing yet.
func (v *visit) firmStands() (string, error) {
	var firm struct {
		State string `json:"state"`
	}
	err := v.get(v.account("/firm"), &firm)
	if p := problemOf(err); p != nil && p.Code == "not_found" {
		return "", nil
	}
	return firm.State, err
}

// done is what was just done, in words, where the address says so.
func (v *visit) done(words map[string]string) string { return words[v.r.URL.Query().Get("done")] }
