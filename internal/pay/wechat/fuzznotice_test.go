package wechat_test

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/pay/wechat"
)

// known is a provider that is verified by its public key, and so never asked over the net.
func known(f *testing.F) (*wechat.Provider, keys) {
	f.Helper()
	k := makeKeys(f)
	s := k.settings(f, "http://127.0.0.1:1")
	withPublic(f, k, &s)
	p, err := wechat.New(s, time.Now)
	if err != nil {
		f.Fatal(err)
	}
	return p, k
}

// Nothing that the provider has not signed is ever a notice.
func FuzzRead(f *testing.F) {
	p, _ := known(f)
	f.Add([]byte(`{"id":"1","resource":{}}`), "1", "n", publicID, "c2ln")
	f.Add([]byte(``), "-9223372036854775808", "", publicID, "")
	f.Add([]byte(`{}`), strconv.FormatInt(time.Now().Unix(), 10), "n", "PUB_KEY_ID_0", "====")
	f.Add([]byte(`{}`), strconv.FormatInt(time.Now().Unix(), 10), "n", publicID, "WECHATPAY/SIGNTEST/x")
	f.Fuzz(func(t *testing.T, body []byte, second, nonce, serial, signature string) {
		h := http.Header{}
		h.Set("Wechatpay-Timestamp", second)
		h.Set("Wechatpay-Nonce", nonce)
		h.Set("Wechatpay-Serial", serial)
		h.Set("Wechatpay-Signature", signature)
		at := time.Now()
		if second, err := strconv.ParseInt(second, 10, 64); err == nil {
			at = time.Unix(second, 0) // when it came: its age is not what keeps it out
		}
		if n, err := p.Read(t.Context(), pay.Raw{Header: h, Body: body, At: at}); quartet.CodeOf(err) != quartet.ErrForbidden {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

// Whatever the provider signs and enciphers, what is read of it is whole or refused.
func FuzzNotice(f *testing.F) {
	p, k := known(f)
	for event, plain := range map[string]string{
		"TRANSACTION.SUCCESS": `{"mchid":"` + merchant + `","appid":"` + app + `","out_trade_no":"p1","transaction_id":"420","trade_state":"SUCCESS","success_time":"2026-03-02T12:00:00+08:00","amount":{"total":50000,"payer_total":50000,"currency":"CNY"}}`,
		"REFUND.SUCCESS":      `{"mchid":"` + merchant + `","out_refund_no":"r1","refund_status":"SUCCESS"}`,
		"REFUND.":             `{"mchid":null}`,
		"OTHER":               "",
	} {
		f.Add(event, "e1", []byte(plain), "AEAD_AES_256_GCM", "transaction")
	}
	f.Add("TRANSACTION.SUCCESS", "e1", []byte(`{"mchid":"`+merchant+`","appid":"`+app+`","out_trade_no":"p1","trade_state":"SUCCESS","amount":{"total":-1,"payer_total":9223372036854775807}}`), "AEAD_AES_256_GCM", "")
	block, err := aes.NewCipher([]byte(secret))
	if err != nil {
		f.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		f.Fatal(err)
	}
	const nonce = "0123456789ab"
	f.Fuzz(func(t *testing.T, event, id string, plain []byte, algorithm, about string) {
		body, err := json.Marshal(map[string]any{"id": id, "event_type": event, "resource": map[string]string{
			"algorithm": algorithm, "nonce": nonce, "associated_data": about,
			"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte(about))),
		}})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		h := http.Header{}
		second := strconv.FormatInt(now.Unix(), 10)
		sum := sha256.Sum256([]byte(second + "\nn\n" + string(body) + "\n"))
		signature, err := rsa.SignPKCS1v15(rand.Reader, k.sim.Key, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		h.Set("Wechatpay-Timestamp", second)
		h.Set("Wechatpay-Nonce", "n")
		h.Set("Wechatpay-Serial", publicID)
		h.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
		n, err := p.Read(t.Context(), pay.Raw{Header: h, Body: body, At: now})
		switch quartet.CodeOf(err) {
		case quartet.ErrInvalid, quartet.ErrForbidden:
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
