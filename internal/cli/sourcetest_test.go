package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"quartet/internal/cli"
	"quartet/internal/owner"
	"quartet/internal/simulator"
)

func TestSourceTest_AsksOnceAndTellsWhatCameOfIt(t *testing.T) {
	dir, s := supplier(t)
	lines := func(text string) map[string]string {
		found := map[string]string{}
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			found[name] = strings.TrimSpace(value)
		}
		return found
	}
	got := lines(must(t, "--data", dir, "source", "test", "acme"))
	if got["answer"] != "match" || got["about"] != "its test person" || got["reference"] == "-" || s.Asked() != 1 {
		t.Errorf("%v, asked %d times", got, s.Asked())
	}
	o := run(t, someone, "--data", dir, "source", "test", "acme", "--person", "--yes", "--need", "card,name")
	got = lines(o.out)
	if o.code != 0 || got["compared"] != "name,card" || got["charged"] != "yes, 0.22 yuan by its terms" || s.AskedAbout("6200000000000000018") != 1 {
		t.Errorf("%+v", o)
	}
	s.SetDefault(simulator.Act{Fault: "busy"})
	o = run(t, someone, "--data", dir, "source", "test", "acme", "--person", "--yes")
	got = lines(o.out)
	if o.code != 1 || got["answer"] != "no verdict: busy" || got["cause"] != "it is busy, or our account or credentials are not accepted" || got["code"] != "BUSY" || o.err != "" {
		t.Errorf("%+v", o)
	}
	must(t, "--data", dir, "source", "set", "acme", "--timeout", "100ms")
	s.SetDefault(simulator.Act{Fault: "hang"})
	o = run(t, someone, "--data", dir, "source", "test", "acme", "--person", "--yes")
	got = lines(o.out)
	if o.code != 1 || !regexp.MustCompile(`^no answer within [\d.]+m?s$`).MatchString(got["cause"]) {
		t.Errorf("%+v", o)
	}
	asked := s.Asked()
	o = run(t, strings.ReplaceAll(someone, "1237", "1238"), "--data", dir, "source", "test", "acme", "--person", "--yes")
	if o.code != 2 || s.Asked() != asked || strings.Contains(o.err, "1990") {
		t.Errorf("asked about nobody: %+v", o)
	}

	trail := must(t, "--data", dir, "audit", "list")
	if strings.Count(trail, "source.test ") != 4 || !regexp.MustCompile(`source.tested +acme +order TEST\w+: busy, charged no\n`).MatchString(trail) || !strings.Contains(trail, "the person who was given, name,card, order TEST") {
		t.Errorf("the audit tells\n%s", trail)
	}
	for _, text := range []string{trail, must(t, "--data", dir, "source", "show", "acme"), must(t, "--data", dir, "source", "show", "acme", "--json"), must(t, "--data", dir, "source", "list", "--json")} {
		for _, planted := range []string{plantedSecret, "王小明", "110101199001011237", "6200000000000000018", "13900000001"} {
			if strings.Contains(text, planted) {
				t.Errorf("%s is told in\n%s", planted, text)
			}
		}
	}
	if text := must(t, "--data", dir, "source", "show", "acme"); !strings.Contains(text, "app_key, app_secret, url") {
		t.Error(text)
	}
}

func TestSourceTest_RehearsesWithoutSending(t *testing.T) {
	dir, s := supplier(t)
	o := run(t, "", "--data", dir, "source", "test", "acme", "--dry-run")
	if o.code != 0 || !strings.HasPrefix(o.out, "POST http://127.0.0.1:") || !strings.Contains(o.out, "‹app_key›") || !strings.Contains(o.err, "nothing was sent") {
		t.Errorf("%+v", o)
	}
	if strings.Contains(o.out, plantedSecret) || strings.Contains(o.out, "13900000001") || s.Asked() != 0 {
		t.Errorf("asked %d times: %s", s.Asked(), o.out)
	}
	// One that offers nobody is shown with an invented person, and by nothing but a wish.
	must(t, "--data", dir, "source", "add", "market", "--kind", "httpjson", "--shipped", "market", "--credentials", written(t, "m.yaml", "appcode: "+plantedSecret+"\nurl: \"https://api.market.example\"\n"), "--off")
	o = run(t, "", "--data", dir, "source", "test", "market")
	if o.code != 1 || o.out != "" || !strings.Contains(o.err, "nothing was sent: source market offers no test person; look at the request with --dry-run, or ask about a person with --person") {
		t.Errorf("%+v", o)
	}
	o = run(t, "", "--data", dir, "source", "test", "market", "--dry-run")
	if o.code != 0 || !strings.Contains(o.out, "/communication/personal/1887") || !strings.Contains(o.err, "an invented person") || strings.Contains(o.out, plantedSecret) {
		t.Errorf("%+v", o)
	}
	if trail := must(t, "--data", dir, "audit", "list"); strings.Contains(trail, "source.test") {
		t.Error(trail)
	}
}

