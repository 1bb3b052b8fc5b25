package console

import (
	"net/http"
	"time"

	"quartet"
	"quartet/internal/web"
)

const houseAdjustmentsPath = "/house/adjustments"

func (c *Console) houseAdjustmentRoutes() {
	c.housed("GET "+houseAdjustmentsPath, c.houseAdjustmentsPage)
	c.housed("GET "+houseAdjustmentsPath+"/new", c.houseGiftPage)
	c.form("POST "+houseAdjustmentsPath, c.proposeAdjustment, c.houseGiftPage)
	for _, act := range []string{"confirmation", "rejection"} {
		c.form("POST "+houseAdjustmentsPath+"/{adjustment}/"+act, func(v *visit) (string, error) {
			var in any
			if act == "rejection" {
				in = v.reasoned()
			}
			return v.houseAct(houseAdjustmentsPath, act, "/adjustments/"+v.segment("adjustment")+"/"+act, in)
		}, c.houseAdjustmentsPage)
	}
}

// unitAdjustment is units that one person wants to give, withdraw or extend.
type unitAdjustment struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Account    string    `json:"account_id"`
	Product    string    `json:"product_id"`
	Grant      string    `json:"grant_id"`
	Units      int64     `json:"units"`
	Until      time.Time `json:"until_at"`
	Reason     string    `json:"reason"`
	State      string    `json:"state"`
	ProposedBy actor     `json:"proposed_by"`
	ProposedAt time.Time `json:"proposed_at"`
	DecidedBy  actor     `json:"decided_by"`
	DecidedAt  time.Time `json:"decided_at"`
	Answer     string    `json:"answer"`
}

var (
	adjustmentStates = []choice{{Value: "proposed", Label: "待复核"}, {Value: "confirmed", Label: "已确认"}, {Value: "rejected", Label: "已拒绝"}}
	adjustmentKinds  = []choice{{Value: "give", Label: "赠送次数"}, {Value: "withdraw", Label: "收回次数"}, {Value: "extend", Label: "延长有效期"}}
)

// Path is where it is decided on.
func (a unitAdjustment) Path() string { return pathTo(houseAdjustmentsPath+"/", a.ID) }

// Words, KindWords and Colour tell what it is and how it stands.
func (a unitAdjustment) Words() string { return labelIn(adjustmentStates, a.State) }

func (a unitAdjustment) KindWords() string { return labelIn(adjustmentKinds, a.Kind) }

func (a unitAdjustment) Colour() string {
	return map[string]string{"proposed": "yellow", "confirmed": "green"}[a.State]
}

// LastDay is the last instant at which its units could be used.
func (a unitAdjustment) LastDay() time.Time { return lastMoment(a.Until) }

// HouseAdjustmentsPage lists what people give, withdraw and extend.
type HouseAdjustmentsPage struct {
	Adjustments []unitAdjustment
	Products    map[string]string
	State       string
	Account     string
	Me          string
	Moves       bool
	Next        string
	Done        string
}

func (HouseAdjustmentsPage) template() string { return "houseadjustments" }
func (HouseAdjustmentsPage) title() string    { return "次数调整" }

// States are the filters.
func (p HouseAdjustmentsPage) States() []choice { return chosenOf(adjustmentStates, p.State) }

// Second reports whether whoever looks may confirm one.
func (p HouseAdjustmentsPage) Second(a unitAdjustment) bool { return a.ProposedBy.Second(p.Me) }

func (c *Console) houseAdjustmentsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseAdjustmentsPage{
		State: oneOf(adjustmentStates, q.Get("state")), Account: q.Get("account_id"), Me: v.who().Name, Moves: v.who().May("money.write"),
		Done: v.done(map[string]string{"proposed": "已提交，等另一位财务复核", "confirmation": "已确认，次数已变更", "rejection": "已拒绝"}),
	}
	var adjustments list[unitAdjustment]
	if err := v.get(query("/adjustments", "state", p.State, "account_id", p.Account, "after", q.Get("after"), "limit", "50"), &adjustments); err != nil {
		return nil, err
	}
	p.Adjustments, p.Next = adjustments.Items, following(houseAdjustmentsPath, adjustments.Next, "state", p.State, "account_id", p.Account)
	var err error
	p.Products, err = v.productNames()
	return p, err
}

