package console

import "time"

const (
	houseTransfersPath = "/house/transfers"
	houseClaimsPath    = "/house/claims"
)

func (c *Console) houseTransferRoutes() {
	c.housed("GET "+houseTransfersPath, c.houseTransfersPage)
	c.housed("GET "+houseTransfersPath+"/{transfer}", c.houseTransferPage)
	c.form("POST "+houseTransfersPath+"/{transfer}/claims", c.claimTransfer, c.houseTransferPage)
	for _, act := range []string{"confirmation", "rejection"} {
		c.form("POST "+houseTransfersPath+"/{transfer}/claims/{claim}/"+act, func(v *visit) (string, error) {
			var in any
			if act == "rejection" {
				in = v.reasoned()
			}
			return v.houseAct(houseTransfersPath+"/"+v.segment("transfer"), act, "/claims/"+v.segment("claim")+"/"+act, in)
		}, c.houseTransferPage)
	}
	c.housed("GET "+houseClaimsPath, c.houseClaimsPage)
}

// transferStates are those of transfers, what waits for people first.
var transferStates = []choice{
	{Value: "waiting", Label: "待认领"},
	{Value: "claimed", Label: "认领待复核"},
	{Value: "settling", Label: "入账中"},
	{Value: "settled", Label: "已支付订单"},
	{Value: "returning", Label: "待退付"},
	{Value: "returned", Label: "已退付"},
	{Value: "kept", Label: "已留存"},
}

// bankTransfer is money that came by bank transfer.
type bankTransfer struct {
	ID         string          `json:"id"`
	Bank       string          `json:"bank_account_id"`
	Serial     string          `json:"serial"`
	At         time.Time       `json:"at"`
	Amount     int64           `json:"amount_fen"`
	Payer      *bankPayer      `json:"payer"`
	State      string          `json:"state"`
	Why        string          `json:"reason"`
	Order      string          `json:"order_id"`
	ImportedAt time.Time       `json:"imported_at"`
	DecidedAt  time.Time       `json:"decided_at"`
	Claims     []transferClaim `json:"claims"`
}

// Path is where it is decided on.
func (b bankTransfer) Path() string { return pathTo(houseTransfersPath+"/", b.ID) }

// OrderPath is where its order is.
func (b bankTransfer) OrderPath() string { return houseOrderAt(b.Order) }

// Words, Colour and WhyWords tell where it stands.
func (b bankTransfer) Words() string { return labelIn(transferStates, b.State) }

func (b bankTransfer) Colour() string {
	return map[string]string{"waiting": "red", "claimed": "yellow", "settling": "blue", "settled": "green", "returning": "orange"}[b.State]
}

func (b bankTransfer) WhyWords() string { return waitWords(b.Why) }

// transferClaim is what somebody said a transfer is for.
type transferClaim struct {
	ID         string    `json:"id"`
	Transfer   string    `json:"transfer_id"`
	Act        string    `json:"act"`
	Order      string    `json:"order_id"`
	Note       string    `json:"note"`
	State      string    `json:"state"`
	ProposedBy actor     `json:"proposed_by"`
	ProposedAt time.Time `json:"proposed_at"`
	DecidedBy  actor     `json:"decided_by"`
	DecidedAt  time.Time `json:"decided_at"`
	Answer     string    `json:"answer"`
}

var claimActs = []choice{{Value: "settle", Label: "支付订单"}, {Value: "return", Label: "原路退付"}, {Value: "keep", Label: "留存（不是买家的款项）"}}

// ActWords and StateWords are what it says and how it stands.
func (c transferClaim) ActWords() string { return labelIn(claimActs, c.Act) }

func (c transferClaim) StateWords() string { return decisionWords(c.State) }

// decisionWords are how what one person asked and another decides stands.
func decisionWords(state string) string {
	return map[string]string{"proposed": "待复核", "confirmed": "已确认", "rejected": "已拒绝"}[state]
}

// Path is where its transfer is.
func (c transferClaim) Path() string { return pathTo(houseTransfersPath+"/", c.Transfer) }

// transferSum is how much is in a state.
type transferSum struct {
	State  string `json:"state"`
	Lines  int64  `json:"lines"`
	Amount int64  `json:"amount_fen"`
}

// Words are the state.
func (s transferSum) Words() string { return labelIn(transferStates, s.State) }

// HouseTransfersPage lists what came by bank transfer.
type HouseTransfersPage struct {
	Transfers []bankTransfer
	Sums      []transferSum
	State     string
	Next      string
	Done      string
}

func (HouseTransfersPage) template() string { return "housetransfers" }
func (HouseTransfersPage) title() string    { return "转账流水" }

// States are the filters.
func (p HouseTransfersPage) States() []choice { return chosenOf(transferStates, p.State) }

