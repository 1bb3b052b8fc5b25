package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// invitation waits for the newest letter of a demo to an address that leads to an invitation,
// and gives where it leads.
func invitation(t *testing.T, dir, address string) string {
	t.Helper()
	link := regexp.MustCompile(`http\S+/sign-up\?invitation=\S+`)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(dir, "mailbox", "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), address) {
				if found := link.Find(b); found != nil {
					return string(found)
				}
			}
		}
	}
	t.Fatalf("no invitation came for %s", address)
	return ""
}

func TestConsole_AColleagueIsInvitedAndTakesAPlace(t *testing.T) {
	t.Parallel()
	dir, f := folder(t), newFront(t)
	n := startDemo(t, dir, environ("QUARTET_SITE="+f.url))
	f.leads(t, n.url)
	journey(t, func(t *testing.T, width int64) {
		owner, colleague := fmt.Sprintf("owner%d@example.com", width), fmt.Sprintf("wang%d@example.com", width)
		b := sit(t, f.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/console/people")
		b.registers(dir, owner)
		b.open("/console/people")
		b.sees("还没有发出邀请")
		b.looks("people-alone")
		b.types("address", "王芳")
		b.clicks(`input[name=role][value=finance]`)
		b.presses("发出邀请")
		b.proves()
		b.until(`document.querySelector("main .is-invalid")`)
		b.until(`document.querySelector("main [name=address]").value === "王芳" && document.querySelector("main [name=role][value=finance]").checked`)
		b.looks("people-refused")
		b.types("address", colleague)
		b.clicks(`input[name=role][value=finance]`)
		b.presses("发出邀请")
		b.sees("w***@example.com")
		b.looks("people-invited")

		c := sit(t, f.url, width)
		c.open(strings.TrimPrefix(invitation(t, dir, colleague), f.url))
		c.sees("您受邀加入一个账户")
		c.looks("sign-up-invited")
		c.types("address", colleague)
		c.presses("获取验证码")
		c.at("/sign-up/code")
		c.types("digits", codeFor(t, dir, colleague, 0))
		c.types("name", "王芳")
		c.types("password", passphrase)
		c.presses("完成注册")
		c.at("/console/")
		if menu := c.text("body"); strings.Contains(menu, "调试工具") {
			t.Error("who looks after money is offered the debug tool")
		}
		c.open("/console/people")
		c.sees("王芳")
		c.seesNot("邀请同事")
		c.looks("people-member")
		c.forgive(http.StatusForbidden, "/console/audit")
		c.open("/console/audit")
		c.looks("forbidden")

		b.open("/console/people")
		b.sees("王芳")
		b.looks("people")
		b.clicks(`form[action*="/removal"]:has(span.visually-hidden):not(tr:first-child form) button`)
		b.sees("已移除")
		c.open("/console/")
		c.at("/account/places")
		c.sees("还没有加入任何账户")
		c.looks("places-none")

		b.open("/console/audit")
		b.sees("已离开的成员")
		b.until(`[...document.querySelectorAll("main tbody tr")].some((e) => e.innerText.includes("移除成员") && e.innerText.includes("w***@example.com"))`)
		b.looks("audit")
	})
}

func TestConsole_AFirmIsProved(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	support := helpdesk(t, n, dir)
	scan, err := filepath.Abs("../testdata/licence.png")
	if err != nil {
		t.Fatal(err)
	}
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("firm%d@example.com", width)
		b := sit(t, n.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/console/firm")
		b.registers(dir, address)
		b.open("/console/firm")
		b.looks("firm-empty")
		b.types("name", firmName)
		b.types("credit_code", "91350100M000100Y4")
		b.clicks("#firm button")
		b.until(`document.querySelector("#firm .is-invalid")`)
		b.until(`document.querySelector("#firm [name=name]").value === %q && document.querySelector("#firm [name=credit_code]").value === "91350100M000100Y4"`, firmName)
		b.looks("firm-refused")
		b.types("credit_code", firmCode)
		b.clicks("#firm button")
		b.leads()
		b.types("scene", "发放工资前核对收款人")
		b.chooses("purposes", "payroll")
		b.clicks("#use button")
		b.leads()
		b.types("contact/name", "张三丰")
		b.types("contact/mobile", "13900000001")
		b.clicks("#contact button")
		b.leads()
		b.sees("已填写，加密保存，不再显示")
		b.run(chromedp.SetUploadFiles(chromedp.CSS("#f-licence"), []string{scan}))
		b.clicks("#licence button")
		b.sees("内容已齐全，可以提交审核")
		b.seesNot("13900000001")
		b.looks("firm-filled")
		b.presses("提交审核")
		b.sees("正在审核")
		b.looks("firm-submitted")

		type application struct {
			ID      string
			Account string `json:"account_id"`
			Sound   bool   `json:"credit_code_sound"`
		}
		own := n.resident(address).account
		for _, a := range got[struct{ Items []application }](support, http.StatusOK, http.MethodGet, "/firm-applications?state=submitted", nil).Items {
			if a.Account == own {
				support.ask(http.StatusOK, http.MethodPost, "/firm-applications/"+a.ID+"/contact", map[string]string{"reason": "to review the firm"})
				support.ask(http.StatusOK, http.MethodPost, "/firm-applications/"+a.ID+"/approval", map[string]bool{"override": !a.Sound})
			}
		}
		b.comes("/console/firm", "通过认证")
		b.looks("firm-approved")
		b.presses("变更企业信息")
		b.until(`location.search === "?edit=1" && document.querySelector("#firm [name=name]")`)
		b.looks("firm-again")
		b.open("/console/audit")
		b.sees("企业认证")
		b.looks("audit-firm")
	})
}

