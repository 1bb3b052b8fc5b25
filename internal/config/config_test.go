package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet/internal/config"
)

const example = "../../quartet.example.yaml"

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad_StartsWithNothing(t *testing.T) {
	got, err := config.Load(config.Layers{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), got.Config); diff != "" {
		t.Error(diff)
	}
}

// The limits that keep a card below what banks tolerate.
func TestDefault_GuardsCardsAsTheProductPromises(t *testing.T) {
	c := config.Default()
	if !c.GuardEnabled || c.GuardIdentical != 10 || c.GuardMismatches != 3 || c.GuardCalls != 10 {
		t.Errorf("the defaults are %v, %d, %d, %d", c.GuardEnabled, c.GuardIdentical, c.GuardMismatches, c.GuardCalls)
	}
}

func TestLoad_TheSampleFileIsTheDefaults(t *testing.T) {
	got, err := config.Load(config.Layers{File: example})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), got.Config); diff != "" {
		t.Error(diff)
	}
	for key, origin := range got.Origin {
		if origin == "default" {
			t.Errorf("the sample file does not show %s", key)
		}
	}
}

func TestLoad_EachLayerGoesOverTheOneBefore(t *testing.T) {
	file := write(t, "q.yaml", "listen: 127.0.0.1:1\nadmin:\n  listen: 127.0.0.1:2\nguard: {enabled: false, calls: 7}\ndeadline: 3s\n")
	got, err := config.Load(config.Layers{
		File:    file,
		Environ: []string{"QUARTET_LISTEN=127.0.0.1:3", "QUARTET_GUARD_ENABLED=true", "QUARTET_STORE_PASSWORD=s3cret", "PATH=/bin"},
		Flags:   map[string]string{"listen": "127.0.0.1:4"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Listen, want.AdminListen = "127.0.0.1:4", "127.0.0.1:2"
	want.GuardCalls, want.Deadline, want.StorePassword = 7, 3*time.Second, "s3cret"
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Error(diff)
	}
	for key, origin := range map[string]string{
		"listen": "--listen", "admin.listen": file + ":3", "guard.enabled": "QUARTET_GUARD_ENABLED", "drain": "default",
	} {
		if got.Origin[key] != origin {
			t.Errorf("%s comes from %q, want %q", key, got.Origin[key], origin)
		}
	}
}

func TestLoad_ReportsAllFaultsAtOnce(t *testing.T) {
	file := write(t, "q.yaml", `listen: 127.0.0.1
lisen: x
guard:
  enabled: maybe
  calls: 0
deadline: soon
store_password: hunter2
sources: [{name: a}]
`)
	_, err := config.Load(config.Layers{
		File:    file,
		Environ: []string{"QUARTET_DRAIN=never"},
		Flags:   map[string]string{"log.level": "loud"},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		file + ":2:1: lisen: there is no such setting",
		file + ":4:12: guard.enabled: must be true or false",
		file + ":6:11: deadline: must be a time span",
		file + ":7:1: store_password: a password does not belong in this file",
		file + ":8:1: sources: sources are kept in the data folder",
		"QUARTET_DRAIN: must be a time span",
		file + ":1: listen: must be an address",
		file + ":5: guard.calls: must be from 1",
		"--log-level: must be debug",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the report repeats a password")
	}
}

// The flag and the variable of a setting name it already; a place in the file does not.
func TestLoad_NamesASettingOnce(t *testing.T) {
	_, err := config.Load(config.Layers{
		Environ: []string{"QUARTET_GUARD_CALLS=0"},
		Flags:   map[string]string{"admin.listen": "x"},
	})
	want := "--admin-listen: must be an address such as 127.0.0.1:9090\n" +
		"QUARTET_GUARD_CALLS: must be from 1 to 1000000; to switch the guard off set guard.enabled to false"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestLoad_Refuses(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"a database URL with a password", "store: postgres://u:hunter2@h/d", "carries a password"},
		{"a password in the query", "store: postgres://u@h/d?password=hunter2", "carries a password"},
		{"another database", "store: mysql://h/d", "must be empty or postgres://"},
		{"plain HTTP where others can reach it", "listen: 0.0.0.0:80", "allow_plain_http"},
		{"plain HTTP on all addresses", "listen: ':80'", "allow_plain_http"},
		{"a key given twice", "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2", "twice"},
		{"a list for a value", "listen: [a]", "must be a single value"},
		{"a value for a group", "guard: yes", "guard: must be keys with values"},
		{"broken YAML", "listen: [", "not YAML"},
		{"two documents", "listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2", "second document"},
		{"a missing password file", "store_password_file: /nowhere/at/all", "cannot read the file"},
		{"a proxy that is no address", "trusted_proxies: 10.0.0.1, proxy.example", "trusted_proxies: must be addresses or networks"},
		{"a network that is none", "trusted_proxies: 10.0.0.0/40", "trusted_proxies: must be addresses or networks"},
		{"a proxy with a zone", "trusted_proxies: fe80::1%eth0", "trusted_proxies: must be addresses or networks"},
		{"trust in everybody", "trusted_proxies: '10.0.0.1, ::/0'", "must not trust every address"},
		{"trust in everybody of IPv4", "trusted_proxies: '::ffff:0:0/96'", "must not trust every address"},
		{"a list of proxies", "trusted_proxies: [10.0.0.1]", "must be a single value"},
		{"HTTPS that nobody can speak", "require_https: true", "nobody could call"},
		{"half of TLS", "tls: {cert: a}", "go together"},
		{"half of Alipay", "pay: {notify: https://shop.example, alipay: {app_id: '1', seller: '2', private_key_file: a}}", "pay.alipay.public_key_file: is missing; Alipay needs it"},
		{"half of WeChat Pay", "pay: {wechat: {merchant: '1'}}", "pay.wechat.app_id: is missing; WeChat Pay needs it"},
		{"half of a public key", "pay: {wechat: {public_key_id: PUB_KEY_ID_1}}", "pay.wechat.public_key_file: is missing"},
		{"nowhere to send notices", "pay: {alipay: {app_id: '1', seller: '2', private_key_file: a, public_key_file: b}}", "pay.notify: is missing"},
		{"a setting that a group lacks", "pay: {alipay: {secret: hunter2}}", "pay.alipay.secret: there is no such setting"},
		{"a value for a group in a group", "pay: {alipay: yes}", "pay.alipay: must be keys with values"},
		{"calls kept too shortly", "retention: {call_days: 179}", "from 180 to 36500: the Cybersecurity Law (Article 21)"},
		{"a deadline without end", "deadline: 1h", "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Load(config.Layers{File: write(t, "q.yaml", tt.file)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("the message repeats the password")
			}
		})
	}
}

