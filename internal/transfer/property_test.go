package transfer_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/store/storetest"
)

// Whatever people do, in whatever order, with whatever power cuts: what came is the sum of
// what is settled, on its way, returned and waiting; what is settled is what billing got;
// and no order is paid twice.
func TestBooks_AlwaysClose(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := newCounter(t, storetest.Folder(rt))
		defer c.store.Close()
		ctx := context.Background()
		people := rapid.SampledFrom([]string{"甲", "乙", "丙"})
		amounts := rapid.SampledFrom([]quartet.Fen{500_00, 500_01, 2000_00})
		var came quartet.Fen
		seen := map[string]string{} // lines by their serial: a statement may come again
		pick := func(rt *rapid.T) (string, bool) {
			var ids []string
			list, err := c.List(ctx, "", "", 1000)
			if err != nil {
				rt.Fatal(err)
			}
			for _, v := range list {
				ids = append(ids, v.ID)
			}
			if len(ids) == 0 {
				return "", false
			}
			return rapid.SampledFrom(ids).Draw(rt, "transfer"), true
		}
		rt.Repeat(map[string]func(*rapid.T){
			"order": func(rt *rapid.T) {
				n := len(c.till.orders)
				c.order(fmt.Sprintf("order%d", n), fmt.Sprintf("QTAAAA%02d", n), amounts.Draw(rt, "price"))
			},
			"close": func(rt *rapid.T) {
				if o := c.till.orders[fmt.Sprintf("order%d", rapid.IntRange(0, 5).Draw(rt, "order"))]; o != nil && o.State == quartet.OrderOpen {
					o.State = quartet.OrderClosed
				}
			},
			"statement": func(rt *rapid.T) {
				serial := fmt.Sprintf("S%d", rapid.IntRange(0, 12).Draw(rt, "serial"))
				if seen[serial] == "" {
					amount := amounts.Draw(rt, "amount")
					came += amount
					name := rapid.SampledFrom([]string{firm, "别人"}).Draw(rt, "payer")
					seen[serial] = credit(serial, amount.String(), name, fmt.Sprintf("QTAAAA%02d", rapid.IntRange(0, 5).Draw(rt, "code")))
				}
				c.take(t, seen[serial])
			},
			"propose": func(rt *rapid.T) {
				if id, ok := pick(rt); ok {
					act, order := rapid.SampledFrom([]quartet.ClaimAct{quartet.ClaimReturn, quartet.ClaimKeep, quartet.ClaimSettle, quartet.ClaimSettle}).Draw(rt, "act"), ""
					if act == quartet.ClaimSettle {
						order = fmt.Sprintf("order%d", rapid.IntRange(0, 5).Draw(rt, "order"))
					}
					_, _ = c.Propose(ctx, people.Draw(rt, "who"), id, act, order, "看过")
				}
			},
			"decide": func(rt *rapid.T) {
				claims, err := c.Open(ctx)
				if err != nil {
					rt.Fatal(err)
				}
				for _, claim := range claims {
					if rapid.Bool().Draw(rt, "confirm") {
						_, _ = c.Confirm(ctx, people.Draw(rt, "who"), claim.ID)
					} else {
						_, _ = c.Reject(ctx, people.Draw(rt, "who"), claim.ID, "不对")
					}
				}
			},
			"settle": func(rt *rapid.T) {
				if id, ok := pick(rt); ok {
					c.till.cut = rapid.IntRange(0, 8).Draw(rt, "cut")
					_ = c.Settle(ctx, id)
					c.till.cut = 0
				}
			},
			"pay": func(rt *rapid.T) {
				if id, ok := pick(rt); ok {
					_, _ = c.Pay(ctx, people.Draw(rt, "who"), id, "B"+id)
				}
			},
			"": func(rt *rapid.T) {
				sums, err := c.Sums(ctx)
				if err != nil {
					rt.Fatal(err)
				}
				var all quartet.Fen
				by := map[quartet.TransferState]quartet.Fen{}
				for _, s := range sums {
					all += s.Amount
					by[s.State] = s.Amount
				}
				paid := map[string]int{}
				for _, p := range c.till.payments {
					if p.State == quartet.PaymentPaid {
						paid[p.Order]++
					}
				}
				for order, times := range paid {
					if times > 1 {
						rt.Fatalf("%s is paid %d times", order, times)
					}
				}
				booked := c.till.sum(quartet.PaymentPaid)
				if all != came || by[quartet.TransferSettled] > booked || booked > by[quartet.TransferSettled]+by[quartet.TransferSettling] {
					rt.Fatalf("%s came; %v in all; billing got %s", came, by, booked)
				}
			},
		})
		// When all the work is done, what is settled is exactly what billing got.
		c.work(t)
		sums, err := c.Sums(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		for _, s := range sums {
			if s.State == quartet.TransferSettling || s.State == quartet.TransferSettled && s.Amount != c.till.sum(quartet.PaymentPaid) {
				rt.Fatalf("at the end %+v, and billing got %s", sums, c.till.sum(quartet.PaymentPaid))
			}
		}
	})
}