func (c *Console) houseTransfersPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseTransfersPage{State: oneOf(transferStates, q.Get("state")), Done: v.done(map[string]string{"imported": "流水已导入"})}
	var transfers list[bankTransfer]
	if err := v.get(query("/transfers", "state", p.State, "after", q.Get("after"), "limit", "50"), &transfers); err != nil {
		return nil, err
	}
	p.Transfers, p.Next = transfers.Items, following(houseTransfersPath, transfers.Next, "state", p.State)
	var err error
	p.Sums, err = all[transferSum](v, "/transfer-sums")
	return p, err
}

// HouseTransferPage is one transfer, and what people said about it.
type HouseTransferPage struct {
	Transfer bankTransfer
	Me       string
	Moves    bool
	Done     string
}

func (HouseTransferPage) template() string { return "housetransfer" }
func (HouseTransferPage) title() string    { return "转账详情" }

// Acts are what a transfer may be for.
func (HouseTransferPage) Acts() []choice { return claimActs }

// Second reports whether whoever looks may confirm a claim.
func (p HouseTransferPage) Second(c transferClaim) bool { return c.ProposedBy.Second(p.Me) }

func (c *Console) houseTransferPage(v *visit) (page, error) {
	p := HouseTransferPage{Me: v.who().Name, Moves: v.who().May("money.write"), Done: v.done(map[string]string{
		"claimed": "已认领，等另一位财务复核", "confirmation": "已确认", "rejection": "认领已撤销",
	})}
	return p, v.get("/transfers/"+v.segment("transfer"), &p.Transfer)
}

func (c *Console) claimTransfer(v *visit) (string, error) {
	in := map[string]string{"act": v.value("act"), "note": v.value("note")}
	if order := v.value("order_id"); order != "" {
		in["order_id"] = order
	}
	transfer := v.segment("transfer")
	return v.houseAct(houseTransfersPath+"/"+transfer, "claimed", "/transfers/"+transfer+"/claims", in)
}

// HouseClaimsPage lists the claims that wait for a second person.
type HouseClaimsPage struct{ Claims []transferClaim }

func (HouseClaimsPage) template() string { return "houseclaims" }
func (HouseClaimsPage) title() string    { return "待复核的认领" }

func (c *Console) houseClaimsPage(v *visit) (page, error) {
	claims, err := all[transferClaim](v, "/claims")
	return HouseClaimsPage{claims}, err
}

func houseTransferPreviews() []preview {
	payer := &bankPayer{"测试贸易有限公司", "****0001", "货款"}
	waiting := bankTransfer{ID: "t2", Bank: "b1", Serial: "S20260302002", At: previewNow.Add(-4 * time.Hour), Amount: 500_00, Payer: payer, State: "waiting", Why: "code", ImportedAt: previewNow.Add(-time.Hour)}
	settled := waiting
	settled.ID, settled.Serial, settled.State, settled.Why, settled.Order, settled.DecidedAt = "t1", "S20260302001", "settled", "", "20260302000000000042", previewNow.Add(-time.Hour)
	claimed := waiting
	claimed.State = "claimed"
	claimed.Claims = []transferClaim{
		{ID: "c2", Transfer: "t2", Act: "settle", Order: "20260302000000000042", Note: "已核对回单", State: "proposed", ProposedBy: "sun", ProposedAt: previewNow.Add(-10 * time.Minute)},
		{ID: "c1", Transfer: "t2", Act: "return", Note: "买家要求退回", State: "rejected", ProposedBy: "qian", ProposedAt: previewNow.Add(-30 * time.Minute), DecidedBy: "sun", DecidedAt: previewNow.Add(-20 * time.Minute), Answer: "买家改为支付订单"},
	}
	sums := []transferSum{{"waiting", 1, 500_00}, {"settled", 12, 31000_00}, {"returned", 1, 800_00}}
	refused := form{Values: map[string][]string{"_form": {"claim"}, "act": {"settle"}, "order_id": {"2026"}, "note": {"已核对回单"}}, Faults: map[string]string{"order_id": "没有这个订单"}}
	return []preview{
		{name: "house-transfers", path: houseTransfersPath, page: HouseTransfersPage{Transfers: []bankTransfer{settled, waiting}, Sums: sums, Next: houseTransfersPath + "?after=t2"}},
		{name: "house-transfers-empty", path: houseTransfersPath, page: HouseTransfersPage{}},
		{name: "house-transfer", path: waiting.Path(), page: HouseTransferPage{Transfer: waiting, Me: "qian", Moves: true}},
		{name: "house-transfer-refused", path: waiting.Path(), page: HouseTransferPage{Transfer: waiting, Me: "qian", Moves: true}, form: refused},
		{name: "house-transfer-claimed", path: waiting.Path(), page: HouseTransferPage{Transfer: claimed, Me: "qian", Moves: true}},
		{name: "house-transfer-claimed-own", path: waiting.Path(), page: HouseTransferPage{Transfer: claimed, Me: "sun", Moves: true}},
		{name: "house-claims", path: houseClaimsPath, page: HouseClaimsPage{claimed.Claims[:1]}},
		{name: "house-claims-empty", path: houseClaimsPath, page: HouseClaimsPage{}},
	}
}
