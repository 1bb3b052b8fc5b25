package e2e_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet/internal/owner"
)

const (
	words      = "four words in a row"
	otherWords = "five other words in a row"
)

// typed runs a command of quartet with this on its standard input.
func typed(t *testing.T, env []string, in string, args ...string) (out, errs string, exit int) {
	t.Helper()
	cmd := exec.Command(binary(t), args...)
	cmd.Env, cmd.Stdin = env, strings.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// credential is a line of `credential list --json`, or of add and rotate.
type credential struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	AppKey   string   `json:"app_key"`
	Secret   string   `json:"secret"`
	State    string   `json:"state"`
	QPS      int      `json:"qps"`
	Daily    int64    `json:"daily"`
	From     []string `json:"from"`
	Products []string `json:"products"`
	Expires  string   `json:"expires_at"`
	LastUsed string   `json:"last_used_at"`
}

// auditEntry is a line of `audit list --json`.
type auditEntry struct {
	Actor, Action, Subject, Detail string
}

// desk is a data folder with the account acme, where commands are run.
type desk struct {
	t   *testing.T
	dir string
	env []string
}

func newDesk(t *testing.T, dir string) desk {
	t.Helper()
	d := desk{t, dir, environ(guardOff)}
	d.must("account", "add", "--id", "acme", "Acme")
	d.must("grant", "add", "--account", "acme", "--units", "1000")
	return d
}

func (d desk) must(args ...string) string {
	d.t.Helper()
	return strings.TrimSuffix(must(d.t, d.env, append(args, "--data", d.dir)...), "\n")
}

// add issues a credential of acme.
func (d desk) add(flags ...string) credential {
	d.t.Helper()
	return lines[credential](d.t, d.must(append([]string{"credential", "add", "--account", "acme", "--json"}, flags...)...))[0]
}

func (d desk) list() []credential {
	d.t.Helper()
	return lines[credential](d.t, d.must("credential", "list", "--account", "acme", "--json"))
}

func (d desk) find(id string) credential {
	d.t.Helper()
	list := d.list()
	i := slices.IndexFunc(list, func(c credential) bool { return c.ID == id })
	if i < 0 {
		d.t.Fatalf("the list lacks %s", id)
	}
	return list[i]
}

// call asks about somebody as the kind of the credential wants it.
func (d desk) call(n *node, c credential) answer {
	d.t.Helper()
	buyer, form := newClient(n.url, ""), n.demo.People[0].form()
	switch c.Kind {
	case "key":
		form.Set("key", c.Secret)
	case "appkey":
		return signed(d.t, buyer, c, form)
	default:
		buyer.appcode = c.Secret
	}
	return buyer.mustAsk(d.t, form)
}

