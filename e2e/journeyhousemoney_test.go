package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"quartet"
)

// Journeys of operators through the money of the house, at both widths.

// awaits opens a page until it says something: what stands on it comes by a job.
func (b *tab) awaits(path, said string) {
	b.t.Helper()
	for range 120 {
		b.open(path)
		if evaluate[bool](b, `document.body.innerText.includes(%q)`, said) {
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
	b.sees(said)
}

// Money that came by bank transfer goes back at the bank, by two people.
func TestHouse_ARefundIsPaidBackByTwoPeople(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	for name, role := range map[string]string{"chen": "administrator", "li": "treasurer", "zhao": "treasurer"} {
		c.operator(name, role)
	}
	journey(t, func(t *testing.T, width int64) {
		zhang, chen, li, zhao := sit(t, c.node.url, width), sit(t, c.node.url, width), sit(t, c.node.url, width), sit(t, c.node.url, width)
		for b, name := range map[*tab]string{zhang: "zhang", chen: "chen", li: "li", zhao: "zhao"} {
			b.forgive(http.StatusUnprocessableEntity, "/house/")
			b.serves(name)
		}
		account := fmt.Sprintf("75590000000%d", width)
		opensBank(zhang, chen, account)

		address := fmt.Sprintf("back%d@example.com", width)
		buyer := sit(t, c.node.url, width)
		buyer.registers(c.dir, address)
		who := c.approves(t, address, width)
		at := "/accounts/" + who.account + "/orders"
		o := got[orderState](who.visitor, http.StatusCreated, http.MethodPost, at, map[string]string{"plan_id": "1887-1200"})
		who.ask(http.StatusCreated, http.MethodPost, at+"/"+o.ID+"/payments", map[string]string{"provider": "transfer", "method": "transfer"})
		firm, _ := firmOf(width)
		imports(li, account, fmt.Sprintf("交易日期,贷方金额,对方户名,对方账号,摘要,流水号\n%s,500.00,%s,%s,货款 %s,S%s\n",
			time.Now().In(quartet.Shanghai).Format(time.DateOnly), firm, payersAccount, o.Code, o.Code))
		li.awaits("/house/orders/"+o.ID, "已支付")
		li.looks("house-order")

		who.ask(http.StatusCreated, http.MethodPost, at+"/"+o.ID+"/refunds", map[string]string{"reason": "业务调整"})
		li.open("/house/orders/" + o.ID)
		li.presses("查看")
		li.sees("等待财务审核")
		refund := evaluate[string](li, `location.pathname`)
		li.presses("批准退款")
		li.sees("批准后立即冻结剩余的 1,200 次")
		li.looks("house-refund-approve")
		li.presses("确认批准")
		li.sees("已批准")
		li.awaits(refund, "去银行退付")
		li.looks("house-refund-sending")
		paysBack(li, zhao, firm, refund, fmt.Sprintf("B%d", width))
		li.awaits("/house/orders/"+o.ID, "已退款 ¥500.00")
	})
}

// opensBank has one administrator ask for a bank account and another one confirm it.
func opensBank(asks, confirms *tab, number string) {
	asks.t.Helper()
	asks.open("/house/bank-accounts")
	asks.looks("house-bank-accounts")
	asks.types("holder", "四要素核验有限公司")
	asks.types("number", number)
	asks.types("bank", "测试银行")
	asks.presses("提交申请")
	asks.sees("已提交，等另一位管理员确认")
	asks.sees("由您申请")
	confirms.open("/house/bank-accounts")
	confirms.within(number, "确认启用")
	confirms.sees("请与银行的资料核对")
	confirms.looks("house-bank-account-waits")
	confirms.within(number, "已向银行核对，启用")
	confirms.sees("账户已启用")
}

// within presses what says something in the card that says something else.
func (b *tab) within(card, words string) {
	b.t.Helper()
	b.until(`(() => {
		const card = [...document.querySelectorAll("main section.card")].find((e) => e.innerText.includes(%q));
		const one = [...(card?.querySelectorAll("a, button, summary") ?? [])].find((e) => e.checkVisibility() && e.innerText.trim() === %q);
		document.querySelectorAll("[data-pressed]").forEach((e) => e.removeAttribute("data-pressed"));
		one?.setAttribute("data-pressed", "");
		return Boolean(one);
	})()`, card, words)
	b.clicks("[data-pressed]")
}

// imports hands in a statement of a bank account, looks at what would become of it, and
// imports it.
func imports(b *tab, number, statement string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "statement.csv")
	if err := os.WriteFile(file, []byte(statement), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.open("/house/bank-accounts")
	b.within(number, "导入银行流水")
	b.until(`document.querySelector("#f-file")`)
	b.looks("house-statement")
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{file}))
	b.presses("预览")
	b.sees("新流水 1 笔，共 ¥500.00")
	b.sees("支付订单")
	b.seesNot(payersAccount)
	b.looks("house-statement-preview")
	b.presses("导入 1 笔")
	b.sees("流水已导入")
	b.looks("house-transfers")
}

