package console

import "time"

const houseBanksPath = "/house/bank-accounts"

func (c *Console) houseBankRoutes() {
	c.housed("GET "+houseBanksPath, c.houseBanksPage)
	c.form("POST "+houseBanksPath, func(v *visit) (string, error) {
		in := map[string]string{"bank": v.value("bank"), "holder": v.value("holder"), "number": v.value("number")}
		return v.houseAct(houseBanksPath, "asked", "/bank-accounts", in)
	}, c.houseBanksPage)
	for _, act := range []string{"confirmation", "rejection", "closure"} {
		c.form("POST "+houseBanksPath+"/{bank}/"+act, func(v *visit) (string, error) {
			return v.houseAct(houseBanksPath, act, "/bank-accounts/"+v.segment("bank")+"/"+act, nil)
		}, c.houseBanksPage)
	}
	c.housed("GET "+houseBanksPath+"/{bank}/statements", c.houseStatementPage)
	c.statementRoutes()
}

// ownBank is a bank account of the house, with who opened it.
type ownBank struct {
	houseAccount

	ID       string    `json:"id"`
	AskedBy  actor     `json:"asked_by"`
	AskedAt  time.Time `json:"asked_at"`
	OpenedBy actor     `json:"opened_by"`
	OpenedAt time.Time `json:"opened_at"`
}

// Path is where it is acted on.
func (b ownBank) Path() string { return pathTo(houseBanksPath+"/", b.ID) }

// Waits reports whether a second administrator has not confirmed it.
func (b ownBank) Waits() bool { return b.OpenedAt.IsZero() }

// Open reports whether buyers are asked to pay to it.
func (b ownBank) Open() bool { return !b.Waits() && b.ClosedAt.IsZero() }

// HouseBanksPage lists the bank accounts of the house.
type HouseBanksPage struct {
	Banks   []ownBank
	Me      string
	Runs    bool // whoever looks opens and closes them
	Imports bool // or imports their statements
	Done    string
}

func (HouseBanksPage) template() string { return "housebanks" }
func (HouseBanksPage) title() string    { return "收款账户" }

func (c *Console) houseBanksPage(v *visit) (page, error) {
	who := v.who()
	p := HouseBanksPage{Me: who.Name, Runs: who.May("house.write"), Imports: who.May("money.write"), Done: v.done(map[string]string{
		"asked": "已提交，等另一位管理员确认", "confirmation": "账户已启用", "rejection": "申请已撤销", "closure": "收款账户已停用",
	})}
	var err error
	p.Banks, err = all[ownBank](v, "/bank-accounts")
	return p, err
}

func previewBanks() []ownBank {
	return []ownBank{
		{houseAccount{"示例银行海淀支行", "示例数据服务有限公司", "1100 0012 3456 7890 123", time.Time{}}, "b1", "qian", previewDay(-90, 0), "sun", previewDay(-89, 0)},
		{houseAccount{"示例银行福州支行", "示例数据服务有限公司", "3505 0100 0000 0002", time.Time{}}, "b2", "sun", previewDay(0, -2), "", time.Time{}},
		{houseAccount{"示例银行福州支行", "示例数据服务有限公司", "3505 0100 0000 0001", previewDay(-30, 0)}, "b3", "qian", previewDay(-400, 0), "sun", previewDay(-399, 0)},
	}
}

func houseBankPreviews() []preview {
	all := HouseBanksPage{Banks: previewBanks(), Me: "qian", Runs: true, Imports: true}
	own := all
	own.Me, own.Done = "sun", "已提交，等另一位管理员确认"
	refused := form{
		Values: map[string][]string{"_form": {"open"}, "bank": {"示例银行福州支行"}, "holder": {"示例数据服务有限公司"}, "number": {"12"}},
		Faults: map[string]string{"number": "账号为 6 到 40 位数字"},
	}
	return []preview{
		{name: "house-bank-accounts", path: houseBanksPath, page: all},
		{name: "house-bank-accounts-own", path: houseBanksPath, page: own},
		{name: "house-bank-accounts-empty", path: houseBanksPath, page: HouseBanksPage{}},
		{name: "house-bank-accounts-refused", path: houseBanksPath, page: all, form: refused},
	}
}
