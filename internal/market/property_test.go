package market_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/store/storetest"
)

// checkOrders: each sale is one order with one grant, of which no money went through this
// house, and no order is there without a sale.
func (h *house) checkOrders(t *testing.T, r *rapid.T, list []quartet.Instance) {
	ctx := context.Background()
	sold := 0
	for i := range list {
		in := &list[i]
		if in.Order == "" {
			continue
		}
		sold++
		o, err := h.billing.Find(ctx, in.Order)
		must(t, err)
		want := quartet.OrderPaid
		if in.State == quartet.InstanceReleased && in.Refund {
			want = quartet.OrderRefunded
		}
		g := h.grant(t, in.Grant)
		if o.State != want || o.Grant != in.Grant || g.Order() != o.ID || g.Units != o.Units || o.Refunded != 0 {
			r.Fatalf("instance %+v has the order %+v and the grant %+v", in, o, g)
		}
		payments, err := h.billing.Payments(ctx, o.ID)
		must(t, err)
		refunds, err := h.billing.Refunds(ctx, o.ID, "", "", 9)
		must(t, err)
		if len(payments)+len(refunds) > 0 {
			r.Fatalf("money went through this house for %+v: %+v, %+v", o, payments, refunds)
		}
	}
	orders, err := h.billing.Orders(ctx, "", "", "", 100)
	must(t, err)
	if len(orders) != sold {
		r.Fatalf("%d orders of %d sales", len(orders), sold)
	}
}

// released: whatever became of an instance, the market can end it.
func (h *house) released(t *testing.T, r *rapid.T) {
	list, err := h.Instances(context.Background(), "yun", 100)
	must(t, err)
	for i := range list {
		h.now = h.now.Add(time.Second)
		a, err := h.send(t, about("release", fmt.Sprint("last", i), list[i].Sale))
		if err != nil || a.State != quartet.InstanceReleased {
			r.Fatalf("there is no way out of %+v: %+v, %v", list[i], a, err)
		}
	}
}

// Whatever a market sends, in whatever order, again or for the first time: each of its
// orders has at most one grant, units are given once, and the books agree.
func TestProperty_NothingIsGivenTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		h := openHouse(t, storetest.Folder(r))
		r.Cleanup(h.close)
		orders := []string{"o1", "o2", "o3"}
		sent := []msg{}
		n := 0
		event := func() string { n++; return fmt.Sprint("e", n) }
		pick := func() string { return rapid.SampledFrom(orders).Draw(r, "order") }
		try := func(m msg) {
			h.now = h.now.Add(time.Second)
			if _, err := h.send(t, m); err != nil && quartet.CodeOf(err) != quartet.ErrConflict {
				r.Fatalf("%v: %v", m, err)
			}
		}
		tell := func(m msg) { sent = append(sent, m); try(m) }
		r.Repeat(map[string]func(*rapid.T){
			"create": func(*rapid.T) { o := pick(); tell(created(event(), o).with("buyer_id", "b"+o[1:])) },
			"renew": func(r *rapid.T) {
				tell(about("renew", event(), pick()).with("expires_on", rapid.SampledFrom([]string{"2027-05-01", "2029-01-31"}).Draw(r, "end")))
			},
			"expire": func(*rapid.T) { tell(about("expire", event(), pick())) },
			"release": func(r *rapid.T) {
				tell(about("release", event(), pick()).with("refund", rapid.Bool().Draw(r, "refund")))
			},
			"again": func(r *rapid.T) {
				if len(sent) > 0 {
					try(rapid.SampledFrom(sent).Draw(r, "message"))
				}
			},
			"job": func(r *rapid.T) {
				if len(sent) > 0 {
					m := rapid.SampledFrom(sent).Draw(r, "message")
					_ = h.Handle(context.Background(), h.jobs(t)[m["event_id"].(string)]) // what is too early fails
				}
			},
			"call": func(*rapid.T) {
				for _, g := range h.grants(t) {
					_ = h.call(g.Account) // what is frozen refuses
				}
			},
			"": func(r *rapid.T) {
				list, err := h.Instances(context.Background(), "yun", 100)
				must(t, err)
				owned := map[string]bool{}
				for i := range list {
					in := &list[i]
					if in.Grant == "" {
						continue
					}
					owned[in.Grant] = true
					g := h.grant(t, in.Grant)
					frozen := !g.FrozenAt.IsZero()
					if g.Units != 1200 || frozen != (in.State != quartet.InstanceActive) || in.State == quartet.InstanceReleased && g.Left() != 0 ||
						in.State != quartet.InstanceReleased && g.Withdrawn != 0 {
						r.Fatalf("instance %+v has %+v", in, g)
					}
				}
				if all := h.grants(t); len(all) != len(owned) {
					r.Fatalf("%d grants of %d instances", len(all), len(owned))
				}
				h.checkOrders(t, r, list)
				h.audited(t)
			},
		})
		h.released(t, r)
	})
}
