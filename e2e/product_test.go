package e2e_test

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/store/pgtest"
)

// A seller adds products of two, three and four elements beside a running node, and they
// are called at once; a restart keeps them, and 1887 answers as it always did.

func TestProduct_AreSoldWithoutABuildOnSQLite(t *testing.T) {
	t.Parallel()
	sell(t, environ(guardOff, unannounced))
}

func TestProduct_AreSoldWithoutABuildOnPostgreSQL(t *testing.T) {
	t.Parallel()
	sell(t, environ(guardOff, unannounced, "QUARTET_STORE="+pgtest.Shared(t).NewDatabase(t)))
}

// One script serves them all: each product is answered by what it asks about.
func TestProduct_AreAnsweredBySuppliersAsWell(t *testing.T) {
	t.Parallel()
	p := invent(t, 1, demoSeed)[0]
	script := filepath.Join(t.TempDir(), "script.yaml")
	if err := os.WriteFile(script, []byte("cards:\n  \""+p.AccNo+"\": {verdict: mismatch, differs: [name, mobile]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir, env := folder(t), environ(guardOff)
	simulate(t, dir, env, "supplier", script)
	n := startServe(t, dir, env)
	n.demo.AppCode = openAccount(t, dir, env, "buyer", 100)
	for id, need := range map[string]string{"2e": "card,name", "3e": "card,id,mobile", "2i": "card,id", "4e": "card,name,id,mobile"} {
		must(t, env, "product", "add", id, "--path", "/"+id, "--name", id, "--need", need, "--detail", "element", "--charge", "3/2/1", "--data", dir)
	}
	n.check(t, dir, env, []sale{
		{"two", "/2e", changed(p, "mobile", "x"), verdict + `{"state":"2","reason":"holder_mismatch","differs":["name"]},`, 2},
		{"three", "/3e", changed(p, "name", "?"), verdict + `{"state":"2","reason":"mobile_mismatch","differs":["mobile"]},`, 2},
		{"two that agree", "/2i", p.form(), verdict + `{"state":"1"},`, 3},
		{"four", "/4e", p.form(), verdict + `{"state":"2","reason":"holder_mismatch","differs":["name","mobile"]},`, 2},
		{"1887", path, p.form(), verdict + `{"state":"2"},`, 1},
	})
}

// unannounced lets calls become dearer at once.
const unannounced = "QUARTET_ANNOUNCEMENT_DAYS=0"

// sale is one call: where, of what elements, and what it must answer and cost.
type sale struct {
	name, path string
	form       url.Values
	want       string // the answer up to its seqNo, or the gateway's
	units      int64
}

const (
	verdict  = `{"code":"10000","message":"成功","data":`
	missing  = `{"code":"10008","message":"请检查请求参数","data":null,`
	noRecord = `{"code":"10015","message":"未查询到数据","data":null,`
)

func sell(t *testing.T, env []string) {
	dir := folder(t)
	n := startDemo(t, dir, env)
	people := invent(t, 2, demoSeed)
	old, added := demoSales(n.demo.People), addedSales(people[0], people[1])
	n.check(t, dir, env, old)
	if a := n.sell(t, added[0]); a.gateway() != "404 I404NF" || a.body != "" {
		t.Errorf("a product that is not there yet: %d %s", a.status, a.body)
	}
	product := func(args ...string) string {
		return must(t, env, append(append([]string{"product"}, args...), "--data", dir)...)
	}
	product("add", "2e", "--path", "/card/two", "--name", "银行卡二要素核验", "--need", "card,name", "--detail", "element", "--charge", "2/1/0")
	product("add", "3e", "--path", "/card/three", "--name", "银行卡三要素核验", "--need", "card,name,id", "--detail", "element", "--charge", "0/3/0")
	product("add", "3m", "--path", "/card/mobile", "--name", "银行卡三要素核验", "--need", "card,name,mobile", "--detail", "reason")
	product("add", "4e", "--path", "/card/four", "--name", "银行卡四要素核验（详版）", "--need", "card,name,id,mobile", "--detail", "element")
	n.check(t, dir, env, append(old, added...))

	off := sale{path: "/card/two", form: people[0].form()}
	product("off", "2e")
	if a := n.sell(t, off); a.result() != "10014" {
		t.Errorf("switched off: %s", a.body)
	}
	before := product("list", "--json")
	if code := n.stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, n.log)
	}
	n = startDemo(t, dir, env)
	if after := product("list", "--json"); after != before || strings.Count(after, "\n") != 5 {
		t.Errorf("after the restart there are\n%s\nbefore it\n%s", after, before)
	}
	if a := n.sell(t, off); a.result() != "10014" {
		t.Errorf("still switched off: %s", a.body)
	}
	product("on", "2e")
	n.check(t, dir, env, append(old, added...))

	product("set", "4e", "--charge", "5/6/7", "--detail", "state")
	n.check(t, dir, env, append(old, sale{"dearer, and telling less", "/card/four", changed(people[0], "name", people[1].Name), verdict + `{"state":"2"},`, 6}))
	if a := n.sell(t, sale{path: "/card/five", form: people[0].form()}); a.gateway() != "404 I404NF" || a.body != "" {
		t.Errorf("a path of nobody: %d %s", a.status, a.body)
	}
	if out := must(t, env, "quota", "audit", "--data", dir); !strings.Contains(out, ": 0 differences") {
		t.Error(out)
	}
}

