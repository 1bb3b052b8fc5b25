package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// helpdesk is somebody of support at a node, at the API.
func helpdesk(t *testing.T, n *node, dir string) *visitor {
	t.Helper()
	env := environ()
	n.operator(dir, env).ask(http.StatusCreated, http.MethodPost, "/operators", map[string]string{"name": "wang", "role": "support", "password": given})
	wang := n.visitor()
	wang.ask(http.StatusNoContent, http.MethodPost, "/session/operator", map[string]string{"name": "wang", "password": given})
	wang.ask(http.StatusNoContent, http.MethodPut, "/session/operator/password", map[string]string{"password": given, "new_password": words})
	return wang
}

// ticket is where the ticket that the browser is at lies at the API.
func (b *tab) ticket() string {
	b.t.Helper()
	return "/tickets/" + filepath.Base(evaluate[string](b, "location.pathname"))
}

// answers lets support say something to a ticket.
func (b *tab) answers(support *visitor, ticket, text string) {
	b.t.Helper()
	support.ask(http.StatusOK, http.MethodPost, ticket+"/answers", map[string]string{"id": fmt.Sprintf("answer-%d", time.Now().UnixNano()), "text": text})
}

// reads is all that was said to the ticket that the browser is at, as support reads it.
func (b *tab) reads(support *visitor) string {
	b.t.Helper()
	return support.ask(http.StatusOK, http.MethodGet, b.ticket()+"/messages", nil)
}

// says writes into the talk, and waits until it stands there.
func (b *tab) says(text, shown string) {
	b.t.Helper()
	b.types("text", text)
	b.presses("发送")
	b.until(`[...document.querySelectorAll("#talk .said-buyer")].at(-1)?.innerText.includes(%q) && document.querySelector("#say [name=text]").value === ""`, shown)
}

// tellsNobody fails if the source of the page holds an element of a person.
func (b *tab) tellsNobody(of person) {
	b.t.Helper()
	source := evaluate[string](b, `document.documentElement.outerHTML`)
	for _, element := range []string{of.Name, of.IDCard, of.AccNo, of.Mobile} {
		if strings.Contains(source, element) {
			b.t.Errorf("the page at %s tells %s", evaluate[string](b, "location.pathname"), element)
		}
	}
}

