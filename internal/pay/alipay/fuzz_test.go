package alipay_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/pay/alipay"
)

func FuzzReadBill(f *testing.F) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("a.csv")
	if err != nil {
		f.Fatal(err)
	}
	_, _ = w.Write([]byte("#x\n"))
	_ = z.Close()
	f.Add(b.Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := alipay.ReadBill(data)
		if err != nil && (len(lines) > 0 || quartet.CodeOf(err) != quartet.ErrInvalid) {
			t.Errorf("%d lines and %v", len(lines), err)
		}
		for _, l := range lines {
			if l.Amount < 0 {
				t.Errorf("%+v", l)
			}
		}
	})
}

// Nothing that the provider has not signed is ever a notice.
func FuzzRead(f *testing.F) {
	clock := func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai) }
	p, _ := provider(f)
	for _, s := range []string{"", "a=1&b=2", "sign=x&sign_type=RSA2&app_id=" + app + "&seller_id=" + seller, "%", "a=1&a=1", "sign=&alipay_cert_sn=1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if n, err := p.Read(t.Context(), pay.Raw{Body: body, At: clock()}); quartet.CodeOf(err) != quartet.ErrForbidden {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

// provider is one that is never asked over the net, and the key that it signs with.
func provider(f testing.TB) (*alipay.Provider, *rsa.PrivateKey) {
	f.Helper()
	dir := f.TempDir()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	theirs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&theirs.PublicKey)
	if err != nil {
		f.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"own": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}, "theirs": {Type: "PUBLIC KEY", Bytes: public},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	p, err := alipay.New(alipay.Settings{AppID: app, Seller: seller, PrivateKey: filepath.Join(dir, "own"), PublicKey: filepath.Join(dir, "theirs"), Notify: "https://shop.example"})
	if err != nil {
		f.Fatal(err)
	}
	return p, theirs
}
