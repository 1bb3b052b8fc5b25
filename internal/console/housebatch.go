package console

import (
	"net/url"

	"quartet"
)

// houseBatchRoutes are the batches of one buyer as the house sees them: how far they have come,
// what they cost and what is wrong with their rows. No element is there, no row's verdict, nothing
// to press and no file to take away: those are the buyer's.
func (c *Console) houseBatchRoutes() {
	const at = houseAccountsPath + "/{account}/batches"
	c.housed("GET "+at, c.houseBatchesPage)
	c.housed("GET "+at+"/{batch}", c.houseBatchPage)
}

// HouseBatchesPage lists the batches of a buyer.
type HouseBatchesPage struct {
	Buyer   buyer
	Batches []ownBatch // newest first
	Next    string
}

func (HouseBatchesPage) template() string { return "housebatches" }
func (HouseBatchesPage) title() string    { return "批量核验" }

// BatchesPath is where the batches of a buyer are listed.
func (b buyer) BatchesPath() string { return b.Path() + "/batches" }

// At is where a batch of this buyer is shown.
func (b buyer) At(one ownBatch) string { return b.BatchesPath() + "/" + url.PathEscape(one.ID) }

func (c *Console) houseBatchesPage(v *visit) (page, error) {
	var p HouseBatchesPage
	var err error
	if p.Buyer, err = v.ofBuyer(); err != nil {
		return nil, err
	}
	var part list[ownBatch]
	if err := v.get(query(v.pathIn("/accounts", "account")+"/batches", "after", v.r.URL.Query().Get("after")), &part); err != nil {
		return nil, err
	}
	if p.Batches = part.Items; part.Next != "" {
		p.Next = query(p.Buyer.BatchesPath(), "after", part.Next)
	}
	return p, nil
}

// ofBuyer is the buyer whom the address of the page names.
func (v *visit) ofBuyer() (buyer, error) {
	var a buyerAccount
	err := v.get(v.pathIn("/accounts", "account"), &a)
	return buyer{a.ID, a.Name}, err
}

// HouseBatchPage is one batch of a buyer.
type HouseBatchPage struct {
	BatchPage

	Buyer buyer
	Next  string // address of the following rows
}

func (HouseBatchPage) template() string  { return "housebatch" }
func (HouseBatchPage) scripts() []string { return nil }

// housePauses are why a batch stands still, as operators are told: with whose turn it is.
var housePauses = map[string]string{
	quartet.PausedUnits:      "账户的次数已用完，等买家购买套餐。",
	quartet.PausedExpired:    "账户的次数已过有效期，等买家购买套餐。",
	quartet.PausedCeiling:    "已达到买家设定的次数上限，等买家调高。",
	quartet.PausedCredential: "凭证已失效，或不允许调用这个产品，等买家恢复。",
	quartet.PausedDay:        "凭证今天的次数已用完，买家明天可以继续，或调高凭证的每日上限。",
	quartet.PausedAccount:    "账户已停用或次数被冻结。",
	quartet.PausedRefused:    "连续 100 行因服务原因没有得到结果，已自动暂停。请检查渠道。",
	quartet.PausedFault:      "系统故障，任务中断。请检查后台任务；已核验的行不受影响，买家可以继续。",
}

// PauseWords tell why it stands still, and whose turn it is.
func (p HouseBatchPage) PauseWords() string {
	if words := housePauses[p.Batch.Reason]; words != "" {
		return words
	}
	return p.BatchPage.PauseWords()
}

func (c *Console) houseBatchPage(v *visit) (page, error) {
	var p HouseBatchPage
	var err error
	if p.Buyer, err = v.ofBuyer(); err != nil {
		return nil, err
	}
	at := v.pathIn("/accounts", "account") + v.pathIn("/batches", "batch")
	if err := v.get(at, &p.Batch); err != nil {
		return nil, err
	}
	names, err := v.productNames()
	if err != nil {
		return nil, err
	}
	p.Product = names[p.Batch.Product]
	if p.Batch.Is("failed") {
		p.Failure = v.lang.problem(p.Batch.Reason)
	}
	if !p.Checked() || p.Faulted() == 0 || p.Batch.Erased() {
		return p, nil
	}
	if p.Faults, err = all[batchFault](v, at+"/faults"); err != nil {
		return nil, err
	}
	var part list[faultyRow]
	if err := v.get(query(at+"/faulty-rows", "after", v.r.URL.Query().Get("after")), &part); err != nil {
		return nil, err
	}
	if p.Faulty = part.Items; part.Next != "" {
		p.Next = query(p.Buyer.At(p.Batch), "after", part.Next)
	}
	return p, nil
}

func houseBatchPreviews() []preview {
	of := buyer{"acme", "测试贸易有限公司"}
	running, done, paused := previewBegun(quartet.BatchRunning, 6120), previewBegun(quartet.BatchDone, 9950), previewBegun(quartet.BatchPaused, 4000)
	paused.Reason = quartet.PausedUnits
	faults, faulty := previewFaults()
	one := func(name string, b ownBatch) preview {
		return preview{name: name, path: of.At(b), page: HouseBatchPage{BatchPage: BatchPage{Batch: b, Product: "银行卡四要素核验", Faults: faults, Faulty: faulty}, Buyer: of}}
	}
	return []preview{
		{name: "house-batches", path: of.BatchesPath(), page: HouseBatchesPage{Buyer: of, Batches: []ownBatch{running, paused, done}, Next: of.BatchesPath() + "?after=b5"}},
		{name: "house-batches-empty", path: of.BatchesPath(), page: HouseBatchesPage{Buyer: of}},
		one("house-batch-running", running), one("house-batch-paused", paused), one("house-batch-done", done),
	}
}
