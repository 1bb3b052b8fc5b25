package cli_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// listed is a line of `credential list --json`.
type listed struct {
	ID, Account, Kind, Name, State string
	AppKey                         string `json:"app_key"`
	Secret                         string `json:"secret"`
	Test                           bool
	QPS, Burst                     int
	Daily                          int64
	From, Products                 []string
	CreatedAt                      string `json:"created_at"`
	ExpiresAt                      string `json:"expires_at"`
	RevokedAt                      string `json:"revoked_at"`
	LastUsedAt                     string `json:"last_used_at"`
}

// credentials gives the list, oldest first, without what only a clock knows.
func credentials(t *testing.T, dir string) []listed {
	t.Helper()
	var all []listed
	for line := range strings.Lines(must(t, "--data", dir, "credential", "list", "--json")) {
		var one listed
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func newAccountFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	return dir
}

// limits are flags that bound a credential by all there is.
func limits() []string {
	return []string{
		"--name", "夜间 batch", "--qps", "5", "--burst", "20", "--daily", "1000",
		"--from", "192.0.2.7,2001:db8::/32, ::ffff:198.51.100.0/120,192.0.2.7/32", "--products", "1887", "--expires", "2090-12-31",
	}
}

func TestCredentialAdd_KeepsItsLimits(t *testing.T) {
	dir := newAccountFolder(t)
	secret := must(t, append([]string{"--data", dir, "credential", "add", "--account", "acme", "--test"}, limits()...)...)
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(secret) {
		t.Errorf("on standard output is more than the secret: %q", secret)
	}
	got := credentials(t, dir)[0]
	if got.Name != "夜间 batch" || got.QPS != 5 || got.Burst != 20 || got.Daily != 1000 || !got.Test || got.State != "active" ||
		!slices.Equal(got.From, []string{"192.0.2.7/32", "2001:db8::/32", "198.51.100.0/24"}) || !slices.Equal(got.Products, []string{"1887"}) ||
		got.ExpiresAt != "2091-01-01T00:00:00.000000+08:00" || got.LastUsedAt != "" || got.Secret != "" {
		t.Errorf("%+v", got)
	}
	table := must(t, "--data", dir, "credential", "list")
	if want := regexp.MustCompile(`expires 2091-01-01 00:00:00 +sandbox, 5/s burst 20, 1000 a day, from 3 networks, only 1887 +-$`); !want.MatchString(table) {
		t.Errorf("the table says\n%s", table)
	}
}

func TestCredentialAdd_PrintsAnAppKeyBesideItsSecret(t *testing.T) {
	dir := newAccountFolder(t)
	o := run(t, "", "--data", dir, "credential", "add", "--account", "acme", "--kind", "appkey")
	key := regexp.MustCompile(`AppKey ([1-9][0-9]{8});`).FindStringSubmatch(o.err)
	if o.code != 0 || key == nil || !regexp.MustCompile(`^[0-9a-f]{32}\n$`).MatchString(o.out) {
		t.Fatalf("%+v", o)
	}
	if got := credentials(t, dir)[0]; got.AppKey != key[1] || got.Kind != "appkey" {
		t.Errorf("%+v", got)
	}
	var one listed
	if err := json.Unmarshal([]byte(must(t, "--data", dir, "credential", "add", "--account", "acme", "--kind", "appkey", "--json")), &one); err != nil {
		t.Fatal(err)
	}
	if one.AppKey == key[1] || len(one.AppKey) != 9 || len(one.Secret) != 32 {
		t.Errorf("%+v", one)
	}
}

func TestCredentialSet_ChangesOnlyWhatIsGiven(t *testing.T) {
	dir := newAccountFolder(t)
	must(t, append([]string{"--data", dir, "credential", "add", "--account", "acme"}, limits()...)...)
	before := credentials(t, dir)[0]
	for _, tt := range []struct {
		args   []string
		change func(*listed)
	}{
		{[]string{"--daily", "7"}, func(c *listed) { c.Daily = 7 }},
		{[]string{"--from", ""}, func(c *listed) { c.From = []string{} }},
		{[]string{"--products", ""}, func(c *listed) { c.Products = []string{} }},
		{[]string{"--name", ""}, func(c *listed) { c.Name = "" }},
		{[]string{"--expires", ""}, func(c *listed) { c.ExpiresAt = "" }},
		{[]string{"--burst", "0"}, func(c *listed) { c.Burst = 0 }},
		{[]string{"--burst", "9"}, func(c *listed) { c.Burst = 9 }},
		{[]string{"--qps", "0"}, func(c *listed) { c.QPS, c.Burst = 0, 0 }},
		{[]string{"--daily", "0"}, func(c *listed) { c.Daily = 0 }},
		{[]string{"--qps", "3", "--from", "192.0.2.0/24"}, func(c *listed) { c.QPS, c.From = 3, []string{"192.0.2.0/24"} }},
	} {
		want := before
		tt.change(&want)
		out := must(t, append([]string{"--data", dir, "credential", "set", before.ID}, tt.args...)...)
		got := credentials(t, dir)[0]
		if a, b := jsonOf(t, got), jsonOf(t, want); a != b {
			t.Errorf("%q makes it\n%s, want\n%s", tt.args, a, b)
		}
		if !strings.HasPrefix(out, "credential "+before.ID+": ") {
			t.Errorf("%q says %s", tt.args, out)
		}
		before = got
	}
	for _, args := range [][]string{{"--burst", "5", "--qps", "0"}, {"--products", "1887,1889"}, {"--expires", "2020-01-01"}, {"--qps", "-1"}} {
		if o := run(t, "", append([]string{"--data", dir, "credential", "set", before.ID}, args...)...); o.code != 2 {
			t.Errorf("%q: %+v", args, o)
		}
	}
	if got := credentials(t, dir)[0]; jsonOf(t, got) != jsonOf(t, before) {
		t.Errorf("a refused change made it %+v", got)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCredentialRotate_LeavesTheOldOneForAWhile(t *testing.T) {
	for _, tt := range []struct {
		overlap []string
		state   string
		left    string
	}{
		{nil, "active", ", which expires 20"},
		{[]string{"--overlap", "2"}, "active", ", which expires 20"},
		{[]string{"--overlap", "0"}, "expired", ", which expired 20"},
	} {
		dir := newAccountFolder(t)
		first := must(t, append([]string{"--data", dir, "credential", "add", "--account", "acme"}, limits()...)...)
		old := credentials(t, dir)[0]
		o := run(t, "", append([]string{"--data", dir, "credential", "rotate", old.ID}, tt.overlap...)...)
		if o.code != 0 || len(o.out) != 33 || o.out == first+"\n" || !strings.Contains(o.err, "in the place of "+old.ID+tt.left) {
			t.Fatalf("%+v", o)
		}
		list := credentials(t, dir)
		if len(list) != 2 || list[0].ID != old.ID || list[0].State != tt.state || list[0].ExpiresAt >= old.ExpiresAt {
			t.Errorf("%q: the old one is %+v", tt.overlap, list[0])
		}
		next := list[1]
		if next.ID == old.ID || !strings.Contains(o.err, "credential "+next.ID+" (appcode) of account acme") {
			t.Errorf("%q: the new one is %+v: %s", tt.overlap, next, o.err)
		}
		next.ID, next.CreatedAt = old.ID, old.CreatedAt
		if a, b := jsonOf(t, next), jsonOf(t, old); a != b {
			t.Errorf("the new one is\n%s, want\n%s", a, b)
		}
	}
}

func TestCredentialRevoke_IsSeenInTheList(t *testing.T) {
	dir := newAccountFolder(t)
	must(t, "--data", dir, "credential", "add", "--account", "acme")
	id := credentials(t, dir)[0].ID
	must(t, "--data", dir, "credential", "revoke", id)
	if got := credentials(t, dir)[0]; got.State != "revoked" || got.RevokedAt == "" {
		t.Errorf("%+v", got)
	}
	if table := must(t, "--data", dir, "credential", "list"); !strings.Contains(table, "  revoked 20") {
		t.Error(table)
	}
	for _, args := range [][]string{{"revoke", id}, {"rotate", id}, {"set", id, "--qps", "5"}} {
		if o := run(t, "", append([]string{"--data", dir, "credential"}, args...)...); o.code != 1 || !strings.Contains(o.err, "was revoked 20") || o.out != "" {
			t.Errorf("%q: %+v", args, o)
		}
	}
}

func TestCredentialAdd_RefusesProductsThatAreNotThere(t *testing.T) {
	dir := newAccountFolder(t)
	o := run(t, "", "--data", dir, "credential", "add", "--account", "acme", "--products", "1887,1888")
	if o.code != 2 || !strings.Contains(o.err, `no product "1888"`) || o.out != "" {
		t.Errorf("%+v", o)
	}
	if out := must(t, "--data", dir, "credential", "list", "--json"); out != "" {
		t.Errorf("it was made all the same: %s", out)
	}
}

func TestAccountLimit_IsSeenInTheList(t *testing.T) {
	dir := newAccountFolder(t)
	for _, tt := range []struct {
		args                []string
		says, table, inJSON string
	}{
		{[]string{"--qps", "50", "--burst", "100"}, "account acme: 50/s burst 100", "50/s burst 100", `"qps":50,"burst":100`},
		{[]string{"--qps", "40"}, "account acme: 40/s burst 40", "40/s burst 40", `"qps":40,"burst":0`},
		{[]string{"--qps", "0"}, "account acme: no limit", " -      -        active", `"qps":0,"burst":0`},
	} {
		if got := must(t, append([]string{"--data", dir, "account", "limit", "acme"}, tt.args...)...); got != tt.says {
			t.Errorf("%q says %q", tt.args, got)
		}
		if got := must(t, "--data", dir, "account", "list"); !strings.Contains(got, tt.table) {
			t.Errorf("%q: %s", tt.args, got)
		}
		if got := must(t, "--data", dir, "account", "list", "--json"); !strings.Contains(got, tt.inJSON) {
			t.Errorf("%q: %s", tt.args, got)
		}
	}
	if o := run(t, "", "--data", dir, "account", "limit", "acme", "--qps", "-1"); o.code != 2 {
		t.Errorf("%+v", o)
	}
}
