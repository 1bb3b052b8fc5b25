package cli_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/simulator"
)

// written writes a file and gives its path.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSource_IsAddedChangedAndShown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	script := written(t, "script.yaml", "default: {verdict: mismatch}\n")
	if got := must(t, "--data", dir, "source", "add", "slow", "--kind", "sim", "--spec", script, "--off",
		"--priority", "10", "--weight", "3", "--share", "5", "--timeout", "3s", "--qps", "20", "--burst", "40", "--concurrent", "8",
		"--daily-cap", "1000", "--failures", "7", "--open", "30s", "--hedge-after", "500ms",
		"--authorised-from", "2026-01-01", "--authorised-until", "2099-12-31", "--purpose", "payroll, kyc", "--id-type", "idcard", "--card-kind", "dc,CC",
		"--maintenance", "daily 23:30-01:00", "--maintenance", "sun 01:00-05:00", "--price", "0.22", "--price", "2026-01-01/card,name=0.1"); got != "source slow is off" {
		t.Error(got)
	}
	shown := must(t, "--data", dir, "source", "show", "slow")
	want := `name              slow
kind              sim
state             off
address           -
spec              29 bytes, sha256 a15ddbd0a3ba4bedcc6a9e18c83dae7446ea93c35c57f69158ed4067ebdd90ee
credentials       -
priority          10
weight            3
share             5
timeout           3s
qps               20
burst             40
concurrent        8
daily-cap         1000
failures          7
open              30s
hedge-after       500ms
authorised-from   2026-01-01
authorised-until  2099-12-31
purpose           payroll,kyc
id-type           idcard
card-kind         DC,CC
maintenance       daily 23:30-01:00; sun 01:00-05:00
price             0.22; 2026-01-01/name,card=0.10
`
	if !strings.HasPrefix(shown, want) {
		t.Errorf("got\n%s\nwant\n%s", shown, want)
	}
	if got := must(t, "--data", dir, "source", "show", "slow", "--spec"); got != "default: {verdict: mismatch}" {
		t.Error(got)
	}
	if got, want := must(t, "--data", dir, "source", "list"), `NAME      KIND      STATE  PRIORITY  PRICE                AUTHORISED UNTIL  HEALTH
registry  registry  on     0         -                    -                 -
slow      sim       off    10        0.22 name,card=0.10  2099-12-31        -`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	// What is not given stays, and what is given empty is cleared.
	must(t, "--data", dir, "source", "set", "slow", "--off=false", "--qps", "0", "--hedge-after", "0", "--purpose", "", "--id-type=", "--card-kind=",
		"--maintenance", "", "--price", "2099-01-01=1", "--authorised-from", "", "--authorised-until", "2026-01-31", "--spec", "")
	var line struct {
		On          bool
		SpecBytes   int `json:"spec_bytes"`
		Credentials []string
		Price       string
		Terms       map[string]string
	}
	if err := json.Unmarshal([]byte(must(t, "--data", dir, "source", "show", "slow", "--json")), &line); err != nil {
		t.Fatal(err)
	}
	terms, _ := json.Marshal(line.Terms)
	if got, want := string(terms), `{"authorised_until":"2026-01-31","concurrent":"8","daily_cap":"1000","failures":"7","open":"30s","price":"2099-01-01=1.00","priority":"10","share":"5","timeout":"3s","weight":"3"}`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !line.On || line.SpecBytes != 0 || line.Price != "" || len(line.Credentials) != 0 {
		t.Errorf("%+v", line)
	}
	if got := must(t, "--data", dir, "source", "list"); !strings.Contains(got, "2026-01-31, over") {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "source", "enable", "slow"); got != "source slow is on" {
		t.Error(got)
	}
}

