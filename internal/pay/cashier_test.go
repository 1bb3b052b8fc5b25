package pay_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/paysim"
)

var providers = []string{"alipay", "wechat"}

func TestOrder_IsPaidOnceHoweverOftenTheNoticeComes(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o := h.order()
			m := h.open(o.ID, provider)
			h.pays(m)
			var wg sync.WaitGroup
			for i := range 12 {
				d := h.notices(provider).PaymentNotice(m.ID, paysim.Twist{Event: []string{"", "the same"}[i%2]})
				wg.Go(func() {
					if status, body := h.deliver(provider, d); !taken(provider, status, body) {
						t.Errorf("answered %d %q", status, body)
					}
				})
			}
			wg.Wait()
			h.wantOrder(o.ID, quartet.OrderPaid)
			h.wantGrants(1)
			h.pass(time.Hour)
			h.wantPayment(m.ID, quartet.PaymentPaid, "")
			h.wantGrants(1)
			if got := h.refusals(); len(got) > 0 {
				t.Errorf("refused: %+v", got)
			}
		})
	}
}

func TestNotice_LostIsRepairedByAsking(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o := h.order()
			m := h.open(o.ID, provider)
			h.work()
			h.wantOrder(o.ID, quartet.OrderOpen)
			h.pays(m)
			h.pass(time.Minute)
			h.wantOrder(o.ID, quartet.OrderPaid)
			h.wantGrants(1)
		})
	}
}

func TestNotice_FalseIsRefusedAndAuditedAndBlocksNoTrueOne(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o := h.order()
			m := h.open(o.ID, provider)
			h.pays(m)
			for i, twist := range []paysim.Twist{{Stranger: true}, {Altered: true}, {Merchant: "2088999999999999"}, {App: "2021999999999999"}, {Cents: 1}, {Cents: -1}} {
				h.clock.Pass(time.Second) // entries of refusals are a second apart at least
				twist.Event = "event"
				if twist.Cents != 0 { // it is genuine, and what it tells cannot be: its event is used up
					twist.Event = ""
				}
				status, body := h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, twist))
				if status != 403 || taken(provider, status, body) {
					t.Errorf("%+v: answered %d %q", twist, status, body)
				}
				list := h.refusals()
				if len(list) != i+1 || list[0].Actor != provider || list[0].Detail == "" {
					t.Fatalf("%+v: the audit says %+v", twist, list)
				}
			}
			h.wantOrder(o.ID, quartet.OrderOpen)
			h.wantGrants(0)
			if status, body := h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, paysim.Twist{Event: "event"})); !taken(provider, status, body) {
				t.Errorf("the true one: %d %q", status, body)
			}
			h.wantOrder(o.ID, quartet.OrderPaid)
			h.wantGrants(1)
		})
	}
}

func TestNotice_OldOfWeChatIsRefused(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	m := h.open(o.ID, "wechat")
	h.pays(m)
	d := h.wechat.PaymentNotice(m.ID, paysim.Twist{})
	h.clock.Pass(6 * time.Minute) // somebody recorded it and plays it again
	if status, _ := h.deliver("wechat", d); status != 403 {
		t.Errorf("answered %d", status)
	}
	if list := h.refusals(); len(list) != 1 || !strings.Contains(list[0].Detail, "too long before") {
		t.Errorf("the audit says %+v", list)
	}
	h.wantOrder(o.ID, quartet.OrderOpen)
}

func TestNotice_OfWhatIsNotOursIsRefused(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	a, w := h.open(o.ID, "alipay"), h.open(o.ID, "wechat")
	h.pays(a)
	h.pays(w)
	// The notice of a payment that another house of the same merchant began.
	other := newHouse(t)
	m := other.open(other.order().ID, "alipay")
	other.pays(m)
	if status, _ := h.deliver("alipay", other.alipay.PaymentNotice(m.ID, paysim.Twist{})); status != 403 {
		t.Errorf("answered %d", status)
	}
	if list := h.refusals(); len(list) != 1 || !strings.Contains(list[0].Detail, "not ours") {
		t.Errorf("the audit says %+v", list)
	}
}

func TestMoney_OfAnotherAmountGoesBack(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o := h.order()
			m := h.open(o.ID, provider)
			must(t, h.book(provider).Pay(m.ID, price-1))
			// Asked, the provider says the same: money came, and not what was asked for.
			if status, body := h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, paysim.Twist{})); !taken(provider, status, body) {
				t.Errorf("answered %d %q", status, body)
			}
			h.wantPayment(m.ID, quartet.PaymentSurplus, "amount")
			h.work()
			h.wantPayment(m.ID, quartet.PaymentReturned, "amount")
			h.wantOrder(o.ID, quartet.OrderOpen)
			h.wantGrants(0)
			if got := h.book(provider).Moved(); got != price-1 {
				t.Errorf("%v went back", got)
			}
		})
	}
}