func TestConsole_SupportIsAskedInAChatAboutACallThatFailed(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	support := helpdesk(t, n, dir)
	support.ask(http.StatusNoContent, http.MethodPut, "/presence", map[string]bool{"available": true})
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("chat%d@example.com", width)
		b := sit(t, n.url, width)
		b.registers(dir, address)
		must(t, environ(), "grant", "add", "--account", n.resident(address).account, "--units", "5", "--data", dir)
		appcode := b.creates("appcode", "门店", false)
		b.open("/console/calls")
		b.sees("还没有调用")
		b.looks("calls-empty")
		of := n.demo.People[0]
		of.IDCard = "440402194602076570" // its check digit is none
		failed := newClient(n.url, appcode).mustAsk(t, of.form())
		if failed.result() != "10001" {
			t.Fatalf("the call: %d %s", failed.status, failed.body)
		}

		b.comes("/console/calls", failed.SeqNo)
		b.looks("calls-failed")
		b.tellsNobody(of)
		b.presses(failed.SeqNo)
		b.sees("参数传入有误")
		b.looks("call-failed")
		b.tellsNobody(of)
		b.presses("就这次调用咨询客服")
		b.sees("客服在线，可以直接聊天")
		b.sees("客服通常这样回答")
		b.until(`document.querySelector("main [name=subject]").value.includes(%q)`, failed.SeqNo)
		b.looks("support-new-call")
		b.types("text", "证件号 "+of.IDCard+" 为什么不对？手机号是 "+of.Mobile)
		b.presses("开始聊天")
		b.sees("实时更新中")
		b.until(`document.querySelector("#side a.font-monospace")?.innerText.trim() === %q`, failed.SeqNo)
		b.sees("证件号 [已隐藏] 为什么不对？手机号是 [已隐藏]")
		b.looks("chat-opened")

		evaluate[bool](b, `window.same = true`) // until the page is left or loaded anew
		b.answers(support, b.ticket(), "您好，正在查看这次调用")
		b.sees("您好，正在查看这次调用")
		b.sees("等待您回复")
		b.says("谢谢。卡号 "+of.AccNo, "谢谢。卡号 [已隐藏]")
		b.sees("等待客服回复")
		b.until(`!document.querySelector("#talk-note").hidden`)
		b.looks("chat-scrubbed")
		b.answers(support, b.ticket(), "证件号的最后一位不对，请核对后再试")
		b.sees("证件号的最后一位不对，请核对后再试")
		b.says("明白了", "明白了")
		b.attaches("调用日志.txt", "seqNo "+failed.SeqNo)
		if !evaluate[bool](b, `window.same === true`) {
			t.Error("the page was left")
		}
		b.looks("chat")
		b.tellsNobody(of)
		if said := b.reads(support); strings.Contains(said, of.IDCard) || strings.Contains(said, of.AccNo) || !strings.Contains(said, "明白了") || !strings.Contains(said, "调用日志.txt") {
			t.Errorf("support reads %s", said)
		}

		b.presses("问题已解决")
		b.sees("已标记为解决")
		b.looks("ticket-solved")
		b.clicks(`.stars label:nth-child(5)`)
		b.types("word", "回答很快")
		b.presses("提交评价")
		b.sees("感谢评价")
		b.looks("ticket-rated")
		b.presses("English")
		b.leads()
		b.presses("Dark")
		b.leads()
		b.sees("Live")
		b.looks("ticket-dark")
		b.presses("中文")
		b.leads()
		b.open("/console/support")
		b.sees(failed.SeqNo)
		b.looks("support")
	})
}

// attaches sends a file along.
func (b *tab) attaches(name, content string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{file}))
	b.presses("上传")
	b.until(`[...document.querySelectorAll("#talk .said-file")].some((e) => e.innerText.includes(%q))`, name)
}

func TestConsole_SupportAnswersATicketWhileNobodyLooks(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	support := helpdesk(t, n, dir)
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("ticket%d@example.com", width)
		b := sit(t, n.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/console/support")
		b.registers(dir, address)
		b.open("/console/support")
		b.sees("还没有工单")
		b.sees("现在没有客服在线")
		b.looks("support-empty")
		b.open("/console/support/new")
		b.looks("support-new")
		b.types("subject", "对公转账后多久到账")
		b.types("text", "昨天已转账。")
		b.types("seq_no", "不是编号")
		b.presses("发起工单")
		b.sees("seqNo 是 18 个字符")
		b.until(`document.querySelector("main [name=text]").value === "昨天已转账。" && document.querySelector("main [name=subject]").value === "对公转账后多久到账"`)
		b.looks("support-new-refused")
		b.types("seq_no", "")
		b.presses("发起工单")
		b.sees("已提交，客服会尽快回复")
		b.looks("ticket-opened")
		at, ticket := evaluate[string](b, "location.pathname"), b.ticket()

		b.open("/console/")
		b.answers(support, ticket, "一般 1 至 3 个工作日到账。")
		b.open("/console/support")
		b.sees("有新回复")
		b.looks("support-answered")
		b.presses("对公转账后多久到账")
		b.at(at)
		b.sees("一般 1 至 3 个工作日到账。")
		b.open("/console/support")
		b.seesNot("有新回复")

		// Support takes it for solved, which the open page takes over by itself; the buyer does not.
		b.open(at)
		b.sees("实时更新中")
		support.ask(http.StatusOK, http.MethodPost, ticket+"/solution", nil)
		b.sees("评价这次服务")
		b.says("还没有到账", "还没有到账")
		b.sees("等待客服回复")
		b.looks("ticket-reopened")
		support.ask(http.StatusOK, http.MethodPost, ticket+"/closure", nil)
		b.sees("这个工单已关闭。")
		b.looks("ticket-closed")
	})
}
