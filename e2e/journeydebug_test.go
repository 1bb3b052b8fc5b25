package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// resident is whoever registered in a browser, at the API.
func (n *node) resident(address string) *customer {
	n.t.Helper()
	c := &customer{visitor: n.visitor(), address: address}
	c.ask(http.StatusNoContent, http.MethodPost, "/session", map[string]string{"address": address, "password": passphrase})
	c.account = got[struct {
		Account string `json:"account_id"`
	}](c.visitor, http.StatusOK, http.MethodGet, "/session", nil).Account
	return c
}

// creates makes a credential in the browser, and stays at the page that shows its secret.
func (b *tab) creates(kind, name string, test bool) (secret string) {
	b.t.Helper()
	b.open("/console/credentials/new")
	b.chooses("kind", kind)
	if test {
		b.chooses("test", "yes")
	}
	b.types("name", name)
	b.presses("新建")
	b.proves()
	return b.secretShown()
}

// writes types into one of several fields of a name.
func (b *tab) writes(name string, place int, value string) {
	b.t.Helper()
	field := fmt.Sprintf(`document.querySelectorAll('main [name="%s"]')[%d]`, name, place)
	b.until("%s", field)
	evaluate[bool](b, `(() => { const e = %s; e.id ||= "written-%s-%d"; e.focus(); e.select(); return true; })()`, field, name, place)
	b.run(chromedp.SendKeys(chromedp.CSS("#"+evaluate[string](b, "%s.id", field)), value))
}

// ownProgram is a buyer's, which signs as well as it knows.
type ownProgram struct {
	signer

	contentType string
}

// signs gives what it would send of a call, and the string that it signed.
func (p *ownProgram) signs(of person, moment time.Time, nonce string) (headers [][2]string, toSign string) {
	stamp := strconv.FormatInt(moment.UnixMilli(), 10)
	var params []string
	for name, values := range of.form() {
		params = append(params, name+"="+values[0])
	}
	slices.Sort(params)
	toSign = strings.Join([]string{
		"POST", "application/json", "", p.contentType, "",
		"X-Ca-Key:" + p.key, "X-Ca-Nonce:" + nonce, "X-Ca-Timestamp:" + stamp, path + "?" + strings.Join(params, "&"),
	}, "\n")
	mac := hmac.New(sha256.New, []byte(p.secret))
	mac.Write([]byte(toSign))
	return [][2]string{{"X-Ca-Timestamp", stamp}, {"X-Ca-Nonce", nonce}, {"X-Ca-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil))}}, toSign
}

// asks gives the debug tool what a program would send, and sends it.
func (b *tab) asks(p *ownProgram, of person, nonce string) {
	b.t.Helper()
	headers, toSign := p.signs(of, time.Now(), nonce)
	for i, h := range headers {
		b.writes("header_name", i, h[0])
		b.writes("header_value", i, h[1])
	}
	b.writes("string_to_sign", 0, toSign)
	b.clicks(".debug-send button.btn-primary")
	b.until(`document.querySelector("#outcome") && document.body.innerText.includes(%q)`, nonce)
}

func TestConsole_AWrongSignatureIsFoundAndMended(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	of := n.demo.People[0]
	t.Cleanup(func() { // after both journeys: they run once this function has returned
		if code := n.stop(); code != 0 {
			t.Fatalf("exit %d\n%s", code, n.log)
		}
		left := readTree(t, dir) // with the mailbox and what the database has beside it
		left["the log"] = n.log.String()
		if len(left) < 5 {
			t.Fatalf("there is too little to search: %d places", len(left))
		}
		search(t, left, []person{of})
	})
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("debug%d@example.com", width)
		b := sit(t, n.url, width)
		b.registers(dir, address)
		b.open("/console/debug")
		b.sees("还没有可用的凭证")
		b.looks("debug-no-credential")
		must(t, environ(), "grant", "add", "--account", n.resident(address).account, "--units", "5", "--data", dir)
		secret := b.creates("appkey", "门店程序", false)
		mine := &ownProgram{signer{evaluate[string](b, `document.querySelector("#appkey").value`), secret}, "application/x-www-form-urlencoded"}

		b.open("/console/debug")
		b.sees("用正式凭证会扣次数。")
		b.sees("当前剩余 5 次。")
		b.sees("填写的内容不会保存")
		b.looks("debug")
		for name, values := range of.form() {
			b.types(name, values[0])
		}
		b.presses("Headers")
		b.clicks(`[data-more="#rows-header"]`)
		b.presses("比对签名")

		// The program forgets a part of the content type.
		b.asks(mine, of, "first-"+address)
		b.sees("网关拒绝")
		b.sees("有 1 行与您的程序不同")
		b.sees("Invalid Signature, Server StringToSign:`POST#application/json##" + formKind)
		if row := b.text("tr:has(.badge.bg-red-lt)"); !strings.Contains(row, formKind) || !strings.Contains(row, "您的程序 application/x-www-form-urlencoded") {
			t.Errorf("the line that differs says %q", row)
		}
		if said := b.text("#answered"); !strings.Contains(said, "403") || !strings.Contains(said, "X-Ca-Error-Message: Invalid Signature, Server StringToSign:`POST#application/json##"+formKind) {
			t.Errorf("the gateway says %q", said)
		}
		b.sees("不扣费")
		b.sees("当前剩余 5 次。")
		b.looks("debug-wrong-part")

		// It knows that now, but holds an old secret.
		mine.contentType, mine.secret = formKind, "0123456789abcdef0123456789abcdef"
		b.asks(mine, of, "second-"+address)
		b.sees("网关拒绝")
		b.sees("逐行相同")
		b.sees("请检查 AppSecret")
		b.looks("debug-wrong-secret")

		mine.secret = secret
		b.asks(mine, of, "third-"+address)
		if said := b.text("#outcome .card"); !strings.Contains(said, "一致") || !strings.Contains(said, "扣 1 次") {
			t.Errorf("the mended call: %q", said)
		}
		b.sees("当前剩余 4 次。")
		b.looks("debug-right")
		b.keepsNothing(of)
	})
}

