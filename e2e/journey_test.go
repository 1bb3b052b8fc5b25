package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Journeys of buyers through the console, at both widths.

const passphrase = "four words in a row"

// codeFor waits for the newest code that the mailbox of a demo holds for an address.
func codeFor(t *testing.T, data, address string, seen int) string {
	t.Helper()
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(data, "mailbox", "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, file := range files { // named in the order of their coming
			b, err := os.ReadFile(file)
			if err == nil && strings.Contains(string(b), address) && sixDigits.Match(b) {
				codes = append(codes, sixDigits.FindString(string(b)))
			}
		}
		if len(codes) > seen {
			return codes[len(codes)-1]
		}
	}
	t.Fatalf("no code came for %s", address)
	return ""
}

// registers signs a newcomer up in the browser, who is at the console then.
func (b *tab) registers(data, address string) {
	b.t.Helper()
	b.open("/sign-up")
	b.types("address", address)
	b.presses("获取验证码")
	b.at("/sign-up/code")
	b.types("digits", codeFor(b.t, data, address, 0))
	b.types("name", "林晓")
	b.types("account_name", "示例物流 "+address) // no two accounts have one name
	b.types("password", passphrase)
	b.presses("完成注册")
	b.at("/console/")
}

// proves answers the page that asks for the password again, where it does.
func (b *tab) proves() {
	b.t.Helper()
	b.leads()
	if b.text("main h1") == "确认密码" {
		b.types("_password", passphrase)
		b.presses("继续")
	}
}

// secretShown is the secret that the page shows once.
func (b *tab) secretShown() string {
	b.t.Helper()
	b.until(`document.querySelector("#secret")`)
	return evaluate[string](b, `document.querySelector("#secret").value`)
}

// matchingCard is a card of the sandbox that is answered at once with 一致.
func matchingCard(t *testing.T) string {
	t.Helper()
	for _, m := range magicCards(t) {
		if m.State == "1" && m.Delay == 0 {
			return m.Card
		}
	}
	t.Fatal("no card of the sandbox matches")
	return ""
}

// matching is a call about somebody with another card.
func matching(p person, card string) url.Values {
	form := p.form()
	form.Set("acc_no", card)
	return form
}

func TestConsole_ANewcomerSignsUpAndGetsAFirstVerdict(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n, card := startDemo(t, dir, environ()), matchingCard(t)
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.registers(dir, fmt.Sprintf("first%d@example.com", width))
		b.looks("overview-new")
		b.open("/console/credentials")
		b.looks("credentials-empty")
		b.open("/console/credentials/new")
		b.looks("credential-new")
		b.chooses("kind", "appcode")
		b.chooses("test", "yes")
		b.types("name", "联调")
		b.presses("新建")
		b.proves()
		appcode := b.secretShown()
		b.looks("credential-secret")
		b.open("/console/debug")
		b.presses("填入虚构的人")
		b.types("acc_no", card)
		b.clicks(".debug-send button.btn-primary")
		b.sees("沙箱应答，不扣次数")
		if said := b.text("#outcome .card"); !strings.Contains(said, "一致") || strings.Contains(said, "不一致") || !strings.Contains(said, "10000") {
			t.Errorf("the first verdict: %q", said)
		}
		if said := b.text("#answered"); !strings.Contains(said, `"code":"10000"`) || !strings.Contains(said, `"data":{"state":"1"}`) {
			t.Errorf("the first answer: %q", said)
		}
		b.looks("debug-first-verdict")
		if a := newClient(n.url, appcode).mustAsk(t, matching(n.demo.People[0], card)); a.result() != "1" {
			t.Errorf("the AppCode of the page: %d %s", a.status, a.body)
		}
		b.open("/console/credentials")
		b.sees("联调")
		b.sees("沙箱")
		b.seesNot(appcode)
	})
}

func TestConsole_AForgottenPasswordIsReset(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("forgot%d@example.com", width)
		b := sit(t, n.url, width)
		b.forgive(http.StatusUnauthorized, "/sign-in")
		b.forgive(http.StatusUnprocessableEntity, "/password-reset/code")
		b.registers(dir, address)
		b.clicks(`header .dropdown > a`)
		b.presses("退出登录")
		b.at("/sign-in")
		b.open("/password-reset")
		b.types("address", address)
		b.presses("获取验证码")
		b.at("/password-reset/code")
		digits := codeFor(t, dir, address, 1)
		b.types("digits", digits)
		b.types("password", "short")
		b.presses("重置密码")
		b.until(`document.querySelector("#e-password")?.innerText.includes("12")`)
		b.types("digits", digits)
		b.types("password", "four other words instead")
		b.presses("重置密码")
		b.until(`location.pathname !== "/password-reset/code"`)
		b.open("/sign-in")
		b.types("address", address)
		b.types("password", passphrase)
		b.presses("登录")
		b.sees("账号或密码不正确")
		b.types("address", address)
		b.types("password", "four other words instead")
		b.presses("登录")
		b.at("/console/")
	})
}

func TestConsole_AKeyIsRotatedWhileCallsRun(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n, card := startDemo(t, dir, environ()), matchingCard(t)
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.registers(dir, fmt.Sprintf("rotate%d@example.com", width))
		b.open("/console/credentials/new")
		b.chooses("kind", "appcode")
		b.chooses("test", "yes")
		b.types("name", "门店")
		b.presses("新建")
		b.proves()
		old := b.secretShown()

		var (
			done    = make(chan struct{})
			calls   sync.WaitGroup
			refused []string
		)
		match := matching(n.demo.People[0], card)
		calls.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(200 * time.Millisecond):
				}
				if a, err := newClient(n.url, old).ask(match, ""); err != nil || a.result() != "1" {
					refused = append(refused, fmt.Sprint(a.status, err))
				}
			}
		})
		b.open("/console/credentials")
		b.presses("门店")
		b.presses("更换密钥")
		b.proves()
		fresh := b.secretShown()
		b.sees("新密钥已生成")
		if a := newClient(n.url, fresh).mustAsk(t, match); a.result() != "1" || fresh == old {
			t.Errorf("the new AppCode: %d %s", a.status, a.body)
		}
		for range 3 { // begun after there is another one
			if a := newClient(n.url, old).mustAsk(t, match); a.result() != "1" {
				t.Errorf("the old AppCode beside the new one: %d %s", a.status, a.body)
			}
		}
		close(done)
		calls.Wait()
		if len(refused) > 0 {
			t.Errorf("%d calls with the old AppCode were refused within the overlap: %s", len(refused), refused[0])
		}
	})
}

func TestConsole_LanguageAndColoursAreKept(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.registers(dir, fmt.Sprintf("colour%d@example.com", width))
		b.presses("English")
		b.sees("Overview")
		b.presses("Dark")
		b.until(`document.documentElement.dataset.bsTheme === "dark"`)
		for _, path := range []string{"", "credentials", "plans", "orders", "grants", "calls", "statements", "alerts", "inbox", "webhooks", "samples", "debug", "support", "support/new", "people", "firm", "audit"} {
			b.open("/console/" + path)
			b.until(`document.documentElement.lang === "en" && document.documentElement.dataset.bsTheme === "dark"`)
			b.looks("dark-" + strings.ReplaceAll(path, "/", "-"))
		}
	})
}
