package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
)

const (
	tokensPath      = "/console/tokens"
	houseTokensPath = "/house/tokens"
)

// tokenRoutes are the pages of tokens of an account and of the house. A value is in the answer of
// the very form that asked for it, and at no address.
func (c *Console) tokenRoutes() {
	c.signed("GET "+tokensPath, c.tokensPage)
	c.signed("GET "+tokensPath+"/new", c.newTokenPage)
	c.form("POST "+tokensPath, in(c.issueToken), c.newTokenPage)
	c.form("POST "+tokensPath+"/{token}/revocation", in(c.revokeToken), c.tokensPage)
	c.housed("GET "+houseTokensPath, c.tokensPage)
	c.housed("GET "+houseTokensPath+"/new", c.newTokenPage)
	c.form("POST "+houseTokensPath, c.issueToken, c.newTokenPage)
	c.form("POST "+houseTokensPath+"/{token}/revocation", c.revokeToken, c.tokensPage)
}

// apiToken is a token of a program, without its value.
type apiToken struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Scopes       []string  `json:"scopes"`
	Networks     []string  `json:"networks"`
	State        string    `json:"state"`
	PersonName   string    `json:"person_name"`
	OperatorName string    `json:"operator_name"`
	CreatedAt    time.Time `json:"created_at"`
	ExpiresAt    time.Time `json:"expires_at"`
	LastUsed     time.Time `json:"last_used_at"`
}

// Active reports whether it can be used.
func (t apiToken) Active() bool { return t.State == "active" }

// Words are its state.
func (t apiToken) Words() string { return accountCredential{State: t.State}.Words() }

// Maker is who made it; "": they are gone.
func (t apiToken) Maker() string { return t.PersonName + t.OperatorName }

// scopeWords say what each scope lets a program do.
var scopeWords = map[string]string{
	"accounts:read": "查看账户和企业认证", "accounts:write": "管理账户和企业认证",
	"alerts:read": "查看预警和收件箱", "alerts:write": "管理预警和收件箱",
	"audit:read":   "查看审计",
	"batches:read": "查看批量核验和结果", "batches:write": "上传和执行批量核验，会扣次数",
	"calls:read":       "查看和导出调用记录",
	"credentials:read": "查看凭证，不含密钥", "credentials:write": "吊销不再用的凭证",
	"house:read": "查看概况、任务和系统设置", "house:write": "重启任务",
	"invoices:read": "查看和下载发票", "invoices:write": "申请和处理发票",
	"money:read": "查看转账、退付和对账", "money:write": "处理转账、退付和对账",
	"orders:read": "查看订单、支付和退款", "orders:write": "下单、申请退款和评价",
	"products:read": "查看产品、套餐和市场", "products:write": "管理产品页面和市场",
	"sources:read": "查看渠道、名单和演练", "sources:write": "管理渠道、名单和演练",
	"status:write": "发布故障与维护进展",
	"tickets:read": "查看工单", "tickets:write": "提交和回复工单",
	"units:read": "查看余额和次数", "units:write": "提交次数调整",
	"usage:read":    "查看用量与账单",
	"webhooks:read": "查看 Webhook 和投递记录", "webhooks:write": "测试 Webhook 和重发通知",
}

// tokenPlace is where the tokens of a page are.
type tokenPlace struct {
	Path  string // of the page
	House bool
}

func (v *visit) tokenPlace() tokenPlace {
	if strings.HasPrefix(v.r.URL.Path, houseTokensPath) {
		return tokenPlace{houseTokensPath, true}
	}
	return tokenPlace{Path: tokensPath}
}

// tokenAPI is where the API has them.
func (v *visit) tokenAPI() string {
	if v.tokenPlace().House {
		return "/tokens"
	}
	return v.account("/tokens")
}

// TokensPage lists tokens.
type TokensPage struct {
	tokenPlace

	Tokens []apiToken // those that can be used first, the newest of them first
	Makes  bool
	Done   string
}

func (TokensPage) template() string { return "tokens" }
func (TokensPage) title() string    { return "接口令牌" }

// NewTokenPage asks what a new token is to be.
type NewTokenPage struct {
	tokenPlace

	Scopes []choice
	Spans  []choice
}

func (NewTokenPage) template() string { return "tokennew" }
func (NewTokenPage) title() string    { return "新建令牌" }

// TokenValuePage shows the value of a token, once.
type TokenValuePage struct {
	tokenPlace

	Token apiToken
	Value string
}

func (TokenValuePage) template() string { return "tokenvalue" }
func (TokenValuePage) title() string    { return "请保存令牌" }

func (c *Console) tokensPage(v *visit) (page, error) {
	p := TokensPage{tokenPlace: v.tokenPlace(), Done: v.done(map[string]string{"revoked": "令牌已吊销，用它的请求从现在起被拒绝"})}
	p.Makes = p.House || v.who().May("credential.write")
	var err error
	if p.Tokens, err = all[apiToken](v, v.tokenAPI()); err != nil {
		return nil, err
	}
	slices.Reverse(p.Tokens)
	slices.SortStableFunc(p.Tokens, func(a, b apiToken) int { return first(b.Active()) - first(a.Active()) })
	return p, nil
}

