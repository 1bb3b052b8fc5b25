package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"quartet"
)

const houseAccountsPath = "/house/accounts"

func (c *Console) houseAccountRoutes() {
	const one = houseAccountsPath + "/{account}"
	c.housed("GET "+houseAccountsPath, c.houseAccountsPage)
	c.form("POST "+houseAccountsPath, c.openHouseAccount, c.houseAccountsPage)
	c.housed("GET "+one, c.houseAccountPage)
	c.form("POST "+one+"/rate", c.limitHouseAccount, c.houseAccountPage)
	c.form("POST "+one+"/purpose", c.setHousePurpose, c.houseAccountPage)
	c.form("POST "+one+"/suspension", c.suspendHouseAccount, c.houseAccountPage)
	c.form("POST "+one+"/resumption", c.resumeHouseAccount, c.houseAccountPage)
}

// buyerAccount is an account as the house sees it.
type buyerAccount struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	QPS         int64     `json:"qps"`
	Burst       int64     `json:"burst"`
	Purpose     string    `json:"purpose"`
	Suspended   bool      `json:"suspended"`
	SuspendedAt time.Time `json:"suspended_at"`
	CreatedAt   time.Time `json:"created_at"`

	// Of a list alone.
	Firm   string    `json:"firm_state"`
	Units  int64     `json:"units_remaining"`
	Called time.Time `json:"called_at"`
}

// FirmWords and FirmColour are how what it says of its firm stands.
func (a buyerAccount) FirmWords() string { return labelIn(houseFirmStates, a.Firm) }

func (a buyerAccount) FirmColour() string {
	return cmp.Or(firmApplication{State: a.Firm}.Colour(), "secondary")
}

// Path is where it is shown.
func (a buyerAccount) Path() string { return buyer{ID: a.ID}.Path() }

// PurposeWords are what its contract lets it ask for.
func (a buyerAccount) PurposeWords() string { return purposeWords(a.Purpose) }

// purposeWords are a purpose as firms choose it; another one, which the house wrote, is as it is.
func purposeWords(code string) string {
	for _, one := range quartet.FirmPurposes() {
		if one.Code == code {
			return one.Name
		}
	}
	return code
}

// HouseAccountsPage lists the accounts of all buyers.
type HouseAccountsPage struct {
	Accounts []buyerAccount // oldest first
	Search   string
	State    string
	Firm     string
	Next     string
	Opens    bool // whoever looks may open one
}

func (HouseAccountsPage) template() string { return "houseaccounts" }
func (HouseAccountsPage) title() string    { return "买家账户" }

var accountStates = []choice{{Value: "active", Label: "正常使用"}, {Value: "suspended", Label: "已停用"}}

// States and Firms are the filters.
func (p HouseAccountsPage) States() []choice { return chosenOf(accountStates, p.State) }

func (p HouseAccountsPage) Firms() []choice { return chosenOf(houseFirmStates, p.Firm) }

// Any reports whether anything is filtered.
func (p HouseAccountsPage) Any() bool { return p.Search+p.State+p.Firm != "" }

func (c *Console) houseAccountsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseAccountsPage{Search: strings.TrimSpace(q.Get("q")), State: q.Get("state"), Firm: q.Get("firm_state"), Opens: v.who().May("house.write")}
	if labelOf(accountStates, p.State) == "" {
		p.State = ""
	}
	if labelOf(houseFirmStates, p.Firm) == "" {
		p.Firm = ""
	}
	var part list[buyerAccount]
	if err := v.get(query("/accounts", "q", p.Search, "state", p.State, "firm_state", p.Firm, "after", q.Get("after"), "limit", "50"), &part); err != nil {
		return nil, err
	}
	if p.Accounts = part.Items; part.Next != "" {
		p.Next = query(houseAccountsPath, "q", p.Search, "state", p.State, "firm_state", p.Firm, "after", part.Next)
	}
	return p, nil
}

func (c *Console) openHouseAccount(v *visit) (string, error) {
	var made buyerAccount
	if err := v.post("/accounts", map[string]string{"name": v.value("name")}, &made); err != nil {
		return "", err
	}
	return query(made.Path(), "done", "opened"), nil
}

// productUnits is what became of an account's units of a product.
type productUnits struct {
	unitSums

	Product string `json:"product_id"`
}

