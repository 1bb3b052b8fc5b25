package console

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// sourceTerms are when a source may be asked, how much at once, and for what price.
type sourceTerms struct {
	Priority     int   `json:"priority"`
	Weight       int64 `json:"weight"`
	Share        int64 `json:"share"`
	TimeoutMS    int64 `json:"timeout_ms"`
	QPS          int64 `json:"qps"`
	Burst        int64 `json:"burst"`
	Concurrent   int64 `json:"concurrent"`
	DailyCap     int64 `json:"daily_cap"`
	Failures     int64 `json:"failures"`
	OpenMS       int64 `json:"open_ms"`
	HedgeAfterMS int64 `json:"hedge_after_ms"`

	AuthorisedFrom  string        `json:"authorised_from"`
	AuthorisedUntil string        `json:"authorised_until"`
	Authorised      bool          `json:"authorised"`
	Purposes        []string      `json:"purposes"`
	IDTypes         []string      `json:"id_types"`
	CardKinds       []string      `json:"card_kinds"`
	Maintenance     []string      `json:"maintenance"`
	Prices          []sourcePrice `json:"prices"`
}

// sourcePrice is what one question costs.
type sourcePrice struct {
	From  string  `json:"from,omitempty"`
	Needs string  `json:"needs,omitempty"`
	Cost  float64 `json:"cost_fen"`
}

// NeedWords are the elements of a price; "": all.
func (p sourcePrice) NeedWords() string { return labelOf(needChoices, p.Needs) }
func (p sourcePrice) CostText() string  { return costText(p.Cost) }

// near is how many days before its end an authorisation is warned of.
const near = 30

// term is how an authorisation stands: one that is about to end must be renewed in time.
func (t sourceTerms) term(now time.Time) badge {
	until, err := time.ParseInLocation(time.DateOnly, t.AuthorisedUntil, quartet.Shanghai)
	from, began := time.ParseInLocation(time.DateOnly, t.AuthorisedFrom, quartet.Shanghai)
	switch {
	case began == nil && now.Before(from):
		return badge{"授权未开始", "yellow"}
	case err != nil:
		return badge{"未定期限", "secondary"}
	case !now.Before(until.AddDate(0, 0, 1)):
		return badge{"授权已过期", "red"}
	case !now.Before(until.AddDate(0, 0, 1-near)):
		return badge{"授权即将到期", "yellow"}
	}
	return badge{"授权有效", "green"}
}

// idTypeChoices and cardKindChoices are what a source may be kept to.
var (
	idTypeChoices = []choice{
		{Value: "idcard", Label: "居民身份证"},
		{Value: "residence_permit_hk", Label: "港澳台居民居住证（香港）"},
		{Value: "residence_permit_mo", Label: "港澳台居民居住证（澳门）"},
		{Value: "residence_permit_tw", Label: "港澳台居民居住证（台湾）"},
		{Value: "foreign_pr_18", Label: "外国人永久居留身份证（18 位）"},
		{Value: "foreign_pr_15", Label: "外国人永久居留身份证（15 位）"},
	}
	cardKindChoices = []choice{{Value: "DC", Label: "借记卡"}, {Value: "CC", Label: "贷记卡"}, {Value: "SCC", Label: "准贷记卡"}, {Value: "PC", Label: "预付费卡"}}
)

// IDWords, CardWords and PurposeWords are what it is kept to, in words.
func (t sourceTerms) IDWords() []string      { return labelled(idTypeChoices, t.IDTypes) }
func (t sourceTerms) CardWords() []string    { return labelled(cardKindChoices, t.CardKinds) }
func (t sourceTerms) PurposeWords() []string { return labelled(purposeChoices(), t.Purposes) }

func labelled(all []choice, values []string) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = labelIn(all, value)
	}
	return list
}

// purposeChoices are the purposes that firms tell.
func purposeChoices() (list []choice) {
	for _, p := range quartet.FirmPurposes() {
		list = append(list, choice{Value: p.Code, Label: p.Name})
	}
	return list
}

// HouseSourceTermsPage is where the terms of a source are changed.
type HouseSourceTermsPage struct {
	Source houseSource
	Terms  sourceTerms // as they are, or as they were typed
	Prices []typedPrice
}

// typedPrice is a row of prices, as its fields have it. Amounts are typed in yuan.
type typedPrice struct {
	From, Yuan string
	Needs      []choice
}

func (HouseSourceTermsPage) template() string { return "housesourceterms" }
func (HouseSourceTermsPage) title() string    { return "更改渠道条款" }

// IDTypes, CardKinds and Purposes are the boxes of the form.
func (p HouseSourceTermsPage) IDTypes() []choice { return ticked(idTypeChoices, p.Terms.IDTypes) }

func (p HouseSourceTermsPage) CardKinds() []choice { return ticked(cardKindChoices, p.Terms.CardKinds) }

func (p HouseSourceTermsPage) Purposes() []choice { return ticked(purposeChoices(), p.Terms.Purposes) }

// MaintenanceLines are its hours of maintenance, one a line.
func (p HouseSourceTermsPage) MaintenanceLines() string {
	return strings.Join(p.Terms.Maintenance, "\n")
}

// ticked marks the boxes that are chosen. What is chosen and has no box gets one, so that saving
// loses nothing.
func ticked(all []choice, values []string) []choice {
	list := slices.Clone(all)
	for i := range list {
		list[i].Chosen = slices.Contains(values, list[i].Value)
	}
	for _, value := range values {
		if labelOf(all, value) == "" {
			list = append(list, choice{value, value, true})
		}
	}
	return list
}

