package console

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"quartet"
	"quartet/internal/web"
)

// soldProduct is a product as everybody sees it.
type soldProduct struct {
	ID         string   `json:"product_id"`
	Path       string   `json:"path"`
	Parameters []string `json:"parameters"`
	Detail     string   `json:"detail"`
	On         bool     `json:"on"`
	Units      struct {
		Match        int64 `json:"match"`
		Mismatch     int64 `json:"mismatch"`
		Undetermined int64 `json:"undetermined"`
	} `json:"units"`
	Content struct {
		Name        string         `json:"name"`
		Description string         `json:"description"`
		Scenes      []string       `json:"scenes"`
		Coverage    string         `json:"coverage"`
		Questions   []soldQuestion `json:"questions"`
		Phone       string         `json:"phone"`
		Hotline     string         `json:"hotline"`
		Mail        string         `json:"mail"`
	} `json:"content"`
	Deals   int64  `json:"deals_180_days"`
	Ratings int64  `json:"ratings"`
	Mean    string `json:"rating_mean"`
}

type soldQuestion struct {
	Ask    string `json:"ask"`
	Answer string `json:"answer"`
}

// Paragraphs are the lines of the description.
func (p soldProduct) Paragraphs() []string { return strings.Split(p.Content.Description, "\n") }

// Stars are those of its mean rating.
func (p soldProduct) Stars() []bool { return starsOf(p.Mean) }

// starsOf fills one to five stars by a mean such as 4.67, half up.
func starsOf(mean string) []bool {
	if len(mean) < len("4.5") {
		return filled(0)
	}
	full := int(mean[0] - '0')
	if mean[2] >= '5' {
		full++
	}
	return filled(full)
}

// outcome is what a call may come to, and its price in units.
type outcome struct {
	Words string
	Units int64
}

// Charges are what each outcome costs, from the charge table.
func (p soldProduct) Charges() []outcome {
	return []outcome{
		{"一致（state 为 1）", p.Units.Match},
		{"不一致（state 为 2）", p.Units.Mismatch},
		{"异常（state 为 3），如卡已挂失、过期或受限制", p.Units.Undetermined},
		{"没有得到结论（结果码不是 10000，或由网关应答）", 0},
	}
}

// parameter is a row of a table of what is sent or answered.
type parameter struct {
	Name, Kind, Words string
	Required          bool
}

// Requests are the parameters of a call.
func (p soldProduct) Requests() []parameter {
	words := map[string]string{"name": "姓名", "idcard": "证件号，通常是身份证号", "acc_no": "银行卡号", "mobile": "银行预留手机号"}
	var rows []parameter
	for _, name := range p.Parameters {
		rows = append(rows, parameter{name, "string", words[name], true})
	}
	return append(rows, parameter{"key", "string", "凭证 key，仅在不带 AppCode 和签名时使用", false})
}

// Answers are the fields of an answer.
func (p soldProduct) Answers() []parameter {
	rows := []parameter{
		{"code", "string", "结果码，10000 表示得到结论", true},
		{"message", "string", "结果码的文字说明", true},
		{"data", "object", "核验结论；没有结论时为 null", true},
		{"data.state", "string", "1 一致，2 不一致，3 异常", false},
	}
	if p.Detail != "state" {
		rows = append(rows, parameter{"data.reason", "string", "结论的原因，渠道未说明时没有此字段", false})
	}
	if p.Detail == "element" {
		rows = append(rows, parameter{"data.differs", "array", "不一致的参数名，渠道未说明时没有此字段", false})
	}
	return append(rows, parameter{"seqNo", "string", "调用编号，向客服反馈问题时请提供", true})
}

// Yuan is the price, without fen where there are none.
func (p shopPlan) Yuan() string { return strings.TrimSuffix(yuan(p.Price), ".00") }

// Years is how long its units are valid, where that is whole years.
func (p shopPlan) Years() int {
	if p.Months%12 != 0 {
		return 0
	}
	return p.Months / 12
}

// publicRating is what a buyer said.
type publicRating struct {
	Stars   int       `json:"stars"`
	Text    string    `json:"text"`
	At      time.Time `json:"written_at"`
	Answer  string    `json:"answer"`
	Hidden  bool      `json:"hidden"`
	ReplyAt time.Time `json:"answered_at"`
}

// Filled are its stars.
func (r publicRating) Filled() []bool { return filled(r.Stars) }

// filled are five places, of which the first ones have a star.
func filled(stars int) []bool {
	list := make([]bool, 5)
	for i := range list {
		list[i] = i < stars
	}
	return list
}

// contact is how support is reached.
type contact struct {
	web.Helpline

	Chat bool `json:"chat"`
}

// ProductPage is a product as it is sold.
type ProductPage struct {
	Product soldProduct
	Plans   []shopPlan
	Codes   []resultCode
	Gateway []gatewayAnswer
	Ratings []publicRating
	More    string // where further ratings are
	Contact contact
	URL     string // where it is called
}

func (ProductPage) template() string { return "product" }
func (p ProductPage) title() string  { return p.Product.Content.Name }

// Samples is where its sample code is, for everybody.
func (p ProductPage) Samples() string {
	return "/products/" + url.PathEscape(p.Product.ID) + "/samples"
}