func TestLoad_AllowsPlainHTTPWhenTold(t *testing.T) {
	for _, file := range []string{"listen: 0.0.0.0:80\nallow_plain_http: true", "listen: 0.0.0.0:443\ntls: {cert: a, key: b}", "listen: '[::1]:80'"} {
		if _, err := config.Load(config.Layers{File: write(t, "q.yaml", file)}); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestLoad_ReadsProxiesFromOneValue(t *testing.T) {
	got, err := config.Load(config.Layers{Environ: []string{"QUARTET_TRUSTED_PROXIES= 127.0.0.1,10.1.2.3/8 , 2001:db8::1,::ffff:192.0.2.0/120", "QUARTET_REQUIRE_HTTPS=yes"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("192.0.2.0/24")}
	if !slices.Equal(got.TrustedProxies, want) || !got.RequireHTTPS {
		t.Errorf("read %v and %v", got.TrustedProxies, got.RequireHTTPS)
	}
	var out strings.Builder
	if err := got.Print(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"127.0.0.1,10.0.0.0/8,2001:db8::1,192.0.2.0/24"`) {
		t.Error(out.String())
	}
}

func TestLoad_TakesThePasswordFromAFile(t *testing.T) {
	secret := write(t, "password", "s3cret\n")
	got, err := config.Load(config.Layers{Environ: []string{"QUARTET_STORE=postgres://u@h/d", "QUARTET_STORE_PASSWORD_FILE=" + secret}})
	if err != nil {
		t.Fatal(err)
	}
	if got.StorePassword != "s3cret" {
		t.Error("the password was not read")
	}
	var out strings.Builder
	if err := got.Print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Error("the password is printed")
	}
}

func TestLoad_NamesVariablesThatMeanNothing(t *testing.T) {
	got, err := config.Load(config.Layers{Environ: []string{"QUARTET_LISTNE=x", "QUARTET_APPCODE=y"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"QUARTET_LISTNE"}, got.Unknown); diff != "" {
		t.Error(diff)
	}
}

func TestPrint_ShowsEveryValueWithItsOrigin(t *testing.T) {
	got, err := config.Load(config.Layers{Environ: []string{"QUARTET_DRAIN=1s"}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := got.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, s := range config.Settings() {
		if !strings.Contains(out.String(), s.Key+":") {
			t.Errorf("%s is not printed", s.Key)
		}
	}
	if !strings.Contains(out.String(), "1s") || !strings.Contains(out.String(), "# QUARTET_DRAIN") {
		t.Error(out.String())
	}
}

func TestKeyringPath_LiesBesideTheData(t *testing.T) {
	c := config.Default()
	c.Data = "/srv/q/data"
	if got := c.KeyringPath(); got != "/srv/q/quartet.keyring" {
		t.Error(got)
	}
}

func FuzzLoad(f *testing.F) {
	sample, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample))
	f.Add("listen: [\n- a: {b: !!binary x}\n")
	f.Add("? {a: b}\n: c\nguard:\n  ? [x]\n  : y\n")
	f.Add("&a listen: *a\n<<: *a\nsources: [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		loaded, err := config.Parse("q.yaml", []byte(text))
		if err == nil {
			var out strings.Builder
			if err := loaded.Print(&out); err != nil {
				t.Error(err)
			}
		}
	})
}