// spare is how many empty rows stand below the prices.
const spare = 2

func priceRows(prices []sourcePrice) []typedPrice {
	var rows []typedPrice
	for _, p := range prices {
		rows = append(rows, typedPrice{p.From, quartet.Millifen(math.Round(p.Cost * 1000)).String(), priceNeeds(p.Needs)})
	}
	for range spare {
		rows = append(rows, typedPrice{Needs: priceNeeds("")})
	}
	return rows
}

func priceNeeds(value string) []choice {
	return append([]choice{{Label: "全部要素", Chosen: value == ""}}, chosen(needChoices, value)...)
}

func (c *Console) houseSourceTermsPage(v *visit) (page, error) {
	s, err := v.source()
	p := HouseSourceTermsPage{Source: s, Terms: s.Terms, Prices: priceRows(s.Terms.Prices)}
	if !v.form.Values.Has("priority") {
		return p, err
	}
	p.Terms.IDTypes, p.Terms.CardKinds, p.Terms.Purposes = v.form.Values["id_types"], v.form.Values["card_kinds"], v.form.Values["purposes"]
	p.Prices = nil
	for _, row := range v.priceFields() {
		p.Prices = append(p.Prices, typedPrice{row[0], row[2], priceNeeds(row[1])})
	}
	return p, err
}

// priceFields are the rows of prices as they were typed: day, elements, amount.
func (v *visit) priceFields() [][3]string {
	from, needs, yuan := v.form.Values["price_from"], v.form.Values["price_needs"], v.form.Values["price_yuan"]
	rows := make([][3]string, min(len(from), len(needs), len(yuan)))
	for i := range rows {
		rows[i] = [3]string{strings.TrimSpace(from[i]), strings.TrimSpace(needs[i]), strings.TrimSpace(yuan[i])}
	}
	return rows
}

// typedPrices are the rows of prices in which something stands.
func (v *visit) typedPrices() ([]sourcePrice, error) {
	list := []sourcePrice{}
	for _, row := range v.priceFields() {
		if row[2] == "" {
			if row[0] != "" || row[1] != "" {
				return nil, faulty("prices", "write an amount in yuan, such as 0.22")
			}
			continue
		}
		cost, err := costOf("prices", row[2])
		if err != nil {
			return nil, err
		}
		list = append(list, sourcePrice{row[0], row[1], cost})
	}
	return list, nil
}

// costOf is an amount in yuan, of at most five places, as the fen that the API takes.
func costOf(field, text string) (float64, error) {
	text = strings.NewReplacer(",", "", "¥", "", "，", "").Replace(text)
	yuan, err := strconv.ParseFloat(text, 64)
	if err != nil || yuan < 0 || yuan > maxYuan {
		return 0, faulty(field, "write an amount in yuan, such as 0.22")
	}
	// By its digits: 0.00001 yuan times 100 is not a thousandth of a fen in binary.
	millifen := strconv.FormatFloat(yuan*100_000, 'f', 2, 64)
	whole, rest, _ := strings.Cut(millifen, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || rest != "00" {
		return 0, faulty(field, "write an amount in yuan, such as 0.22")
	}
	return float64(n) / 1000, nil
}

// whole puts a field that holds a whole number into what is sent.
func (v *visit) whole(in map[string]any, names ...string) error {
	for _, name := range names {
		text := strings.ReplaceAll(v.value(name), ",", "")
		if text == "" {
			text = "0"
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return faulty(name, "write a whole number")
		}
		in[name] = n
	}
	return nil
}

// several are the values of boxes; none is a list as well.
func (v *visit) several(name string) []string {
	if list := v.form.Values[name]; list != nil {
		return list
	}
	return []string{}
}

func (c *Console) changeSourceTerms(v *visit) (string, error) {
	in := map[string]any{
		"authorised_from": v.value("authorised_from"), "authorised_until": v.value("authorised_until"), "purposes": v.several("purposes"), "id_types": v.several("id_types"), "card_kinds": v.several("card_kinds"), "maintenance": linesOf(v.value("maintenance")),
	}
	if err := v.whole(in, "priority", "weight", "share", "timeout_ms", "qps", "burst", "concurrent", "daily_cap", "failures", "open_ms", "hedge_after_ms"); err != nil {
		return "", err
	}
	prices, err := v.typedPrices()
	if err != nil {
		return "", err
	}
	in["prices"] = prices
	return query(houseSourcesPath+"/"+v.segment("source"), "done", "terms"), v.put("/sources/"+v.segment("source"), in, nil)
}

func sourceTermsPreviews() []preview {
	sources := previewSources()
	show := func(s houseSource) HouseSourceTermsPage {
		return HouseSourceTermsPage{Source: s, Terms: s.Terms, Prices: priceRows(s.Terms.Prices)}
	}
	refused := form{Values: map[string][]string{"priority": {"1"}, "burst": {"100"}, "qps": {""}}, Faults: map[string]string{"burst": "须同时填写每秒上限", "prices": "请填写金额，如 0.22"}}
	return []preview{
		{name: "house-source-terms", path: sources[0].Path() + "/terms", page: show(sources[0])},
		{name: "house-source-terms-refused", path: sources[1].Path() + "/terms", page: show(sources[1]), form: refused},
	}
}