func TestSource_TellsWhatIsWrongWithoutTouchingAnyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	unread := written(t, "list.yaml", "- planted-secret\n")
	empty := written(t, "empty.yaml", "")
	octal := written(t, "octal.yaml", "app_id: 0123\n")
	for _, tt := range []struct {
		name string
		args string
		want string
	}{
		{"no kind", "add acme", "--kind is needed"},
		{"another kind", "add acme --kind soap", "--kind: the kind of a source is"},
		{"a name with capitals", "add Acme --kind sim", "the name of a source has"},
		{"a weight below none", "set acme --weight -1", "--weight: the weight of a source is from 0 to 1000"},
		{"a share above all", "set acme --share 101", "--share: the share of a source is from 0 to 100"},
		{"a timeout without a unit", "set acme --timeout 3", "--timeout must be a time span such as 3s"},
		{"a timeout beyond a call", "set acme --timeout 2m", "--timeout: the timeout of a source is from 0 to 1m0s"},
		{"a rate in words", "set acme --qps many", "--qps must be a whole number"},
		{"a cap below none", "set acme --daily-cap -1", "--daily-cap: the daily cap"},
		{"a day that is none", "set acme --authorised-from 2026-02-30", "--authorised-from must be a day"},
		{"an end before its beginning", "set acme --authorised-from 2026-02-02 --authorised-until 2026-02-01", "--authorised-until: the authorisation must end"},
		{"a purpose with a blank", "set acme --purpose=pay%20roll", "--purpose: a purpose has"},
		{"another ID", "set acme --id-type passport", "--id-type: there is no kind of ID number \"passport\"; there are idcard"},
		{"another card", "set acme --card-kind XX", "--card-kind: the kinds of card are"},
		{"a window without a day", "set acme --maintenance 01:00-02:00", "--maintenance \"01:00-02:00\": a maintenance is written"},
		{"a price in words", "set acme --price cheap", "--price \"cheap\": a price is written"},
		{"two prices for the same", "set acme --price card,name=1 --price name,card=2", "another price holds for the same"},
		{"a spec that is not there", "add acme --kind sim --spec nowhere.yaml", "no such file"},
		{"a spec and a shipped one", "add acme --kind httpjson --spec " + empty + " --shipped market", "give --spec or --shipped"},
		{"a manifest that is not shipped", "add acme --kind httpjson --shipped nobody", "no manifest named"},
		{"no manifest at all", "add acme --kind httpjson", "give --spec FILE or --shipped NAME"},
		{"a manifest for a simulator", "add acme --kind sim --shipped market", "--shipped is a manifest"},
		{"credentials that are a list", "set acme --credentials " + unread, "--credentials must be a YAML file"},
		{"no credentials in the file", "set acme --credentials " + empty, "--credentials must be a YAML file"},
		{"a credential that is read as a number", "set acme --credentials " + octal, "write every value in quotes"},
		{"nothing to change", "set acme", "say what to change"},
		{"another order", "policy --order random", "--order: the order of sources is"},
		{"a person without a yes", "test acme --person", "give --yes if that is meant"},
		{"a yes to nothing", "test acme --yes", "--yes belongs to --person"},
		{"a person whom nobody is asked about", "test acme --person --dry-run", "leave --person out"},
		{"other elements", "test acme --need cvv", "--need must be"},
		{"the text and JSON", "show acme --spec --json", "give --spec or --json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"--data", dir, "source"}
			for word := range strings.FieldsSeq(tt.args) {
				args = append(args, strings.ReplaceAll(word, "%20", " "))
			}
			o := run(t, "", args...)
			if o.code != 2 || !strings.Contains(o.err, tt.want) || strings.Count(o.err, "\n") != 1 || strings.Contains(o.err, "planted") {
				t.Errorf("%+v, want exit 2 and %q", o, tt.want)
			}
		})
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made")
	}
}

func TestSource_TellsWhatCannotBe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	must(t, "--data", dir, "source", "add", "slow", "--kind", "sim")
	broken := written(t, "broken.yaml", "name: [\n")
	key, more := written(t, "key.yaml", "secret_id: planted-value\n"), written(t, "more.yaml", "appcode: a\nurl: \"https://api.market.example\"\nplanted: planted-value\n")
	list, trail := must(t, "--data", dir, "source", "list", "--json"), must(t, "--data", dir, "audit", "list")
	for _, tt := range []struct {
		args string
		exit int
		want string
	}{
		{"add slow --kind sim", 1, "exists already"},
		{"add second --kind registry", 1, "one registry only"},
		{"add acme --kind httpjson --spec " + broken, 2, "the manifest is wrong, at these lines and columns:\nquartet: 1:"},
		{"add acme --kind httpjson --shipped market", 2, "url: "},
		{"add acme --kind httpjson --shipped market --credentials " + written(t, "url.yaml", "url: \"https://api.acme.example\"\n"), 2, "quartet: source acme: --credentials lacks appcode\n"},
		{"add acme --kind httpjson --shipped qiniu --credentials " + written(t, "q.yaml", "access_key: a\nsecret_key: b\n"), 2, "url: "},
		{"add acme --kind httpjson --shipped market --credentials " + more, 2, "--credentials has planted, which market does not use; take it out\n"},
		{"add acme --kind tencent --credentials " + key, 2, "quartet: source acme: --credentials lacks secret_key\n"},
		{"set slow --spec " + broken, 2, "the simulator's script"},
		{"set slow --burst 5", 2, "a burst without questions a second"},
		{"set nobody --weight 1", 1, "no source of that name"},
		{"show nobody", 1, "no source of that name"},
		{"enable nobody", 1, "no source of that name"},
		{"test nobody", 1, "no source of that name"},
		{"test slow", 1, "nothing was sent: source slow offers no test person"},
		{"test registry --dry-run", 1, "cannot show what it would be sent"},
		{"pin nobody slow", 1, "no account"},
		{"pin acme nobody", 1, "no source of that name"},
		{"unpin nobody", 1, "no account"},
	} {
		o := run(t, "", append([]string{"--data", dir, "source"}, strings.Fields(tt.args)...)...)
		if o.code != tt.exit || !strings.Contains(o.err, tt.want) || strings.Contains(o.err, "planted-value") {
			t.Errorf("%s: %+v, want exit %d and %q", tt.args, o, tt.exit, tt.want)
		}
	}
	if got := must(t, "--data", dir, "source", "list", "--json"); got != list {
		t.Errorf("what was refused left\n%s", got)
	}
	if got := must(t, "--data", dir, "audit", "list"); got != trail {
		t.Errorf("what was refused is told as done:\n%s", got)
	}
}

