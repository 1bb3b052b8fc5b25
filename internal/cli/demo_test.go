package cli_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/client"
	"quartet/internal/account"
	"quartet/internal/seal"
	"quartet/internal/store"
)

// expected asks about a person of the demo and gives the state, or the code without one.
func expected(t *testing.T, c client.Client, p client.Person) string {
	t.Helper()
	a, err := c.Verify(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if a.State == "" {
		return a.Code
	}
	return a.State
}

func TestDemo_AnswersAsItPromises(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	begun := time.Now()
	s, d := startDemo(t, dir, "--units", "3")
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("ready after %v", took)
	}
	if d.DataDir != dir || strings.HasSuffix(d.BaseURL, "/") || len(d.People) != 4 {
		t.Errorf("%+v", d)
	}
	c := client.Client{BaseURL: d.BaseURL, AppCode: d.AppCode}
	var want []string
	for _, p := range d.People {
		want = append(want, p.Expect)
		if got := expected(t, c, client.Person{Name: p.Name, IDCard: p.IDCard, AccNo: p.AccNo, Mobile: p.Mobile}); got != p.Expect {
			t.Errorf("got %s, want %s", got, p.Expect)
		}
	}
	if strings.Join(want, " ") != "1 2 3 10015" {
		t.Errorf("the people expect %v", want)
	}

	// The key is as good as the AppCode, and uses the third and last unit.
	p := d.People[0]
	form := url.Values{"name": {p.Name}, "idcard": {p.IDCard}, "acc_no": {p.AccNo}, "mobile": {p.Mobile}, "key": {d.Key}}
	resp, err := http.PostForm(d.BaseURL+client.Path, form)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("with the key: %s", resp.Status)
	}
	var refused *client.GatewayError
	if _, err = c.Verify(t.Context(), client.Person{Name: p.Name, IDCard: p.IDCard, AccNo: p.AccNo, Mobile: p.Mobile}); !errors.As(err, &refused) || refused.Code != "B403MQ" {
		t.Errorf("after the last unit: %v", err)
	}
	if _, err := (client.Client{BaseURL: d.BaseURL, AppCode: "wrong"}).Verify(t.Context(), client.Person{}); !errors.As(err, &refused) || refused.Code != "A400AC" {
		t.Errorf("with a wrong AppCode: %v", err)
	}

	var row struct {
		SeqNo   string `json:"seq_no"`
		Time    string `json:"time"`
		Account string `json:"account"`
		Code    string `json:"code"`
		State   string `json:"state"`
		Reason  string `json:"reason"`
		Charged int64  `json:"charged"`
		Grant   string `json:"grant_id"`
	}
	log := strings.Split(must(t, "call", "list", "--json", "--data", dir), "\n")
	if len(log) != 5 {
		t.Fatalf("%d calls are logged, want 5:\n%s", len(log), strings.Join(log, "\n"))
	}
	charged := int64(0)
	for _, line := range log {
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		charged += row.Charged
		if row.Account != "demo" || !strings.HasSuffix(row.Time, "+08:00") || !regexp.MustCompile(`^[0-9A-Z]{8}[0-9]{10}$`).MatchString(row.SeqNo) {
			t.Error(line)
		}
		if show := must(t, "call", "show", row.SeqNo, "--json", "--data", dir); show != strings.TrimSuffix(line, "}")+`,"attempts":[]}` {
			t.Errorf("call show says %s\ncall list says %s", show, line)
		}
	}
	if charged != 3 {
		t.Errorf("%d units were charged, want 3", charged)
	}
	if got := must(t, "quota", "show", "--json", "--data", dir); !strings.Contains(got, `"units":3,"used":3,"held":0,"withdrawn":0`) {
		t.Error(got)
	}
	must(t, "quota", "audit", "--data", dir)

	if s.stop() != 0 {
		t.Fatal("it did not end well")
	}
	_, again := startDemo(t, dir, "--units", "99")
	if secretsOf(again) != secretsOf(d) {
		t.Error("a restart changed the credentials")
	}
	if got := must(t, "quota", "show", "--json", "--data", dir); !strings.Contains(got, `"units":3,"used":3`) || strings.Contains(got, `"units":99`) {
		t.Errorf("a restart changed the units: %s", got)
	}
}

func TestDemo_ItsBuyerIsAFirmThatIsApproved(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second start changes nothing
		s, _ := startDemo(t, dir)
		if list := run(t, "", "account", "list", "--data", dir); !strings.Contains(list.out, "payroll") {
			t.Errorf("the account is\n%s", list.out)
		}
		entries := run(t, "", "audit", "list", "--json", "--limit", "100", "--data", dir)
		if n := strings.Count(entries.out, `"firm.approve"`); n != 1 {
			t.Errorf("it was approved %d times:\n%s", n, entries.out)
		}
		s.stop()
	}
}

func TestDemo_PrintsCurlLinesToCopy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := start(t, nil, "demo", "--empty", "--data", dir, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	var text strings.Builder
	for !strings.Contains(text.String(), "Ctrl-C") {
		line, err := s.out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(line)
	}
	if n := strings.Count(text.String(), "curl -s http://127.0.0.1:"); n != 4 {
		t.Errorf("%d curl lines:\n%s", n, text.String())
	}
	if n := strings.Count(text.String(), "--data-urlencode 'name="); n != 4 {
		t.Errorf("%d names", n)
	}
	for _, shown := range []string{`AppCode   [0-9a-f]{32}`, `key       [0-9a-f]{32}`, `AppKey    \d{9}`, `AppSecret [0-9a-f]{32}`, `Sandbox   [0-9a-f]{32} `} {
		if !regexp.MustCompile(`(?m)^  ` + shown).MatchString(text.String()) {
			t.Errorf("nothing like %q in\n%s", shown, text.String())
		}
	}
}