func TestMoney_ThatComesTwiceGoesBackOnce(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	a, w := h.open(o.ID, "alipay"), h.open(o.ID, "wechat")
	h.pays(a)
	h.pays(w)
	for range 2 {
		h.deliver("alipay", h.alipay.PaymentNotice(a.ID, paysim.Twist{}))
		h.deliver("wechat", h.wechat.PaymentNotice(w.ID, paysim.Twist{}))
	}
	h.pass(time.Hour)
	h.wantPayment(a.ID, quartet.PaymentPaid, "")
	h.wantPayment(w.ID, quartet.PaymentReturned, "second")
	h.wantGrants(1)
	if h.alipay.Moved() != 0 || h.wechat.Moved() != price {
		t.Errorf("%v and %v went back", h.alipay.Moved(), h.wechat.Moved())
	}
}

func TestOrder_IsClosedAtTheProviderFirst(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o := h.order()
			m := h.open(o.ID, provider)
			h.clock.Pass(o.PayBy.Sub(h.clock.Now()))
			h.pass(10 * time.Minute)
			h.wantOrder(o.ID, quartet.OrderClosed)
			h.wantPayment(m.ID, quartet.PaymentClosed, "")
			if got := h.book(provider).StateOf(m.ID); got != paysim.Closed {
				t.Errorf("at the provider it is %q", got)
			}
			// The buyer's payment was on its way all the while.
			h.book(provider).PayClosed(m.ID)
			h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, paysim.Twist{}))
			h.work()
			h.wantPayment(m.ID, quartet.PaymentReturned, "late")
			h.wantOrder(o.ID, quartet.OrderClosed)
			h.wantGrants(0)
		})
	}
}

func TestOrder_StaysWhileItsProviderCannotBeAsked(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	m := h.open(o.ID, "wechat")
	h.pays(m) // and its notice is lost
	h.wechat.Break(paysim.OnQuery, paysim.Down, paysim.Garbage, paysim.Stranger, paysim.Unsigned, paysim.Odd, paysim.Down)
	h.clock.Pass(o.PayBy.Sub(h.clock.Now()) + time.Minute)
	h.work()
	h.wantOrder(o.ID, quartet.OrderOpen)
	h.pass(12 * time.Hour)
	h.wantOrder(o.ID, quartet.OrderPaid)
	h.wantGrants(1)
}

func TestOrder_CancelledIsClosedAtTheProvider(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	m := h.open(o.ID, "wechat")
	_, err := h.desk.Cancel(t.Context(), "person li", "acme", o.ID)
	must(t, err)
	h.work()
	if got := h.wechat.StateOf(m.ID); got != paysim.Closed {
		t.Errorf("at the provider it is %q", got)
	}
}

func TestOpen_GoesOnWithTheAttemptThatStands(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	h.alipay.Break(paysim.OnOpen, paysim.Lost)
	if _, err := h.cashier.Open(t.Context(), "li", o.ID, "alipay", "qr", ""); quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("without an answer: %v", err)
	}
	one := h.open(o.ID, "alipay")
	two := h.open(o.ID, "alipay")
	if one.ID != two.ID || one.Show != two.Show || h.alipay.Trades() != 1 {
		t.Errorf("opened %v and %v, %d trades", one.ID, two.ID, h.alipay.Trades())
	}
	for provider, method := range map[string]string{"alipay": "cash", "wechat": "page", "paypal": "page"} {
		if _, err := h.cashier.Open(t.Context(), "li", o.ID, provider, method, ""); quartet.CodeOf(err) != quartet.ErrUnsupported {
			t.Errorf("%s by %s: %v", provider, method, err)
		}
	}
}

// A page that nobody visits is never known to Alipay; its attempt ends with the order.
func TestOpen_APageThatNobodyVisitsLapses(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	m, err := h.cashier.Open(t.Context(), "li", o.ID, "alipay", "page", "https://shop.example")
	must(t, err)
	h.pass(time.Minute)
	h.wantPayment(m.ID, quartet.PaymentOpen, "")
	h.clock.Pass(o.PayBy.Sub(h.clock.Now()))
	h.pass(time.Hour)
	h.wantPayment(m.ID, quartet.PaymentClosed, "")
	h.wantOrder(o.ID, quartet.OrderClosed)
	if h.alipay.Visit(m.Show) == nil && h.alipay.Pay(m.ID, 0) == nil {
		t.Error("it can be paid after its time")
	}
}
