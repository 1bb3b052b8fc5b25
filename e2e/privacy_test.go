package e2e_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet/internal/store/pgtest"
)

// Nothing of a person may be found in anything that a node leaves behind.

func TestPrivacy_NoElementIsLeftAnywhereOnSQLite(t *testing.T) {
	leaveNothing(t, environ(), func() string { return "" })
}

func TestPrivacy_NoElementIsLeftAnywhereOnPostgreSQL(t *testing.T) {
	pg := pgtest.Shared(t)
	url := pg.NewDatabase(t)
	leaveNothing(t, environ("QUARTET_STORE="+url), func() string {
		out, err := exec.Command(pg.Tool("pg_dump"), "--inserts", url).Output()
		if err != nil {
			t.Fatalf("pg_dump: %v", err)
		}
		return string(out)
	})
}

func leaveNothing(t *testing.T, env []string, dump func() string) {
	dir := folder(t)
	n := startDemo(t, dir, env)
	planted := n.demo.People
	for _, p := range planted {
		n.ask(t, p)
	}
	planted = append(planted, n.askBadly(t)...)

	left := map[string]string{"the metrics": get(t, n.admin+"/metrics"), "the call log": must(t, env, "call", "list", "--data", dir)}
	if code := n.stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, n.log)
	}
	left["the log"] = n.log.String()
	left["the dump"] = dump()
	for file, text := range readTree(t, dir) {
		left[file] = text
	}
	if !strings.Contains(left["the log"], `"msg":"call"`) || len(left) < 6 {
		t.Fatalf("there is too little to search: %d places", len(left))
	}
	for where, text := range left {
		for i, p := range planted {
			for _, element := range []string{p.Name, p.IDCard, p.AccNo, p.Mobile} {
				if form := found(text, element); form != "" {
					t.Errorf("person %d: an element stands in %s (%s)", i, where, form)
				}
			}
		}
	}
}

// found looks for an element in the forms in which it could have been written.
func found(text, element string) string {
	if element == "" {
		return ""
	}
	forms := map[string]string{"in clear": element, "percent-encoded": url.QueryEscape(element), "as hex": hex.EncodeToString([]byte(element))}
	if gbk, err := simplifiedchinese.GBK.NewEncoder().String(element); err == nil && len(gbk) > 4 {
		forms["as GBK"] = gbk // two letters alone are found anywhere by chance
	}
	for name, form := range forms {
		if strings.Contains(text, form) {
			return name
		}
	}
	return ""
}

// ask takes a person through a verdict, by AppCode and by key.
func (n *node) ask(t *testing.T, p person) {
	t.Helper()
	if a := n.buyer().mustAsk(t, p.form()); a.result() != p.Expect {
		t.Errorf("asked for %s: %s", p.Expect, a.body)
	}
	form := p.form()
	form.Set("key", n.demo.Key)
	newClient(n.url, "").mustAsk(t, form)
}

// askBadly gives elements where they do not belong, and wrong ones.
func (n *node) askBadly(t *testing.T) []person {
	t.Helper()
	p := person{Name: "贾不真", IDCard: "440402194602076570", AccNo: "62122627035601047930123", Mobile: "19796146899"}
	send := func(query, kind, body string, header ...string) {
		r, err := http.NewRequest(http.MethodPost, n.url+path+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", "APPCODE "+n.demo.AppCode)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		a, err := n.buyer().send(r)
		if err != nil {
			t.Fatal(err)
		}
		if a.Code == "10000" {
			t.Errorf("%s was answered", kind)
		}
		if found(a.body, p.IDCard)+found(a.body, p.Name)+found(a.body, p.AccNo)+found(a.body, p.Mobile) != "" {
			t.Error("the answer repeats an element")
		}
	}
	form := "application/x-www-form-urlencoded"
	send("", form, p.form().Encode())
	send("?"+p.form().Encode(), form, "")
	send("", form, p.form().Encode()+"&idcard="+p.IDCard+"9&broken=%zz")
	send("", "application/json", `{"name":"`+p.Name+`","idcard":"`+p.IDCard+`","acc_no":`+p.AccNo+`,"mobile":"`+p.Mobile)
	send("", "application/json", `{"name":"`+p.Name+`","idcard":`+p.IDCard+`}`)
	send("/"+p.AccNo, form, p.form().Encode())
	send("", form, p.form().Encode(), "Authorization", "APPCODE "+p.IDCard)
	send("", form, p.form().Encode(), "Idempotency-Key", p.IDCard, "X-Request-Id", p.Mobile, "User-Agent", p.Name)
	send("", "text/"+p.Mobile, p.form().Encode())
	return []person{p}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