// paysBack has one treasurer pay at the bank, and another one find it there.
func paysBack(first, second *tab, firm, refund, serial string) {
	first.t.Helper()
	first.open("/house/payouts")
	first.seesNot(payersAccount)
	first.within(firm, "查看完整账号")
	evaluate[bool](first, `(() => { const e = [...document.querySelectorAll("textarea")].find((e) => e.checkVisibility()); e.value = "在银行退付"; return true; })()`)
	first.within(firm, "记录并查看")
	first.sees(payersAccount)
	first.looks("house-payee")
	first.presses("返回")
	first.within(firm, "登记已付")
	enters := func(b *tab, serial string) {
		evaluate[bool](b, `(() => { const e = [...document.querySelectorAll("[name=serial]")].find((e) => e.checkVisibility()); e.value = %q; return true; })()`, serial)
	}
	enters(first, serial)
	first.looks("house-payout-entry")
	first.within(firm, "登记流水号")
	first.sees("流水号已登记")
	first.sees("由您登记")
	second.open("/house/payouts")
	second.within(firm, "确认已付")
	enters(second, serial+"9")
	second.within(firm, "确认完成")
	second.sees("与先登记的流水号不一致")
	second.looks("house-payout-refused")
	enters(second, serial)
	second.within(firm, "确认完成")
	second.sees("两人登记一致后即为完成")
	second.awaits(refund, "款项已退回")
	second.looks("house-refund-done")
}

// A buyer asks for an invoice, a treasurer lets it be issued, and takes it back.
func TestHouse_AnInvoiceIsIssuedAndReversed(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.operator("li", "treasurer")
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, c.node.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/house/")
		b.serves("li")
		b.taxes()

		address := fmt.Sprintf("issue%d@example.com", width)
		buyer := sit(t, c.node.url, width)
		buyer.registers(c.dir, address)
		who := c.approves(t, address, width)
		order := c.pays(t, who, "1887-1200")
		at := "/accounts/" + who.account
		title := got[struct{ ID string }](who.visitor, http.StatusCreated, http.MethodPost, at+"/invoice-titles", map[string]string{"kind": "personal", "title": "林晓"}).ID
		invoice := got[struct{ ID string }](who.visitor, http.StatusCreated, http.MethodPost, at+"/invoices", map[string]any{
			"kind": "ordinary", "title_id": title, "email": address, "orders": []map[string]string{{"order_id": order}},
		}).ID

		b.open("/house/invoices?state=submitted")
		b.looks("house-invoices")
		b.clicks(fmt.Sprintf(`a.btn[href="/house/invoices/%s"]`, invoice))
		b.presses("批准开票")
		b.sees("将为 林晓 开具价税合计 ¥500.00 的发票")
		b.looks("house-invoice-approve")
		b.presses("确认批准")
		b.sees("已批准，正在开具")
		b.awaits("/house/invoices/"+invoice, "SHA-256")
		b.sees("已开具")
		b.looks("house-invoice-issued")

		b.presses("申请红冲")
		b.chooses("reason", "mistake")
		b.presses("确认申请红冲")
		b.sees("已申请红冲")
		red := evaluate[string](b, `location.pathname`)
		b.looks("house-red-letter")
		b.awaits("/house/invoices/"+invoice, "已全部红冲")
		b.awaits(red, "SHA-256")
		b.open("/house/red-letters")
		b.looks("house-red-letters")
	})
}

// taxes says how the house is taxed, wrong at first.
func (b *tab) taxes() {
	b.t.Helper()
	b.open("/house/tax")
	b.types("seller", "四要素科技有限公司")
	b.types("seller_tax_id", "91350100M000100Y43")
	b.types("item", "*信息技术服务*数据核验服务")
	b.types("tax_code", "304")
	b.types("rate", "6")
	b.presses("保存设置")
	b.sees("19 位数字")
	b.until(`document.querySelector("[name=tax_code]").classList.contains("is-invalid")`)
	b.types("tax_code", "3040201010000000000")
	b.presses("保存设置")
	b.sees("税务设置已保存")
	b.sees("生效中")
	b.looks("house-tax")
}
