package httpjson_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
)

// sends gives what a manifest sends: a request with its body.
func sends(t *testing.T, text string, given map[string]string, need quartet.ElementSet) (*http.Request, []byte) {
	t.Helper()
	m, err := httpjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got *http.Request
	var body []byte
	address := server(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		got = r.Clone(t.Context())
	})
	given["url"] = address
	src, err := httpjson.New(m, given, httpjson.Options{Now: noon, Rand: sevens{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	_, err = src.Verify(t.Context(), ask(t, 1, need))
	if got == nil {
		t.Fatalf("nothing was sent: %v, %v", err, err.(*source.Error).Cause) //nolint:errorlint // the contract is the type itself
	}
	return got, body
}

// one is a manifest that sends one field, made by steps.
func one(slots, field string) string {
	return "name: one\ntitle: One\nurl: https://one.example\nneeds: [name+id+card+mobile]\ncredentials: [" + slots + "]\nrequest:\n  fields:\n    - " + field +
		"\nanswer: {result: {path: c, table: {\"0\": match}}}\n"
}

func stepped(t *testing.T, value, steps string, given map[string]string) string {
	t.Helper()
	slots := make([]string, 0, len(given))
	for name := range given {
		form := ""
		if strings.HasPrefix(name, "hex") {
			form = ", as: hex"
		}
		slots = append(slots, "{name: "+name+form+"}")
	}
	_, body := sends(t, one(strings.Join(slots, ", "), "{name: v, value: '"+value+"', do: ["+steps+"]}"), given, quartet.NeedAll)
	form, err := url.ParseQuery(string(body))
	if err != nil {
		t.Fatal(err)
	}
	return form.Get("v")
}

func sum(text string) string {
	s := md5.Sum([]byte(text))
	return hex.EncodeToString(s[:])
}

func TestSteps_WriteValuesAsSuppliersWantThem(t *testing.T) {
	id, number := idNumber, card(1)
	three := sm3.Sum([]byte("abc"))
	for _, c := range []struct{ value, steps, want string }{
		{`"aBc"`, "upper", "ABC"},
		{`"aBc"`, "lower", "abc"},
		{`" a "`, "trim", "a"},
		{`"a b&"`, "percent", "a%20b%26"},
		{`"abc"`, "md5, hex", "900150983cd24fb0d6963f7d28e17f72"},
		{`"abc"`, "md5, hex_upper", "900150983CD24FB0D6963F7D28E17F72"},
		{`"abc"`, "sha1, hex", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{`"abc"`, "sha256, base64", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
		{`"abc"`, "sha256, base64url", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0="},
		{`"abc"`, "sha512, hex, upper", strings.ToUpper("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")},
		{`"abc"`, "sm3, hex", hex.EncodeToString(three[:])},
		{`"abc"`, "base64", "YWJj"},
		{`"YWJj"`, "from_base64, hex", "616263"},
		{`"616263"`, "from_hex, base64", "YWJj"},
		{"card", "partial_md5: card", number[:10] + sum(number[10:])},
		{"name", "partial_md5: name", sum("测") + "试甲"},
		{"id", "partial_md5: id", id[:6] + sum(id[6:14]) + id[14:]},
		{"mobile", "partial_md5: mobile", sum("13900000001")},
	} {
		if got := stepped(t, c.value, c.steps, map[string]string{}); got != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.steps, c.value, got, c.want)
		}
	}
}

// unpadded takes the padding of PKCS #7 away.
func unpadded(t *testing.T, p []byte) string {
	t.Helper()
	n := int(p[len(p)-1])
	if n == 0 || n > len(p) {
		t.Fatalf("%x has no padding", p)
	}
	return string(p[:len(p)-n])
}

func TestSteps_EncryptSoThatTheSupplierCanDecrypt(t *testing.T) {
	const key16, key24, key8 = "0123456789abcdef", "0123456789abcdef01234567", "01234567"
	block := func(b cipher.Block, err error) cipher.Block {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	cbc := func(b cipher.Block, iv, p []byte) string {
		out := make([]byte, len(p))
		cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, p)
		return unpadded(t, out)
	}
	ecb := func(b cipher.Block, p []byte) string {
		out := bytes.Clone(p)
		for i := 0; i < len(out); i += b.BlockSize() {
			b.Decrypt(out[i:], out[i:])
		}
		return unpadded(t, out)
	}
	gcm := func(b cipher.Block, p []byte) string {
		aead, err := cipher.NewGCM(b)
		if err != nil {
			t.Fatal(err)
		}
		out, err := aead.Open(nil, p[:12], p[12:], nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	sevensIV := bytes.Repeat([]byte{7}, 16)
	for _, c := range []struct {
		name, step string
		given      map[string]string
		open       func(p []byte) string
	}{
		{"aes cbc zero", "cipher: aes, key: k, iv: zero", map[string]string{"k": key16}, func(p []byte) string { return cbc(block(aes.NewCipher([]byte(key16))), make([]byte, 16), p) }},
		{"aes cbc random", "cipher: aes, mode: cbc, key: k, iv: random", map[string]string{"k": key24}, func(p []byte) string {
			if !bytes.Equal(p[:16], sevensIV) {
				t.Error("the initial value does not stand before")
			}
			return cbc(block(aes.NewCipher([]byte(key24))), p[:16], p[16:])
		}},
		{"aes cbc with a slot", "cipher: aes, key: k, iv: hexiv", map[string]string{"k": key16, "hexiv": strings.Repeat("0a", 16)}, func(p []byte) string {
			return cbc(block(aes.NewCipher([]byte(key16))), bytes.Repeat([]byte{10}, 16), p)
		}},
		{"aes cbc from key", "cipher: aes, key: k, iv: from_key", map[string]string{"k": key24}, func(p []byte) string { return cbc(block(aes.NewCipher([]byte(key24))), []byte(key24[:16]), p) }},
		{"aes ecb, key in hex", "cipher: aes, mode: ecb, key: hexkey", map[string]string{"hexkey": hex.EncodeToString([]byte(key16))}, func(p []byte) string { return ecb(block(aes.NewCipher([]byte(key16))), p) }},
		{"aes gcm", "cipher: aes, mode: gcm, key: k", map[string]string{"k": key16}, func(p []byte) string { return gcm(block(aes.NewCipher([]byte(key16))), p) }},
		{"sm4 cbc", "cipher: sm4, key: k, iv: zero", map[string]string{"k": key16}, func(p []byte) string { return cbc(block(sm4.NewCipher([]byte(key16))), make([]byte, 16), p) }},
		{"sm4 ecb", "cipher: sm4, mode: ecb, key: k", map[string]string{"k": key16}, func(p []byte) string { return ecb(block(sm4.NewCipher([]byte(key16))), p) }},
		{"sm4 gcm", "cipher: sm4, mode: gcm, key: k", map[string]string{"k": key16}, func(p []byte) string { return gcm(block(sm4.NewCipher([]byte(key16))), p) }},
		{"3des cbc", "cipher: 3des, key: k, iv: from_key", map[string]string{"k": key24}, func(p []byte) string { return cbc(block(des.NewTripleDESCipher([]byte(key24))), []byte(key8), p) }},
		{"3des ecb with two keys", "cipher: 3des, mode: ecb, key: k", map[string]string{"k": key16}, func(p []byte) string {
			return ecb(block(des.NewTripleDESCipher([]byte(key16+key16[:8]))), p)
		}},
		{"des cbc", "cipher: des, key: k, iv: zero", map[string]string{"k": key8}, func(p []byte) string { return cbc(block(des.NewCipher([]byte(key8))), make([]byte, 8), p) }},
		{"rsa pkcs1", "cipher: rsa, key: k", map[string]string{"k": publicPEM(t)}, func(p []byte) string {
			out, err := rsa.DecryptPKCS1v15(nil, rsaKey(), p) //nolint:staticcheck // suppliers take it
			return string(out) + errText(err)
		}},
		{"rsa oaep sha1", "cipher: rsa, mode: oaep_sha1, key: k", map[string]string{"k": publicPEM(t)}, func(p []byte) string {
			out, err := rsa.DecryptOAEP(sha1.New(), nil, rsaKey(), p, nil)
			return string(out) + errText(err)
		}},
		{"rsa oaep sha256", "cipher: rsa, mode: oaep_sha256, key: k", map[string]string{"k": bareBase64(publicPEM(t))}, func(p []byte) string {
			out, err := rsa.DecryptOAEP(sha256.New(), nil, rsaKey(), p, nil)
			return string(out) + errText(err)
		}},
		{"sm2 c1c3c2", "cipher: sm2, key: k", map[string]string{"k": sm2PublicHex()}, func(p []byte) string {
			out, err := sm2Key().Decrypt(rand.Reader, p, sm2.NewPlainDecrypterOpts(sm2.C1C3C2))
			return string(out) + errText(err)
		}},
		{"sm2 c1c2c3", "cipher: sm2, mode: c1c2c3, key: k", map[string]string{"k": sm2PublicHex()}, func(p []byte) string {
			out, err := sm2Key().Decrypt(rand.Reader, p, sm2.NewPlainDecrypterOpts(sm2.C1C2C3))
			return string(out) + errText(err)
		}},
		{"sm2 asn1", "cipher: sm2, mode: asn1, key: k", map[string]string{"k": sm2PublicHex()[2:]}, func(p []byte) string {
			out, err := sm2Key().Decrypt(rand.Reader, p, sm2.ASN1DecrypterOpts)
			return string(out) + errText(err)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := base64.StdEncoding.DecodeString(stepped(t, "name", "{encrypt: {"+c.step+"}}, base64", c.given))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.open(p); got != "测试甲" {
				t.Errorf("the supplier decrypts %q", got)
			}
		})
	}
}

func errText(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestRequest_WritesBodiesOfEveryKind(t *testing.T) {
	fields := "\n    - {name: a.b, value: name}\n    - {name: n, value: 1 + 1}\n    - {name: a.c, value: '\"mobile\" in need'}\n    - {name: q, in: query, text: 'x y'}"
	text := strings.Replace(one("", "{name: a.z, text: '&'}"), "request:", "request:\n  body: json", 1)
	text = strings.Replace(text, "\nanswer", fields+"\nanswer", 1)
	r, body := sends(t, text, map[string]string{}, quartet.NeedAll)
	if want := `{"a":{"z":"&","b":"测试甲","c":true},"n":2}`; string(body) != want || r.URL.RawQuery != "q=x%20y" {
		t.Errorf("got %s?%s, want %s", body, r.URL.RawQuery, want)
	}

	text = strings.Replace(one("", "{name: card, value: card}\n    - {name: 中, text: 文}"), "request:", "request:\n  body: multipart", 1)
	r, body = sends(t, text, map[string]string{}, quartet.NeedAll)
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(1 << 20)
	if err != nil || form.Value["card"][0] != card(1) || form.Value["中"][0] != "文" {
		t.Errorf("got %v, %v", form, err)
	}

	text = strings.Replace(one("", "{name: card, value: card}"), "request:", "request:\n  body: none", 1)
	r, body = sends(t, text, map[string]string{}, quartet.NeedAll)
	if r.Method != http.MethodPost || len(body) != 0 || r.ContentLength != 0 || r.URL.Query().Get("card") != card(1) {
		t.Errorf("got %s %s with %d bytes", r.Method, r.URL, r.ContentLength)
	}
}

// TestRequest_UsesEverything reads the request of a manifest that has much in it, as its
// supplier would.
func TestRequest_UsesEverything(t *testing.T) {
	given := map[string]string{"app_id": "id", "app_secret": "secret", "data_key": "00112233445566778899aabbccddeeff"}
	r, body := sends(t, every(t), given, quartet.NeedAll)
	var got struct {
		Head map[string]string `json:"head"`
		Body map[string]string `json:"body"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	key, _ := hex.DecodeString(given["data_key"])
	b, _ := aes.NewCipher(key)
	sealed, _ := base64.StdEncoding.DecodeString(got.Body["idNo"])
	opened := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(b, make([]byte, 16)).CryptBlocks(opened, sealed)
	if unpadded(t, opened) != idNumber || got.Head["time"] != "20261126120000" || got.Head["orderNo"] != order || got.Body["mobile"] != sum("13900000001") {
		t.Errorf("got %s", body)
	}
	text := "body.cardNo=" + got.Body["cardNo"] + "&body.idNo=" + got.Body["idNo"] + "&body.mobile=" + got.Body["mobile"] + "&body.name=测试甲" +
		"&head.appId=id&head.nonce=" + strings.Repeat("07", 16) + "&head.orderNo=" + order + "&head.time=20261126120000&secret=secret"
	want := sha256.Sum256([]byte(text))
	if sign := r.Header.Get("X-Sign"); sign != "v1="+strings.ToUpper(hex.EncodeToString(want[:])) {
		t.Errorf("the signature is %s", sign)
	}
	if _, body = sends(t, every(t), given, quartet.NeedAll&^quartet.NeedMobile); bytes.Contains(body, []byte("mobile")) {
		t.Errorf("a mobile number that nobody asks about goes out: %s", body)
	}
}

// TestSign_FollowsTheRecipe compares recipes with what they must come to, written out.
func TestSign_FollowsTheRecipe(t *testing.T) {
	mac := func(text string) string {
		h := hmac.New(sha1.New, []byte("K"))
		h.Write([]byte(text))
		return base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	for _, c := range []struct{ name, sign, want string }{
		{"sorted", "{fields: sorted, method: md5}", sum("a=1&b=x y&name=测试甲")},
		{"sorted with empty", "{fields: sorted, keep_empty: true, method: md5}", sum("a=1&b=x y&e=&name=测试甲")},
		{"listed", "{fields: [name, a], method: md5}", sum("name=测试甲&a=1")},
		{"except", "{fields: sorted, except: [name], method: md5}", sum("a=1&b=x y")},
		{"also", "{fields: sorted, also: {akey: credential.k}, method: md5}", sum("a=1&akey=K&b=x y&name=测试甲")},
		{"values", "{fields: sorted, values_only: true, join: '|', method: md5}", sum("1|x y|测试甲")},
		{"nothing between", "{fields: sorted, equals: '', join: '', method: md5}", sum("a1bx yname测试甲")},
		{"encoded as a form", "{fields: sorted, encode: form, method: md5}", sum("a=1&b=x+y&name=%E6%B5%8B%E8%AF%95%E7%94%B2")},
		{"encoded by percent", "{fields: [b], encode: percent, method: md5}", sum("b=x%20y")},
		{"secret before and after", "{fields: [a], before: credential.k, after: '\"&key=\" + credential.k', method: md5}", sum("Ka=1&key=K")},
		{"parts", "{parts: [credential.k, time.unix, name], method: md5, as: hex_upper}", strings.ToUpper(sum("K1795665600测试甲"))},
		{"HMAC", "{parts: [name], method: hmac_sha1, key: k, as: base64}", mac("测试甲")},
		{"times", "{parts: [time.ms, time.compact, time.date, time.text, time.http], join: ',', method: md5}", sum("1795665600123,20261126120000,20261126,2026-11-26 12:00:00,Thu, 26 Nov 2026 04:00:00 GMT")},
		{"the request", "{parts: [method, path, query], join: ' ', method: md5}", sum("POST /p/q h=1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(one("k", "{name: name, value: name}\n    - {name: b, text: x y}\n    - {name: e, text: ''}\n    - {name: a, text: 1}\n    - {name: k, in: header, value: credential.k}\n    - {name: s, in: header, value: signature}"), "\nanswer", "\n  sign: "+c.sign+"\nanswer", 1)
			if strings.HasPrefix(c.sign, "{parts") {
				text = strings.Replace(text, "request:", "request:\n  path: /p/q", 1)
				text = strings.Replace(text, "\n  sign", "\n    - {name: h, in: query, text: 1}\n  sign", 1)
			}
			r, _ := sends(t, text, map[string]string{"k": "K"}, quartet.NeedAll)
			if got := r.Header.Get("S"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("SM2", func(t *testing.T) {
		text := strings.Replace(one("k", "{name: s, in: header, value: signature}"), "\nanswer", "\n  sign: {parts: [card], method: sm2, key: k, as: base64}\nanswer", 1)
		r, _ := sends(t, text, map[string]string{"k": fmt.Sprintf("%064x", sm2Key().D)}, quartet.NeedAll)
		signature, err := base64.StdEncoding.DecodeString(r.Header.Get("S"))
		if err != nil || !sm2.VerifyASN1WithSM2(&sm2Key().PublicKey, nil, []byte(card(1)), signature) {
			t.Error("the signature does not fit")
		}
	})
}