// Trial is the id of the plan that is to try for nothing; "": none is.
func (p ProductPage) Trial() string {
	for i := range p.Plans {
		if p.Plans[i].Trial {
			return p.Plans[i].ID
		}
	}
	return ""
}

func (v *visit) productOf(sold soldProduct) (page, error) {
	const ratings = "10"
	p := ProductPage{Product: sold, URL: v.base() + sold.Path}
	at := "/products/" + url.PathEscape(sold.ID)
	var plans list[shopPlan]
	var said list[publicRating]
	var codes list[resultCode]
	var gateway list[gatewayAnswer]
	for path, out := range map[string]any{
		at + "/plans?limit=200": &plans, query(at+"/ratings", "limit", ratings, "after", v.r.URL.Query().Get("after")): &said,
		"/result-codes?limit=200": &codes, "/gateway-answers?limit=200": &gateway, "/contact": &p.Contact,
	} {
		if err := v.get(path, out); err != nil {
			return nil, err
		}
	}
	p.Plans, p.Ratings, p.Codes, p.Gateway = plans.Items, said.Items, codes.Items, gateway.Items
	if said.Next != "" {
		p.More = query("/products/"+url.PathEscape(sold.ID), "after", said.Next) + "#ratings"
	}
	// What the product's own page says goes before the lines of the house.
	p.Contact.Phone = cmp.Or(sold.Content.Phone, p.Contact.Phone)
	p.Contact.Line400 = cmp.Or(sold.Content.Hotline, p.Contact.Line400)
	p.Contact.Mail = cmp.Or(sold.Content.Mail, p.Contact.Mail)
	return p, nil
}

func previewProduct() soldProduct {
	page := quartet.FoundingPage()
	p := soldProduct{ID: "1887", Path: "/communication/personal/1887", Parameters: quartet.NeedAll.Parameters(), Detail: "state", On: true, Deals: 128, Ratings: 36, Mean: "4.67"}
	p.Units.Match, p.Units.Mismatch = 1, 1
	p.Content.Name, p.Content.Description, p.Content.Scenes, p.Content.Coverage = page.Name, page.Description, page.Scenes, page.Coverage
	for _, q := range page.Questions {
		p.Content.Questions = append(p.Content.Questions, soldQuestion(q))
	}
	return p
}

func previewCodes() (rows []resultCode) {
	for _, c := range quartet.Codes() {
		rows = append(rows, resultCode{c.Code.String(), c.Message, c.English, c.Cause, c.CauseZH, c.Code == quartet.CodeOK})
	}
	return rows
}

func previewGateway() (rows []gatewayAnswer) {
	for _, g := range web.Gateways() {
		t := g.Text()
		rows = append(rows, gatewayAnswer{t.Status, t.Code, t.Message, t.Cause, t.CauseZH})
	}
	return rows
}

func productPreviews() []preview {
	one := previewProduct()
	plans := []shopPlan{
		{"1887-trial", "免费测试", "1887", 10, 0, 1, "0.00", true, false},
		{"1887-1200", "1200 次", "1887", 1200, 50000, 24, "0.42", false, false},
		{"1887-6000", "6000 次", "1887", 6000, 200000, 24, "0.33", false, false},
		{"1887-10000", "10000 次", "1887", 10000, 300000, 24, "0.30", false, false},
		{"1887-18000", "18000 次", "1887", 18000, 500000, 24, "0.28", false, false},
		{"1887-40000", "40000 次", "1887", 40000, 1000000, 24, "0.25", false, false},
	}
	full := ProductPage{
		Product: one, Plans: plans, Codes: previewCodes(), Gateway: previewGateway(), URL: "https://shop.example.com" + one.Path, More: "/products/1887?after=r3#ratings",
		Ratings: []publicRating{
			{Stars: 5, Text: "接入只花了半天，响应很快。", At: previewNow.AddDate(0, 0, -3), Answer: "感谢支持！", ReplyAt: previewNow.AddDate(0, 0, -2)},
			{Stars: 4, At: previewNow.AddDate(0, 0, -12)},
			{Stars: 2, Hidden: true, At: previewNow.AddDate(0, -1, 0)},
		},
		Contact: contact{web.Helpline{Phone: "010-5555 0100", Line400: "400-000-0000", Mail: "help@example.com", Hours: "9:00-18:00"}, true},
	}
	bare := one
	bare.On, bare.Deals, bare.Ratings, bare.Mean, bare.Content.Questions, bare.Detail = false, 0, 0, "", nil, "element"
	three := one
	three.ID, three.Path, three.Content.Name, three.Ratings, three.Mean = "1979", "/communication/personal/1979", "银行卡三要素核验", 0, ""
	return []preview{
		{name: "product", path: "/", page: full, out: true},
		{name: "product-bare", path: "/products/1887", page: ProductPage{Product: bare, Codes: previewCodes(), Gateway: previewGateway(), URL: full.URL}},
		{name: "market", path: "/", page: MarketPage{Products: []soldProduct{one, three}}, out: true},
		{name: "market-empty", path: "/", page: MarketPage{}, out: true},
	}
}
