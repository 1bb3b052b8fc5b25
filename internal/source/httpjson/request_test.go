package httpjson_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"quartet/internal/source/httpjson"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sevens is a source of randomness that always draws the same.
type sevens struct{}

func (sevens) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}

// shown writes a request as it came, without the headers that every request has.
func shown(r *http.Request, body []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.URL.RequestURI())
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if name != "Content-Length" {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(r.Header[name], " | "))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", body)
	return b.String()
}

// checkedRSA takes an RSA signature, which a new key makes differently each time, out of a
// form once it was checked.
func checkedRSA(t *testing.T, body []byte) []byte {
	t.Helper()
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("sign") == "" || form.Get("data") == "" {
		return body
	}
	text := "data=" + form.Get("data") + "&mess=" + form.Get("mess") + "&timestamp=" + form.Get("timestamp") + "&key=invented-app_key"
	digest := sha256.Sum256([]byte(text))
	signature, err := base64.StdEncoding.DecodeString(form.Get("sign"))
	if err != nil || rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, digest[:], signature) != nil {
		t.Error("the RSA signature does not fit")
	}
	return bytes.Replace(body, []byte(url.QueryEscape(form.Get("sign"))), []byte("checked"), 1)
}

func TestShipped_SendsTheRequestThatItsContractWants(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		t.Run(name, func(t *testing.T) {
			var got string
			address := server(t, func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Host = "host"
				got += shown(r, checkedRSA(t, body))
			})
			src := open(t, manifest(t, name), address, httpjson.Options{Now: noon, Rand: sevens{}})
			for _, need := range src.Scope().Needs {
				got += "# " + need.String() + "\n"
				_, _ = src.Verify(t.Context(), ask(t, 1, need))
			}
			// Signatures over the host change with the port of the test.
			golden(t, "testdata/requests/"+name+".golden", maskHostSignature(name, got))
		})
	}
}

func maskHostSignature(name, text string) string {
	if name != "qiniu" {
		return text
	}
	before, after, _ := strings.Cut(text, "Qiniu invented-access_key:")
	_, rest, _ := strings.Cut(after, "\n")
	return before + "Qiniu invented-access_key:…\n" + rest
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s\nIf this is right, run the test again with -update.", got, want)
	}
}

// One person whom a supplier cannot be asked about is no failure of the supplier.
func TestSource_IsNotAskedWhatItsRequestCannotHold(t *testing.T) {
	for name, field := range map[string]string{
		"too long":                      `{name: name, value: name, length: 1-2}`,
		"a step that does not fit":      `{name: name, value: name, do: [from_hex, hex]}`,
		"an expression that fails":      `{name: name, value: 'string(int(name))'}`,
		"what cannot stand in a header": `{name: X-Name, in: header, value: 'name + "\n"'}`,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := httpjson.Parse([]byte(strings.Replace(small, "{name: name, value: name}", field, 1)))
			if err != nil {
				t.Fatal(err)
			}
			src := open(t, m, server(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }), httpjson.Options{})
			if got, want := told(src.Verify(t.Context(), ask(t, 1, src.Scope().Needs[0]))), "unsupported charged=no"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
