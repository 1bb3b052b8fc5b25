package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
)

// front stands before a node under a name, as houses have it: browsers make no passkeys for
// numbers.
type front struct {
	url    string
	behind atomic.Pointer[url.URL]
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{}
	s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(f.behind.Load())
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(s.Close)
	f.url = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return f
}

func (f *front) leads(t *testing.T, to string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	f.behind.Store(u)
}

// holds gives the browser an authenticator that is asked for the finger of its holder.
func (b *tab) holds() webauthn.AuthenticatorID {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	b.must(err)
	made, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	b.must(err)
	return made.AuthenticatorID
}

// finger says whether the finger on the authenticator is its holder's.
func (b *tab) finger(id webauthn.AuthenticatorID, right bool) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: id, IsUserVerified: right})
	b.must(err)
}

// leaves signs out.
func (b *tab) leaves() {
	b.t.Helper()
	b.clicks(`header .dropdown > a`)
	b.presses("退出登录")
	b.at("/sign-in")
}

// enters signs in by password.
func (b *tab) enters(address string) {
	b.t.Helper()
	b.open("/sign-in")
	b.types("address", address)
	b.types("password", passphrase)
	b.presses("登录")
}

// recovery is the codes that the page shows once.
func (b *tab) recovery() []string {
	b.t.Helper()
	b.until(`document.querySelector("#recovery")?.innerText.trim()`)
	return strings.Fields(b.text("#recovery"))
}

func TestConsole_APasskeyIsMadeUsedAndRemoved(t *testing.T) {
	t.Parallel()
	dir, f := folder(t), newFront(t)
	n := startDemo(t, dir, environ("QUARTET_SITE="+f.url))
	f.leads(t, n.url)
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("passkey%d@example.com", width)
		b := sit(t, f.url, width)
		id := b.holds()
		b.registers(dir, address)
		b.open("/account/security")
		b.sees("未启用")
		b.looks("security-new")
		b.presses("添加")
		b.proves()
		b.sees("添加通行密钥")
		b.looks("passkey-new")
		evaluate[bool](b, `(() => { document.querySelector("#passkey-name").select(); return true; })()`)
		b.run(chromedp.SendKeys(chromedp.CSS("#passkey-name"), "办公室电脑"))
		b.presses("添加")
		codes := b.recovery()
		if len(codes) != 10 {
			t.Errorf("the recovery codes are %q", codes)
		}
		b.looks("passkey-recovery")
		b.presses("我已保存")
		b.sees("通行密钥已添加")
		b.sees("办公室电脑")
		b.sees("尚未使用")
		b.looks("security-passkey")

		// It signs in alone, by the finger of its holder.
		b.leaves()
		b.finger(id, false)
		b.presses("用通行密钥登录")
		b.sees("通行密钥没有成功，请重试或换一种方式。")
		b.looks("sign-in-passkey-failed")
		b.finger(id, true)
		b.presses("用通行密钥登录")
		b.at("/console/")

		// Beside the password it is the second factor; a recovery code stands in for it once.
		b.leaves()
		b.enters(address)
		b.sees("两步验证")
		b.looks("factor-passkey")
		b.presses("使用通行密钥")
		b.at("/console/")
		b.leaves()
		b.enters(address)
		b.presses("使用恢复码")
		b.types("code", codes[0])
		b.looks("factor-recovery")
		b.presses("验证")
		b.at("/console/")
		b.open("/account/security")
		b.sees("还剩 9 个")
		b.sees("最近使用")

		b.forgive(http.StatusUnprocessableEntity, "/")
		b.forgive(http.StatusForbidden, "/")
		b.presses("删除 办公室电脑")
		b.proves()
		b.sees("通行密钥已删除")
		b.sees("未启用")
		b.looks("security-removed")
		b.leaves()
		b.presses("用通行密钥登录")
		b.sees("通行密钥没有成功，请重试或换一种方式。")
		b.enters(address)
		b.at("/console/")
	})
}

func TestConsole_AnAuthenticatorAppIsSetUpAndSessionsAreEnded(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	journey(t, func(t *testing.T, width int64) {
		address := fmt.Sprintf("account%d@example.com", width)
		b := sit(t, n.url, width)
		b.forgive(http.StatusUnprocessableEntity, "/account/security")
		b.registers(dir, address)
		other := n.resident(address)
		b.open("/account/security")
		b.seesNot("通行密钥") // this house has no address, for which browsers would make one
		b.looks("security-sessions")
		b.clicks(`form[action="/account/security/sessions/end"] button`)
		b.sees("该设备已退出登录")
		other.ask(http.StatusUnauthorized, http.MethodGet, "/me", nil)

		b.presses("启用")
		b.proves()
		b.sees("启用身份验证器")
		b.looks("totp")
		secret := evaluate[string](b, `document.querySelector("main [name=secret]").value`)
		b.types("code", "000000")
		b.clicks("main form button.btn-primary")
		b.until(`document.querySelector("main .alert-danger, main .is-invalid")`)
		b.looks("totp-refused")
		code, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		b.types("code", code)
		b.clicks("main form button.btn-primary")
		b.recovery()
		b.looks("totp-recovery")
		b.open("/account/security")
		b.sees("已启用")
		b.looks("security-totp")
		b.leaves()
		b.enters(address)
		b.sees("身份验证器上的六位数字")
		b.looks("factor-totp")
		code, err = totp.GenerateCode(secret, time.Now().Add(30*time.Second)) // that of before is used up
		if err != nil {
			t.Fatal(err)
		}
		b.types("code", code)
		b.presses("验证")
		b.at("/console/")

		b.open("/account/password")
		b.looks("password")
		b.open("/account/places")
		b.looks("places")
		b.open("/account/security")
		b.types("address", "moved-"+address)
		b.presses("获取验证码")
		b.proves()
		b.at("/account/security/address")
		b.looks("security-address")
		b.types("digits", codeFor(t, dir, "moved-"+address, 0))
		b.presses("确认修改")
		b.sees("登录地址已修改")
	})
}
