package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Journeys of operators who look after buyers, at both widths.

// newcomer registers a buyer over the API.
func (c *counter) newcomer(t *testing.T, address string) *customer {
	t.Helper()
	buyer := &customer{visitor: c.node.visitor().by(t), address: address}
	asked := got[struct{ ID string }](buyer.visitor, http.StatusCreated, http.MethodPost, "/codes", map[string]string{"purpose": "signup", "address": address})
	buyer.ask(http.StatusNoContent, http.MethodPost, "/people", map[string]string{
		"code": asked.ID, "digits": codeFor(t, c.dir, address, 0), "name": "林晓", "password": passphrase, "account_name": "示例物流 " + address,
	})
	buyer.account = got[struct {
		Account string `json:"account_id"`
	}](buyer.visitor, http.StatusOK, http.MethodGet, "/session", nil).Account
	return buyer
}

// serves signs an operator in, who is at the pages of the house then.
func (b *tab) serves(name string) {
	b.t.Helper()
	b.open("/house/")
	b.at("/house/sign-in")
	b.types("name", name)
	b.types("password", words)
	b.presses("登录")
	b.until(`location.pathname.startsWith("/house/") && location.pathname !== "/house/sign-in"`)
}

// gives writes why something is done, into the form that is for it.
func (b *tab) gives(form, why string) {
	b.t.Helper()
	field := "#why-" + form
	b.until("document.querySelector(%q)", field)
	evaluate[bool](b, `(() => { const e = document.querySelector(%q); e.focus(); e.value = ""; return true; })()`, field)
	b.run(chromedp.SendKeys(chromedp.CSS(field), why))
}

// hides fails if the source of the page holds something.
func (b *tab) hides(secrets ...string) {
	b.t.Helper()
	source := evaluate[string](b, `document.documentElement.outerHTML`)
	for _, secret := range secrets {
		if strings.Contains(source, secret) {
			b.t.Errorf("the page at %s holds %q", evaluate[string](b, "location.pathname"), secret)
		}
	}
}

func TestHouse_AFirmIsReviewedGivenBackAndApproved(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("kyb%d@example.com", width)
		buyer := c.newcomer(t, address)
		c.submits(t, buyer, width)
		name, _ := firmOf(width)

		b := sit(t, c.node.url, width)
		b.serves("wang")
		b.open("/house/accounts?q=" + address)
		b.sees("示例物流 " + address)
		b.looks("house-accounts")
		b.open("/house/firms")
		b.sees(name)
		b.looks("house-firms")
		b.presses(name)
		b.sees("校验位正确")
		b.looks("house-firm")
		b.gives("licence", "核对企业名称和代码")
		b.presses("查看营业执照")
		b.until(`document.querySelector("img.licence")?.naturalWidth > 0`)
		b.looks("house-firm-licence")
		b.gives("rejection", "营业执照照片不清晰，请重新上传")
		b.presses("退回")
		b.sees("已退回，买家会收到原因")
		b.looks("house-firm-rejected")
		if said := buyer.ask(http.StatusOK, http.MethodGet, "/accounts/"+buyer.account+"/firm", nil); !strings.Contains(said, "照片不清晰") {
			t.Errorf("the buyer reads %s", said)
		}

		again := c.submits(t, buyer, width)
		b.open("/house/firms/" + again)
		b.sees("该账户的其他认证")
		b.sees("照片不清晰") // of the one before
		b.presses("通过认证")
		b.sees("已通过认证，买家会收到通知")
		b.looks("house-firm-approved")
		if state := got[firmState](buyer.visitor, http.StatusOK, http.MethodGet, "/accounts/"+buyer.account+"/firm", nil).State; state != "approved" {
			t.Errorf("the buyer's firm is %s", state)
		}
		b.open("/house/firms")
		b.seesNot(name)
		b.open("/house/accounts/" + buyer.account)
		b.sees("代发工资")
		b.sees("已认证")
		b.looks("house-account")
	})
}

