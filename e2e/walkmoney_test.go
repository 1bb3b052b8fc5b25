package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"quartet/internal/paysim"
)

// provider is a simulator, as its buyers and its notices use it.
type provider interface {
	Pay(number string, received money) error
	PayClosed(number string)
	StateOf(number string) paysim.State
	PaymentNotice(number string, twist paysim.Twist) paysim.Delivery
	RefundNotice(number string, twist paysim.Twist) paysim.Delivery
}

type orderState struct {
	ID          string
	Plan        string `json:"plan_id"`
	Units       int64
	AmountFen   int64  `json:"amount_fen"`
	Code        string `json:"transfer_code"`
	State       string
	Trial       bool
	Renews      string `json:"renews_grant_id"`
	Grant       string `json:"grant_id"`
	RefundedFen int64  `json:"refunded_fen"`
}

func (w *walk) takeTrial(s *steps) {
	if w.order(s, "trial", "1887-trial", false).ID == "" {
		s.ask(w.buyer.visitor, http.StatusCreated, http.MethodPost, w.of("trials"), map[string]string{"plan_id": "1887-trial"}, nil)
	}
	o := w.order(s, "trial", "1887-trial", false)
	want(s, "the trial", o.State, "paid")
	w.grants["trial"] = o.Grant
}

// refuseOrder: the firm of the account is not approved yet.
func (w *walk) refuseOrder(s *steps) {
	s.says(s.refused(w.buyer.visitor, http.StatusForbidden, http.MethodPost, w.of("orders"), map[string]string{"plan_id": "1887-1200"}), "approved")
	s.says(s.refused(w.buyer.visitor, http.StatusForbidden, http.MethodPost, w.of("trials"), map[string]string{"plan_id": "1887-trial"}), "approved")
	want(s, "orders", len(w.allOrders(s)), 0)
}

// refuseTrial: the firm had its trial under another account.
func (w *walk) refuseTrial(s *steps) {
	s.says(s.refused(w.second.visitor, http.StatusConflict, http.MethodPost, "/accounts/"+w.second.account+"/trials", map[string]string{"plan_id": "1887-trial"}), "trial")
	var orders struct{ Items []orderState }
	s.ask(w.second.visitor, http.StatusOK, http.MethodGet, "/accounts/"+w.second.account+"/orders", nil, &orders)
	want(s, "orders of the second account", len(orders.Items), 0)
}

func (w *walk) of(what string) string { return "/accounts/" + w.buyer.account + "/" + what }

func (w *walk) allOrders(s *steps) []orderState {
	var orders struct{ Items []orderState }
	s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, w.of("orders"), nil, &orders)
	return orders.Items
}

// order finds the order that goes by a name, or one of its plan that nobody has named yet:
// the answer to who placed it may have been lost.
func (w *walk) order(s *steps, name, plan string, place bool) (found orderState) {
	named := map[string]string{}
	for n, id := range w.orders {
		named[id] = n
	}
	for _, o := range w.allOrders(s) {
		if n, known := named[o.ID]; n == name || !known && o.Plan == plan {
			found = o
		}
	}
	if found.ID == "" && place {
		body := map[string]string{"plan_id": plan}
		if name == "renewal" {
			body["renews_grant_id"] = w.grants["wechat"]
		}
		s.ask(w.buyer.visitor, http.StatusCreated, http.MethodPost, w.of("orders"), body, &found)
	}
	if s.err == nil && found.ID != "" {
		w.orders[name] = found.ID
	}
	return found
}

// buy orders a plan and pays for it with a QR code.
func (w *walk) buy(s *steps, name string, at provider, plan, renews string) {
	o := w.order(s, name, plan, true)
	want(s, "what is renewed", o.Renews, renews)
	way := w.way(at)
	if o.State != "open" || !w.pay(s, name, at, way) {
		way = o.payer(w, s, name)
	}
	w.tell(s, way, at, w.payments[name])
	w.paid(s, name)
}

// pay pays an open order. false: the house has learnt meanwhile that an earlier try, which was
// cut off, paid it.
func (w *walk) pay(s *steps, name string, at provider, way string) bool {
	path := w.of("orders/" + w.orders[name] + "/payments")
	var p struct{ ID, Show, State string }
	status, text := s.look(w.buyer.visitor, http.MethodPost, path, map[string]string{"provider": way, "method": "qr"}, &p)
	switch {
	case s.err != nil:
		return true
	case status == http.StatusConflict && strings.Contains(text, "this order is paid"):
		return false
	case status != http.StatusCreated:
		s.err = fmt.Errorf("POST %s: %d %s", path, status, text)
		return true
	}
	w.payments[name] = p.ID
	if at.StateOf(p.ID) == paysim.Waiting {
		s.err = at.Pay(p.ID, 0)
	}
	return true
}

// payer is the provider of the payment that paid an order.
func (o *orderState) payer(w *walk, s *steps, name string) string {
	for _, p := range w.paymentsOf(s, o.ID) {
		if p.State == "paid" {
			w.payments[name] = p.ID
			return p.Provider
		}
	}
	return ""
}

// paid waits until an order is paid and gave its units.
func (w *walk) paid(s *steps, name string) {
	var o orderState
	s.wait("the payment of "+name, func() bool {
		s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, w.of("orders/"+w.orders[name]), nil, &o)
		return o.State == "paid"
	})
	if s.err == nil {
		w.grants[name] = o.Grant
	}
}

