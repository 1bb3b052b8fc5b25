package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const formKind = "application/x-www-form-urlencoded; charset=UTF-8"

// signer is who holds an AppKey with its AppSecret.
type signer struct{ key, secret string }

func (n *node) signer() signer { return signer{n.demo.AppKey, n.demo.AppSecret} }

// request is a call about a form, signed in the documented way, and the string that its
// signature covers. The headers given, in pairs, are signed with it.
func (s signer) request(t *testing.T, url string, form url.Values, header ...string) (r *http.Request, toSign string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formKind)
	r.Header.Set("X-Ca-Key", s.key)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	var listed, params []string
	toSign = "POST\n" + r.Header.Get("Accept") + "\n" + r.Header.Get("Content-MD5") + "\n" + formKind + "\n" + r.Header.Get("Date") + "\n"
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Ca-") {
			listed = append(listed, name)
		}
	}
	slices.Sort(listed)
	for _, name := range listed {
		toSign += name + ":" + r.Header.Get(name) + "\n"
	}
	for name := range form {
		params = append(params, name+"="+form.Get(name))
	}
	slices.Sort(params)
	toSign += path + "?" + strings.Join(params, "&")
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte(toSign))
	r.Header.Set("X-Ca-Signature-Headers", strings.Join(listed, ","))
	r.Header.Set("X-Ca-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return r, toSign
}

// issue makes a credential beside the running node.
func issue(t *testing.T, dir string, env []string, account string, flags ...string) (c credential) {
	t.Helper()
	out := must(t, env, append([]string{"credential", "add", "--json", "--account", account, "--data", dir}, flags...)...)
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatal(err)
	}
	return c
}
