package console

import (
	"net/http"
	"strings"

	"quartet/docs"
	"quartet/internal/web"
)

const docsPath = "/docs/"

// topic is a page of the documents. Those that are made from a file show some of its sections,
// counted from 0, which is what stands before the first heading.
type topic struct {
	Name, Title, Words, Icon string

	file     string
	sections []int
	fill     func(*visit, *DocsPage) error
}

// topics are the pages of the documents, in the order in which they are read.
var topics = []topic{
	{Name: "", Title: "快速开始", Words: "从注册到第一次调用", Icon: "player-play"},
	{Name: "call", Title: "调用接口", Words: "地址、参数、应答、重试与限制", Icon: "code", file: "api", sections: []int{0, 1, 3, 4, 5}},
	{Name: "signing", Title: "身份验证与签名", Words: "AppCode、签名和 key 三种方式", Icon: "lock", file: "api", sections: []int{2}},
	{Name: "elements", Title: "要素规则", Words: "姓名、证件号、卡号、手机号如何校验", Icon: "id", file: "elements", sections: []int{0, 1, 2, 3, 4, 6, 7}},
	{Name: "result-codes", Title: "结果码", Words: "每个结果码的唯一原因与计费", Icon: "list-search", fill: fillCodes},
	{Name: "gateway", Title: "网关应答", Words: "凭证、签名、额度与限流", Icon: "shield-lock", fill: fillGateway},
	{Name: "sandbox", Title: "沙箱与测试卡", Words: "不花次数，遇到每一种应答", Icon: "tool", fill: fillSandbox},
	{Name: "webhooks", Title: "Webhook", Words: "通知的内容、验签与重试", Icon: "webhook", file: "webhooks", sections: []int{0, 1, 2, 3, 4, 5}},
}

// documented are the topics that links between documents lead to.
var documented = map[string]string{
	"api.md": "call", "elements.md": "elements", "result-codes.md": "result-codes", "sandbox.md": "sandbox", "webhooks.md": "webhooks",
}

func (c *Console) docsRoutes() {
	c.open("GET /docs/{$}", c.docsPage)
	c.open("GET /docs/{topic}", c.docsPage)
	c.open("GET /docs", func(v *visit) (page, error) {
		v.redirect(docsPath)
		return nil, nil //nolint:nilnil // the browser is led on
	})
}

// DocsPage is a page of the documents.
type DocsPage struct {
	Topics   []topic
	Now      topic
	Codes    []resultCode
	Gateway  []gatewayAnswer
	Cards    []cardGroup
	Products []soldProduct
	Origin   string
}

// cardGroup is a part of the table of the sandbox.
type cardGroup struct {
	Title string
	Rows  []sandboxCard
}

func (DocsPage) template() string { return "docs" }
func (p DocsPage) title() string  { return p.Now.Title }

// Path is where a topic is.
func (t topic) Path() string { return docsPath + t.Name }

// Path0 is where the first product is called.
func (p DocsPage) Path0() string {
	if len(p.Products) == 0 {
		return ""
	}
	return p.Products[0].Path
}

func (c *Console) docsPage(v *visit) (page, error) {
	name := v.r.PathValue("topic")
	for _, t := range topics {
		if t.Name != name {
			continue
		}
		p := DocsPage{Topics: topics, Now: t, Origin: v.base()}
		switch {
		case t.file != "":
			return p, nil
		case t.fill != nil:
			return p, t.fill(v, &p)
		}
		var sold list[soldProduct]
		err := v.get("/pages?limit=200", &sold)
		p.Products = sold.Items
		return p, err
	}
	return nil, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

// Sections are those of the document, in a language.
func (p DocsPage) Sections(lang string) ([]section, error) {
	return sectionsOf(p.Now, language(lang), p.Origin)
}

// exampleHouse is the address in the documents, in whose place that of this house is shown.
const exampleHouse = "http://127.0.0.1:8080"

// sectionsOf reads the sections of a topic from its document.
func sectionsOf(t topic, lang language, origin string) ([]section, error) {
	name := t.file + ".zh-CN.md"
	if lang == english {
		name = t.file + ".md"
	}
	text, err := docs.Files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	all := readMarkdown(string(text), docsLink, func(s string) string { return strings.ReplaceAll(s, exampleHouse, origin) })
	var shown []section
	for _, i := range t.sections {
		shown = append(shown, all[i])
	}
	return shown, nil
}

// docsLink is where a link between documents leads on these pages; "": nowhere.
func docsLink(to string) string {
	file, _, _ := strings.Cut(to, "#")
	if name, ok := documented[file]; ok {
		return docsPath + name
	}
	return ""
}

func fillCodes(v *visit, p *DocsPage) error {
	var codes list[resultCode]
	err := v.get("/result-codes?limit=200", &codes)
	p.Codes = codes.Items
	return err
}

func fillGateway(v *visit, p *DocsPage) error {
	var answers list[gatewayAnswer]
	err := v.get("/gateway-answers?limit=200", &answers)
	p.Gateway = answers.Items
	return err
}

func fillSandbox(v *visit, p *DocsPage) error {
	var cards list[sandboxCard]
	err := v.get("/sandbox-cards?limit=200", &cards)
	p.Cards = grouped(cards.Items)
	return err
}

func grouped(cards []sandboxCard) []cardGroup {
	groups := []cardGroup{{Title: "结论"}, {Title: "拒绝"}, {Title: "网关应答"}, {Title: "延迟应答"}}
	place := map[string]int{"verdict": 0, "refusal": 1, "gateway": 2, "slow": 3}
	for _, c := range cards {
		g := &groups[place[c.Kind]]
		g.Rows = append(g.Rows, c)
	}
	return groups
}

func docsPreviews() []preview {
	at := func(name string) topic {
		for _, t := range topics {
			if t.Name == name {
				return t
			}
		}
		panic("there is no topic " + name)
	}
	const origin = "https://shop.example.com"
	show := func(name, topic string, fill func(*DocsPage)) preview {
		p := DocsPage{Topics: topics, Now: at(topic), Origin: origin}
		if fill != nil {
			fill(&p)
		}
		return preview{name: name, path: docsPath + topic, page: p, out: true}
	}
	return []preview{
		show("docs", "", func(p *DocsPage) { p.Products = []soldProduct{previewProduct()} }),
		show("document-call", "call", nil),
		show("document-signing", "signing", nil),
		show("document-elements", "elements", nil),
		show("document-webhooks", "webhooks", nil),
		show("docs-result-codes", "result-codes", func(p *DocsPage) { p.Codes = previewCodes() }),
		show("docs-gateway", "gateway", func(p *DocsPage) { p.Gateway = previewGateway() }),
		show("docs-sandbox", "sandbox", func(p *DocsPage) {
			p.Cards = grouped(previewCards())
		}),
	}
}

func previewCards() []sandboxCard {
	return []sandboxCard{
		{"6200000000000000018", "verdict", "state 1", "all elements agree", "要素一致"},
		{"6200000000000021006", "verdict", "state 2, holder_mismatch: name", "the name differs", "姓名不一致"},
		{"6200000000000100156", "refusal", "10015", "the source holds no record of this card", "渠道没有该卡的记录"},
		{"6200000000040313173", "gateway", "403 B403MQ", "no unit is left", "次数已用完"},
		{"6200000000090000050", "slow", "state 1 after 5s", "all agree, after five seconds", "五秒后应答：要素一致"},
	}
}
