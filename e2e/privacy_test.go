package e2e_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet/internal/store/pgtest"
)

// Nothing of a person may be found in anything that a node leaves behind.

// loudest logs all there is to log.
const loudest = "QUARTET_LOG_LEVEL=debug"

func TestPrivacy_NoElementIsLeftAnywhereOnSQLite(t *testing.T) {
	t.Parallel()
	leaveNothing(t, environ(loudest), func() string { return "" })
}

func TestPrivacy_NoElementIsLeftAnywhereOnPostgreSQL(t *testing.T) {
	t.Parallel()
	pg := pgtest.Shared(t)
	url := pg.NewDatabase(t)
	leaveNothing(t, environ(loudest, "QUARTET_STORE="+url), func() string {
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
	secrets, left := n.handOut(t, dir, env)
	planted = append(planted, n.askTheSandbox(t), n.askSigned(t)) // in the end this address is not listened to

	left["the metrics"] = get(t, n.admin+"/metrics")
	for _, list := range []string{"call list", "audit list", "credential list", "account list", "operator list", "grant list", "quota show"} {
		words := append(strings.Fields(list), "--data", dir)
		left["quartet "+list], left["quartet "+list+" --json"] = must(t, env, words...), must(t, env, append(words, "--json")...)
	}
	if code := n.stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, n.log)
	}
	left["the log"] = n.log.String()
	left["the dump"] = dump()
	maps.Copy(left, readTree(t, filepath.Dir(dir))) // with the keyring beside it
	if !strings.Contains(left["the log"], `"msg":"call"`) || strings.Count(left["quartet audit list"], "credential.") < 6 || len(left) < 20 {
		t.Fatalf("there is too little to search: %d places, audit:\n%s", len(left), left["quartet audit list"])
	}
	search(t, left, planted)
	searchSecrets(t, left, secrets)
}

// search looks for every element of every planted person everywhere.
func search(t *testing.T, left map[string]string, planted []person) {
	t.Helper()
	for i, p := range planted {
		for _, element := range []string{p.Name, p.IDCard, p.AccNo, p.Mobile} {
			for where, text := range left {
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
	forms := map[string]string{"in clear": element, "percent-encoded": url.QueryEscape(element), "escaped": strings.Trim(strconv.QuoteToASCII(element), `"`)}
	coded := map[string]string{"": element}
	if gbk, err := simplifiedchinese.GBK.NewEncoder().String(element); err == nil && gbk != element {
		coded[" of GBK"] = gbk
		if len(gbk) > 4 { // two letters alone are found anywhere by chance
			forms["as GBK"] = gbk
		}
	}
	// A hash without a key is as good as the element itself to who can count.
	plain, old := sha256.Sum256([]byte(element)), md5.Sum([]byte(element))
	forms["as SHA-256"], forms["as MD5"] = string(plain[:16]), string(old[:])
	coded[" of SHA-256"], coded[" of MD5"] = string(plain[:16]), string(old[:])
	for of, bytes := range coded {
		forms["as hex"+of] = hex.EncodeToString([]byte(bytes))
		forms["as upper-case hex"+of] = strings.ToUpper(forms["as hex"+of])
		if whole := base64.StdEncoding.EncodeToString([]byte(bytes[:len(bytes)/3*3])); len(whole) > 8 {
			forms["as base64"+of] = whole
		}
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

// A source that fails in any way, or panics, is told of in the log without its question.
func TestPrivacy_ASourceThatFailsTellsNobodysElements(t *testing.T) {
	t.Parallel()
	people := invent(t, 30, demoSeed)
	faults := []string{"panic", "not_understood", "failed", "rejected", "unreachable", "frequency", "no_record", "unsupported", "busy"}
	var script strings.Builder
	script.WriteString("cards:\n")
	for i, f := range faults {
		script.WriteString("  \"" + people[i].AccNo + "\": {fault: " + f + "}\n")
	}
	file := filepath.Join(t.TempDir(), "script.yaml") // the one place where the cards stand
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	dir, env := folder(t), environ(loudest)
	simulate(t, dir, env, "bad", file)
	n := startServe(t, dir, env)
	buyer := newClient(n.url, openAccount(t, dir, env, "buyer", 100))
	for i := range faults {
		if a := buyer.mustAsk(t, people[i].form()); a.Code == "10000" {
			t.Errorf("%s: %s", faults[i], a.body)
		}
	}
	metrics := get(t, n.admin+"/metrics")
	for range 500 { // the log is written behind
		if strings.Count(n.log.String(), `"msg":"call"`) == len(faults) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	n.kill() // what a crash leaves counts as well
	left := readTree(t, filepath.Dir(dir))
	left["the metrics"], left["the log"] = metrics, n.log.String()
	if !strings.Contains(left["the log"], "unexpected fault") {
		t.Errorf("the panic was not logged:\n%s", n.log)
	}
	search(t, left, people[:len(faults)])
}

// A file with damaged rows is imported beside a running server: nobody in it is told of,
// neither those who were loaded nor those who were not.
func TestPrivacy_AnImportTellsNobodysElements(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(loudest)
	n := startDemo(t, dir, env)
	good := invent(t, 20, importSeed)
	bad := person{Name: "贾不真", IDCard: "110101199003078671", AccNo: "6222020000000000017", Mobile: "19796146899"}
	var rows strings.Builder
	rows.WriteString("姓名,证件号,卡号,手机号\n")
	for _, p := range append(good, bad) {
		rows.WriteString(strings.Join([]string{p.Name, p.IDCard, p.AccNo, p.Mobile}, ",") + "\n")
	}
	file, report := filepath.Join(t.TempDir(), "people.csv"), filepath.Join(t.TempDir(), "damaged.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, exit := command(t, env, "registry", "import", file, "--report", report, "--data", dir)
	if exit != 0 {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	said := readTree(t, filepath.Dir(report))[report]
	if !strings.Contains(said, "id_checksum") {
		t.Errorf("the report does not name the damaged row: %q", said)
	}
	if a := n.buyer().mustAsk(t, good[0].form()); a.result() != "1" {
		t.Errorf("somebody who was loaded: %s", a.body)
	}
	n.stop()
	left := readTree(t, filepath.Dir(dir))
	left["what it printed"], left["the report"], left["the log"] = out+errs, said, n.log.String()
	search(t, left, append(good, bad))
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