func TestHouse_AContactIsUnmaskedForAReasonThatIsWrittenFirst(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	auditor := c.operator("zhao", "auditor")
	journey(t, func(t *testing.T, width int64) {
		buyer := c.newcomer(t, fmt.Sprintf("mask%d@example.com", width))
		application := c.submits(t, buyer, width)
		why := fmt.Sprintf("来电核实企业 %d 宽", width)

		b := sit(t, c.node.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/house/")
		b.serves("wang")
		b.open("/house/firms/" + application)
		b.sees("查看联系人")
		b.hides("张三丰", "13900000001")
		b.gives("contact", "看看")
		b.presses("查看联系人")
		b.sees("至少 4 个字符")
		b.hides("张三丰", "13900000001")
		b.looks("house-firm-unreasoned")
		b.gives("contact", "手机号 13900000001 打不通")
		b.presses("查看联系人")
		b.sees("请不要写卡号、证件号或手机号")
		if log := auditor.by(t).ask(http.StatusOK, http.MethodGet, "/audit?limit=200", nil); strings.Contains(log, why) || strings.Contains(log, "13900000001") {
			t.Error("the audit has what was not done, or holds a number")
		}
		b.gives("contact", why)
		b.presses("查看联系人")
		b.until(`document.querySelector("#unmasked")?.innerText.includes("13900000001")`)
		b.sees("张三丰")
		b.looks("house-firm-contact")
		log := got[struct {
			Items []struct{ Action, Actor, Subject, Detail string }
		}](auditor.by(t), http.StatusOK, http.MethodGet, "/audit?limit=200", nil)
		seen := 0
		for _, e := range log.Items {
			if e.Action == "firm.see" && e.Subject == application && strings.Contains(e.Detail, why) && strings.Contains(e.Actor, "wang") {
				seen++
			}
		}
		if seen != 1 {
			t.Errorf("the audit tells %d times that and why it was seen", seen)
		}
		b.open("/house/firms/" + application)
		b.sees("查看联系人")
		b.hides("张三丰", "13900000001")
	})
}

// begins has a buyer begin a chat.
func (c *customer) begins(subject, text string) (ticket string) {
	return got[struct{ Ticket struct{ ID string } }](c.visitor, http.StatusCreated, http.MethodPost, "/accounts/"+c.account+"/tickets", map[string]any{
		"subject": subject, "text": text, "category": "other", "live": true,
	}).Ticket.ID
}

// says has a buyer say something in a chat, and hears is all that they read there.
func (c *customer) says(ticket, id, text string) {
	c.ask(http.StatusOK, http.MethodPost, "/accounts/"+c.account+"/tickets/"+ticket+"/messages", map[string]string{"id": id, "text": text})
}

func (c *customer) hears(ticket string) string {
	return c.ask(http.StatusOK, http.MethodGet, "/accounts/"+c.account+"/tickets/"+ticket+"/messages", nil)
}

// drafts types into a chat that is open, and in tells what stands in it.
func (b *tab) drafts(ticket, text string) {
	b.t.Helper()
	b.run(chromedp.SendKeys(chromedp.CSS("#text-"+ticket), text))
}

func (b *tab) in(ticket, words string) {
	b.t.Helper()
	b.until(`document.querySelector(%q)?.innerText.includes(%q)`, "#chat-"+ticket+" .talk", words)
}

func TestHouse_SeveralChatsAreTalkedInAtOnce(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	for _, width := range []int64{narrow, wide} {
		c.operator(fmt.Sprintf("wang%d", width), "support")
	}
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, c.node.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/house/")
		b.serves(fmt.Sprintf("wang%d", width))
		b.open("/house/chat")
		b.looks("house-chat-empty")
		b.presses("上线")
		b.sees("我在线，买家可以发起聊天")

		of := c.node.demo.People[0]
		lin, zhang := c.newcomer(t, fmt.Sprintf("lin%d@example.com", width)), c.newcomer(t, fmt.Sprintf("zhang%d@example.com", width))
		first, second := fmt.Sprintf("签名问题 %d", width), fmt.Sprintf("发票问题 %d", width)
		one, two := lin.begins(first, "签名总是不对"), zhang.begins(second, "发票什么时候开？手机号 "+of.Mobile)
		b.sees(first) // the list looks for new ones by itself
		b.sees(second)
		b.looks("house-chat-waiting")
		b.presses(first)
		b.in(one, "签名总是不对")
		b.presses(second)
		b.in(two, "手机号 [已隐藏]")
		b.until(`[...document.querySelectorAll(".chat-link")].length === 2 && [...document.querySelectorAll(".chat-link")].every((e) => e.innerText === "实时更新中")`)
		evaluate[bool](b, `window.same = true`) // until the page is left or loaded anew
		b.drafts(one, "还没写完的")
		zhang.says(two, "message 1", "在吗")
		b.in(two, "在吗")
		b.drafts(two, "卡号 "+of.AccNo+" 不用发，发票明天开好")
		b.clicks("#chat-" + two + " .chat-say .btn-primary")
		b.in(two, "卡号 [已隐藏] 不用发，发票明天开好")
		b.until(`!document.querySelector("#chat-%s .chat-note").hidden`, two)
		if said := zhang.hears(two); !strings.Contains(said, "发票明天开好") || strings.Contains(said, of.AccNo) {
			t.Errorf("the second buyer reads %s", said)
		}
		if draft := evaluate[string](b, `document.querySelector("#text-%s").value`, one); draft != "还没写完的" {
			t.Errorf("what was being written in the first chat is %q", draft)
		}
		b.looks("house-chat")
		b.clicks("#chat-" + one + " [data-note]")
		b.in(one, "还没写完的")
		if said := lin.hears(one); strings.Contains(said, "还没写完的") {
			t.Errorf("the first buyer reads a note: %s", said)
		}
		evaluate[bool](b, `(() => { const s = document.querySelector("#canned-%s"); s.value = [...s.options].find((o) => o.text.startsWith("10008")).value; s.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`, one)
		b.until(`document.querySelector("#text-%s").value.length > 10`, one)
		b.clicks("#chat-" + one + " .chat-say .btn-primary")
		b.until(`document.querySelector("#text-%s").value === ""`, one)
		b.until(`document.querySelectorAll("#chat-%s .said-support").length === 2`, one)
		lin.says(one, "message 1", "收到，谢谢")
		b.in(one, "收到，谢谢")
		b.clicks("#chat-" + two + " .chat-close")
		b.until(`document.querySelectorAll("[data-chat]").length === 1`)
		if !evaluate[bool](b, `window.same === true`) {
			t.Error("the page was left")
		}
		b.hides(of.Mobile, of.AccNo)

		b.open("/house/tickets/" + two)
		b.sees("在聊天页打开")
		b.looks("house-ticket")
		b.presses("由我负责")
		b.sees("已更改负责人")
		b.presses("标记为已解决")
		b.sees("已标记为解决")
		b.open("/house/tickets?whose=me")
		b.sees(second)
		b.looks("house-tickets")
		b.open("/house/tickets/statistics")
		b.sees("提交的工单")
		b.looks("house-statistics")
		b.open("/house/chat")
		b.presses("下线")
		b.sees("我不在线")
	})
}
