package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet/internal/auth"
	"quartet/internal/web"
)

func sign(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// FuzzJudge makes requests up: whatever they hold, nobody without the secret gets in, the
// message can stand in a header, and who signs the server's own string does get in.
func FuzzJudge(f *testing.F) {
	f.Add("X-Ca-Key,X-Ca-Nonce", "c2ln", "HmacSHA256", "1795578400000", "n", "/p%2F%61", "a=1&b=", "a=2&name=%E5%BC%A0", "application/json")
	f.Add(",, Host ,\xff", "", "hmacsha1", "x", "", "/", "&&=&a", "%zz&+", "")
	f.Fuzz(func(t *testing.T, list, signature, method, stamp, nonce, path, query, form, accept string) {
		r := &auth.Request{Method: http.MethodPost, Path: path, Host: "h", Header: http.Header{
			"X-Ca-Key": {"k"}, "X-Ca-Signature": {signature}, "X-Ca-Signature-Headers": {list}, "X-Ca-Signature-Method": {method},
			"X-Ca-Timestamp": {stamp}, "X-Ca-Nonce": {nonce}, "Accept": {accept},
		}}
		r.Query, _, _ = web.AppendParams(nil, nil, []byte(query))
		r.Form, _, _ = web.AppendParams(nil, nil, []byte(form))
		now := time.UnixMilli(1795578400000)
		j := judges("k", "s").Judge(r, now)
		switch {
		case signature == "":
			if j.Gateway != web.NoSignature {
				t.Fatalf("no signature: %q", j.Gateway.Text().Message)
			}
			return
		case j.Gateway != web.WrongSignature: // a fuzzer finds no HMAC
			t.Fatalf("%q let in or refused for another reason: %q", signature, j.Gateway.Text().Message)
		}
		if len(j.ToSign) > 4<<10+2 || strings.ContainsFunc(j.ToSign, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			t.Fatalf("no header can hold %q", j.ToSign)
		}
		if strings.EqualFold(method, "HmacSHA1") || len(j.ToSign) > 4<<10 || slices.ContainsFunc([]string{list, path, query, form, accept}, func(s string) bool {
			return strings.ContainsAny(s, "#%\x7f") || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' })
		}) {
			return // what is shown is not what was signed
		}
		r.Header.Set("X-Ca-Signature", sign("s", strings.ReplaceAll(strings.Trim(j.ToSign, "`"), "#", "\n")))
		if strings.Contains(strings.ToLower(list), "x-ca-signature") || strings.ContainsAny(accept+path+list, "`") {
			return
		}
		if again := judges("k", "s").Judge(r, now); again.Gateway == web.WrongSignature {
			t.Fatalf("the server's own string is not accepted: %q, then %q", j.ToSign, again.ToSign)
		}
	})
}
