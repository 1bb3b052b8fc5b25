package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"quartet/internal/sample"
)

const debugPath = "/console/debug"

// debugRoutes are the pages of the debug tool. What is typed is in the answer of the very form
// that sent it, and nowhere else.
func (c *Console) debugRoutes() {
	c.signed("GET "+debugPath, c.debugPage)
	c.form("POST "+debugPath, in(c.sendDebug), c.debugPage)
}

// DebugPage is where one call is made by hand.
type DebugPage struct {
	Product, ProductName, Path string
	Products                   []choice // where there are several
	Elements                   []debugElement
	Groups                     []debugGroup // none: there is no credential in force
	Lists                      []debugList
	Left                       int64 // units that a call could take now
	Counted                    bool  // Left is known
	Units                      debugUnits
	Outcome                    *debugOutcome
}

func (*DebugPage) template() string  { return "debug" }
func (*DebugPage) title() string     { return "调试工具" }
func (*DebugPage) scripts() []string { return []string{"debug.js"} }

// debugElement is one of the four, as far as the product needs it.
type debugElement struct{ Name, Label, Sample string }

// debugGroup are credentials that are answered alike.
type debugGroup struct {
	Label string
	Test  bool
	Own   []debugOwn
}

// debugOwn is a credential to choose; one that signs has a string to compare.
type debugOwn struct {
	choice

	Signs bool
}

// debugList are names and values that somebody adds: headers, query, or body.
type debugList struct {
	ID, Label, Hint string
	Rows            []kept
	Used            bool // something was typed
}

// spareRows are how many empty rows a list shows: it works without a script.
const spareRows = 2

var debugLists = []debugList{
	{ID: "header", Label: "Headers", Hint: "Accept、Content-Type 和凭证由工具填写；同名的以这里为准，值留空即不发送。"},
	{ID: "query", Label: "Query", Hint: "跟在路径后面的参数，签名时与表单参数一起排序。"},
	{ID: "form", Label: "Body 其他参数", Hint: "四要素以外的表单参数。"},
}

// debugProduct is a product as far as the tool needs it.
type debugProduct struct {
	callable

	Units debugUnits `json:"units"`
}

// debugUnits is what a verdict costs.
type debugUnits struct {
	Match        int64 `json:"match"`
	Mismatch     int64 `json:"mismatch"`
	Undetermined int64 `json:"undetermined"`
}

// Free reports whether nothing is charged.
func (u debugUnits) Free() bool { return u == debugUnits{} }

var elementWords = []debugElement{{Name: "name", Label: "姓名"}, {Name: "idcard", Label: "证件号"}, {Name: "acc_no", Label: "银行卡号"}, {Name: "mobile", Label: "预留手机号"}}

// debugPage is the tool, with what was typed if the form was refused.
func (c *Console) debugPage(v *visit) (page, error) { return v.debugTool() }

func (v *visit) debugTool() (*DebugPage, error) {
	wanted := v.r.URL.Query().Get("product")
	if v.form.Values != nil {
		wanted = v.value("product_id")
	}
	p := &DebugPage{}
	products, err := all[debugProduct](v, "/pages")
	if err != nil || len(products) == 0 {
		return p, err
	}
	about := &products[0]
	for i := range products {
		if products[i].Product == wanted {
			about = &products[i]
		}
	}
	if len(products) > 1 {
		for i := range products {
			one := &products[i]
			p.Products = append(p.Products, choice{one.Product, one.Content.Name, one.Product == about.Product})
		}
	}
	p.about(about)
	p.fill(v.form.Values)
	if err := p.lend(v); err != nil {
		return nil, err
	}
	return p, p.count(v)
}

func (p *DebugPage) about(one *debugProduct) {
	p.Product, p.ProductName, p.Path, p.Units = one.Product, one.Content.Name, one.Path, one.Units
	invented := sample.For(one.Path, one.Parameters, sample.AppCode)
	for _, e := range elementWords {
		if !slices.Contains(one.Parameters, e.Name) {
			continue
		}
		for _, f := range invented.Form {
			if f.Name == e.Name {
				e.Sample = f.Value
			}
		}
		p.Elements = append(p.Elements, e)
	}
}