// keepsNothing leaves the debug tool and comes again, by its address and by the way back.
func (b *tab) keepsNothing(of person) {
	b.t.Helper()
	const filled = `[...document.querySelectorAll("main form[data-debug] :is(input:not([type=hidden]), textarea)")].some((e) => e.value && e.type !== "checkbox")`
	b.open("/console/debug")
	b.until(`document.querySelector("form[data-debug]")`)
	if evaluate[bool](b, filled) {
		b.t.Error("the debug tool keeps what was typed")
	}
	b.types("mobile", of.Mobile)
	b.open("/console/calls")
	evaluate[bool](b, `(() => { history.back(); return true; })()`)
	b.until(`document.querySelector("form[data-debug]")`)
	if evaluate[bool](b, filled) {
		b.t.Error("the way back shows what was typed")
	}
}

func TestConsole_TheDebugToolTriesTheSandboxForNothing(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.registers(dir, fmt.Sprintf("sandbox%d@example.com", width))
		appcode := b.creates("appcode", "联调", true)
		b.open("/console/debug")
		b.sees("沙箱凭证不扣次数")
		b.seesNot("比对签名")
		b.looks("debug-sandbox")
		b.presses("填入虚构的人")
		b.clicks(".debug-send button.btn-primary")
		b.sees("沙箱应答，不扣次数")
		b.seesNot(appcode)
		b.looks("debug-sandbox-answer")

		// A header that no call may bring is refused, and what was typed stays.
		b.types("mobile", "")
		b.presses("Headers")
		b.writes("header_name", 0, "Cookie")
		b.writes("header_value", 0, "a=1")
		b.forgive(http.StatusUnprocessableEntity, "/console/debug")
		b.clicks(".debug-send button.btn-primary")
		b.sees("请求头 Cookie 由工具填写，请删去")
		b.until(`document.querySelector("[name=header_name]").value === "Cookie" && document.querySelector("[name=idcard]").value !== ""`)
		b.looks("debug-refused")

		// The command with the secret asks for the password first, and loses nothing by it.
		b.open("/console/debug")
		b.presses("填入虚构的人")
		b.types("mobile", "")
		b.chooses("with_secret", "on")
		b.clicks(".debug-send button.btn-primary")
		b.proves()
		b.sees("10008")
		b.sees("命令中有您的密钥")
		if command := b.text("#curl"); !strings.Contains(command, appcode) {
			t.Errorf("the command is %s", command)
		}
		b.looks("debug-curl")
		b.clicks("#outcome dl a.font-monospace")
		b.sees("就这次调用咨询客服")
		b.sees("10008")

		b.presses("English")
		b.leads()
		b.presses("Dark")
		b.leads()
		b.open("/console/debug")
		b.presses("Fill in an invented person")
		b.clicks(".debug-send button.btn-primary")
		b.sees("What came of the call")
		b.looks("debug-dark-answer")
	})
}