func TestConsole_EverybodyIsToldHowTheHouseDoes(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	b := sit(t, n.url, narrow)
	w := sit(t, n.url, wide)
	for _, one := range []*tab{b, w} {
		one.open("/status")
		one.sees("所有产品运行正常")
		one.looks("status-fine")
		one.open("/announcements")
		one.sees("没有公告")
		one.looks("announcements-none")
	}
	zhang := n.operator(dir, environ())
	outage := got[struct{ ID string }](zhang, http.StatusCreated, http.MethodPost, "/incidents", map[string]any{
		"kind": "outage", "title": "部分调用返回 10003", "title_en": "Some calls answer 10003", "product_ids": []string{"1887"}, "severity": "degraded",
		"text": "部分银行的核验较慢，正在排查。", "text_en": "Some banks are slow; we look into it.",
	})
	start := time.Now().Add(48 * time.Hour).Truncate(time.Minute)
	zhang.ask(http.StatusCreated, http.MethodPost, "/incidents", map[string]any{
		"kind": "maintenance", "title": "例行维护", "product_ids": []string{"1887"}, "severity": "unavailable",
		"starts_at": start, "ends_at": start.Add(30 * time.Minute), "text": "升级数据库，期间调用返回 10011，不扣费。",
	})
	told := got[struct{ ID string }](zhang, http.StatusCreated, http.MethodPost, "/announcements", map[string]any{
		"kind": "other", "title": "新增示例代码", "title_en": "More sample code", "text": "现已提供九种语言的示例代码，每种都可直接运行。", "text_en": "There is sample code in nine languages now.",
	})
	for _, one := range []*tab{b, w} {
		one.open("/status")
		one.sees("部分产品受影响")
		one.sees("例行维护")
		one.looks("status")
		one.presses("部分调用返回 10003")
		one.at("/status/incidents/" + outage.ID)
		one.sees("部分银行的核验较慢")
		one.looks("incident")
		one.open("/announcements")
		one.presses("新增示例代码")
		one.at("/announcements/" + told.ID)
		one.sees("九种语言")
		one.looks("announcement")
		one.presses("English")
		one.sees("There is sample code in nine languages now.")
		one.looks("announcement-english")
	}
}
