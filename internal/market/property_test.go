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
				h.audited(t)
			},
		})
	})
}
