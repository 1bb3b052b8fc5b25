package wechat_test

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay/paytest"
	"quartet/internal/pay/wechat"
	"quartet/internal/paysim"
)

const (
	app      = "wx0000000000000001"
	merchant = "1900000001"
	publicID = "PUB_KEY_ID_0119000000012026010100000000"
	secret   = "0123456789abcdef0123456789abcdef"
)

type keys struct {
	own *rsa.PrivateKey
	sim paysim.WeChatKeys
}

func makeKeys(t testing.TB) keys {
	t.Helper()
	k := keys{own: paytest.Key(t)}
	platform := paytest.Key(t)
	k.sim = paysim.WeChatKeys{
		Key: paytest.Key(t), PublicKeyID: publicID, Platform: platform, Certificate: certificate(t, platform, "Tenpay", 0x7132D72A03E93CDD),
		Stranger: paytest.Key(t), Own: certificate(t, k.own, "merchant", 0x3D3BD22A99F1AF6A), Secret: secret,
	}
	return k
}

func certificate(t testing.TB, key *rsa.PrivateKey, name string, serial int64) *x509.Certificate {
	t.Helper()
	c, err := paysim.SelfSigned(key, name, serial)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func (k keys) settings(t testing.TB, gateway string) wechat.Settings {
	t.Helper()
	return wechat.Settings{
		AppID: app, Merchant: merchant, Gateway: gateway, Notify: "https://shop.example",
		PrivateKey: paytest.File(t, "key.pem", paytest.PrivatePEM(t, k.own)), Certificate: paytest.File(t, "cert.pem", certificatePEM(k.sim.Own)),
		APIv3Key: paytest.File(t, "apiv3", []byte(secret+"\n")),
	}
}

// modes are the three ways in which WeChat Pay is verified.
var modes = map[string]func(t *testing.T, k keys, s *wechat.Settings){
	"platform certificates": func(*testing.T, keys, *wechat.Settings) {},
	"public key":            func(t *testing.T, k keys, s *wechat.Settings) { withPublic(t, k, s) },
	"change-over": func(t *testing.T, k keys, s *wechat.Settings) {
		withPublic(t, k, s)
		s.Certificates = true
	},
}

func withPublic(t testing.TB, k keys, s *wechat.Settings) {
	t.Helper()
	s.PublicKeyID, s.PublicKey = publicID, paytest.File(t, "public.pem", paytest.PublicPEM(t, k.sim.Key))
}

// only sends every notice under the one kind of key that a mode knows.
type only struct {
	*paysim.WeChat

	legacy, either bool
}

func (o only) twist(t paysim.Twist) paysim.Twist {
	if !o.either {
		t.Legacy = o.legacy
	}
	return t
}

func (o only) PaymentNotice(number string, t paysim.Twist) paysim.Delivery {
	return o.WeChat.PaymentNotice(number, o.twist(t))
}

func (o only) RefundNotice(number string, t paysim.Twist) paysim.Delivery {
	return o.WeChat.RefundNotice(number, o.twist(t))
}

func bench(t *testing.T, k keys, mode string) (*paytest.Bench, *wechat.Provider, *paysim.WeChat) {
	t.Helper()
	clock := &paytest.Clock{}
	sim := paysim.NewWeChat(clock.Now, app, merchant, k.sim)
	t.Cleanup(sim.Stop)
	s := k.settings(t, sim.URL())
	modes[mode](t, k, &s)
	p, err := wechat.New(s, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	private := paytest.PrivatePEM(t, k.own)
	return &paytest.Bench{
		Provider: p, Book: sim.Book, Notices: only{sim, mode == "platform certificates", mode == "change-over"}, Clock: clock,
		Secrets: []string{secret, string(private), k.own.D.String()}, Stale: true, Asks: true,
	}, p, sim
}

func TestWeChat_KeepsTheLaw(t *testing.T) {
	k := makeKeys(t)
	for mode := range modes {
		t.Run(mode, func(t *testing.T) {
			paytest.Law(t, func(t *testing.T) *paytest.Bench {
				b, _, _ := bench(t, k, mode)
				return b
			})
		})
	}
}

func TestRead_KnowsTheKeysOfItsModeAlone(t *testing.T) {
	k := makeKeys(t)
	for mode, legacy := range map[string]bool{"public key": true, "platform certificates": false} {
		b, p, sim := bench(t, k, mode)
		a := open(t, b)
		if err := sim.Pay(a, 0); err != nil {
			t.Fatal(err)
		}
		d := sim.PaymentNotice(a, paysim.Twist{Legacy: legacy})
		if _, err := p.Read(t.Context(), raw(d, b.Clock.Now())); quartet.CodeOf(err) != quartet.ErrForbidden {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

// What cannot be verified for want of a certificate may be genuine: it is not called forged.
func TestRead_IsNoForgeryWhileNothingCanBeFetched(t *testing.T) {
	k := makeKeys(t)
	b, p, sim := bench(t, k, "change-over")
	a := open(t, b)
	if err := sim.Pay(a, 0); err != nil {
		t.Fatal(err)
	}
	d := raw(sim.PaymentNotice(a, paysim.Twist{Legacy: true}), b.Clock.Now())
	sim.Break(paysim.OnCertificates, paysim.Down)
	if _, err := p.Read(t.Context(), d); quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("%v", err)
	}
	b.Clock.Pass(2 * time.Second)
	if _, err := p.Read(t.Context(), d); err != nil {
		t.Errorf("once they can be fetched: %v", err)
	}
}

// A stranger names a key that nobody knows, and its certificate does not come: whoever asked
// hears so when his own time is over, and what is signed under a known key waits for nothing.
func TestRead_OfAKnownKeyWaitsForNoFetch(t *testing.T) {
	k := makeKeys(t)
	b, p, sim := bench(t, k, "platform certificates")
	a := open(t, b)
	if err := sim.Pay(a, 0); err != nil {
		t.Fatal(err)
	}
	d := raw(sim.PaymentNotice(a, paysim.Twist{Legacy: true}), b.Clock.Now())
	if _, err := p.Read(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	sim.Break(paysim.OnCertificates, paysim.Hang)
	b.Clock.Pass(2 * time.Minute)
	unknown := d
	unknown.Header = d.Header.Clone()
	unknown.Header.Set("Wechatpay-Serial", "ABCDEF")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := p.Read(ctx, unknown); quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("%v", err)
	}
	if _, err := p.Read(t.Context(), d); err != nil {
		t.Errorf("under the known key: %v", err)
	}
	if took := time.Since(begun); took > 5*time.Second { // of the ten that the fetch may take
		t.Errorf("they waited %v", took)
	}
}

func TestNew_NamesTheSettingThatIsWrong(t *testing.T) {
	k := makeKeys(t)
	other := makeKeys(t)
	junk := paytest.File(t, "junk", []byte("hunter2"))
	for _, tt := range []struct {
		want  string
		spoil func(s *wechat.Settings)
	}{
		{"pay.wechat.app_id", func(s *wechat.Settings) { s.Merchant = "" }},
		{"holds a certificate that is not of your private key", func(s *wechat.Settings) { s.Certificate = other.settings(t, "").Certificate }},
		{"holds no certificate", func(s *wechat.Settings) { s.Certificate = junk }},
		{"holds no RSA private key", func(s *wechat.Settings) { s.PrivateKey = junk }},
		{"it has 32 characters", func(s *wechat.Settings) { s.APIv3Key = junk }},
		{"holds your own certificate", func(s *wechat.Settings) { s.PublicKeyID, s.PublicKey = publicID, s.Certificate }},
		{"holds a certificate; take", func(s *wechat.Settings) {
			s.PublicKeyID, s.PublicKey = publicID, paytest.File(t, "platform.pem", certificatePEM(k.sim.Certificate))
		}},
		{"holds your own public key", func(s *wechat.Settings) {
			s.PublicKeyID, s.PublicKey = publicID, paytest.File(t, "own.pem", paytest.PublicPEM(t, k.own))
		}},
		{"begins with PUB_KEY_ID_", func(s *wechat.Settings) { s.PublicKeyID, s.PublicKey = paysim.SerialOf(k.sim.Own), junk }},
		{"go together", func(s *wechat.Settings) { s.PublicKeyID = publicID }},
		{"pay.notify", func(s *wechat.Settings) { s.Notify = "shop.example" }},
	} {
		s := k.settings(t, "")
		tt.spoil(&s)
		_, err := wechat.New(s, time.Now)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("want %q, got %v", tt.want, err)
		}
	}
}

func TestCheck_SaysInPlainWordsWhatIsWrong(t *testing.T) {
	k, other := makeKeys(t), makeKeys(t)
	sim := paysim.NewWeChat(time.Now, app, merchant, k.sim)
	t.Cleanup(sim.Stop)
	for mode, set := range modes {
		s := k.settings(t, sim.URL())
		set(t, k, &s)
		p, err := wechat.New(s, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
	for _, tt := range []struct {
		want  string
		spoil func(s *wechat.Settings)
	}{
		{"does not take our signature", func(s *wechat.Settings) {
			theirs := other.settings(t, "")
			s.PrivateKey, s.Certificate = theirs.PrivateKey, theirs.Certificate
			withPublic(t, k, s)
		}},
		{"cannot be verified", func(s *wechat.Settings) { withPublic(t, other, s) }},
		{"api_v3_key_file is not the one", func(s *wechat.Settings) { s.APIv3Key = paytest.File(t, "other", []byte(strings.Repeat("x", 32))) }},
	} {
		s := k.settings(t, sim.URL())
		tt.spoil(&s)
		p, err := wechat.New(s, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("want %q, got %v", tt.want, err)
		}
	}
	// The simulator hands the merchant's own certificate out as if it were its own.
	wrong := k.sim
	wrong.Platform, wrong.Certificate = k.own, k.sim.Own
	odd := paysim.NewWeChat(time.Now, app, merchant, wrong)
	t.Cleanup(odd.Stop)
	p, err := wechat.New(k.settings(t, odd.URL()), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "merchant's own") {
		t.Errorf("its own certificate: %v", err)
	}
}

func TestAnswer_ARefusalIsNever200(t *testing.T) {
	b, _, _ := bench(t, makeKeys(t), "public key")
	if a := b.Provider.Answer(true); a.Status != 204 {
		t.Errorf("%+v", a)
	}
	if a := b.Provider.Answer(false); a.Status < 400 || !strings.Contains(a.Body, "FAIL") {
		t.Errorf("%+v", a)
	}
}