// demoSales are calls of 1887, byte for byte.
func demoSales(demo []person) (sales []sale) {
	for _, p := range demo {
		s := sale{"1887, expecting " + p.Expect, path, p.form(), verdict + `{"state":"` + p.Expect + `"},`, 1}
		switch p.Expect {
		case "3":
			s.units = 0
		case "10015":
			s.want, s.units = noRecord, 0
		}
		sales = append(sales, s)
	}
	return append(sales, sale{"1887 without a name", path, url.Values{"acc_no": {demo[0].AccNo}}, missing, 0})
}

// addedSales are calls of the others. b is somebody else than p.
func addedSales(p, b person) []sale {
	const two, three, mobile, four = "/card/two", "/card/three", "/card/mobile", "/card/four"
	few := func(form url.Values, names ...string) url.Values {
		form = maps.Clone(form)
		maps.DeleteFunc(form, func(name string, _ []string) bool { return !strings.Contains(strings.Join(names, " "), name) })
		return form
	}
	garbage := changed(p, "idcard", "1", "mobile", "no mobile")
	garbage.Add("idcard", "2")
	return []sale{
		{"two agree", two, few(p.form(), "acc_no", "name"), verdict + `{"state":"1"},`, 2},
		{"two agree, beside what is not needed", two, garbage, verdict + `{"state":"1"},`, 2},
		{"another name, of two", two, changed(p, "name", b.Name), verdict + `{"state":"2","reason":"holder_mismatch","differs":["name"]},`, 1},
		{"no name, of two", two, few(p.form(), "acc_no", "idcard", "mobile"), missing, 0},
		{"no card, of two", two, few(p.form(), "name"), missing, 0},

		{"three agree", three, few(p.form(), "acc_no", "name", "idcard"), verdict + `{"state":"1"},`, 0},
		{"three agree, beside another mobile", three, changed(p, "mobile", b.Mobile), verdict + `{"state":"1"},`, 0},
		{"another ID number, of three", three, changed(p, "idcard", b.IDCard, "mobile", b.Mobile), verdict + `{"state":"2","reason":"holder_mismatch","differs":["idcard"]},`, 3},
		{"another holder, of three", three, changed(p, "name", b.Name, "idcard", b.IDCard), verdict + `{"state":"2","reason":"holder_mismatch","differs":["name","idcard"]},`, 3},
		{"no ID number, of three", three, few(p.form(), "acc_no", "name", "mobile"), missing, 0},

		{"three with the mobile agree", mobile, changed(p, "idcard", "x"), verdict + `{"state":"1"},`, 1},
		{"another mobile, of three", mobile, changed(p, "mobile", b.Mobile), verdict + `{"state":"2","reason":"mobile_mismatch"},`, 1},

		{"four agree", four, p.form(), verdict + `{"state":"1"},`, 1},
		{"another mobile, of four", four, changed(p, "mobile", b.Mobile), verdict + `{"state":"2","reason":"mobile_mismatch","differs":["mobile"]},`, 1},
		{"another name and mobile, of four", four, changed(p, "name", b.Name, "mobile", b.Mobile), verdict + `{"state":"2","reason":"holder_mismatch","differs":["name","mobile"]},`, 1},
		{"nothing agrees, of four", four, changed(p, "name", b.Name, "idcard", b.IDCard, "mobile", b.Mobile), verdict + `{"state":"2","reason":"holder_mismatch","differs":["name","idcard","mobile"]},`, 1},
		{"no mobile, of four", four, few(p.form(), "acc_no", "name", "idcard"), missing, 0},
	}
}

// changed is the form of a person, changed.
func changed(p person, pairs ...string) url.Values {
	form := p.form()
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// sell makes one call.
func (n *node) sell(t *testing.T, s sale) answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, n.url+s.path, strings.NewReader(s.form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "APPCODE "+n.demo.AppCode)
	a, err := n.buyer().send(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// check makes calls and compares what they answer and what they cost.
func (n *node) check(t *testing.T, dir string, env []string, sales []sale) {
	t.Helper()
	for _, s := range sales {
		before := unitsUsed(t, dir, env)
		a := n.sell(t, s)
		if got, _, _ := strings.Cut(a.body, `"seqNo":"`); a.status != http.StatusOK || got != s.want {
			t.Errorf("%s: %d %s, want %s", s.name, a.status, a.body, s.want)
		}
		if cost := unitsUsed(t, dir, env) - before; cost != s.units {
			t.Errorf("%s cost %d units, want %d", s.name, cost, s.units)
		}
	}
}

// unitsUsed is how many units the book has given out.
func unitsUsed(t *testing.T, dir string, env []string) (sum int64) {
	t.Helper()
	for _, g := range lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir)) {
		sum += g.Used
	}
	return sum
}
