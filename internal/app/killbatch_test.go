package app_test

import (
	"strings"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/batch"
)

// bringBatch brings a file of two people, one of whom stands in it twice.
func (h *shop) bringBatch() quartet.Batch {
	h.t.Helper()
	const person = "张三,110101199003078670,6200000000000000018,13800138000\n"
	file := "姓名,身份证号,银行卡号,手机号\n" + person + person + "李四,110101199003078670,6200000000000000026,13800138000\n"
	b, err := h.house.Batches.Upload(h.t.Context(), "person li", batch.Order{Account: "buyer", Product: "1887"}, strings.NewReader(file))
	must(h.t, err)
	return b
}

func (h *shop) checkBatch() killed {
	b := h.bringBatch()
	return killed{kind: quartet.JobBatchCheck, key: b.ID + "/1", stands: func(n *app.House) {
		now, err := n.Store.Batch(h.t.Context(), b.ID)
		if err != nil || now.State != quartet.BatchChecked || now.Count != (quartet.BatchCount{Rows: 3, Duplicates: 1}) {
			h.t.Errorf("the batch is %+v, %v", now, err)
		}
	}}
}

// runBatch runs in the sandbox: units would be of a grant that no order explains.
func (h *shop) runBatch() killed {
	ctx := h.t.Context()
	b := h.bringBatch()
	must(h.t, h.house.Batches.Jobs()[quartet.JobBatchCheck](ctx, b.ID+"/1"))
	c, _, err := h.house.Desk.Issue(ctx, "person li", "buyer", quartet.Credential{Kind: quartet.KindAppCode, Test: true})
	must(h.t, err)
	_, err = h.house.Batches.Start(ctx, "person li", "buyer", b.ID, c.ID, 0)
	must(h.t, err)
	return killed{kind: quartet.JobBatchRun, key: b.ID + "/2", stands: func(n *app.House) {
		now, err := n.Store.Batch(h.t.Context(), b.ID)
		if err != nil || now.State != quartet.BatchDone || now.Count.Verdicts()+now.Count.Refused != 2 || now.Count.Charged != 0 {
			h.t.Errorf("the batch is %+v, %v", now, err)
		}
	}}
}