// HouseAccountPage is one account, with what hangs on it.
type HouseAccountPage struct {
	Account     buyerAccount
	Firm        houseFirm // the last application; without a state there is none
	Total       unitSums
	Balance     []productUnits
	Grants      []unitGrant // the newest of them
	Credentials []accountCredential
	Members     []houseMember
	Orders      []shopOrder // the newest of them
	Products    map[string]string
	Runs        bool // whoever looks may limit, suspend and resume it
	Done        string
}

func (HouseAccountPage) template() string { return "houseaccount" }
func (HouseAccountPage) title() string    { return "账户详情" }

// houseMember is one of the people of an account.
type houseMember struct {
	member

	DisabledAt time.Time `json:"disabled_at"`
}

// RoleName is a role of people in words.
func (HouseAccountPage) RoleName(role string) string { return roleNames[role] }

// Active counts the credentials that work, which a suspension refuses at once.
func (p HouseAccountPage) Active() (n int) {
	for _, c := range p.Credentials {
		if c.Active() {
			n++
		}
	}
	return n
}

// Purposes are what the contract can be for.
func (p HouseAccountPage) Purposes() []choice {
	list := []choice{{Label: "不限定", Chosen: p.Account.Purpose == ""}}
	known := p.Account.Purpose == ""
	for _, one := range quartet.FirmPurposes() {
		is := one.Code == p.Account.Purpose
		known = known || is
		list = append(list, choice{one.Code, one.Name, is})
	}
	if !known {
		list = append(list, choice{p.Account.Purpose, p.Account.Purpose, true})
	}
	return list
}

// The pages on which there is more of it.

func (p HouseAccountPage) CallsPath() string {
	return query(houseCallsPath, "account", p.Account.ID)
}

func (p HouseAccountPage) TicketsPath() string {
	return query(houseTicketsPath, "account", p.Account.ID)
}

// grantsShown and ordersShown are how many of an account's stand on its page.
const (
	grantsShown = 10
	ordersShown = 5
)

func (c *Console) houseAccountPage(v *visit) (page, error) {
	p := HouseAccountPage{Runs: v.who().May("house.write"), Done: v.done(map[string]string{
		"opened": "账户已开通", "limited": "限速已更改，立即生效", "purpose": "用途已更改，立即生效", "suspended": "账户已停用", "resumed": "账户已恢复",
	})}
	path := v.pathIn("/accounts", "account")
	if err := v.get(path, &p.Account); err != nil {
		return nil, err
	}
	if err := v.get(path+"/firm", &p.Firm); err != nil && (problemOf(err) == nil || problemOf(err).Status != http.StatusNotFound) {
		return nil, err
	}
	var balance struct {
		Items []productUnits `json:"items"`
		Total unitSums       `json:"total"`
	}
	if err := v.get(path+"/balance", &balance); err != nil {
		return nil, err
	}
	p.Balance, p.Total = balance.Items, balance.Total
	var err error
	if p.Grants, err = all[unitGrant](v, path+"/grants"); err != nil {
		return nil, err
	}
	p.Grants = newest(p.Grants, grantsShown)
	if p.Credentials, err = all[accountCredential](v, path+"/credentials"); err != nil {
		return nil, err
	}
	if p.Members, err = all[houseMember](v, path+"/members"); err != nil {
		return nil, err
	}
	var orders list[shopOrder]
	if err := v.get(query(path+"/orders", "limit", "5"), &orders); err != nil {
		return nil, err
	}
	p.Orders = orders.Items
	p.Products, err = v.productNames()
	return p, err
}

// newest are the last of a list that has the oldest first, turned round.
func newest[T any](list []T, most int) []T {
	var turned []T
	for i := len(list) - 1; i >= 0 && len(turned) < most; i-- {
		turned = append(turned, list[i])
	}
	return turned
}

// atAccount is the page of the account, with what was done to it.
func (v *visit) atAccount(done string) string {
	return query(v.pathIn(houseAccountsPath, "account"), "done", done)
}

func (c *Console) limitHouseAccount(v *visit) (string, error) {
	in := map[string]int64{"qps": v.number("qps"), "burst": v.number("burst")}
	return v.atAccount("limited"), v.put(v.pathIn("/accounts", "account")+"/rate", in, nil)
}

