package httpjson_test

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"quartet"
	"quartet/internal/source/httpjson"
)

// reads gives what a manifest reads out of an answer. rules are its answer.
func reads(t *testing.T, slots, rules string, given map[string]string, header http.Header, body string) string {
	t.Helper()
	text := one(slots, "{name: v, text: x}")
	head, _, _ := strings.Cut(text, "answer:")
	text = head + "answer:\n" + rules
	m, err := httpjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	given["url"] = server(t, func(w http.ResponseWriter, _ *http.Request) {
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		_, _ = w.Write([]byte(body))
	})
	src, err := httpjson.New(m, given, httpjson.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return told(src.Verify(t.Context(), ask(t, 1, quartet.NeedAll)))
}

const table = "table: {\"0\": match, \"1\": mismatch}\n"

func TestAnswer_OpensWhatIsWrapped(t *testing.T) {
	const key = "0123456789abcdef"
	seal := func(text string) string {
		b, _ := aes.NewCipher([]byte(key))
		n := 16 - len(text)%16
		p := []byte(text + strings.Repeat(string(rune(n)), n))
		cipher.NewCBCEncrypter(b, make([]byte, 16)).CryptBlocks(p, p)
		return base64.StdEncoding.EncodeToString(p)
	}
	const open = "do: [from_base64, {decrypt: {cipher: aes, key: k, iv: zero}}]"
	given := func() map[string]string { return map[string]string{"k": key} }

	whole := "  unwrap: {" + open + "}\n  result: {path: res.code, " + table + "}"
	whole = strings.Replace(whole, table+"}", strings.TrimSpace(table)+"}", 1)
	part := strings.Replace(whole, "{do", "{path: data, do", 1)
	part = strings.Replace(part, "res.code", "data.code", 1)
	for _, c := range []struct{ name, rules, body, want string }{
		{"the whole", whole, seal(`{"res":{"code":0}}`), "match charged=unknown code=0"},
		{"a part", part, `{"data":"` + seal(`{"code":"1"}`) + `"}`, "mismatch charged=unknown code=1"},
		{"a part that is missing", part, `{"data":null}`, "not_understood sent charged=unknown"},
		{"a part that is not wrapped", part, `{"data":{"code":"0"}}`, "not_understood sent charged=unknown"},
		{"another key", whole, "AAAA" + seal(`{"res":{"code":0}}`), "not_understood sent charged=unknown"},
		{"a name twice inside", part, `{"data":"` + seal(`{"code":"1","code":"0"}`) + `"}`, "not_understood sent charged=unknown"},
		{"in clear", whole, `{"res":{"code":0}}`, "not_understood sent charged=unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := reads(t, "k", c.rules, given(), nil, c.body); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAnswer_OpensEveryCipher(t *testing.T) {
	private := hex.EncodeToString(sm2Key().D.FillBytes(make([]byte, 32)))
	inner := []byte(`{"code":0}`)
	fill := func(b []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(b)
	}
	oaep := func() ([]byte, error) {
		return rsa.EncryptOAEP(sha256.New(), rand.Reader, &rsaKey().PublicKey, inner, nil)
	}
	for name, c := range map[string]struct{ step, key, body string }{
		"rsa pkcs1":  {"cipher: rsa, key: k", rsaPEM(), fill(rsa.EncryptPKCS1v15(rand.Reader, &rsaKey().PublicKey, inner))}, //nolint:staticcheck // suppliers take it
		"rsa oaep":   {"cipher: rsa, mode: oaep_sha256, key: k", rsaPEM(), fill(oaep())},
		"sm2":        {"cipher: sm2, key: k", private, fill(sm2.Encrypt(rand.Reader, &sm2Key().PublicKey, inner, nil))},
		"sm2 c1c2c3": {"cipher: sm2, mode: c1c2c3, key: k", private, fill(sm2.Encrypt(rand.Reader, &sm2Key().PublicKey, inner, sm2.NewPlainEncrypterOpts(sm2.MarshalUncompressed, sm2.C1C2C3)))},
		"sm2 asn1":   {"cipher: sm2, mode: asn1, key: k", private, fill(sm2.EncryptASN1(rand.Reader, &sm2Key().PublicKey, inner))},
	} {
		t.Run(name, func(t *testing.T) {
			rules := "  unwrap: {do: [from_hex, {decrypt: {" + c.step + "}}]}\n  result:\n    path: code\n    " + table
			if got := reads(t, "k", rules, map[string]string{"k": c.key}, nil, c.body); got != "match charged=unknown code=0" {
				t.Errorf("got %s", got)
			}
			if got := reads(t, "k", rules, map[string]string{"k": c.key}, nil, c.body[:len(c.body)-2]+"00"); got == "match charged=unknown code=0" {
				t.Error("a damaged answer is read all the same")
			}
		})
	}
	// What a symmetric cipher makes of a request, it opens in an answer.
	for _, step := range []string{
		"cipher: aes, mode: ecb, key: k", "cipher: aes, mode: gcm, key: k", "cipher: aes, key: k, iv: random", "cipher: aes, key: k, iv: from_key",
		"cipher: sm4, key: k, iv: zero", "cipher: sm4, mode: gcm, key: k", "cipher: 3des, mode: ecb, key: k", "cipher: 3des, key: k, iv: random",
	} {
		sealed := stepped(t, `"{\"code\":0}"`, "{encrypt: {"+step+"}}, hex", map[string]string{"k": "0123456789abcdef"})
		rules := "  unwrap: {do: [from_hex, {decrypt: {" + step + "}}]}\n  result:\n    path: code\n    " + table
		if got := reads(t, "k", rules, map[string]string{"k": "0123456789abcdef"}, nil, sealed); got != "match charged=unknown code=0" {
			t.Errorf("%s: got %s", step, got)
		}
		for _, damaged := range []string{"", "00", sealed[:len(sealed)-4]} {
			if got := reads(t, "k", rules, map[string]string{"k": "0123456789abcdef"}, nil, damaged); got != "not_understood sent charged=unknown" {
				t.Errorf("%s of %q: got %s", step, damaged, got)
			}
		}
	}
}

func TestAnswer_CountsOnlyWithItsSignature(t *testing.T) {
	result := "\n  result:\n    path: code\n    " + table
	sign := func(text string) string {
		digest := sha256.Sum256([]byte(text))
		b, err := rsa.SignPKCS1v15(nil, rsaKey(), crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	signSM2 := func(text string) string {
		b, err := sm2Key().SignWithSM2(rand.Reader, nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	const good, bad = "match charged=unknown code=0", "not_understood sent charged=unknown"
	md5 := "  verify: {at: sign, of: sorted, after: '\"&key=\" + credential.k', method: md5}" + result
	inHeader := "  verify: {header: X-Sign, of: body, method: rsa_sha256, key: k, as: base64}" + result
	ofPath := "  verify: {at: sign, of: code, method: sm2, key: k, as: base64}" + result
	body := `{"code":0}`
	for _, c := range []struct{ name, rules, key, header, body, want string }{
		{"sorted", md5, "K", "", `{"msg":"ok","code":0,"none":null,"sign":"` + sum("code=0&msg=ok&key=K") + `"}`, good},
		{"changed", md5, "K", "", `{"msg":"ok","code":0,"more":1,"sign":"` + sum("code=0&msg=ok&key=K") + `"}`, bad},
		{"missing", md5, "K", "", `{"code":0}`, bad},
		{"of another secret", md5, "L", "", `{"code":0,"sign":"` + sum("code=0&key=K") + `"}`, bad},
		{"in a header", inHeader, publicPEM(t), sign(body), body, good},
		{"in a header, changed", inHeader, publicPEM(t), sign(body), `{"code":0 }`, bad},
		{"in no header", inHeader, publicPEM(t), "", body, bad},
		{"no base64", inHeader, publicPEM(t), "%%%", body, bad},
		{"of one value", ofPath, sm2PublicHex(), "", `{"code":0,"sign":"` + signSM2("0") + `"}`, good},
		{"of another value", ofPath, sm2PublicHex(), "", `{"code":0,"sign":"` + signSM2("1") + `"}`, bad},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			if c.header != "" {
				header.Set("X-Sign", c.header)
			}
			if got := reads(t, "k", c.rules, map[string]string{"k": c.key}, header, c.body); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	for method, wrong := range map[string]string{"rsa_sha1": "must be an RSA public key", "sm2": "must be an SM2 public key"} {
		text := one("k", "{name: v, text: x}")
		head, _, _ := strings.Cut(text, "answer:")
		text = head + "answer:\n  verify: {at: sign, of: code, method: " + method + ", key: k}" + result
		m, err := httpjson.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := httpjson.New(m, map[string]string{"k": "no key at all"}, httpjson.Options{}); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("got %v, want %s", err, wrong)
		}
	}
}
