package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"quartet"
)

// Journeys of operators through what is sold.

// arrives signs an operator in at the pages of the house.
func (b *tab) arrives(name, password string) {
	b.t.Helper()
	b.open("/house/sign-in")
	b.types("name", name)
	b.types("password", password)
	b.presses("登录")
	b.at("/house/")
}

// proven goes through the page that asks for the password again, if it stands in between.
func (b *tab) proven(password, words string) {
	b.t.Helper()
	b.until(`document.querySelector("[name=_password]") || document.body.innerText.includes(%q)`, words)
	if evaluate[bool](b, `Boolean(document.querySelector("[name=_password]"))`) {
		b.types("_password", password)
		b.clicks(`form:has([name=_password]) button:not([type=button])`)
	}
	b.sees(words)
}

func TestHouse_APriceChangesAtItsDate(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	journey(t, func(t *testing.T, width int64) {
		// Each width has a plan of its own: a plan waits for one change only.
		old := map[int64]string{narrow: "1887-6000", wide: "1887-1200"}[width]
		before := map[int64]string{narrow: "¥2,000", wide: "¥500"}[width]
		next, price := fmt.Sprintf("journey-%d", width), fmt.Sprintf("%d", 7000+width)
		after := fmt.Sprintf("¥7,%d.00", width)
		if width == wide {
			after = "¥8,440.00"
		}
		effective := time.Now().In(quartet.Shanghai).AddDate(0, 0, 10).Format("2006-01-02T00:00")

		b := sit(t, c.node.url, width)
		b.arrives("zhang", words)
		b.sees("今日概况")
		b.looks("house-today")
		b.open("/house/products")
		b.looks("house-products")
		b.presses("银行卡四要素核验")
		b.sees("条款与计费")
		b.looks("house-product")
		b.clicks(fmt.Sprintf(`a[href="/house/products/1887/plans/%s"]`, old))
		b.sees("直接换新套餐")
		b.looks("house-plan")
		b.presses("用公告调价")
		b.sees("到期时")
		b.types("id", next)
		b.types("name", "新价套餐"+next)
		b.types("price_fen", price)
		evaluate[bool](b, `(() => { document.querySelector("main [name=effective_at]").value = %q; return true; })()`, effective)
		b.types("title", "套餐调价 "+next)
		b.types("text", "十天后生效，已购买的次数和有效期不变。")
		b.looks("house-announcement-price")
		b.clicks(`form[action$="/preview"] button`)
		b.sees("还没有发布")
		b.sees(after)
		b.looks("house-announcement-preview")
		b.presses("发布公告")
		b.proven(words, "公告已发布，相关买家会收到通知")
		b.looks("house-announcement")

		// The house sees today's offer, and that of the date.
		b.open("/house/products/1887/offer")
		b.sees("的价格与计费")
		b.seesNot(after)
		b.open("/house/products/1887/offer?at=" + effective)
		b.sees(after)
		b.looks("house-offer")

		// A buyer sees the old price today, and hears of the new one.
		buyer := sit(t, c.node.url, width)
		buyer.open("/products/1887")
		buyer.sees(before)
		buyer.seesNot(strings.TrimSuffix(after, ".00"))
		buyer.open("/announcements")
		buyer.presses("套餐调价 " + next)
		buyer.sees("十天后生效")
		buyer.looks("announcement-price")
	})
}

func TestHouse_WhatIsSoldAndWhoRunsItAreLookedAfter(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, c.node.url, width)
		b.arrives("zhang", words)

		// A treasurer is asked for, and is none until another administrator says so.
		name := fmt.Sprintf("sun%d", width)
		b.open("/house/operators")
		b.types("name", name)
		b.chooses("role", "treasurer")
		b.types("password", given)
		b.looks("house-operators")
		b.clicks(`form[action="/house/operators"] button`)
		b.sees("已提交，待另一位管理员确认")
		b.sees("暂无角色")
		b.seesNot("确认设为财务主管")
		b.looks("house-operator")

		// Maintenance is planned, and buyers read of it.
		b.open("/house/incidents/new?kind=maintenance")
		b.types("title", fmt.Sprintf("例行维护 %d", width))
		for name, hours := range map[string]int{"starts_at": 48, "ends_at": 50} {
			at := time.Now().In(quartet.Shanghai).Add(time.Duration(hours) * time.Hour).Format("2006-01-02T15:04")
			evaluate[bool](b, `(() => { document.querySelector("main [name=%s]").value = %q; return true; })()`, name, at)
		}
		b.types("text", "维护期间无法调用，请提前安排。")
		b.looks("house-maintenance-new")
		b.clicks(`form[action="/house/incidents"] button`)
		b.sees("已发布，持有相关产品次数的买家会收到站内信")
		b.looks("house-maintenance")
		b.open("/house/incidents")
		b.looks("house-incidents")

		// The secret of a market is shown once.
		b.open("/house/markets")
		b.types("name", fmt.Sprintf("cloud-%d", width))
		b.clicks(`form[action="/house/markets"] button`)
		b.sees("只显示这一次")
		b.looks("house-market-secret")
		b.presses("已保存，返回")
		b.sees("密钥更换时间")
		b.looks("house-markets")
		b.open("/house/settings")
		b.looks("house-settings")
		b.open("/house/announcements")
		b.looks("house-announcements")
	})

	c.operator("lin", "auditor")
	for _, width := range []int64{narrow, wide} {
		b := sit(t, c.node.url, width)
		b.open("/house/sign-in")
		b.types("name", "lin")
		b.types("password", words)
		b.presses("登录")
		b.at("/house/orders") // the first page that is for an auditor
		b.open("/house/audit")
		b.presses("校验全部记录")
		b.sees("校验通过")
		b.looks("house-audit")
	}
}

func TestHouse_APageIsDraftedBeforeItIsPublished(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	for _, width := range []int64{narrow, wide} { // in turn: a product has one draft
		b := sit(t, c.node.url, width)
		b.arrives("zhang", words)
		coverage := fmt.Sprintf("全国 %d 家银行", width)
		b.open("/house/products/1887/page")
		b.types("coverage", coverage)
		b.clicks(`form[action$="/page"] button`)
		b.sees("草稿已保存，买家还看不到")
		b.until(`document.querySelector("[aria-labelledby=sold-1887]").innerText.includes(%q)`, coverage)
		b.looks("house-page")
		buyer := sit(t, c.node.url, width)
		buyer.open("/products/1887")
		buyer.seesNot(coverage)
		b.clicks(`form[action$="/page/publication"] button`)
		b.sees("产品页已发布")
		buyer.open("/products/1887")
		buyer.sees(coverage)
	}
}
