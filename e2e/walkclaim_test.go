package e2e_test

import (
	"fmt"
	"net/http"
	"slices"

	"quartet/internal/paysim"
)

type paymentState struct {
	ID, Provider, State string
	ReceivedFen         int64 `json:"received_fen"`
}

func (w *walk) paymentsOf(s *steps, order string) []paymentState {
	var all struct{ Items []paymentState }
	s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, w.of("orders/"+order+"/payments"), nil, &all)
	return all.Items
}

func (w *walk) way(at provider) string {
	if at == provider(w.wechat) {
		return "wechat"
	}
	return "alipay"
}

func (w *walk) provider(way string) provider {
	if way == "wechat" {
		return w.wechat
	}
	return w.alipay
}

// payTwice pays an order at both providers. One of them pays it; what came through the other
// one goes back by rule, and nobody has to ask.
func (w *walk) payTwice(s *steps) {
	o := w.order(s, "twice", "1887-1200", true)
	tries := w.paymentsOf(s, o.ID)
	if len(tries) < 2 {
		for _, way := range []string{"alipay", "wechat"} {
			s.ask(w.buyer.visitor, http.StatusCreated, http.MethodPost, w.of("orders/"+o.ID+"/payments"), map[string]string{"provider": way, "method": "qr"}, nil)
		}
		tries = w.paymentsOf(s, o.ID)
	}
	if s.err != nil {
		return
	}
	want(s, "tries to pay it", len(tries), 2)
	for _, p := range tries {
		if at := w.provider(p.Provider); at.StateOf(p.ID) == paysim.Waiting {
			s.err = at.Pay(p.ID, 0)
		} else if at.StateOf(p.ID) == paysim.Closed { // by the house, which knows of the first; this money was on its way
			at.PayClosed(p.ID)
		}
	}
	for _, p := range tries {
		w.tell(s, p.Provider, w.provider(p.Provider), p.ID)
	}
	w.paid(s, "twice")
}

// surplusBack waits until what was paid too much is back, which nobody asked for.
func (w *walk) surplusBack(s *steps) {
	var tries []paymentState
	id := w.orders["twice"]
	s.wait("what was paid too much to go back", func() bool {
		tries = w.paymentsOf(s, id)
		return slices.ContainsFunc(tries, func(p paymentState) bool { return p.State == "returned" })
	})
	states := map[string]int{}
	for _, p := range tries {
		states[p.State]++
		want(s, "what came by "+p.Provider, p.ReceivedFen, tries[0].ReceivedFen)
	}
	want(s, "what became of the two", fmt.Sprint(states), "map[paid:1 returned:1]")
	var all struct{ Items []refundState }
	s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, w.of("orders/"+id+"/refunds"), nil, &all)
	want(s, "refunds of the order that was paid twice", len(all.Items), 1)
	if s.err != nil {
		return
	}
	r := all.Items[0]
	want(s, "the refund", fmt.Sprint(r.Surplus, r.State, r.AmountFen), fmt.Sprint(true, "done", tries[0].ReceivedFen))
	for _, p := range tries {
		if p.State == "returned" {
			w.tellRefund(s, p.Provider, w.provider(p.Provider), r.ID)
		}
	}
}

type transferState struct {
	ID, Serial, State string
	Order             string `json:"order_id"`
}

func (w *walk) transferOf(s *steps, o orderState) (found transferState) {
	var all struct{ Items []transferState }
	s.ask(w.li.visitor, http.StatusOK, http.MethodGet, "/transfers", nil, &all)
	for _, t := range all.Items {
		if t.Serial == "S"+o.Code {
			found = t
		}
	}
	return found
}

// claim pays an order by a transfer that names none: it waits, until one person has said
// what it is for and another one has confirmed it.
func (w *walk) claim(s *steps) {
	o := w.order(s, "claimed", "1887-1200", true)
	w.lengthen(s, o)
	w.state(s, o, "货款", "waits")
	t := w.transferOf(s, o)
	if t.State == "waiting" {
		s.ask(w.li.visitor, http.StatusCreated, http.MethodPost, "/transfers/"+t.ID+"/claims", map[string]string{"act": "settle", "order_id": o.ID, "note": "看过回单"}, nil)
	}
	var open struct{ Items []struct{ ID string } }
	s.ask(w.zhao.visitor, http.StatusOK, http.MethodGet, "/claims", nil, &open)
	for _, c := range open.Items { // none: it was confirmed before the answer was lost
		at := "/claims/" + c.ID + "/confirmation"
		s.says(s.refused(w.li.visitor, http.StatusForbidden, http.MethodPost, at, nil), "another person")
		s.refused(w.zhang.visitor, http.StatusForbidden, http.MethodPost, at, nil)
		s.ask(w.zhao.visitor, http.StatusOK, http.MethodPost, at, nil, nil)
	}
}

// settled waits until what came by transfers has paid its orders.
func (w *walk) settled(s *steps) {
	for _, name := range []string{"transfer", "claimed"} {
		w.paid(s, name)
		o := w.order(s, name, "", false)
		var t transferState
		s.wait("the transfer to settle", func() bool { t = w.transferOf(s, o); return t.State == "settled" })
		want(s, "the order that it pays", t.Order, o.ID)
	}
}

// lengthen has the buyer choose the bank, which gives the order the time that a transfer
// takes.
func (w *walk) lengthen(s *steps, o orderState) {
	if o.State == "open" {
		s.ask(w.buyer.visitor, http.StatusCreated, http.MethodPost, w.of("orders/"+o.ID+"/payments"), map[string]string{"provider": "transfer", "method": "transfer"}, nil)
	}
}
