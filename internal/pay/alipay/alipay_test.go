package alipay_test

import (
	"crypto/rsa"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"quartet/internal/pay/alipay"
	"quartet/internal/pay/paytest"
	"quartet/internal/paysim"
)

const (
	app    = "2021000000000001"
	seller = "2088000000000002"
)

type keys struct{ own, theirs, stranger *rsa.PrivateKey }

func makeKeys(t *testing.T) keys {
	t.Helper()
	return keys{own: paytest.Key(t), theirs: paytest.Key(t), stranger: paytest.Key(t)}
}

func bench(t *testing.T, k keys) *paytest.Bench {
	t.Helper()
	clock := &paytest.Clock{}
	sim := paysim.NewAlipay(clock.Now, app, seller, k.theirs, k.stranger, &k.own.PublicKey)
	t.Cleanup(sim.Stop)
	private := paytest.PrivatePEM(t, k.own)
	p, err := alipay.New(alipay.Settings{
		AppID: app, Seller: seller, Gateway: sim.URL(), Notify: "https://shop.example",
		PrivateKey: paytest.File(t, "app.pem", private), PublicKey: paytest.File(t, "alipay.pem", paytest.PublicPEM(t, k.theirs)),
	})
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(private)
	return &paytest.Bench{Provider: p, Book: sim.Book, Notices: sim, Clock: clock, Visit: sim.Visit, Secrets: []string{string(private), string(block.Bytes), k.own.D.String()}}
}

func TestAlipay_KeepsTheLaw(t *testing.T) {
	k := makeKeys(t)
	paytest.Law(t, func(t *testing.T) *paytest.Bench { return bench(t, k) })
}

func TestNew_NamesTheSettingThatIsWrong(t *testing.T) {
	k := makeKeys(t)
	own := paytest.File(t, "own.pem", paytest.PrivatePEM(t, k.own))
	ownPublic := paytest.File(t, "ownpublic.pem", paytest.PublicPEM(t, k.own))
	theirs := paytest.File(t, "theirs.pem", paytest.PublicPEM(t, k.theirs))
	junk := paytest.File(t, "junk", []byte("hunter2"))
	right := alipay.Settings{AppID: app, Seller: seller, PrivateKey: own, PublicKey: theirs, Notify: "https://shop.example"}
	if _, err := alipay.New(right); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		want  string
		spoil func(s *alipay.Settings)
	}{
		{"pay.alipay.app_id", func(s *alipay.Settings) { s.AppID = "" }},
		{"pay.alipay.private_key_file", func(s *alipay.Settings) { s.PrivateKey = "" }},
		{"cannot be read", func(s *alipay.Settings) { s.PrivateKey = junk + ".none" }},
		{"holds no RSA private key", func(s *alipay.Settings) { s.PrivateKey = theirs }},
		{"holds no RSA private key", func(s *alipay.Settings) { s.PrivateKey = junk }},
		{"holds your own public key", func(s *alipay.Settings) { s.PublicKey = ownPublic }},
		{"holds no RSA public key", func(s *alipay.Settings) { s.PublicKey = junk }},
		{"pay.notify", func(s *alipay.Settings) { s.Notify = "https://shop.example/?a=1" }},
		{"pay.alipay.gateway", func(s *alipay.Settings) { s.Gateway = "ftp://x" }},
	} {
		s := right
		tt.spoil(&s)
		_, err := alipay.New(s)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("want %q, got %v", tt.want, err)
		}
	}
	// The tools of Alipay write keys as bare base64.
	bare, err := os.ReadFile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(bare)), "\n")
	s := right
	s.PublicKey = paytest.File(t, "bare", []byte(strings.Join(lines[1:len(lines)-1], "")))
	if _, err := alipay.New(s); err != nil {
		t.Error(err)
	}
}

func TestAnswer_IsExactlySuccess(t *testing.T) {
	b := bench(t, makeKeys(t))
	if a := b.Provider.Answer(true); a.Body != "success" || a.Status != 200 {
		t.Errorf("%+v", a)
	}
	if a := b.Provider.Answer(false); a.Body == "success" {
		t.Errorf("%+v", a)
	}
}
