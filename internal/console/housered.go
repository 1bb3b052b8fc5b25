package console

import (
	"net/url"
	"slices"
	"time"

	"quartet"
)

const houseRedsPath = "/house/red-letters"

func (c *Console) houseRedRoutes() {
	c.form("POST "+houseInvoicesPath+"/{invoice}/red-letters", c.applyHouseRed, c.houseInvoicePage)
	c.housed("GET "+houseRedsPath, c.houseRedsPage)
	c.housed("GET "+houseRedsPath+"/{red}", c.houseRedPage)
	c.paperRoutes(houseRedsPath+"/{red}", "/red-letters/", "red", c.houseRedPage)
}

// houseRed is a red letter as the house sees it.
type houseRed struct {
	ownRed

	Invoice     string        `json:"invoice_id"`
	Net         int64         `json:"net_fen"`
	Tax         int64         `json:"tax_fen"`
	Lines       []billedOrder `json:"lines"`
	Serial      string        `json:"serial"`
	AskedBy     actor         `json:"asked_by"`
	EnteredBy   actor         `json:"entered_by"`
	ConfirmedBy actor         `json:"confirmed_by"`
}

var redStates = []choice{
	{Value: "applying", Label: "申请中"},
	{Value: "waiting_buyer", Label: "等买家确认"},
	{Value: "issuing", Label: "开具中"},
	{Value: "entered", Label: "待复核"},
	{Value: "needs_login", Label: "待登录税务系统"},
	{Value: "failed", Label: "开具失败"},
	{Value: "unknown", Label: "结果不明"},
	{Value: "done", Label: "已开具"},
	{Value: "refused", Label: "已终止"},
}

var redReasons = []choice{{Value: "mistake", Label: "开票有误"}, {Value: "returned", Label: "退款"}, {Value: "ended", Label: "服务中止"}, {Value: "allowance", Label: "销售折让"}}

// Path and InvoicePath are where it and its invoice are.
func (r houseRed) Path() string        { return pathTo(houseRedsPath+"/", r.ID) }
func (r houseRed) InvoicePath() string { return pathTo(houseInvoicesPath+"/", r.Invoice) }

// Words are its state, as the house says it.
func (r houseRed) Words() string { return labelIn(redStates, r.State) }

// Retries and Withdraws are what can be done about it.
func (r houseRed) Retries() bool {
	return slices.Contains([]string{"applying", "needs_login", "failed", "unknown"}, r.State)
}

func (r houseRed) Withdraws() bool {
	return quartet.RedState(r.State).Open() && r.State != "entered"
}

// HouseRedsPage lists red letters.
type HouseRedsPage struct {
	Reds  []houseRed
	State string
	Next  string
}

func (HouseRedsPage) template() string { return "housereds" }
func (HouseRedsPage) title() string    { return "红字发票" }

// States are the filters.
func (p HouseRedsPage) States() []choice { return chosenOf(redStates, p.State) }

func (c *Console) houseRedsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseRedsPage{State: oneOf(redStates, q.Get("state"))}
	var reds list[houseRed]
	if err := v.get(query("/red-letters", "state", p.State, "after", q.Get("after"), "limit", "50"), &reds); err != nil {
		return nil, err
	}
	p.Reds, p.Next = reds.Items, following(houseRedsPath, reds.Next, "state", p.State)
	return p, nil
}

// HouseRedPage is one red letter.
type HouseRedPage struct {
	Red     houseRed
	Invoice houseInvoice
	Me      string
	Moves   bool
	Done    string
}

func (HouseRedPage) template() string { return "housered" }
func (HouseRedPage) title() string    { return "红字发票详情" }

// File is the address of a file.
func (p HouseRedPage) File(kind string) string {
	return apiPrefix + "/red-letters/" + url.PathEscape(p.Red.ID) + "/files/" + url.PathEscape(kind)
}

// Kinds are the files that there may be.
func (HouseRedPage) Kinds() []string { return paperKinds }

// Hands reports whether files of it can be handed in.
func (p HouseRedPage) Hands() bool {
	return p.Invoice.ByHand() && (p.Red.State == "issuing" || p.Red.State == "entered" || p.Red.State == "done")
}

// Second reports whether whoever looks may confirm what was entered.
func (p HouseRedPage) Second() bool { return p.Red.EnteredBy.Second(p.Me) }

func (c *Console) houseRedPage(v *visit) (page, error) {
	p := HouseRedPage{Me: v.who().Name, Moves: v.who().May("money.write"), Done: v.done(paperDone)}
	if err := v.get("/red-letters/"+v.segment("red"), &p.Red); err != nil {
		return nil, err
	}
	originalFirst(p.Red.Files)
	return p, v.get(pathTo("/invoices/", p.Red.Invoice), &p.Invoice)
}

func previewHouseReds() []houseRed {
	one := func(id string, state quartet.RedState, reason quartet.RedReason, by actor) houseRed {
		return houseRed{
			ownRed:  ownRed{ID: id, State: string(state), Reason: string(reason), Amount: 1500_00, CreatedAt: previewDay(-2, 0), ChangedAt: previewDay(-2, 1)},
			Invoice: "202602270031770002", Net: 1415_09, Tax: 84_91, Lines: []billedOrder{{Order: "20260105000000000031", Amount: 1500_00, Net: 1415_09, Tax: 84_91}}, Serial: id + "01", AskedBy: by,
		}
	}
	list := []houseRed{
		one("202603010011220001", quartet.RedWaitingBuyer, quartet.RedReturned, "quartet"), one("202602280011220002", quartet.RedIssuing, quartet.RedMistake, "qian"),
		one("202602110011220003", quartet.RedDone, quartet.RedAllowance, "qian"), one("202602100011220004", quartet.RedRefused, quartet.RedEnded, "sun"),
	}
	list[0].AgreeBy, list[0].Refund = previewDay(1, 0), "5f0c2a"
	list[2].Number, list[2].IssuedOn = "26352000000000910005", "2026-02-11"
	list[2].Files = []paper{{"xml", "51a0e7cc84b93df2107e6b58d94fa3c2e6071b8d35fc92a4408de61b7f90c3a5", 6012}}
	list[3].Answer = "withdrawn"
	return list
}

func houseRedPreviews() []preview {
	reds, own := previewHouseReds(), previewInvoices()[1]
	invoice := houseInvoice{ownInvoice: own, Account: "acme", Channel: handChannel}
	at := func(r houseRed) HouseRedPage {
		return HouseRedPage{Red: r, Invoice: invoice, Me: "qian", Moves: true}
	}
	entered := at(reds[1])
	entered.Red.State, entered.Red.EnteredBy, entered.Red.Number, entered.Red.IssuedOn = "entered", "sun", "26352000000000910009", "2026-03-02"
	entered.Red.Files = []paper{{"pdf", "c84d17fe20963ab5d7710ef48a2c65b9038de1f74b5a9c26e0738d41f6b295ae", 41907}}
	entered.Red.ChangedAt = previewNow.Add(-time.Hour)
	return []preview{
		{name: "house-red-letters", path: houseRedsPath, page: HouseRedsPage{Reds: reds}},
		{name: "house-red-letters-empty", path: houseRedsPath, page: HouseRedsPage{}},
		{name: "house-red-letter", path: reds[0].Path(), page: at(reds[0])},
		{name: "house-red-letter-issuing", path: reds[1].Path(), page: at(reds[1])},
		{name: "house-red-letter-entered", path: reds[1].Path(), page: entered},
		{name: "house-red-letter-done", path: reds[2].Path(), page: at(reds[2])},
	}
}
