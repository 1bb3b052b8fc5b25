package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// listener is a buyer's program that is told what happens.
type listener struct {
	url string

	mu     sync.Mutex
	down   bool
	bodies []string
	signed []string
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "being repaired")
			return
		}
		l.bodies, l.signed = append(l.bodies, string(body)), append(l.signed, r.Header.Get("Quartet-Signature"))
	}))
	t.Cleanup(s.Close)
	l.url = s.URL
	return l
}

func (l *listener) breaks(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
}

// heard tells whether something of a type came, with a signature under a secret.
func (l *listener) heard(kind, secret string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, body := range l.bodies {
		stamp, v1, _ := strings.Cut(l.signed[i], ",v1=")
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(strings.TrimPrefix(stamp, "t=") + "." + body))
		if strings.Contains(body, `"type":"`+kind+`"`) && v1 == hex.EncodeToString(mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// comes opens a path again and again until the page says something: a minute is what the page
// itself promises.
func (b *tab) comes(path, words string) {
	b.t.Helper()
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(500 * time.Millisecond) {
		b.open(path)
		if strings.Contains(b.text("body"), words) {
			return
		}
		if time.Now().After(end) {
			b.sees(words)
		}
	}
}

// mailed waits until the mailbox of a demo holds a mail to an address that says something.
func mailed(t *testing.T, dir, address, words string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(dir, "mailbox", "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), address) && strings.Contains(string(b), words) {
				return
			}
		}
	}
	t.Errorf("no mail to %s says %q", address, words)
}

func TestConsole_AnAlertIsSetAndFires(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ("QUARTET_WEBHOOK_PRIVATE=true", "QUARTET_WEBHOOK_WAIT=100ms"))
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("alert%d@example.com", width)
		b := sit(t, n.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/console/")
		b.registers(dir, address)
		must(t, environ(), "grant", "add", "--account", n.resident(address).account, "--units", "10", "--data", dir)
		appcode := b.creates("appcode", "门店", false)
		b.open("/console/alerts")
		b.sees("没有触发过预警")
		b.looks("alerts-empty")
		b.open("/console/inbox")
		b.sees("没有站内信")
		b.looks("inbox-empty")

		program := listen(t)
		hook, secret := b.hooks(program)

		b.open("/console/alerts/rules/new")
		b.looks("alert-rule-new")
		b.types("units", "8")
		b.types("percent", "10")
		b.presses("新建")
		b.sees("次数和比例只填一项")
		b.until(`document.querySelector("[name=units]").value === "8"`)
		b.looks("alert-rule-refused")
		b.types("units", "8")
		b.types("percent", "")
		b.presses("新建")
		b.sees("规则已新建")
		b.sees("剩余次数降到 8 时")
		b.looks("alerts-armed")

		for range 2 {
			if a := newClient(n.url, appcode).mustAsk(t, n.demo.People[0].form()); a.result() != "1" {
				t.Fatalf("a call: %d %s", a.status, a.body)
			}
		}
		b.comes("/console/alerts", "标为已处理")
		b.sees("已触发，恢复后再次生效")
		b.looks("alerts-fired")
		b.presses("标为已处理")
		b.sees("已标为已处理")
		b.looks("alerts-seen")

		b.until(`document.querySelector("header .badge-notification")?.innerText.trim() === "1"`)
		b.clicks(`header a[href="/console/inbox"]`)
		b.at("/console/inbox")
		b.sees("1 条未读")
		b.sees("额度不足提醒")
		b.looks("inbox")
		b.presses("全部标为已读")
		b.sees("没有未读")
		b.until(`!document.querySelector("header .badge-notification")`)

		mailed(t, dir, address, "额度")
		b.comes(hook, "已送达")
		b.sees("剩余次数")
		if !program.heard("alert.remaining", secret) {
			t.Errorf("the program heard %q, signed by %q", program.bodies, program.signed)
		}
		b.fails(program, hook)
	})
}

// hooks names a program of the account, and gives where its page is and the secret that it was
// told.
func (b *tab) hooks(program *listener) (path, secret string) {
	b.t.Helper()
	b.open("/console/webhooks")
	b.sees("还没有 Webhook")
	b.looks("webhooks-empty")
	const wrong = "https://me:secret@hooks.example.com/"
	b.types("url", wrong)
	b.presses("新建")
	b.proves()
	b.sees("地址里不要带用户名、密码或 # 片段")
	b.until(`document.querySelector("main [name=url]").value === %q`, wrong)
	b.looks("webhooks-refused")
	b.types("url", program.url)
	b.presses("新建")
	secret = b.secretShown()
	b.looks("webhook-secret")
	b.presses("我已保存")
	b.sees("还没有投递")
	b.looks("webhook-new")
	return evaluate[string](b, "location.pathname"), secret
}

// fails lets a program be down while it is told something, and be told again.
func (b *tab) fails(program *listener, hook string) {
	b.t.Helper()
	program.breaks(true)
	b.open(hook)
	b.presses("发送测试")
	b.sees("测试消息已发出")
	b.comes(hook, "投递失败")
	b.sees("503")
	b.looks("webhook-failing")
	b.clicks("#log tbody tr:first-child a.btn")
	b.sees("being repaired")
	b.looks("delivery-failing")
	program.breaks(false)
	b.comes(hook, "启用中")
	b.seesNot("投递中")
	b.looks("webhook")
	b.clicks("#log tbody tr:last-child a.btn")
	b.sees("alert.remaining")
	b.looks("delivery")
	b.presses("重发")
	b.sees("已重新发送")
	b.open("/console/webhooks")
	b.looks("webhooks")
}