func (c *Console) setHousePurpose(v *visit) (string, error) {
	return v.atAccount("purpose"), v.put(v.pathIn("/accounts", "account")+"/purpose", map[string]string{"purpose": v.value("purpose")}, nil)
}

func (c *Console) suspendHouseAccount(v *visit) (string, error) {
	return v.atAccount("suspended"), v.put(v.pathIn("/accounts", "account")+"/suspension", map[string]string{"reason": v.value("reason")}, nil)
}

func (c *Console) resumeHouseAccount(v *visit) (string, error) {
	return v.atAccount("resumed"), v.remove(v.pathIn("/accounts", "account") + "/suspension")
}

func previewAccounts() []buyerAccount {
	return []buyerAccount{
		{ID: "acme", Name: "测试贸易有限公司", QPS: 50, Burst: 100, Purpose: "payroll", CreatedAt: previewNow.AddDate(0, -4, 0), Firm: "approved", Units: 11988, Called: previewNow.Add(-time.Minute)},
		{ID: "a7qk2m0zd4x", Name: "示例物流有限公司", CreatedAt: previewNow.AddDate(0, -2, -3), Firm: "submitted"},
		{ID: "ab81xw5tn9c", Name: "虚构租赁有限公司", Purpose: "rental", Suspended: true, SuspendedAt: previewNow.AddDate(0, 0, -6), CreatedAt: previewNow.AddDate(0, -1, 0)},
	}
}

func houseAccountPreviews() []preview {
	accounts := previewAccounts()
	sums := unitSums{Granted: 16200, Used: 4210, Held: 2, Remaining: 11988}
	full := HouseAccountPage{
		Account: accounts[0], Firm: previewFirms()[1], Total: sums, Balance: []productUnits{{sums, "1887"}}, Products: previewProducts(), Runs: true,
		Grants: []unitGrant{
			{unitSums: unitSums{Granted: 16000, Used: 4010, Held: 2, Remaining: 11988}, ID: "g2", Product: "1887", Order: "2026021400781902", CreatedAt: previewNow.AddDate(0, 0, -16), ExpiresAt: previewNow.AddDate(1, 0, -16)},
			{unitSums: unitSums{Granted: 200, Used: 200}, ID: "g1", Trial: true, CreatedAt: previewNow.AddDate(0, -4, 1), ExpiresAt: previewNow.AddDate(0, -3, 1)},
		},
		Credentials: previewHouseCredentials(),
		Members: []houseMember{
			{member: member{ID: "p1", Name: "林晓", Email: "l***@example.com", Mobile: "138****0001", Role: "owner", Since: previewNow.AddDate(0, -4, 0)}},
			{member: member{ID: "p2", Name: "张三丰", Email: "z***@example.com", Role: "developer", Since: previewNow.AddDate(0, -2, 0)}, DisabledAt: previewNow.AddDate(0, 0, -3)},
		},
		Orders: []shopOrder{{ID: "2026021400781902", PlanName: "5000元/18000次", Amount: 5000_00, State: "paid", CreatedAt: previewNow.AddDate(0, 0, -16)}},
	}
	looked := full
	looked.Runs = false
	suspended := HouseAccountPage{Account: accounts[2], Runs: true, Done: "账户已停用"}
	path := accounts[0].Path()
	return []preview{
		{name: "house-accounts", path: houseAccountsPath, page: HouseAccountsPage{Accounts: accounts, Opens: true, Next: houseAccountsPath + "?after=ab81xw5tn9c"}},
		{name: "house-accounts-none", path: houseAccountsPath, page: HouseAccountsPage{Search: "acne"}},
		{name: "house-accounts-empty", path: houseAccountsPath, page: HouseAccountsPage{Opens: true}, form: form{Values: url.Values{"name": {"测试贸易有限公司"}}, Faults: map[string]string{"name": "已有账户用了这个名称，请换一个"}}},
		{name: "house-account", path: path, page: full},
		{name: "house-account-reads", path: path, page: looked},
		{name: "house-account-suspended", path: accounts[2].Path(), page: suspended},
		{name: "house-account-refused", path: path, page: full, form: form{Values: url.Values{"_form": {"suspension"}, "reason": {"ok"}}, Faults: map[string]string{"reason": "请说明原因，4 到 200 字"}}},
	}
}
