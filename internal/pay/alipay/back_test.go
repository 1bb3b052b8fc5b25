package alipay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
)

// signed is a form under a signature of Alipay's.
func signed(t *testing.T, key *rsa.PrivateKey, values url.Values) []byte {
	t.Helper()
	var pairs []string
	for k, v := range values {
		pairs = append(pairs, k+"="+v[0])
	}
	slices.Sort(pairs)
	sum := sha256.Sum256([]byte(strings.Join(pairs, "&")))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	values.Set("sign_type", "RSA2")
	values.Set("sign", base64.StdEncoding.EncodeToString(signature))
	return []byte(values.Encode())
}

// Alipay signs what the buyer's browser comes back with as well, so the buyer has it and may
// post it as often as he likes: it is no notice, and nothing of it is kept.
func TestRead_TakesTheWayBackOfABuyerForNoNotice(t *testing.T) {
	p, theirs := provider(t)
	body := signed(t, theirs, url.Values{
		"app_id": {app}, "seller_id": {seller}, "auth_app_id": {app}, "charset": {"utf-8"}, "method": {"alipay.trade.page.pay.return"}, "version": {"1.0"},
		"out_trade_no": {"p1"}, "trade_no": {"420"}, "total_amount": {"500.00"}, "timestamp": {"2026-03-02 12:00:00"},
	})
	if n, err := p.Read(t.Context(), pay.Raw{Body: body, At: time.Now()}); quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("%+v, %v", n, err)
	}
}