func TestSourceTest_AsksBackOnATerminal(t *testing.T) {
	dir, s := supplier(t)
	for answer, want := range map[string]int{"n\n": 0, "\n": 0, "": 0, "y\n": 1} {
		before := s.Asked()
		var out, errw bytes.Buffer
		code := cli.Run(t.Context(), &cli.Env{
			Args: []string{"--data", dir, "source", "test", "acme", "--person"}, Dir: t.TempDir(), Prompt: true,
			In: strings.NewReader(answer + "王小明\n110101199001011237\n6200000000000000018\n13900000001\n"), Out: &out, Err: &errw,
		})
		if got := s.Asked() - before; got != want || (code == 0) != (want == 1) || !strings.Contains(errw.String(), "may cost 0.22 yuan. Go on?") {
			t.Errorf("after %q: exit %d, asked %d times: %s", answer, code, got, errw.String())
		}
	}
}

// Beside a running server a change is in force when the command returns, and who made it is
// written down.
func TestSource_IsInForceAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, d := startDemo(t, dir)
	p := d.People[0]
	ask := func() string {
		t.Helper()
		resp, err := http.PostForm(d.BaseURL+"/communication/personal/1887", url.Values{
			"key": {d.Key}, "name": {p.Name}, "idcard": {p.IDCard}, "acc_no": {p.AccNo}, "mobile": {p.Mobile},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var a struct {
			Code string
			Data struct{ State string }
		}
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(a.Code + " " + a.Data.State)
	}
	mismatch := written(t, "script.yaml", "default: {verdict: mismatch}\n")
	for _, step := range []struct{ args, want string }{
		{"disable registry", "10011"},
		{"add other --kind sim", "10000 1"},
		{"set other --spec " + mismatch, "10000 2"},
		{"disable other", "10011"},
		{"enable registry", "10000 1"},
	} {
		must(t, append([]string{"--data", dir, "source"}, strings.Fields(step.args)...)...)
		if got := ask(); got != step.want {
			t.Errorf("after source %s it answers %s, want %s", step.args, got, step.want)
		}
	}
	busy := written(t, "busy.yaml", "default: {fault: busy}\n")
	must(t, "--data", dir, "source", "set", "other", "--spec", busy, "--off=false", "--priority", "-1")
	ask()
	for name, want := range map[string]string{"other": "ok; 1 of 3 failed, last busy", "registry": "ok"} {
		if got := must(t, "--data", dir, "source", "list"); !regexp.MustCompile(`(?m)^` + name + ` .* ` + want + `$`).MatchString(got) {
			t.Errorf("of %s it does not say %q:\n%s", name, want, got)
		}
	}
	if got := must(t, "--data", dir, "source", "show", "other", "--json"); !strings.Contains(got, `"health":{"skipped":"","breaker":"closed","in_flight":0,"today":3,"verdicts":2,"failures":1,"last_failure":"busy"`) {
		t.Error(got)
	}
	// Over the socket the kernel tells who it was; tests run commands without one in nobody's name.
	trail := must(t, "--data", dir, "audit", "list", "--limit", "6")
	for _, action := range []string{"source.disable  registry", "source.add      other", "source.change   other", "source.disable  other", "source.enable   registry"} {
		if !strings.Contains(trail, "command line ("+owner.User()+")  "+action) {
			t.Errorf("the audit does not tell %s:\n%s", action, trail)
		}
	}
}
