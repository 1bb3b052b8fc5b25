package cli_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quartet/internal/store"
)

func TestProduct_IsAddedChangedAndShown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "Acme")
	if got := must(t, "--data", dir, "product", "add", "1979", "--path", "/two", "--name", "二要素", "--need", "card, name"); got != "product 1979 is on, at /two" {
		t.Error(got)
	}
	shown := func() string { return must(t, "--data", dir, "product", "show", "1979", "--json") }
	if got := shown(); got != `{"id":"1979","path":"/two","name":"二要素","need":["name","card"],"detail":"state","charge":{"match":1,"mismatch":1,"undetermined":0},"reuse_minutes":0,"on":true}` {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "product", "set", "1979", "--charge", "3/0/2", "--reuse", "90m", "--off"); got != "product 1979 is off, at /two" {
		t.Error(got)
	}
	if got := shown(); got != `{"id":"1979","path":"/two","name":"二要素","need":["name","card"],"detail":"state","charge":{"match":3,"mismatch":0,"undetermined":2},"reuse_minutes":90,"on":false}` {
		t.Error(got)
	}
	must(t, "--data", dir, "product", "set", "1979", "--path", "/three", "--name", "三要素", "--need", "card,mobile,id", "--detail", "element", "--off=false")
	if got := must(t, "--data", dir, "product", "show", "1979"); got != `id      1979
name    三要素
path    /three
need    id,card,mobile
detail  element
units   3 match, 0 mismatch, 2 undetermined
reuse   90m
state   on` {
		t.Error(got)
	}
	want := `ID    STATE  UNITS 1/2/3  NEED                 DETAIL   REUSE  PATH                          NAME
1887  on     1/1/0        name,id,card,mobile  state    never  /communication/personal/1887  银行卡四要素核验
1979  on     3/0/2        id,card,mobile       element  90m    /three                        三要素`
	if got := must(t, "--data", dir, "product", "list"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestProduct_TellsWhatIsWrongWithOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "Acme")
	list := must(t, "--data", dir, "product", "list")
	add := func(change ...string) []string {
		args := map[string]string{"--path": "/two", "--name": "two", "--need": "card,name"}
		for i := 0; i+1 < len(change); i += 2 {
			args[change[i]] = change[i+1]
		}
		line := []string{"add", "2e"}
		for flag, value := range args {
			line = append(line, flag+"="+value)
		}
		return line
	}
	for _, tt := range []struct {
		name string
		args []string
		exit int
		want string
	}{
		{"no path", []string{"add", "2e", "--name", "two", "--need", "card,name"}, 2, "--path is needed"},
		{"an id that is taken", append([]string{"add", "1887"}, add()[2:]...), 1, "there is a product 1887 already"},
		{"a path that is taken", add("--path", "/communication/personal/1887"), 1, "product 1887 has the path"},
		{"a path of the program", add("--path", "/healthz"), 2, "the program itself"},
		{"no card", add("--need", "name,id"), 2, "needs the card"},
		{"another element", add("--need", "card,cvv"), 2, "--need must be"},
		{"nothing it needs", add("--need", ""), 2, "--need must be"},
		{"another grade", add("--detail", "all"), 2, "state, reason or element"},
		{"two prices", add("--charge", "1/1"), 2, "--charge must be"},
		{"a price in words", add("--charge", "1/one/0"), 2, "--charge must be"},
		{"a price beyond all", add("--charge", "1/1/1001"), 2, "0 to 1000 units"},
		{"half a minute of reuse", add("--reuse", "90s"), 2, "whole minutes"},
		{"two days of reuse", add("--reuse", "48h"), 2, "at most 1440"},
		{"nothing to change", []string{"set", "1887"}, 2, "say what to change"},
		{"a change of nobody", []string{"set", "2e", "--off"}, 1, "no product of that id"},
		{"a change that is wrong", []string{"set", "1887", "--name", " "}, 2, "1 to 100 characters"},
		{"showing nobody", []string{"show", "2e"}, 1, "no product of that id"},
		{"switching nobody", []string{"off", "2e"}, 1, "no product of that id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := run(t, "", append([]string{"--data", dir, "product"}, tt.args...)...)
			if o.code != tt.exit || !strings.Contains(o.err, tt.want) || strings.Count(o.err, "\n") != 1 {
				t.Errorf("%+v, want exit %d and %q", o, tt.exit, tt.want)
			}
		})
	}
	if got := must(t, "--data", dir, "product", "list"); got != list {
		t.Errorf("what was refused left\n%s", got)
	}
}

// Beside a running server a change is in force when the command returns, and who made it is
// written down.
func TestProduct_IsInForceAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, d := startDemo(t, dir)
	stranger := d.People[1] // of whom the mobile is another one
	ask := func(path string) string {
		t.Helper()
		resp, err := http.PostForm(d.BaseURL+path, url.Values{
			"key": {d.Key}, "name": {stranger.Name}, "idcard": {stranger.IDCard}, "acc_no": {stranger.AccNo}, "mobile": {stranger.Mobile},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var a struct {
			Code string
			Data struct{ State, Reason string }
		}
		if resp.StatusCode != http.StatusOK {
			return resp.Header.Get("X-Ca-Error-Code")
		}
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(a.Code + " " + a.Data.State + " " + a.Data.Reason)
	}
	for _, step := range []struct {
		args       []string
		path, want string
	}{
		{nil, "/two", "I404NF"},
		{[]string{"add", "2e", "--path", "/two", "--name", "two", "--need", "card,mobile"}, "/two", "10000 2"},
		{[]string{"set", "2e", "--detail", "reason"}, "/two", "10000 2 mobile_mismatch"},
		{[]string{"set", "2e", "--need", "card,name"}, "/two", "10000 1"},
		{[]string{"off", "2e"}, "/two", "10014"},
		{[]string{"on", "2e"}, "/two", "10000 1"},
		{[]string{"set", "2e", "--path", "/moved"}, "/moved", "10000 1"},
		{nil, "/two", "I404NF"},
	} {
		if step.args != nil {
			must(t, append([]string{"--data", dir, "product"}, step.args...)...)
		}
		if got := ask(step.path); got != step.want {
			t.Errorf("after product %s, %s answers %s, want %s", strings.Join(step.args, " "), step.path, got, step.want)
		}
	}
	s.stop()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	entries, err := st.AuditEntries(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range entries {
		if e.Subject == "2e" && strings.HasPrefix(e.Actor, "command line") {
			told = append(told, e.Action)
		}
	}
	slices.Reverse(told)
	if want := []string{"product.add", "product.change", "product.change", "product.off", "product.on", "product.change"}; !slices.Equal(told, want) {
		t.Errorf("the audit tells %v, want %v", told, want)
	}
}