// signed calls with AppKey and AppSecret, as documented for that kind.
func signed(t *testing.T, c *client, by credential, form url.Values) answer {
	t.Helper()
	const kind = "application/x-www-form-urlencoded"
	r, err := http.NewRequest(http.MethodPost, c.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for name, values := range form {
		pairs = append(pairs, name+"="+values[0])
	}
	slices.Sort(pairs)
	mac := hmac.New(sha256.New, []byte(by.Secret))
	mac.Write([]byte("POST\n\n\n" + kind + "\n\nX-Ca-Key:" + by.AppKey + "\n" + path + "?" + strings.Join(pairs, "&")))
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Ca-Key", by.AppKey)
	r.Header.Set("X-Ca-Signature-Headers", "X-Ca-Key")
	r.Header.Set("X-Ca-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	a, err := c.send(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// said is the gateway's answer, else the state or code.
func said(a answer) string {
	if g := a.gateway(); g != "200" {
		return g
	}
	return a.result()
}

func TestCredential_LivesBesideAServerAndWithoutOne(t *testing.T) {
	t.Parallel()
	t.Run("without a server", func(t *testing.T) { liveThrough(t, newDesk(t, folder(t))) })
	t.Run("beside a server", func(t *testing.T) {
		dir := folder(t)
		n := startServe(t, dir, environ())
		liveThrough(t, newDesk(t, dir))
		if code := n.stop(); code != 0 {
			t.Errorf("exit %d\n%s", code, n.log)
		}
		for _, secret := range []string{words, otherWords, "not the password"} {
			if strings.Contains(n.log.String(), secret) {
				t.Errorf("the log has the password %q", secret)
			}
		}
	})
}

func liveThrough(t *testing.T, d desk) {
	made := d.add("--name", "main", "--qps", "5", "--daily", "1000", "--from", "192.0.2.7", "--products", "1887", "--expires", "2090-12-31")
	listed := d.find(made.ID)
	if listed.Secret != "" || listed.Name != "main" || listed.QPS != 5 || listed.Daily != 1000 || listed.State != "active" ||
		!slices.Equal(listed.From, []string{"192.0.2.7/32"}) || !slices.Equal(listed.Products, []string{"1887"}) || !strings.HasPrefix(listed.Expires, "2091-01-01T00:00:00") {
		t.Errorf("%+v", listed)
	}

	show := []string{"credential", "show", made.ID, "--reason", "the buyer lost it", "--data", d.dir}
	if out, errs, exit := typed(t, d.env, words+"\n", show...); exit != 1 || out != "" || !strings.Contains(errs, "quartet operator add") {
		t.Errorf("without an operator: exit %d, %s%s", exit, out, errs)
	}
	if _, errs, exit := typed(t, d.env, words+"\n", "operator", "add", "zhang", "--data", d.dir); exit != 0 {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	if out, errs, exit := typed(t, d.env, "not the password\n", show...); exit != 1 || out != "" || !strings.Contains(errs, "the name or the password is wrong") {
		t.Errorf("with a wrong password: exit %d, %s%s", exit, out, errs)
	}
	if out, errs, exit := typed(t, d.env, words+"\n", show...); exit != 0 || out != made.Secret+"\n" {
		t.Errorf("with the right one: exit %d, %s", exit, errs)
	}
	if _, errs, exit := typed(t, d.env, words+"\n"+otherWords+"\n", "operator", "password", "zhang", "--data", d.dir); exit != 0 {
		t.Errorf("exit %d: %s", exit, errs)
	}

	next := lines[credential](t, d.must("credential", "rotate", made.ID, "--overlap", "2", "--json"))[0]
	d.must("credential", "set", next.ID, "--qps", "0")
	d.must("credential", "revoke", made.ID)
	if old, now := d.find(made.ID), d.find(next.ID); old.State != "revoked" || now.State != "active" || now.Expires != listed.Expires || now.QPS != 0 {
		t.Errorf("%+v\n%+v", old, now)
	}
	if _, errs, exit := command(t, d.env, "credential", "set", made.ID, "--qps", "1", "--data", d.dir); exit != 1 || !strings.Contains(errs, "was revoked") {
		t.Errorf("a revoked one: exit %d, %s", exit, errs)
	}

	var done []string
	who := owner.User()
	text := d.must("audit", "list", "--json")
	for _, e := range lines[auditEntry](t, text) {
		actor, user, _ := strings.Cut(e.Actor, " (")
		if actor == "command line" && user != who+")" {
			t.Errorf("%s was done by %q, want %s", e.Action, e.Actor, who)
		}
		done = append(done, actor+": "+e.Action)
	}
	want := []string{
		"command line: credential.revoke", "command line: credential.change", "command line: credential.rotate", "zhang: operator.password",
		"zhang: credential.show", "command line: operator.refused", "command line: operator.add", "command line: credential.issue", "command line: account.open",
	}
	if !slices.Equal(done, want) {
		t.Errorf("the audit says\n%q, want\n%q", done, want)
	}
	said := text + d.must("audit", "list") + d.must("credential", "list") + d.must("operator", "list", "--json")
	if strings.Contains(said, "argon2") {
		t.Error("a list holds what is kept of a password")
	}
	err := filepath.WalkDir(d.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var data []byte
			data, err = os.ReadFile(path)
			said += string(data)
		}
		return err
	})
	if err != nil || !strings.Contains(said, "$argon2id$") {
		t.Fatalf("the files were not searched: %v", err)
	}
	for _, secret := range []string{made.Secret, next.Secret, words, otherWords, "not the password"} {
		if strings.Contains(said, secret) {
			t.Errorf("a list or a file holds %q", secret)
		}
	}
}

func TestCredential_IsRefusedAtOnceWhenItIsRevoked(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(guardOff))
	d := newDesk(t, dir)
	for _, tt := range []struct{ kind, refused string }{
		{"appcode", "400 A400AC"}, {"key", "10005"}, {"appkey", "400 A400IK"},
	} {
		made := d.add("--kind", tt.kind)
		if got := said(d.call(n, made)); got != "1" {
			t.Errorf("%s: %s", tt.kind, got)
		}
		d.must("credential", "revoke", made.ID)
		if got := said(d.call(n, made)); got != tt.refused {
			t.Errorf("%s, revoked: %s, want %s", tt.kind, got, tt.refused)
		}
	}
}

func TestCredential_IsRotatedWithoutAGap(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(guardOff))
	d := newDesk(t, dir)
	for _, kind := range []string{"appcode", "key", "appkey"} {
		old := d.add("--kind", kind)
		next := lines[credential](t, d.must("credential", "rotate", old.ID, "--json"))[0]
		if a, b := said(d.call(n, old)), said(d.call(n, next)); a != "1" || b != "1" {
			t.Errorf("%s: the old one gets %s, the new one %s", kind, a, b)
		}
		// A second is as long as an overlap for a test can be.
		last := lines[credential](t, d.must("credential", "rotate", next.ID, "--overlap", "1s", "--json"))[0]
		over := time.Now().Add(time.Second) // of this clock the end is not later
		want := map[string]string{"appcode": "400 A400AC", "key": "10005", "appkey": "400 A400IK"}[kind]
		for {
			late := time.Now().After(over)
			got := said(d.call(n, next))
			if got == want {
				break
			}
			if got != "1" || late {
				t.Fatalf("%s: after its end %v the old one gets %s", kind, late, got)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if got := said(d.call(n, last)); got != "1" {
			t.Errorf("%s: the last one gets %s", kind, got)
		}
		if state := d.find(next.ID).State; state != "expired" {
			t.Errorf("it is listed as %s", state)
		}
	}
}

func TestCredential_IsKeptToItsLimits(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(guardOff))
	d := newDesk(t, dir)
	d.must("product", "add", "1979", "--path", "/communication/personal/1979", "--name", "银行卡二要素核验", "--need", "card,name")
	for _, tt := range []struct {
		name    string
		flags   []string
		want    string
		lifted  []string // by which it is let in again
		refused string   // of a key
	}{
		{"from elsewhere", []string{"--from", "192.0.2.0/24,2001:db8::/32"}, "403 A403IP", []string{"--from", "127.0.0.0/8,::1"}, "10010"},
		{"another product", []string{"--products", "1979"}, "403 I403AA", []string{"--products", ""}, "10010"},
	} {
		for _, kind := range []string{"appcode", "key"} {
			made := d.add(append([]string{"--kind", kind}, tt.flags...)...)
			want := tt.want
			if kind == "key" {
				want = tt.refused
			}
			if got := said(d.call(n, made)); got != want {
				t.Errorf("%s, %s: %s, want %s", tt.name, kind, got, want)
			}
			d.must(append([]string{"credential", "set", made.ID}, tt.lifted...)...)
			if got := said(d.call(n, made)); got != "1" {
				t.Errorf("%s, %s: when that is lifted: %s", tt.name, kind, got)
			}
		}
	}

	day := d.add("--daily", "2")
	for i, want := range []string{"1", "1", "429 T429PR"} {
		if got := said(d.call(n, day)); got != want {
			t.Errorf("call %d of the day: %s, want %s", i+1, got, want)
		}
	}
	d.must("credential", "set", day.ID, "--daily", "3")
	if got := said(d.call(n, day)); got != "1" {
		t.Errorf("with a higher limit: %s", got)
	}

	second := d.add("--qps", "1")
	if count := d.callAtOnce(n, second); count["1"] == 0 || count["429 T429PA"] == 0 || len(count) != 2 {
		t.Errorf("with a call a second: %v", count)
	}
	d.must("credential", "set", second.ID, "--qps", "0")
	if count := d.callAtOnce(n, second); count["1"] != atOnce {
		t.Errorf("without a limit: %v", count)
	}
	d.must("account", "limit", "acme", "--qps", "1")
	if count := d.callAtOnce(n, second); count["1"] == 0 || count["429 T429GR"] == 0 || len(count) != 2 {
		t.Errorf("with a call a second of the account: %v", count)
	}
	d.must("account", "limit", "acme", "--qps", "0")

	if d.find(second.ID).LastUsed == "" {
		t.Error("its last use is not listed")
	}
}

// The address that a caller has, it must have from whoever stands at the other end of the
// connection: what a header claims counts only where a proxy is believed.
func TestCredential_TakesAnAddressFromTrustedProxiesAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, claimed string
		env           []string
		want          string
	}{
		{"claimed by anybody", "192.0.2.7", nil, "403 A403IP"},
		{"said by a trusted proxy", "192.0.2.7", []string{"QUARTET_TRUSTED_PROXIES=127.0.0.1"}, "1"},
		{"said by a trusted proxy, of another", "192.0.3.7", []string{"QUARTET_TRUSTED_PROXIES=127.0.0.1"}, "403 A403IP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t)
			n := startDemo(t, dir, environ(tt.env...))
			made := newDesk(t, dir).add("--from", "192.0.2.0/24")
			r, err := http.NewRequest(http.MethodPost, n.url+path, strings.NewReader(n.demo.People[0].form().Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Authorization", "APPCODE "+made.Secret)
			r.Header.Set("X-Forwarded-For", tt.claimed)
			a, err := newClient(n.url, made.Secret).send(r)
			if err != nil || said(a) != tt.want {
				t.Errorf("%s, %v; want %s", said(a), err, tt.want)
			}
		})
	}
}

const atOnce = 24

// callAtOnce counts what many calls at once get.
func (d desk) callAtOnce(n *node, c credential) map[string]int {
	d.t.Helper()
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		count = map[string]int{}
	)
	buyer := newClient(n.url, c.Secret)
	for range atOnce {
		wg.Go(func() {
			a, err := buyer.ask(n.demo.People[0].form(), "")
			got := said(a)
			if err != nil {
				got = err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			count[got]++
		})
	}
	wg.Wait()
	return count
}
