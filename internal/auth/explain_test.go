package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet/internal/auth"
	"quartet/internal/web"
)

func joined(parts []auth.Part) string {
	lines := make([]string, len(parts))
	for i, p := range parts {
		lines[i] = p.Text
	}
	return strings.Join(lines, "\n")
}

// What Explain shows is what the server signs: a request that is signed over it gets in.
func TestExplain_ShowsTheStringThatTheServerSigns(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		r := v.request(t)
		r.Header.Set("X-Ca-Signature", auth.Sign(r.Header.Get("X-Ca-Signature-Method"), v.AppSecret, joined(r.Explain())))
		if j := judges(v.AppKey, v.AppSecret).Judge(r, v.at()); j.Gateway == web.WrongSignature {
			t.Errorf("%s: signed over %q, the server's is %s", v.ID, joined(r.Explain()), j.ToSign)
		}
	}
}

func TestExplain_NamesEveryPart(t *testing.T) {
	t.Parallel()
	r := &auth.Request{Method: http.MethodPost, Path: "/p", Header: http.Header{
		"Accept": {"a"}, "Content-Md5": {"m"}, "Content-Type": {"c"}, "Date": {"d"}, "X-Ca-Signature-Headers": {"X-Ca-Nonce,X-Ca-Key"}, "X-Ca-Key": {"k"}, "X-Ca-Nonce": {"n"},
	}}
	r.Form = []web.Param{{Name: "b", Value: "1\n2"}}
	want := []auth.Part{
		{auth.PartMethod, "POST"},
		{auth.PartAccept, "a"},
		{auth.PartContentMD5, "m"},
		{auth.PartContentType, "c"},
		{auth.PartDate, "d"},
		{auth.PartHeader, "X-Ca-Key:k"},
		{auth.PartHeader, "X-Ca-Nonce:n"},
		{auth.PartResource, "/p?b=1\n2"},
	}
	got := r.Explain()
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("part %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestCutLike_LaysAnotherStringBeside(t *testing.T) {
	t.Parallel()
	parts := (&auth.Request{Method: http.MethodPost, Path: "/p", Header: http.Header{"X-Ca-Signature-Headers": {"X-Ca-Key"}, "X-Ca-Key": {"k"}}}).Explain()
	for _, c := range []struct {
		name, text, want string
	}{
		{"as it is", "POST\n\n\n\n\nX-Ca-Key:k\n/p?a=1\n2", "POST||||||X-Ca-Key:k|/p?a=1\n2"},
		{"with the line ends of Windows", "POST\r\n\r\n\r\n\r\n\r\nX-Ca-Key:k\r\n/p", "POST||||||X-Ca-Key:k|/p"},
		{"as the gateway's message has it", "`POST#####X-Ca-Key:k#/p?a=#`", "POST||||||X-Ca-Key:k|/p?a=#"},
		{"too short", "POST\n\n", "POST||"},
		{"empty", "", ""},
	} {
		var texts []string
		for _, p := range auth.CutLike(parts, c.text) {
			texts = append(texts, p.Text)
		}
		if got := strings.Join(texts, "|"); got != strings.Replace(c.want, "||||||", "|||||", 1) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