// tokenSpans are how long a token may last, in days.
var tokenSpans = []choice{{Value: "30", Label: "30 天"}, {Value: "90", Label: "90 天"}, {Value: "180", Label: "180 天"}, {Value: "365", Label: "1 年"}}

const usualSpan = "90"

func (c *Console) newTokenPage(v *visit) (page, error) {
	var can struct {
		Items []string `json:"items"`
	}
	if err := v.get("/token-scopes", &can); err != nil {
		return nil, err
	}
	p := NewTokenPage{tokenPlace: v.tokenPlace(), Spans: chosen(tokenSpans, usualSpan)}
	var typed []string
	if v.form.Values != nil {
		typed = v.form.Values["scopes"]
		p.Spans = chosen(tokenSpans, v.value("days"))
	}
	for _, s := range can.Items {
		p.Scopes = append(p.Scopes, choice{Value: s, Label: scopeWords[s], Chosen: slices.Contains(typed, s)})
	}
	return p, nil
}

func (c *Console) issueToken(v *visit) (string, error) {
	days, err := strconv.Atoi(v.value("days"))
	if err != nil {
		return "", faulty("expires_at", "write the end as a date and a time")
	}
	scopes := v.form.Values["scopes"]
	if len(scopes) == 0 {
		return "", faulty("scopes", "choose at least one scope")
	}
	in := map[string]any{"name": v.value("name"), "scopes": scopes, "expires_at": quartet.EndOfDay(c.o.Now().In(quartet.Shanghai).AddDate(0, 0, days-1))}
	networks, err := v.networks()
	if err != nil {
		return "", err
	}
	if len(networks) > 0 {
		in["networks"] = networks
	}
	var made struct {
		apiToken

		Value string `json:"value"`
	}
	if err := v.post(v.tokenAPI(), in, &made); err != nil {
		return "", err
	}
	v.form = form{}
	c.render(v, http.StatusOK, TokenValuePage{v.tokenPlace(), made.apiToken, made.Value})
	return "", nil
}

func (c *Console) revokeToken(v *visit) (string, error) {
	return v.tokenPlace().Path + "?done=revoked", v.remove(v.tokenAPI() + "/" + url.PathEscape(v.r.PathValue("token")))
}

func tokenPreviews() []preview {
	mine, house := tokenPlace{Path: tokensPath}, tokenPlace{houseTokensPath, true}
	nightly := apiToken{
		ID: "t1", Name: "夜间对账", Scopes: []string{"calls:read", "usage:read"}, State: "active", PersonName: "林晓", Networks: []string{"192.0.2.0/24"},
		CreatedAt: previewNow.AddDate(0, -1, 0), ExpiresAt: previewNow.AddDate(0, 2, 0), LastUsed: previewNow.Add(-40 * time.Second),
	}
	batches := apiToken{ID: "t2", Name: "批量任务", Scopes: []string{"batches:read", "batches:write"}, State: "active", CreatedAt: previewNow.AddDate(0, 0, -2), ExpiresAt: previewNow.AddDate(0, 0, 28)}
	old := apiToken{ID: "t3", Name: "试用", Scopes: []string{"usage:read"}, State: "revoked", PersonName: "林晓", CreatedAt: previewNow.AddDate(0, -4, 0), ExpiresAt: previewNow.AddDate(0, -1, 0)}
	over := old
	over.ID, over.State = "t4", "expired"
	export := apiToken{ID: "t5", Name: "审计外送", Scopes: []string{"audit:read"}, State: "active", OperatorName: "sun", CreatedAt: previewNow.AddDate(0, -1, 0), ExpiresAt: previewNow.AddDate(0, 2, 0)}
	can := []choice{{Value: "batches:read", Label: scopeWords["batches:read"]}, {Value: "calls:read", Label: scopeWords["calls:read"], Chosen: true}, {Value: "usage:read", Label: scopeWords["usage:read"]}}
	spans := chosen(tokenSpans, usualSpan)
	const value = "qtk_" + "previewpreviewpr" + "nobodynobodynobodynobodynobodynobodynobodynobodynobo" + "nothing"
	return []preview{
		{name: "tokens", path: tokensPath, page: TokensPage{tokenPlace: mine, Tokens: []apiToken{batches, nightly, old, over}, Makes: true}},
		{name: "tokens-empty", path: tokensPath, page: TokensPage{tokenPlace: mine, Makes: true}},
		{name: "token-new", path: tokensPath, page: NewTokenPage{mine, can, spans}},
		{name: "token-new-refused", path: tokensPath, page: NewTokenPage{mine, can, spans}, form: form{
			Values: map[string][]string{"name": {"夜间对账"}, "networks": {"office"}, "scopes": {"calls:read"}}, Faults: map[string]string{"networks": "网段写成 192.0.2.0/24 或 2001:db8::/32，单个地址写成 192.0.2.7"},
		}},
		{name: "token-value", path: tokensPath, page: TokenValuePage{mine, nightly, value}},
		{name: "house-tokens", path: houseTokensPath, page: TokensPage{tokenPlace: house, Tokens: []apiToken{export}, Makes: true}},
		{name: "house-token-new", path: houseTokensPath, page: NewTokenPage{house, []choice{{Value: "audit:read", Label: scopeWords["audit:read"]}}, spans}},
		{name: "house-token-value", path: houseTokensPath, page: TokenValuePage{house, export, value}},
	}
}