// HouseGiftPage is where an adjustment is asked for.
type HouseGiftPage struct {
	Kind     string
	Account  string
	Grant    string
	Products []choice
}

func (HouseGiftPage) template() string { return "housegift" }
func (HouseGiftPage) title() string    { return "申请次数调整" }

// Kinds are what can be asked for.
func (p HouseGiftPage) Kinds() []choice { return chosen(adjustmentKinds, p.Kind) }

func (c *Console) houseGiftPage(v *visit) (page, error) {
	if !v.who().May("money.write") { // the API is asked for nothing here that would refuse it
		return nil, &web.Problem{Status: http.StatusForbidden, Code: "forbidden"}
	}
	q := v.r.URL.Query()
	p := HouseGiftPage{Kind: oneOf(adjustmentKinds, q.Get("kind")), Account: q.Get("account_id"), Grant: q.Get("grant_id")}
	if v.form.Values != nil {
		p.Kind = oneOf(adjustmentKinds, v.value("kind"))
	}
	if p.Kind == "" {
		p.Kind = "give"
	}
	names, err := v.productNames()
	p.Products = named(names)
	return p, err
}

// proposeAdjustment asks for it. Of what was typed only what its kind takes is sent.
func (c *Console) proposeAdjustment(v *visit) (string, error) {
	in := map[string]any{"kind": v.value("kind"), "reason": v.value("reason")}
	if in["kind"] == "give" {
		in["account_id"] = v.value("account_id")
		if product := v.value("product_id"); product != "" {
			in["product_id"] = product
		}
	} else {
		in["grant_id"] = v.value("grant_id")
	}
	if in["kind"] != "extend" {
		in["units"] = v.number("units")
	}
	if in["kind"] != "withdraw" {
		until, err := v.endOfDay("until_at")
		if err != nil {
			return "", err
		}
		in["until_at"] = until
	}
	return v.houseAct(houseAdjustmentsPath, "proposed", "/adjustments", in)
}

// endOfDay is the first instant after the day of a field: people name the last day.
func (v *visit) endOfDay(name string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, v.value(name), quartet.Shanghai)
	if err != nil {
		return day, faulty(name, "a day is written as 2026-03-02")
	}
	return day.AddDate(0, 0, 1), nil
}

func houseAdjustmentPreviews() []preview {
	one := func(id, kind, state string, by actor) unitAdjustment {
		return unitAdjustment{ID: id, Kind: kind, Account: "acme", Product: "1887", Grant: "g4", Units: 500, Until: previewDay(365, 12), Reason: "故障补偿", State: state, ProposedBy: by, ProposedAt: previewDay(0, -3)}
	}
	gift, mine, withdrawal, extension := one("a1", "give", "proposed", "sun"), one("a2", "extend", "proposed", "qian"), one("a3", "withdraw", "rejected", "sun"), one("a4", "extend", "confirmed", "sun")
	gift.Grant = ""
	withdrawal.Until, withdrawal.DecidedBy, withdrawal.DecidedAt, withdrawal.Answer = time.Time{}, "qian", previewDay(0, -2), "数量不对"
	extension.DecidedBy, extension.DecidedAt = "qian", previewDay(0, -2)
	refused := form{
		Values: map[string][]string{"_form": {"gift"}, "kind": {"give"}, "account_id": {"acme"}, "units": {"0"}, "until_at": {"2027-03-01"}, "reason": {"故障补偿"}},
		Faults: map[string]string{"units": "请填写赠送的次数"},
	}
	products := []choice{{Value: "1887", Label: "银行卡四要素核验"}}
	return []preview{
		{name: "house-adjustments", path: houseAdjustmentsPath, page: HouseAdjustmentsPage{Adjustments: []unitAdjustment{gift, mine, withdrawal, extension}, Products: previewProducts(), Me: "qian", Moves: true}},
		{name: "house-adjustments-empty", path: houseAdjustmentsPath, page: HouseAdjustmentsPage{State: "proposed", Moves: true}},
		{name: "house-gift", path: houseAdjustmentsPath, page: HouseGiftPage{Kind: "give", Products: products}},
		{name: "house-gift-extend", path: houseAdjustmentsPath, page: HouseGiftPage{Kind: "extend", Grant: "g4", Products: products}},
		{name: "house-gift-refused", path: houseAdjustmentsPath, page: HouseGiftPage{Kind: "give", Products: products}, form: refused},
	}
}