// tell has a provider tell of a payment: what is forged first, then what is genuine, the later
// event before the earlier one and each of them twice.
func (w *walk) tell(s *steps, way string, at provider, payment string) {
	if s.err != nil {
		return
	}
	for what, twist := range map[string]paysim.Twist{
		"signed by a stranger":       {Stranger: true, Event: payment + "1"},
		"altered on its way":         {Altered: true, Event: payment + "1"},
		"of a fen more":              {Cents: 1},
		"of a fen less":              {Cents: -1},
		"for another merchant":       {Merchant: "1900000002"},
		"for another application":    {App: "wx0000000000000002"},
		"played again after a while": {Old: true},
	} {
		if way == "alipay" && twist.Old {
			continue // its notices say when they were signed, and Alipay sends them for a day
		}
		status, text := s.notice(noticeOf{way, at.PaymentNotice(payment, twist)})
		want(s, "a notice "+what+" ("+text+")", status, http.StatusForbidden)
		if s.err == nil {
			w.refusals++
		}
	}
	earlier := noticeOf{way, at.PaymentNotice(payment, paysim.Twist{Event: payment + "1"})}
	later := noticeOf{way, at.PaymentNotice(payment, paysim.Twist{Event: payment + "2"})}
	for _, n := range []noticeOf{later, earlier, later, earlier} {
		status, text := s.notice(n)
		if status >= http.StatusMultipleChoices {
			want(s, "a genuine notice ("+text+")", status, http.StatusOK)
		}
	}
	if way == "alipay" { // WeChat Pay's are too old after five minutes
		w.old = append(w.old, earlier)
	}
}

func (s *steps) notice(n noticeOf) (status int, text string) {
	if s.err != nil {
		return 0, ""
	}
	req, err := http.NewRequest(http.MethodPost, s.w.node.url+"/api/v1/notices/"+n.provider, bytes.NewReader(n.Body))
	if err != nil {
		s.err = err
		return 0, ""
	}
	req.Header = n.Header
	return s.send(http.DefaultClient, req, nil)
}

func (w *walk) openBank(s *steps) {
	type account struct {
		ID     string
		Opened string `json:"opened_at"`
	}
	var all struct{ Items []account }
	s.ask(w.zhang.visitor, http.StatusOK, http.MethodGet, "/bank-accounts", nil, &all)
	if len(all.Items) == 0 {
		all.Items = append(all.Items, account{})
		s.ask(w.zhang.visitor, http.StatusCreated, http.MethodPost, "/bank-accounts", map[string]string{"bank": "测试银行", "holder": "四要素核验有限公司", "number": "755900000000001"}, &all.Items[0])
	}
	if s.err != nil {
		return
	}
	w.bank = all.Items[0].ID
	if all.Items[0].Opened == "" {
		s.ask(w.chen.visitor, http.StatusOK, http.MethodPost, "/bank-accounts/"+w.bank+"/confirmation", nil, nil)
	}
}

// transfer pays an order at the bank; the treasurer imports the statement.
func (w *walk) transfer(s *steps) {
	o := w.order(s, "transfer", "1887-10000", true)
	w.state(s, o, "货款 "+o.Code, "settles")
}

// payer's account, as a statement tells it.
const payersAccount = "6225000000001"

// state has the bank tell that an order was paid, in the words of its payer. The treasurer
// imports the statement, and again: the second time changes nothing.
func (w *walk) state(s *steps, o orderState, remark, fate string) {
	if s.err != nil {
		return
	}
	statement := file(fmt.Sprintf("交易日期,贷方金额,对方户名,对方账号,摘要,流水号\n%s,%d.%02d,%s,%s,%s,S%s\n",
		time.Now().Format(time.DateOnly), o.AmountFen/100, o.AmountFen%100, firmName, payersAccount, remark, o.Code))
	at := "/bank-accounts/" + w.bank + "/statements"
	var shown struct {
		Digest string
		New    int
		Lines  []struct{ Fate, Reason string }
	}
	s.ask(w.li.visitor, http.StatusOK, http.MethodPost, at+"/preview", statement, &shown)
	if shown.New == 1 && s.err == nil {
		want(s, "the line of the statement ("+shown.Lines[0].Reason+")", shown.Lines[0].Fate, fate)
	}
	for range 2 {
		s.ask(w.li.visitor, http.StatusOK, http.MethodPost, at+"?digest="+shown.Digest, statement, nil)
		s.ask(w.li.visitor, http.StatusOK, http.MethodPost, at+"/preview", statement, &shown)
		want(s, "lines to import again", shown.New, 0)
	}
	w.transfers[o.Code] = o.AmountFen
}

func (w *walk) rate(s *steps) {
	at := w.of("orders/" + w.orders["wechat"] + "/rating")
	if status, _ := s.look(w.buyer.visitor, http.MethodGet, at, nil, nil); status == http.StatusNotFound {
		s.ask(w.buyer.visitor, http.StatusCreated, http.MethodPost, at, map[string]any{"stars": 4, "text": "接口稳定"}, nil)
	}
	s.refused(w.buyer.visitor, http.StatusConflict, http.MethodPost, at, map[string]any{"stars": 1})
	var page struct{ Items []struct{ Stars int } }
	s.ask(w.second.visitor, http.StatusOK, http.MethodGet, "/products/1887/ratings", nil, &page)
	want(s, "ratings", len(page.Items), 1)
}
