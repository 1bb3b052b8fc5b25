package storetest

import (
	"testing"

	"quartet"
)

func chores(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	same(t, "a house without anything", value(s.Chores(ctx))(t), quartet.Chores{})
	addAccounts(t, s, "a")
	f := application("1")
	f.Account, f.State = "a", quartet.FirmSubmitted
	must(t, s.CreateApplication(ctx, f, nil, quartet.AuditEntry{}))
	must(t, s.PutJobs(ctx, quartet.Job{ID: "j1", Kind: "order.close", Key: "o1", NextAt: base, Created: base}, quartet.Job{ID: "j2", Kind: "order.close", Key: "o2", NextAt: base, Created: base}))
	for _, j := range value(s.ClaimJobs(ctx, []string{"order.close"}, base, after(1), 1))(t) {
		j.State = quartet.JobDead
		must(t, s.EndJob(ctx, j))
	}
	for _, day := range []string{"2026-03-01", "2026-03-02", "2026-03-03"} {
		one := quartet.Settlement{Provider: "alipay", Day: day, Compared: base}
		if day != "2026-03-01" {
			one.Differences = []quartet.Difference{{Kind: quartet.MissingHere, Bill: quartet.BillPaid, Number: "n"}}
		}
		must(t, s.PutSettlement(ctx, one, nil, quartet.AuditEntry{}))
	}
	same(t, "what waits", value(s.Chores(ctx))(t), quartet.Chores{Applications: 1, Jobs: 1, Settlements: 2})
}
