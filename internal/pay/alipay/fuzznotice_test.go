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

// Whatever the provider signs, what is read of it is whole or refused.
func FuzzNotice(f *testing.F) {
	p, theirs := provider(f)
	const paid = "notify_id=e1&notify_type=trade_status_sync&out_trade_no=p1&trade_no=420&trade_status=TRADE_SUCCESS&total_amount=500.00&receipt_amount=500.00&buyer_pay_amount=500.00&gmt_payment=2026-03-02 12:00:00"
	for _, form := range []string{
		paid, paid + "&out_biz_no=r1&refund_fee=10.00&gmt_refund=2026-03-02 12:00:00.320", "notify_id=e1", "",
		strings.Replace(paid, "total_amount=500.00", "total_amount=-0.01", 1), strings.Replace(paid, "TRADE_SUCCESS", "TRADE_CLOSED", 1), paid + "&trans_currency=USD",
	} {
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, form string) {
		values, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		for k, v := range values { // one reading alone is signed
			values[k] = v[:1]
		}
		values.Set("app_id", app)
		values.Set("seller_id", seller)
		values.Del("sign")
		values.Del("sign_type")
		var pairs []string
		for k, v := range values {
			if v[0] != "" {
				pairs = append(pairs, k+"="+v[0])
			}
		}
		slices.Sort(pairs)
		sum := sha256.Sum256([]byte(strings.Join(pairs, "&")))
		signature, err := rsa.SignPKCS1v15(rand.Reader, theirs, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		values.Set("sign_type", "RSA2")
		values.Set("sign", base64.StdEncoding.EncodeToString(signature))
		n, err := p.Read(t.Context(), pay.Raw{Body: []byte(values.Encode()), At: time.Now()})
		switch quartet.CodeOf(err) {
		case quartet.ErrInvalid, quartet.ErrForbidden:
			if form == paid {
				t.Errorf("a genuine notice is refused: %v", err)
			}
			return
		case "":
		default:
			t.Fatalf("%v", err)
		}
		switch {
		case n.Event == "":
			t.Errorf("a notice without a number: %+v", n)
		case n.Kind == pay.OfPayment && (n.Trade.Payment == "" || n.Trade.State == pay.Paid && n.Trade.Received <= 0):
			t.Errorf("a payment of nothing: %+v", n)
		case n.Kind == pay.OfRefund && n.Refund == "":
			t.Errorf("a refund of nothing: %+v", n)
		}
	})
}
