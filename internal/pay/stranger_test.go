package pay_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/paysim"
)

// Anybody can post to the address of notices: what a stranger sends leaves no row and no job,
// and an entry a second that counts the others.
func TestNotice_OfAStrangerLeavesNothingButACount(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			m := h.open(h.order().ID, provider)
			h.pays(m)
			for range 5 {
				if status, _ := h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, paysim.Twist{Stranger: true})); status != 403 {
					t.Errorf("answered %d", status)
				}
			}
			h.clock.Pass(time.Second)
			h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, paysim.Twist{Altered: true}))
			if got := h.refused[provider]; got != 6 {
				t.Errorf("%d were counted", got)
			}
			kept, err := h.store.Notices(t.Context(), "", h.clock.Now().Add(time.Hour), 10)
			must(t, err)
			jobs, err := h.store.Jobs(t.Context(), "", "", 100)
			must(t, err)
			for _, j := range jobs {
				if j.Kind == pay.JobNotice {
					t.Errorf("a job was left: %+v", j)
				}
			}
			list := h.refusals()
			if len(kept) != 0 || len(list) != 2 || !strings.Contains(list[0].Detail, "4 others") || list[0].Actor != provider {
				t.Errorf("%d are kept; the audit says %+v", len(kept), list)
			}
		})
	}
}

// puzzled is a provider that cannot tell for now whether a notice is its own.
type puzzled struct {
	pay.Provider

	until   func() bool
	forever bool // it does not even answer
}

func (p puzzled) Read(ctx context.Context, raw pay.Raw) (pay.Notice, error) {
	if p.until() {
		return p.Provider.Read(ctx, raw)
	}
	if p.forever {
		<-ctx.Done()
	}
	return pay.Notice{}, quartet.Errorf(quartet.ErrUnavailable, "no certificate can be fetched")
}

// What cannot be judged now may be true: it is kept, the provider is told to send it again,
// and its job judges it later.
func TestNotice_ThatCannotBeJudgedNowIsKeptUntilItCan(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			can := false
			for i, p := range h.sellers {
				h.sellers[i] = puzzled{Provider: p, until: func() bool { return can }, forever: i == 0}
			}
			h.cashier = h.newCashier(h.desk, h.store)
			o := h.order()
			m := h.open(o.ID, provider)
			h.pays(m)
			begun := time.Now()
			for _, twist := range []paysim.Twist{{}, {Stranger: true}} {
				if status, body := h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, twist)); status != 503 && status != 500 || taken(provider, status, body) {
					t.Errorf("answered %d %q", status, body)
				}
			}
			if took := time.Since(begun); took > 8*time.Second {
				t.Errorf("the provider waited %v", took)
			}
			can = true
			h.clock.Pass(time.Minute)
			kept, err := h.store.Notices(t.Context(), quartet.NoticeReceived, h.clock.Now().Add(time.Hour), 10)
			must(t, err)
			for _, n := range kept {
				must(t, h.cashier.Handle(t.Context(), n.ID))
			}
			h.wantOrder(o.ID, quartet.OrderPaid)
			if list := h.refusals(); len(kept) != 2 || len(list) != 1 || h.refused[provider] != 1 {
				t.Errorf("kept %d, refused %+v, counted %d", len(kept), list, h.refused[provider])
			}
		})
	}
}

// While nothing can be judged strangers fill no disk: beyond some a minute nothing is kept,
// and a provider sends again what is true.
func TestNotice_ThatCannotBeJudgedIsKeptSoOftenAMinuteOnly(t *testing.T) {
	h := newHouse(t)
	can := false
	for i, p := range h.sellers {
		h.sellers[i] = puzzled{Provider: p, until: func() bool { return can }}
	}
	h.cashier = h.newCashier(h.desk, h.store)
	o := h.order()
	m := h.open(o.ID, "alipay")
	h.pays(m)
	post := func(n int) {
		t.Helper()
		for range n {
			d := h.alipay.PaymentNotice(m.ID, paysim.Twist{Stranger: true})
			if _, err := h.cashier.Take(t.Context(), "alipay", pay.Raw{Header: d.Header, Body: d.Body}); quartet.CodeOf(err) != quartet.ErrUnavailable {
				t.Fatalf("%v", err)
			}
		}
	}
	count := func() int {
		t.Helper()
		kept, err := h.store.Notices(t.Context(), "", h.clock.Now().Add(time.Hour), 1000)
		must(t, err)
		return len(kept)
	}
	post(100)
	if n := count(); n != 60 {
		t.Errorf("%d are kept", n)
	}
	h.clock.Pass(time.Minute)
	post(1)
	if n := count(); n != 61 {
		t.Errorf("a minute later %d are kept", n)
	}
	can = true
	if status, body := h.deliver("alipay", h.alipay.PaymentNotice(m.ID, paysim.Twist{})); !taken("alipay", status, body) {
		t.Errorf("the true one: %d %q", status, body)
	}
	h.wantOrder(o.ID, quartet.OrderPaid)
}

// What nobody could judge for a day is asked for no more: its payment is watched and its
// refund is asked for besides, and what strangers sent must not wait for ever.
func TestNotice_ThatNobodyCouldJudgeForADayIsGivenUp(t *testing.T) {
	h := newHouse(t)
	for i, p := range h.sellers {
		h.sellers[i] = puzzled{Provider: p, until: func() bool { return false }}
	}
	h.cashier = h.newCashier(h.desk, h.store)
	m := h.open(h.order().ID, "alipay")
	for range 3 {
		d := h.alipay.PaymentNotice(m.ID, paysim.Twist{Stranger: true})
		if _, err := h.cashier.Take(t.Context(), "alipay", pay.Raw{Header: d.Header, Body: d.Body}); quartet.CodeOf(err) != quartet.ErrUnavailable {
			t.Fatalf("%v", err)
		}
	}
	kept, err := h.store.Notices(t.Context(), quartet.NoticeReceived, h.clock.Now().Add(time.Hour), 10)
	must(t, err)
	h.clock.Pass(23 * time.Hour)
	if err := h.cashier.Handle(t.Context(), kept[0].ID); !strings.Contains(err.Error(), "later") {
		t.Errorf("within the day: %v", err)
	}
	h.clock.Pass(2 * time.Hour)
	for _, n := range kept {
		must(t, h.cashier.Handle(t.Context(), n.ID))
	}
	refused, err := h.store.Notices(t.Context(), quartet.NoticeRefused, h.clock.Now().Add(time.Hour), 10)
	must(t, err)
	if list := h.refusals(); len(kept) != 3 || len(refused) != 3 || len(list) != 1 || h.refused["alipay"] != 0 {
		t.Errorf("kept %d, refused %d, the audit says %+v", len(kept), len(refused), list)
	}
}
