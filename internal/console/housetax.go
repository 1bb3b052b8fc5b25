package console

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"quartet"
)

const houseTaxPath = "/house/tax"

func (c *Console) houseTaxRoutes() {
	c.housed("GET "+houseTaxPath, c.houseTaxPage)
	c.form("POST "+houseTaxPath, c.setTax, c.houseTaxPage)
	c.form("POST "+houseTaxPath+"/login", func(v *visit) (string, error) {
		return v.houseAct(houseTaxPath, "login", "/tax-login", nil)
	}, c.houseTaxPage)
}

// taxSetting is how the house is taxed from an instant on.
type taxSetting struct {
	ID     string    `json:"id"`
	FromAt time.Time `json:"from_at"`
	Item   string    `json:"item"`
	Code   string    `json:"tax_code"`
	Rate   int64     `json:"rate"`
	Seller string    `json:"seller"`
	TaxID  string    `json:"seller_tax_id"`
	SetBy  actor     `json:"set_by"`
	SetAt  time.Time `json:"set_at"`

	Stands string // in words: in force, to come or over
}

// Percent is the rate as people write it.
func (s taxSetting) Percent() string { return billedOrder{Rate: s.Rate}.Percent() }

// taxLogin is whether the house is signed in at the tax bureau.
type taxLogin struct {
	Channel string    `json:"channel"`
	In      bool      `json:"signed_in"`
	Shows   string    `json:"shows"`
	Until   time.Time `json:"until_at"`
}

// ByHand reports whether people issue what is approved, and nobody signs in for the house.
func (l taxLogin) ByHand() bool { return l.Channel == handChannel }

// HouseTaxPage is how the house is taxed, and its sign-in at the bureau.
type HouseTaxPage struct {
	Settings []taxSetting // newest first
	Login    taxLogin
	QR       template.HTML
	Moves    bool
	Done     string
}

func (HouseTaxPage) template() string { return "housetax" }
func (HouseTaxPage) title() string    { return "税务设置" }

// Now is the setting in force, or one without an id.
func (p HouseTaxPage) Now() taxSetting {
	for _, s := range p.Settings {
		if s.Stands == inForce {
			return s
		}
	}
	return taxSetting{}
}

// NowPercent is its rate as the field has it.
func (p HouseTaxPage) NowPercent() string {
	if p.Now().ID == "" {
		return ""
	}
	return strings.TrimSuffix(p.Now().Percent(), "%")
}

const inForce = "生效中"

// settleTax says of settings, oldest first, which one is in force.
func settleTax(all []taxSetting, now time.Time) {
	found := false
	for i := len(all) - 1; i >= 0; i-- {
		switch {
		case all[i].FromAt.After(now):
			all[i].Stands = "尚未生效"
		case !found:
			all[i].Stands, found = inForce, true
		default:
			all[i].Stands = "已失效"
		}
	}
}

func (c *Console) houseTaxPage(v *visit) (page, error) {
	p := HouseTaxPage{Moves: v.who().May("money.write"), Done: v.done(map[string]string{"set": "税务设置已保存", "login": "已发起登录"})}
	var err error
	if p.Settings, err = all[taxSetting](v, "/tax-settings"); err != nil {
		return nil, err
	}
	settleTax(p.Settings, c.o.Now())
	slices.Reverse(p.Settings)
	if err := v.get("/tax-login", &p.Login); err != nil {
		return nil, err
	}
	if p.Login.Shows != "" && len(p.Login.Shows) <= longestQR {
		p.QR, err = qrCode(p.Login.Shows)
	}
	return p, err
}

// setTax says how the house is taxed. A day stands for its beginning; an empty one for now.
func (c *Console) setTax(v *visit) (string, error) {
	rate, err := quartet.ParseFen(strings.TrimSuffix(v.value("rate"), "%")) // hundredths, exactly, as of yuan
	if err != nil || rate < 0 {
		return "", faulty("rate", "write the rate in percent, such as 6 or 1.5")
	}
	in := map[string]any{"item": v.value("item"), "tax_code": v.value("tax_code"), "rate": int64(rate), "seller": v.value("seller"), "seller_tax_id": strings.ToUpper(v.value("seller_tax_id"))}
	if from := v.value("from_at"); from != "" {
		day, err := time.ParseInLocation(time.DateOnly, from, quartet.Shanghai)
		if err != nil {
			return "", faulty("from_at", "a day is written as 2026-03-02")
		}
		in["from_at"] = day
	}
	return v.houseAct(houseTaxPath, "set", "/tax-settings", in)
}

func houseTaxPreviews() []preview {
	one := func(id string, rate int64, from int) taxSetting {
		return taxSetting{ID: id, FromAt: previewDay(from, -12), Item: "*信息技术服务*数据核验服务", Code: "3040201010000000000", Rate: rate, Seller: "示例数据服务有限公司", TaxID: "91350100M000100Y43", SetBy: "qian", SetAt: previewDay(from-1, 0)}
	}
	settings := []taxSetting{one("s1", 300, -400), one("s2", 600, -90), one("s3", 100, 30)}
	settleTax(settings, previewNow)
	slices.Reverse(settings)
	p := HouseTaxPage{Settings: settings, Login: taxLogin{Channel: "taxsim", In: true, Until: previewDay(1, 0)}, Moves: true}
	out := p
	out.Login = taxLogin{Channel: "taxsim", Shows: "https://tax.example/qr/4f1c"}
	out.QR, _ = qrCode(out.Login.Shows) // it is short enough
	refused := form{
		Values: map[string][]string{"item": {"*信息技术服务*数据核验服务"}, "tax_code": {"304"}, "rate": {"6"}, "seller": {"示例数据服务有限公司"}, "seller_tax_id": {"91350100M000100Y43"}, "from_at": {""}},
		Faults: map[string]string{"tax_code": "税收分类编码为 19 位数字"},
	}
	return []preview{
		{name: "house-tax", path: houseTaxPath, page: p},
		{name: "house-tax-login", path: houseTaxPath, page: out},
		{name: "house-tax-empty", path: houseTaxPath, page: HouseTaxPage{Login: taxLogin{Channel: handChannel, In: true}, Moves: true}},
		{name: "house-tax-refused", path: houseTaxPath, page: p, form: refused},
	}
}