// secrets is what lets a caller of the demo in.
type secrets struct{ appCode, key, appKey, appSecret, sandbox string }

func secretsOf(d demo) secrets {
	return secrets{d.AppCode, d.Key, d.AppKey, d.AppSecret, d.SandboxAppCode}
}

func (s secrets) all() []string { return []string{s.appCode, s.key, s.appKey, s.appSecret, s.sandbox} }

// What an earlier version lacked, or somebody revoked, or what has expired, is made anew;
// what is in force stays. The sandbox's AppCode, older by then, is never taken for the live
// one.
func TestDemo_MakesTheCredentialsThatAreNotInForce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, d := startDemo(t, dir)
	first := secretsOf(d)
	if s.stop() != 0 {
		t.Fatal("it did not end well")
	}
	ids := map[string]string{} // of kind and name
	for line := range strings.Lines(must(t, "credential", "list", "--json", "--data", dir)) {
		var c struct {
			ID   string `json:"id"`
			Kind string `json:"kind"`
			Name string `json:"name"`
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		ids[c.Kind+" "+c.Name] = c.ID
	}
	if len(ids) != 4 {
		t.Fatalf("the demo's credentials are %v", ids)
	}
	must(t, "credential", "revoke", ids["appcode demo"], "--data", dir)
	must(t, "credential", "revoke", ids["appkey demo"], "--data", dir)
	expire(t, dir, ids["key demo"])

	s, d = startDemo(t, dir)
	second := secretsOf(d)
	seen := map[string]bool{}
	for _, secret := range append(first.all(), second.all()...) {
		seen[secret] = true
	}
	if second.sandbox != first.sandbox || len(seen) != 9 || seen[""] {
		t.Errorf("all but the sandbox's AppCode were to be new: %v, then %v", first, second)
	}
	if s.stop() != 0 {
		t.Fatal("it did not end well")
	}
	must(t, "credential", "revoke", ids["appcode sandbox"], "--data", dir)
	_, d = startDemo(t, dir)
	third := secretsOf(d)
	if third.sandbox == second.sandbox || third.sandbox == third.appCode {
		t.Errorf("the sandbox's AppCode was revoked, and is %s still", third.sandbox)
	}
	if third.sandbox = second.sandbox; third != second {
		t.Errorf("something else changed: %v, then %v", second, third)
	}
}

// expire ends a credential's time, as if it had been issued with an end.
func expire(t *testing.T, dir, id string) {
	t.Helper()
	ring, err := seal.Open(filepath.Join(dir, "quartet.keyring"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	desk := account.New(st, ring, func() time.Time { return time.Now().Add(-time.Hour) }) // then the end still lay ahead
	_, err = desk.Change(t.Context(), "tester", id, func(c *quartet.Credential) { c.ExpiresAt = time.Now().Add(-time.Minute) })
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestDemo_LeavesAServersFolderAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "Acme")
	o := run(t, "", "demo", "--empty", "--data", dir, "--listen", "127.0.0.1:0")
	if o.code != 1 || !strings.Contains(o.err, "not made by the demo") {
		t.Errorf("%+v", o)
	}
}

func TestNothingSaysAnElement(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, d := startDemo(t, dir)
	c := client.Client{BaseURL: d.BaseURL, AppCode: d.AppCode}
	var planted []string
	for _, p := range d.People {
		planted = append(planted, p.Name, p.IDCard, p.AccNo, p.Mobile)
		_ = expected(t, c, client.Person{Name: p.Name, IDCard: p.IDCard, AccNo: p.AccNo, Mobile: p.Mobile})
		_ = expected(t, c, client.Person{Name: p.Mobile, IDCard: p.AccNo, AccNo: p.IDCard, Mobile: p.Name})
		for _, body := range []string{"name=" + p.Name + "&name=" + p.AccNo + "&mobile=%zz", `{"acc_no":"` + p.AccNo + `"`, p.IDCard} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.BaseURL+client.Path+"?mobile="+p.Mobile, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "APPCODE "+d.AppCode)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		}
	}
	planted = append(planted, d.AppCode, d.Key, d.AppSecret, d.SandboxAppCode)
	said := map[string]string{
		"call list":        must(t, "call", "list", "--data", dir),
		"call list --json": must(t, "call", "list", "--json", "--data", dir),
		"credential list":  must(t, "credential", "list", "--data", dir),
	}
	o := run(t, d.People[0].IDCard+"\n"+d.People[0].AccNo+"\n", "registry", "import", "-", "--data", dir)
	said["a failed import"] = o.out + o.err
	o = run(t, `{"name":"`+d.People[0].Name+`","card":"`+d.People[0].AccNo+`"}`, "verify", "--appcode-file", secretFile(t, d.AppCode), "--url", d.BaseURL)
	said["a failed verify"] = o.out + o.err
	if s.stop() != 0 {
		t.Fatal("it did not end well")
	}
	said["the log"] = s.log.String()
	if !strings.Contains(said["the log"], `"msg":"call"`) {
		t.Error("the log has no lines of calls: nothing was tested")
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		said[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for who, what := range said {
		for _, p := range planted {
			if strings.Contains(what, p) {
				t.Errorf("%s says %q", who, p)
			}
		}
	}
}

func secretFile(t *testing.T, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
