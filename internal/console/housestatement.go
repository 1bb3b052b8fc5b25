package console

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"time"

	"quartet/internal/web"
)

// maxBankFile is a little more than the API takes of a statement; maxBankForm of one in a form.
const (
	maxBankFile = 16<<20 + 64<<10
	maxBankForm = maxBankFile/3*4 + 64<<10
)

// statementRoutes are how a statement is shown and then imported. The page of the preview holds
// the file, so that nobody chooses it again; the digest makes sure that it is the one shown.
func (c *Console) statementRoutes() {
	c.upload("POST "+houseBanksPath+"/{bank}/statements/preview", maxBankFile, "the file is larger than 16 MiB; export the statement in parts", c.previewStatement, c.houseStatementPage)
	c.formOf(maxBankForm, "POST "+houseBanksPath+"/{bank}/statements", c.importStatement, c.houseStatementPage)
}

// bankPayer is who paid. Lists mask the account.
type bankPayer struct {
	Name    string `json:"name"`
	Account string `json:"account_number"`
	Remark  string `json:"remark"`
}

// bankLine is a line of a statement, and what would become of it.
type bankLine struct {
	Row    int       `json:"row"`
	Serial string    `json:"serial"`
	At     time.Time `json:"at"`
	Amount int64     `json:"amount_fen"`
	Payer  bankPayer `json:"payer"`
	Fate   string    `json:"fate"`
	Order  string    `json:"order_id"`
	Why    string    `json:"reason"`
}

// Words and Colour are what becomes of it.
func (l bankLine) Words() string {
	return map[string]string{"known": "已导入过", "settles": "支付订单", "waits": "待人工认领"}[l.Fate]
}

func (l bankLine) Colour() string {
	return map[string]string{"known": "secondary", "settles": "green", "waits": "yellow"}[l.Fate]
}

// WhyWords are why it waits.
func (l bankLine) WhyWords() string { return waitWords(l.Why) }

// waitWords are why people must say what a transfer is for.
func waitWords(why string) string {
	return labelIn([]choice{
		{Value: "code", Label: "附言没有订单码"},
		{Value: "codes", Label: "附言有多个订单码"},
		{Value: "over", Label: "金额多于订单"},
		{Value: "under", Label: "金额少于订单"},
		{Value: "late", Label: "订单已关闭"},
		{Value: "second", Label: "订单已支付"},
		{Value: "payer", Label: "付款人不是认证企业"},
	}, why)
}

// bankPlan is what an import would do.
type bankPlan struct {
	Digest string     `json:"digest"`
	New    int        `json:"new"`
	Amount int64      `json:"amount_fen"`
	Other  int        `json:"other"`
	Lines  []bankLine `json:"lines"`
	Bad    []struct {
		Row int    `json:"row"`
		Why string `json:"reason"`
	} `json:"bad"`
}

// HouseStatementPage is where a statement is imported.
type HouseStatementPage struct {
	Bank ownBank
	Plan *bankPlan
	File string // the statement in base64, for the form that imports it
}

func (HouseStatementPage) template() string { return "housestatement" }
func (HouseStatementPage) title() string    { return "导入银行流水" }

func (c *Console) houseStatementPage(v *visit) (page, error) {
	banks, err := all[ownBank](v, "/bank-accounts")
	if err != nil {
		return nil, err
	}
	for _, b := range banks {
		if b.ID == v.r.PathValue("bank") {
			return HouseStatementPage{Bank: b}, nil
		}
	}
	return nil, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

func (v *visit) bankStatement() string { return "/bank-accounts/" + v.segment("bank") + "/statements" }

func (c *Console) previewStatement(v *visit, file []byte) (string, error) {
	var plan bankPlan
	if err := v.send(http.MethodPost, v.bankStatement()+"/preview", "application/octet-stream", bytes.NewReader(file), &plan); err != nil {
		return "", err
	}
	for i := range plan.Bad {
		plan.Bad[i].Why = v.lang.problem(plan.Bad[i].Why)
	}
	shown, err := c.houseStatementPage(v)
	if err != nil {
		return "", err
	}
	p, _ := shown.(HouseStatementPage)
	p.Plan, p.File = &plan, base64.URLEncoding.EncodeToString(file)
	c.render(v, http.StatusOK, p)
	return "", nil
}

func (c *Console) importStatement(v *visit) (string, error) {
	file, err := base64.URLEncoding.DecodeString(v.value("statement"))
	if err != nil {
		return "", &web.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "the form could not be read"}
	}
	skip := ""
	if v.checked("skip_bad") {
		skip = "true"
	}
	path := query(v.bankStatement(), "digest", v.value("digest"), "skip_bad", skip)
	v.form.Values.Del("statement") // what is refused is shown anew, and is long
	return query(houseTransfersPath, "done", "imported"), v.send(http.MethodPost, path, "application/octet-stream", bytes.NewReader(file), nil)
}

func houseStatementPreviews() []preview {
	payer := bankPayer{"测试贸易有限公司", "****0001", "货款 K7M3QX9P"}
	plan := &bankPlan{Digest: "9f2c41d7", New: 2, Amount: 2500_00, Other: 4, Lines: []bankLine{
		{2, "S20260302001", previewNow.Add(-5 * time.Hour), 2000_00, payer, "settles", "20260302000000000042", ""},
		{3, "S20260302002", previewNow.Add(-4 * time.Hour), 500_00, bankPayer{payer.Name, payer.Account, "货款"}, "waits", "", "code"},
		{5, "S20260301009", previewDay(-1, 0), 3000_00, payer, "known", "20260105000000000031", ""},
	}}
	bad := *plan
	bad.Bad = append(bad.Bad, struct {
		Row int    `json:"row"`
		Why string `json:"reason"`
	}{6, "the amount cannot be read"})
	path := previewBanks()[0].Path() + "/statements"
	return []preview{
		{name: "house-statement", path: path, page: HouseStatementPage{Bank: previewBanks()[0]}},
		{name: "house-statement-preview", path: path, page: HouseStatementPage{Bank: previewBanks()[0], Plan: plan, File: "eA=="}},
		{name: "house-statement-bad", path: path, page: HouseStatementPage{Bank: previewBanks()[0], Plan: &bad, File: "eA=="}},
		{name: "house-statement-refused", path: path, page: HouseStatementPage{Bank: previewBanks()[0]}, form: form{Detail: "没有找到表头"}},
	}
}