// fill shows again what was typed into the lists.
func (p *DebugPage) fill(typed url.Values) {
	p.Lists = nil
	for _, l := range debugLists {
		l.Rows = typedRows(typed, l.ID)
		l.Used = len(l.Rows) > 0
		l.Rows = append(l.Rows, make([]kept, spareRows)...)
		p.Lists = append(p.Lists, l)
	}
}

// typedRows are the rows of a list that have a name.
func typedRows(typed url.Values, id string) (rows []kept) {
	values := typed[id+"_value"]
	for i, name := range typed[id+"_name"] {
		row := kept{Name: strings.TrimSpace(name)}
		if i < len(values) {
			row.Value = values[i]
		}
		if row.Name != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

// lend lists the credentials in force, those of the sandbox first: they cost nothing.
func (p *DebugPage) lend(v *visit) error {
	mine, err := v.credentials()
	if err != nil {
		return err
	}
	groups := []debugGroup{{Label: "沙箱凭证（不扣次数）", Test: true}, {Label: "正式凭证"}}
	for i := range mine {
		one := &mine[i]
		if !one.Active() {
			continue
		}
		name := one.Name
		if name == "" {
			name = v.lang.word("未命名")
		}
		g := &groups[1]
		if one.Test {
			g = &groups[0]
		}
		g.Own = append(g.Own, debugOwn{choice{one.ID, name + " · " + one.KindWords(), one.ID == v.value("credential_id")}, one.Kind == kindOf(sample.Signature)})
	}
	for _, g := range groups {
		if len(g.Own) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	return nil
}

// count finds the units that a call of the product could take.
func (p *DebugPage) count(v *visit) error {
	var balance struct {
		Items []struct {
			Product   string `json:"product_id"`
			Remaining int64  `json:"remaining"`
		} `json:"items"`
	}
	if err := v.get(v.account("/balance"), &balance); err != nil {
		return err
	}
	p.Left, p.Counted = 0, true
	for _, b := range balance.Items {
		if b.Product == "" || b.Product == p.Product {
			p.Left += b.Remaining
		}
	}
	return nil
}

// debugCall is a call as the API is asked to make it.
type debugCall struct {
	Product    string       `json:"product_id"`
	Credential string       `json:"credential_id"`
	Headers    []debugField `json:"headers,omitempty"`
	Query      []debugField `json:"query,omitempty"`
	Form       []debugField `json:"form,omitempty"`
	Signed     string       `json:"string_to_sign,omitempty"`
}

type debugField struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

// debugCallOf is the call that a form asks for. Elements that were left empty are not sent.
func (v *visit) debugCallOf() *debugCall {
	d := &debugCall{Product: v.value("product_id"), Credential: v.value("credential_id"), Signed: v.value("string_to_sign")}
	for _, e := range elementWords {
		if value := v.secret(e.Name); value != "" {
			d.Form = append(d.Form, debugField{e.Name, value})
		}
	}
	for id, into := range map[string]*[]debugField{"header": &d.Headers, "query": &d.Query, "form": &d.Form} {
		for _, row := range typedRows(v.form.Values, id) {
			*into = append(*into, debugField(row))
		}
	}
	return d
}

// sendDebug makes the call and shows both sides of it. Where the secret is wanted in the
// command, it is asked for first: a proof is asked for before anything is sent.
func (c *Console) sendDebug(v *visit) (string, error) {
	// The page is read first: of a call that was made, the outcome is shown whatever happens then.
	p, err := v.debugTool()
	if err != nil {
		return "", err
	}
	secret := ""
	if v.checked("with_secret") {
		var own ownCredential
		if err := v.post(v.account("/credentials/"+url.PathEscape(v.value("credential_id"))+"/secret"), nil, &own); err != nil {
			return "", err
		}
		secret = own.Secret
	}
	call := v.debugCallOf()
	outcome := &debugOutcome{Filled: secret != ""}
	if err := v.post(v.account("/debug-calls"), call, &outcome.Report); err != nil {
		return "", err
	}
	outcome.understand(v)
	outcome.Curl = outcome.curl(v.base(), call, secret)
	p.Outcome, p.Counted = outcome, p.count(v) == nil
	c.render(v, http.StatusOK, p)
	return "", nil
}