func TestSource_SaysWhatMayNotBeExpected(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	const (
		first = "the registry is asked first; if the house holds no data, run `quartet source disable registry`"
		after = "the registry is asked after before; if"
		sim   = "knows nobody"
		two   = "then two may charge for one call, and both see the person"
		off   = "source slow is off: until it is enabled"
	)
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	for _, step := range []struct {
		args string
		want []string
	}{
		{"add slow --kind sim --priority 1 --hedge-after 1s", []string{first, sim, two}},
		{"add equal --kind sim", []string{first, sim}},
		{"add before --kind sim --priority -1", []string{after, sim}},
		{"set slow --weight 2", nil},
		{"set slow --hedge-after 2s", []string{two}},
		{"set slow --hedge-after 0", nil},
		{"disable slow", nil},
		{"pin acme slow", []string{off}},
		{"disable registry", nil},
		{"add other --kind sim", []string{sim}},
	} {
		o := run(t, "", append([]string{"--data", dir, "source"}, strings.Fields(step.args)...)...)
		if o.code != 0 {
			t.Fatalf("%s: %+v", step.args, o)
		}
		for _, text := range []string{first, after, sim, two, off} {
			want := false
			for _, w := range step.want {
				want = want || w == text
			}
			if strings.Contains(o.err, text) != want {
				t.Errorf("%s says %q; that it says %q should be %v", step.args, o.err, text, want)
			}
		}
	}
}

func TestSourcePolicy_IsSetAndShown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme Air")
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"policy"}, "order priority"},
		{[]string{"policy", "--order", "cheapest"}, "order cheapest"},
		{[]string{"pin", "Acme Air", "registry"}, "account acme is pinned to registry"},
		{[]string{"policy"}, "order cheapest\naccount acme is pinned to registry"},
		{[]string{"unpin", "acme"}, "account acme is not pinned"},
		{[]string{"policy"}, "order cheapest"},
	} {
		if got := must(t, append([]string{"--data", dir, "source"}, step.args...)...); got != step.want {
			t.Errorf("source %v says %q, want %q", step.args, got, step.want)
		}
	}
}

func TestAccountPurpose_IsSetShownAndCleared(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	if got := must(t, "--data", dir, "account", "purpose", "Acme", "payroll"); got != "account acme: for payroll" {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "account", "list", "--json"); !strings.Contains(got, `"purpose":"payroll"`) {
		t.Error(got)
	}
	if o := run(t, "", "--data", filepath.Join(dir, "none"), "account", "purpose", "acme", "Pay Roll"); o.code != 2 || !strings.Contains(o.err, "a purpose has") {
		t.Errorf("%+v", o)
	}
	if got := must(t, "--data", dir, "account", "purpose", "acme", ""); got != "account acme: no purpose" {
		t.Error(got)
	}
}

func TestSourceManifest_IsListedAndPrinted(t *testing.T) {
	if got := must(t, "source", "manifest"); !strings.Contains(got, "\ntemplate ") || !strings.Contains(got, "app_key,app_secret") {
		t.Error(got)
	}
	dir := filepath.Join(t.TempDir(), "data")
	spec := written(t, "template.yaml", must(t, "source", "manifest", "template")+"\n")
	must(t, "--data", dir, "source", "add", "one", "--kind", "httpjson", "--off", "--spec", spec, "--credentials", written(t, "s.yaml", "app_key: a\napp_secret: b\n"))
	if o := run(t, "", "source", "manifest", "nobody"); o.code != 2 {
		t.Errorf("%+v", o)
	}
}

