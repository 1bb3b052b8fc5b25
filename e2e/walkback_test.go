package e2e_test

import (
	"fmt"
	"net/http"
	"strings"

	"quartet/internal/paysim"
)

// givenBack are the orders of which the buyer wants the money back, and the ways by which
// it came: Alipay, WeChat Pay and the bank.
var givenBack = []string{"alipay", "wechat2", "claimed"}

type refundState struct {
	ID, State string
	Surplus   bool
	AmountFen int64 `json:"amount_fen"`
	Used      int64
	Reference string
}

func (w *walk) askRefunds(s *steps) {
	for _, name := range givenBack {
		var all struct{ Items []refundState }
		at := w.of("orders/" + w.orders[name] + "/refunds")
		s.ask(w.buyer.visitor, http.StatusOK, http.MethodGet, at, nil, &all)
		if len(all.Items) == 0 {
			all.Items = append(all.Items, refundState{})
			s.ask(w.buyer.visitor, http.StatusCreated, http.MethodPost, at, map[string]string{"reason": "买多了"}, &all.Items[0])
		}
		if s.err == nil {
			w.refunds[name] = all.Items[0].ID
		}
	}
}

func (w *walk) approveRefunds(s *steps) {
	for _, name := range givenBack {
		at := "/refunds/" + w.refunds[name] + "/approval"
		s.says(s.refused(w.buyer.visitor, http.StatusForbidden, http.MethodPost, at, nil), "role")
		s.says(s.refused(w.zhang.visitor, http.StatusForbidden, http.MethodPost, at, nil), "role")
		if w.refundOf(s, name).State == "requested" {
			s.ask(w.li.visitor, http.StatusOK, http.MethodPost, at, nil, nil)
		}
	}
}

func (w *walk) allRefunds(s *steps) []refundState {
	var all struct{ Items []refundState }
	s.ask(w.li.visitor, http.StatusOK, http.MethodGet, "/refunds", nil, &all)
	return all.Items
}

func (w *walk) refundOf(s *steps, name string) refundState {
	for _, r := range w.allRefunds(s) {
		if r.ID == w.refunds[name] {
			return r
		}
	}
	return refundState{}
}

// refunded waits for what goes back online. The providers tell of it twice, and of all
// payments once more.
func (w *walk) refunded(s *steps) {
	w.surplusBack(s)
	for name, at := range map[string]provider{"alipay": w.alipay, "wechat2": w.wechat} {
		s.wait("the refund of "+name, func() bool { return w.refundOf(s, name).State == "done" })
		w.tellRefund(s, w.way(at), at, w.refunds[name])
	}
	for _, n := range w.old {
		if status, text := s.notice(n); status >= http.StatusMultipleChoices {
			want(s, "an old notice ("+text+")", status, http.StatusOK)
		}
	}
}

// tellRefund has a provider tell of money that went back: forged, and twice as it is.
func (w *walk) tellRefund(s *steps, way string, at provider, refund string) {
	if s.err != nil {
		return
	}
	status, _ := s.notice(noticeOf{way, at.RefundNotice(refund, paysim.Twist{Stranger: true})})
	want(s, "a forged notice of a refund", status, http.StatusForbidden)
	told := noticeOf{way, at.RefundNotice(refund, paysim.Twist{})}
	for range 2 {
		if status, text := s.notice(told); status >= http.StatusMultipleChoices {
			want(s, "a notice of a refund ("+text+")", status, http.StatusOK)
		}
	}
}

type payoutState struct {
	ID, Kind, Serial string
	AmountFen        int64  `json:"amount_fen"`
	EnteredBy        string `json:"entered_by"`
	Payee            struct {
		Name    string
		Account string `json:"account_number"`
	}
}

// payOut has two people pay back at the bank what came by a transfer: one enters the bank's
// serial, the other one finds it at the bank.
func (w *walk) payOut(s *steps) {
	var r refundState
	s.wait("the amount to pay back", func() bool {
		r = w.refundOf(s, "claimed")
		return r.State == "sending" || r.State == "done"
	})
	var owed struct{ Items []payoutState }
	s.ask(w.li.visitor, http.StatusOK, http.MethodGet, "/payouts", nil, &owed)
	for _, p := range owed.Items { // none: both had done it before the answer was lost
		at := "/payouts/" + p.ID
		want(s, "what is owed", fmt.Sprint(p.ID, p.Kind, p.AmountFen), fmt.Sprint(r.ID, "refund", r.AmountFen))
		want(s, "whom it is owed", p.Payee.Name, firmName)
		if strings.Contains(p.Payee.Account, payersAccount) && s.err == nil {
			s.err = fmt.Errorf("the list tells the account of the payer: %+v", p)
		}
		var payee struct {
			Account string `json:"account_number"`
		}
		s.ask(w.li.visitor, http.StatusOK, http.MethodPost, at+"/payee", map[string]string{"reason": "paid back at the bank"}, &payee)
		want(s, "where it goes", payee.Account, payersAccount)
		serial := map[string]string{"serial": "B20260001"}
		if p.EnteredBy == "" {
			s.ask(w.li.visitor, http.StatusOK, http.MethodPut, at+"/serial", serial, nil)
		}
		s.says(s.refused(w.li.visitor, http.StatusForbidden, http.MethodPut, at+"/serial", serial), "another person")
		s.refused(w.zhao.visitor, http.StatusUnprocessableEntity, http.MethodPut, at+"/serial", map[string]string{"serial": "B20260002"})
		s.ask(w.zhao.visitor, http.StatusOK, http.MethodPut, at+"/serial", serial, nil)
	}
	s.wait("the refund that people paid", func() bool { r = w.refundOf(s, "claimed"); return r.State == "done" })
	want(s, "the serial of the bank", r.Reference, "B20260001")
	if s.err == nil {
		w.paidOut = r.AmountFen
	}
}
