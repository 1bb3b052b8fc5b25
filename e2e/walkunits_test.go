package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
)

type money = quartet.Fen

// issue issues an AppCode, unless one is there.
func (w *walk) issue(s *steps) {
	var all struct{ Items []struct{ ID string } }
	var secret struct{ Secret string }
	at := w.of("credentials")
	s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, at, nil, &all)
	if len(all.Items) == 0 {
		s.ask(w.buyer.visitor, http.StatusCreated, http.MethodPost, at, map[string]string{"kind": "appcode"}, &secret)
	} else {
		s.ask(w.buyer.visitor, http.StatusOK, http.MethodPost, at+"/"+all.Items[0].ID+"/secret", nil, &secret)
	}
	w.appcode = secret.Secret
}

// call asks about people until so many calls were made, each under a key of its own: one
// whose answer was lost is asked again and charged once.
func (w *walk) call(s *steps, until int) {
	c := newClient(w.node.url, w.appcode)
	for w.calls < until && s.err == nil {
		who := w.people[w.calls%len(w.people)]
		a, err := c.ask(who.form(), "walk-call-"+strconv.Itoa(w.calls))
		switch {
		case err != nil:
			s.err = fmt.Errorf("%w: %w", errCut, err)
		case a.Code == inFlight:
			time.Sleep(50 * time.Millisecond)
		case a.result() != "1":
			s.err = fmt.Errorf("call %d: %s %s", w.calls+1, a.gateway(), a.body)
		default:
			w.calls++
		}
	}
}

type grantState struct {
	ID, Order                                                  string
	Granted, Used, Held, Withdrawn, Remaining, Frozen, Expired int64
	PaidFen                                                    int64 `json:"paid_fen"`
	Trial                                                      bool
}

// balance is what was bought, less what was used and withdrawn.
func (w *walk) balance(s *steps) {
	var all struct{ Items []grantState }
	s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, w.of("balance"), nil, &all)
	if s.err != nil {
		return
	}
	want(s, "products with a balance", len(all.Items), 1)
	var bought int64
	for _, o := range w.allOrders(s) {
		if o.Grant != "" {
			bought += o.Units
		}
	}
	b := all.Items[0]
	want(s, "units granted", b.Granted, bought)
	want(s, "units used", b.Used, int64(w.calls))
	want(s, "what became of the units", b.Used+b.Held+b.Withdrawn+b.Remaining+b.Frozen+b.Expired, b.Granted)
}

// sums holds the money of the providers and the bank to the orders, and the orders to the
// units they gave.
func (w *walk) sums(s *steps) {
	w.balance(s)
	var given struct{ Items []givenState }
	s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, w.of("grants"), nil, &given)
	var surplus struct{ Items []struct{} }
	s.ask(w.li.visitor, http.StatusOK, http.MethodGet, "/surplus", nil, &surplus)
	want(s, "surplus", len(surplus.Items), 0)
	var sold, back int64
	orders := w.allOrders(s)
	if s.err != nil {
		return
	}
	want(s, "orders", len(orders), len(w.orders))
	want(s, "grants", len(given.Items), len(orders))
	for _, o := range orders {
		i := slices.IndexFunc(given.Items, func(g givenState) bool { return g.OrderID == o.ID })
		if i < 0 {
			s.err = fmt.Errorf("order %s gave nothing", o.ID)
			return
		}
		g := given.Items[i]
		want(s, "the grant of "+o.ID, g.ID, o.Grant)
		want(s, "its units", g.Granted, o.Units)
		want(s, "its money", g.PaidFen, o.AmountFen)
		if slices.ContainsFunc(givenBack, func(name string) bool { return o.ID == w.orders[name] }) {
			want(s, "the order that was given back", o.State, "refunded")
			want(s, "what is withdrawn of it", g.Withdrawn, g.Granted-g.Used)
			want(s, "what can be used of it", g.Remaining+g.Frozen+g.Held, 0)
			if used := g.Used > 0; used != (o.ID == w.orders["alipay"]) || used == (o.RefundedFen == o.AmountFen) {
				s.err = fmt.Errorf("of order %s %d units had been used, and %d fen went back", o.ID, g.Used, o.RefundedFen)
			}
		} else {
			want(s, "order "+o.ID, o.State, "paid")
			want(s, "what is withdrawn of "+o.ID, g.Withdrawn, 0)
			want(s, "what went back of "+o.ID, o.RefundedFen, 0)
		}
		var paid, returned int64
		for _, p := range w.paymentsOf(s, o.ID) {
			switch p.State {
			case "paid":
				paid += p.ReceivedFen
			case "returned":
				returned += p.ReceivedFen
			default:
				want(s, "what came by a payment that is "+p.State, p.ReceivedFen, 0)
			}
		}
		want(s, "what order "+o.ID+" was paid with", paid, o.AmountFen)
		sold += paid + returned
		back += o.RefundedFen + returned
	}
	came := int64(w.alipay.Held() + w.alipay.Moved() + w.wechat.Held() + w.wechat.Moved())
	for _, fen := range w.transfers {
		came += fen
	}
	want(s, "money that came", came, sold)
	want(s, "money that went back", int64(w.alipay.Moved()+w.wechat.Moved())+w.paidOut, back)
}

type givenState struct {
	grantState

	OrderID string `json:"order_id"`
}

// proofs are what the house proves by itself, and what the audit tells of who tried what.
func (w *walk) proofs() {
	must(w.t, w.env, "quota", "audit", "--data", w.dir)
	must(w.t, w.env, "audit", "verify", "--data", w.dir)
	if dead := must(w.t, w.env, "job", "list", "--state", "dead", "--json", "--data", w.dir); dead != "" {
		w.t.Errorf("jobs were given up: %s", dead)
	}
	told := map[string]int{}
	for _, e := range lines[struct{ Action, Detail string }](w.t, must(w.t, w.env, "audit", "list", "--limit", "1000", "--json", "--data", w.dir)) {
		told[e.Action]++
		if strings.Contains(e.Detail, "@example.com") && !strings.Contains(e.Detail, "*") || strings.Contains(e.Detail, firmCode) {
			w.t.Errorf("the audit tells an address or a number: %s", e.Detail)
		}
	}
	if told["order.trial_refused"] == 0 || told["notice.refuse"] < w.refusals/6 || w.refusals < 3*6 { // one entry a second of a provider counts the others
		w.t.Errorf("%d trials and %d notices were refused by the audit; the visitors saw %d of these", told["order.trial_refused"], told["notice.refuse"], w.refusals)
	}
	for what, times := range map[string]int{
		"order.trial": 1, "order.pay": 7, "payment.receive": 8, "order.refund": 3, "refund.done": 4, // surplus went back once
		"transfer.propose": 1, "transfer.confirm": 1, "transfer.settle": 2, "payout.enter": 1, "payout.see": 1,
	} {
		if told[what] != times {
			w.t.Errorf("%s stands in the audit %d times, want %d", what, told[what], times)
		}
	}
}