// Where people's elements go is a matter of the description for one kind, and of a credential
// for the other; either way it is seen, and a change of it stays in the audit.
func TestSource_ShowsWhereElementsGo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	secrets := func(more string) string { return written(t, "s.yaml", "app_key: a\napp_secret: b\n"+more) }
	must(t, "--data", dir, "source", "add", "acme", "--kind", "httpjson", "--shipped", "template", "--off", "--credentials", secrets("url: https://api.acme.example\n"))
	must(t, "--data", dir, "source", "add", "tencent", "--kind", "tencent", "--off", "--credentials", written(t, "t.yaml", "secret_id: a\nsecret_key: b\n"))
	must(t, "--data", dir, "source", "add", "aliyun", "--kind", "aliyun", "--off", "--credentials", written(t, "a.yaml", "access_key_id: a\naccess_key_secret: b\n"),
		"--spec", written(t, "aliyun.yaml", "endpoints: [one.example, \"https://two.example:8443\"]\n"))
	shown := func(name string) string {
		_, rest, _ := strings.Cut(must(t, "--data", dir, "source", "show", name), "\naddress ")
		line, _, _ := strings.Cut(rest, "\n")
		return strings.TrimSpace(line)
	}
	for name, want := range map[string]string{
		"registry": "-", "acme": "https://api.acme.example", "tencent": "https://faceid.tencentcloudapi.com",
		"aliyun": "https://one.example, https://two.example:8443",
	} {
		if got := shown(name); got != want {
			t.Errorf("%s is at %q, want %q", name, got, want)
		}
	}
	must(t, "--data", dir, "source", "set", "acme", "--credentials", secrets("url: https://elsewhere.example/v9/\n"))
	if got := shown("acme"); got != "https://elsewhere.example" {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "source", "list", "--json"); !strings.Contains(got, `"address":"https://elsewhere.example"`) {
		t.Error(got)
	}
	trail := must(t, "--data", dir, "audit", "list")
	for _, want := range []string{"address https://api.acme.example → https://elsewhere.example", "httpjson, off, address https://api.acme.example"} {
		if !strings.Contains(trail, want) {
			t.Errorf("the audit does not tell %q:\n%s", want, trail)
		}
	}
}

func TestSourceAdd_TakesTheManifestsRateAndTellsItsDoubts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	acme := written(t, "acme.yaml", "app_key: a\napp_secret: b\nurl: \"https://api.acme.example\"\n")
	market := written(t, "market.yaml", "appcode: a\nurl: \"https://api.market.example\"\n")
	const (
		own    = "asked at most 20 times a second, as its manifest says"
		doubts = "of the manifest market is not confirmed: the address"
	)
	for _, tt := range []struct{ args, qps, said string }{
		{"one --shipped template --credentials " + acme, "20", own},
		{"two --shipped template --qps 5 --credentials " + acme, "5", ""},
		{"three --shipped template --qps 0 --credentials " + acme, "", ""},
		{"four --shipped market --credentials " + market, "", doubts},
	} {
		args := append([]string{"--data", dir, "source", "add", "--kind", "httpjson", "--off"}, strings.Fields(tt.args)...)
		o := run(t, "", args...)
		for _, text := range []string{own, doubts} {
			if o.code != 0 || strings.Contains(o.err, text) != (text == tt.said) {
				t.Errorf("%s: %+v, want %q", tt.args, o, tt.said)
			}
		}
		var line struct{ Terms map[string]string }
		name, _, _ := strings.Cut(tt.args, " ")
		if err := json.Unmarshal([]byte(must(t, "--data", dir, "source", "show", name, "--json")), &line); err != nil || line.Terms["qps"] != tt.qps {
			t.Errorf("%s: qps is %q, want %q (%v)", tt.args, line.Terms["qps"], tt.qps, err)
		}
	}
}

const plantedSecret = "c0dec0de5aabf06d1b87474398f2742b"

// supplier is a simulated one of the shipped manifest template, added switched off.
func supplier(t *testing.T) (dir string, s *simulator.Server) {
	t.Helper()
	s, err := simulator.New("acme", simulator.Script{}, map[string]string{"app_key": "key-1", "app_secret": plantedSecret})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	dir = filepath.Join(t.TempDir(), "data")
	secrets := written(t, "secrets.yaml", "app_key: key-1\napp_secret: "+plantedSecret+"\nurl: "+server.URL+"\n")
	must(t, "--data", dir, "source", "add", "acme", "--kind", "httpjson", "--shipped", "template", "--credentials", secrets, "--price", "0.22", "--off")
	return dir, s
}

const someone = `{"name":"王小明","idcard":"110101199001011237","acc_no":"6200000000000000018","mobile":"13900000001"}`
