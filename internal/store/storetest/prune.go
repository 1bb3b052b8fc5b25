package storetest

import (
	"fmt"
	"testing"
	"time"

	"quartet"
)

func prunes(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	// Notices: more than a chunk that ended, one that has not, and a late one.
	const many = 450
	for i := range many {
		id := fmt.Sprintf("n%03d", i)
		putNotice(t, s, id, "alipay")
		must(t, s.EndNotice(ctx, id, quartet.NoticeHandled, "", after(time.Second), none))
	}
	putNotice(t, s, "open", "alipay")
	late := arrived("late", "alipay")
	late.Received = after(time.Hour)
	must(t, s.PutNotice(ctx, late, quartet.Job{ID: "job late", Kind: "notice.handle", Key: "late", NextAt: base, Created: base}))
	must(t, s.EndNotice(ctx, "late", quartet.NoticeRefused, "", after(time.Hour), none))
	for _, n := range []quartet.InvoiceNotice{{ID: "i1", Event: "e1", At: base}, {ID: "i2", Event: "e2", At: after(time.Hour)}} {
		n.Channel, n.Serial, n.Hash, n.Sealed = "taxsim", "1", "h", []byte("x")
		must(t, s.PutInvoiceNotice(ctx, n, nil))
	}
	must(t, s.PruneNotices(ctx, after(time.Minute)))
	same(t, "what a channel of invoices told and is left", value(s.InvoiceNotices(ctx, "taxsim"))(t), 1)
	left := []string{}
	for _, n := range value(s.Notices(ctx, "", after(2*time.Hour), 9))(t) {
		left = append(left, n.ID)
	}
	same(t, "notices that are left", left, []string{"late", "open"})

	// Jobs: done ones of the kinds that are named, and no others.
	kinds := []string{"notice.handle", "order.close"}
	must(t, s.PutJobs(ctx, quartet.Job{ID: "close", Kind: "order.close", Key: "o", NextAt: base, Created: base}))
	for _, j := range value(s.ClaimJobs(ctx, kinds, after(2*time.Hour), after(3*time.Hour), many+9))(t) {
		j.State, j.Ended = quartet.JobDone, after(2*time.Hour)
		if j.Key == "open" {
			j.State = quartet.JobDead
		}
		must(t, s.EndJob(ctx, j))
	}
	must(t, s.PruneJobs(ctx, kinds[:1], after(2*time.Hour)))
	same(t, "none is old enough", len(value(s.Jobs(ctx, "", "", 999))(t)), many+3)
	must(t, s.PruneJobs(ctx, nil, after(3*time.Hour)))
	must(t, s.PruneJobs(ctx, kinds[:1], after(3*time.Hour)))
	keys := []string{}
	for _, j := range value(s.Jobs(ctx, "", "", 999))(t) {
		keys = append(keys, j.Key)
	}
	same(t, "jobs that are left", keys, []string{"open", "o"})
}

// What keeps a message of a market from being done twice stays as long as it could be.
func prunesMarketEvents(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	addMarket(t, s)
	for _, id := range []string{"1", "2", "3"} {
		e, j := said(id, "e"+id)
		in := instance(id)
		in.Sale = "sale" + id
		value(s.PutMarketEvent(ctx, e, in, j))(t)
	}
	for id, next := range map[string]quartet.InstanceState{"1": quartet.InstanceReleased, "2": quartet.InstanceProvisioning} {
		in := value(s.Instance(ctx, id))(t)
		in.State = next
		must(t, s.StepInstance(ctx, quartet.InstanceStep{Instance: in, Event: id, At: after(time.Second)}, none))
	}
	must(t, s.PruneMarketEvents(ctx, after(time.Second)))
	same(t, "none is old enough", len(value(s.MarketEvent(ctx, "1"))(t).Sealed) > 0, true)
	must(t, s.PruneMarketEvents(ctx, after(time.Minute)))
	_, err := s.MarketEvent(ctx, "1")
	wantCode(t, "of what is released", err, quartet.ErrNotFound)
	kept := value(s.MarketEvent(ctx, "2"))(t)
	same(t, "of what goes on", []any{len(kept.Sealed), kept.Event, kept.State}, []any{0, "e2", quartet.MarketEventHandled})
	again, j := said("9", "e2")
	same(t, "sent again it is known", value(s.PutMarketEvent(ctx, again, quartet.Instance{}, j))(t).ID, "2")
	same(t, "what is not done is whole", len(value(s.MarketEvent(ctx, "3"))(t).Sealed) > 0, true)
}
