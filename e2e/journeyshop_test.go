package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Journeys of buyers to what they buy, at both widths.

func TestConsole_APlanIsPaidByTelephoneAndItsUnitsRise(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("buyer%d@example.com", width)
		b := sit(t, c.node.url, width)
		b.registers(c.dir, address)
		b.open("/console/orders")
		b.looks("orders-empty")
		b.open("/console/grants")
		b.looks("grants-empty")
		b.open("/console/plans")
		b.sees("先完成企业认证")
		b.looks("plans-unproven")
		buyer := c.approves(t, address, width)
		if left := b.left(); left != "0" {
			t.Errorf("%s units are left of nothing", left)
		}

		b.open("/console/plans")
		b.looks("plans")
		b.clicks(chosen("1887-1200"))
		b.sees("待支付")
		b.looks("order-open")
		b.presses("微信支付")
		b.until(`location.search.startsWith("?payment=")`)
		b.until(`document.querySelector(".qr").getBoundingClientRect().width <= 240`)
		b.looks("order-qr")
		order := strings.TrimPrefix(evaluate[string](b, `location.pathname`), "/console/orders/")
		tries := got[struct{ Items []struct{ ID, Show string } }](buyer.visitor, http.StatusOK, http.MethodGet, "/accounts/"+buyer.account+"/orders/"+order+"/payments", nil).Items
		if len(tries) != 1 || b.scans() != tries[0].Show {
			t.Fatalf("the code on the page reads %q, the payment is %+v", b.scans(), tries)
		}
		b.stays(func() {
			if err := c.wechat.Pay(tries[0].ID, 0); err != nil {
				t.Fatal(err)
			}
			c.notifies(t, tries[0].ID)
			b.sees("已到账 1,200 次")
		})
		b.looks("order-paid")
		if left := b.left(); left != "1200" {
			t.Errorf("%s units are left, want 1200", left)
		}

		b.rates()
		b.renews(c)
		b.asksBack()
		b.open("/console/orders")
		b.sees("已支付")
		b.looks("orders")
		b.chooses("state", "closed")
		b.presses("筛选")
		b.sees("没有这样的订单")
		b.looks("orders-none")
		b.repurchases()
		b.states()
	})
}

// stays fails if what is done leads the page elsewhere, or loads it again.
func (b *tab) stays(do func()) {
	b.t.Helper()
	evaluate[bool](b, `window.stays = true`)
	do()
	if !evaluate[bool](b, `window.stays === true`) {
		b.t.Error("the page was loaded again")
	}
}

// rates says what the one order of the account was worth.
func (b *tab) rates() {
	b.t.Helper()
	b.open("/console/orders")
	b.presses("查看")
	b.sees("订单信息")
	b.chooses("stars", "4")
	b.types("text", "接口稳定，接入半天完成")
	b.until(`[...document.querySelectorAll(".stars label")].every((e) => e.getBoundingClientRect().width >= 24)`) // of a finger
	b.looks("order-rating")
	b.presses("提交评价")
	b.sees("感谢评价")
	b.sees("接口稳定，接入半天完成")
	b.until(`document.querySelectorAll(".stars-shown .icon").length === 5`)
	b.looks("order-rated")
	b.open("/products/1887")
	b.sees("接口稳定，接入半天完成")
}

// renews buys the plan again for the units that are there, at the practice page, which a
// telephone opens from the QR code.
func (b *tab) renews(c *counter) {
	b.t.Helper()
	b.open("/console/grants")
	b.presses("续期")
	b.sees("不续期，只购买")
	b.looks("plans-renewal")
	b.clicks(chosen("1887-6000"))
	b.sees("同时延长原有次数的有效期")
	b.presses("演练支付")
	b.until(`location.search.startsWith("?payment=")`)
	b.looks("order-practice")
	scanned := b.scans()
	if shown := evaluate[string](b, `document.querySelector("a[target=_blank]").href`); scanned == "" || scanned != shown {
		b.t.Fatalf("the code on the page reads %q, its button leads to %q", scanned, shown)
	}
	b.stays(func() {
		telephone := sit(b.t, c.node.url, narrow)
		telephone.open(pathOf(b.t, scanned))
		telephone.looks(fmt.Sprintf("practice-%d", b.width))
		telephone.presses("演练付款（不扣款）")
		telephone.sees("演练付款已完成")
		telephone.looks(fmt.Sprintf("practice-paid-%d", b.width))
		b.sees("已到账 6,000 次")
	})
	if left := b.left(); left != "7200" {
		b.t.Errorf("%s units are left, want 7200", left)
	}
	b.looks("overview-bought")
	b.open("/console/grants")
	b.sees("1,200 / 1,200")
	b.sees("6,000 / 6,000")
	b.looks("grants")
}

// asksBack asks for the money of the newest order, and first without saying why.
func (b *tab) asksBack() {
	b.t.Helper()
	b.open("/console/orders")
	b.presses("查看")
	b.presses("申请退款")
	b.presses("提交退款申请")
	b.until(`document.querySelector("[name=reason]:invalid")`)
	b.types("reason", "买多了")
	b.looks("order-refund")
	b.presses("提交退款申请")
	b.sees("退款申请已提交")
	b.sees("待审核")
	b.sees("买多了")
	b.seesNot("提交退款申请")
	b.looks("order-refund-asked")
}

// repurchases has a plan ordered by itself, changes that, and ends it.
func (b *tab) repurchases() {
	b.t.Helper()
	b.open("/console/repurchases")
	b.sees("未开启")
	b.looks("repurchases-off")
	b.chooses("plan_id", "1887-6000")
	b.types("monthly", "3")
	b.presses("开启")
	b.sees("已开启自动续购")
	b.until(`document.querySelector("main [name=plan_id]").value === "1887-6000" && document.querySelector("main [name=monthly]").value === "3"`)
	b.looks("repurchases")
	b.presses("关闭自动续购")
	b.sees("已关闭自动续购")
	b.sees("未开启")
}

// states looks at what was used, and at the statement of the month.
func (b *tab) states() {
	b.t.Helper()
	b.open("/console/statements")
	b.sees("本月进行中")
	b.looks("statements")
	b.presses("查看")
	b.sees("本月支付的订单")
	b.sees("500元/1200次")
	b.sees("2000元/6000次")
	b.looks("statement")
}

func TestConsole_ATrialIsTakenOnceByAFirm(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("trial%d@example.com", width)
		b := sit(t, c.node.url, width)
		b.registers(c.dir, address)
		c.approves(t, address, width)
		b.open("/console/")
		b.presses("领取免费测试")
		b.at("/console/plans")
		b.presses("免费领取")
		b.sees("已到账 10 次")
		b.looks("order-trial")
		if left := b.left(); left != "10" {
			t.Errorf("%s units are left, want 10", left)
		}
		b.looks("overview-trial")
		b.open("/console/grants")
		b.sees("10 / 10")
		b.looks("grants-trial")
		b.open("/console/plans")
		b.sees("已领取")
		b.seesNot("免费领取")

		// The same firm comes under another account.
		address = fmt.Sprintf("again%d@example.com", width)
		second := sit(t, c.node.url, width)
		second.forgive(http.StatusConflict, "/console/trials")
		second.registers(c.dir, address)
		c.approves(t, address, width)
		second.open("/console/plans")
		second.presses("免费领取")
		second.sees("您的企业已领取过该产品的免费测试（含其他账户），请购买套餐")
		second.looks("plans-refused")
		if left := second.left(); left != "0" {
			t.Errorf("%s units are left of a trial that was refused", left)
		}
	})
}
