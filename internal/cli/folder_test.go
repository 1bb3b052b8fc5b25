package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func serveArgs(dir string) []string {
	return []string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}
}

// listings are commands that change nothing.
func listings() [][]string {
	return [][]string{
		{"account", "list"},
		{"account", "list", "--json"},
		{"credential", "list", "--json"},
		{"grant", "list"},
		{"grant", "list", "--json", "--account", "acme"},
		{"product", "list"},
		{"quota", "show", "--json"},
		{"quota", "audit"},
		{"call", "list", "--json"},
		{"call", "list"},
		{"call", "show", "4XU29Z4D1704061618"},
		{"call", "show", "nonsense"},
		{"registry", "stat"},
		{"credential", "list"},
		{"credential", "show", "nobody's", "--reason", "the buyer lost it"},
		{"credential", "set", "nobody's", "--qps", "1"},
		{"credential", "rotate", "nobody's"},
		{"credential", "revoke", "nobody's"},
		{"operator", "list", "--json"},
		{"operator", "password", "nobody"},
		{"audit", "list"},
		{"audit", "verify"},
		{"audit", "head"},
		{"audit", "list", "--json", "--limit", "2"},
		{"account", "suspend", "nobody"},
		{"grant", "add", "--account", "acme", "--units", "0"},
		{"registry", "import", "no-such-file.csv"},
		{"registry", "import", "-"},
	}
}

func TestCommands_SayTheSameWithAndWithoutAServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme 航空")
	must(t, "--data", dir, "credential", "add", "--account", "acme")
	must(t, "--data", dir, "grant", "add", "--account", "acme", "--units", "7", "--expires", "2099-12-31")
	must(t, "--data", dir, "registry", "synth", "--count", "50")

	var direct []outcome
	for _, args := range listings() {
		direct = append(direct, run(t, "a,b\n1,2\n", append(args, "--data", dir)...))
	}
	start(t, nil, serveArgs(dir)...)
	temp := regexp.MustCompile(regexp.QuoteMeta(os.TempDir()) + `/\S+/no-such`)
	for i, args := range listings() {
		served := run(t, "a,b\n1,2\n", append(args, "--data", dir)...)
		served.err = temp.ReplaceAllString(served.err, "no-such")
		direct[i].err = temp.ReplaceAllString(direct[i].err, "no-such")
		if served != direct[i] {
			t.Errorf("quartet %s\nwithout a server: %+v\nthrough it:       %+v", strings.Join(args, " "), direct[i], served)
		}
	}
}

func TestCommands_ChangeARunningServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	start(t, nil, serveArgs(dir)...)
	id := must(t, "--data", dir, "account", "add", "Acme")
	grant := must(t, "--data", dir, "grant", "add", "--account", "Acme", "--units", "9", "--years", "1")
	must(t, "--data", dir, "grant", "withdraw", grant, "--units", "4")
	must(t, "--data", dir, "grant", "freeze", grant)
	if list := must(t, "--data", dir, "grant", "list", "--account", id); !strings.Contains(list, "frozen") {
		t.Error(list)
	}
	must(t, "--data", dir, "grant", "thaw", grant)
	if o := run(t, "", "--data", dir, "grant", "withdraw", grant, "--units", "6"); o.code != 1 {
		t.Errorf("more was withdrawn than there is: %+v", o)
	}
	if got := must(t, "--data", dir, "quota", "show"); !regexp.MustCompile(`9 +0 +0 +4 +5 `).MatchString(got) {
		t.Error(got)
	}
	must(t, "--data", dir, "quota", "audit")
}

// A command that only looks, or that changes what must be there already, is most often in
// the wrong folder when there is nothing: it says so instead of proving an empty book.
func TestCommands_NeverMakeAFolderToLookInto(t *testing.T) {
	for _, args := range append(listings(),
		[]string{"account", "resume", "acme"},
		[]string{"credential", "add", "--account", "acme"},
		[]string{"account", "limit", "acme", "--qps", "1"},
		[]string{"operator", "add", "zhang"},
		[]string{"operator", "reset", "zhang"},
		[]string{"grant", "add", "--account", "acme", "--units", "1"},
		[]string{"grant", "withdraw", "x", "--units", "1"},
		[]string{"grant", "freeze", "x"},
		[]string{"grant", "extend", "x", "--years", "1"},
		[]string{"product", "off", "1887"},
	) {
		if args[0] == "registry" && args[1] == "import" || slices.Contains(args, "0") {
			continue // an import may be the first thing; units of 0 are refused before
		}
		parent := t.TempDir()
		dir := filepath.Join(parent, "data")
		o := run(t, "", append(args, "--data", dir)...)
		if o.code != 1 || !strings.Contains(o.err, "there is no data folder "+dir) || !strings.Contains(o.err, "--data") {
			t.Errorf("quartet %s: %+v", strings.Join(args, " "), o)
		}
		if left, _ := os.ReadDir(parent); len(left) > 0 {
			t.Errorf("quartet %s left %s", strings.Join(args, " "), left)
		}
		// Neither does a folder of somebody else become one of ours.
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if o := run(t, "", append(args, "--data", dir)...); o.code != 1 || !strings.Contains(o.err, "no data folder") {
			t.Errorf("in an empty folder, quartet %s: %+v", strings.Join(args, " "), o)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("in an empty folder, quartet %s left %s", strings.Join(args, " "), left)
		}
	}
}

func TestCommands_SayWhatIsWrongWithAFolder(t *testing.T) {
	people, _ := onePerson(t)
	for _, args := range [][]string{{"quota", "audit"}, {"account", "add", "Acme"}} {
		o := run(t, "", append(args, "--data", people)...)
		if o.code != 1 || !strings.Contains(o.err, people) || strings.Count(o.err, "not a directory") != 1 {
			t.Errorf("a file for a folder: %+v", o)
		}
	}
}

func TestCommands_ThatSetUpMakeTheFolder(t *testing.T) {
	people, _ := onePerson(t)
	for _, args := range [][]string{
		{"account", "add", "Acme"},
		{"registry", "import", people},
		{"registry", "synth", "--count", "1"},
	} {
		must(t, append(args, "--data", filepath.Join(t.TempDir(), "data"))...)
	}
}

func TestServe_RefusesAFolderThatAnotherProcessServes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	start(t, nil, serveArgs(dir)...)
	o := run(t, "", serveArgs(dir)...)
	if o.code != 1 || !strings.Contains(o.err, "belongs to another running quartet process") {
		t.Errorf("%+v", o)
	}
}

func TestServe_RefusesAKeyringInsideTheData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	o := run(t, "", append(serveArgs(dir), "--keyring", filepath.Join(dir, "ring"))...)
	if o.code != 1 || !strings.Contains(o.err, "inside the data folder") {
		t.Errorf("%+v", o)
	}
	if _, err := os.Stat(filepath.Join(dir, "ring")); err == nil {
		t.Error("it was made all the same")
	}
}

func TestServe_NeverMakesALostKeyringAnew(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "data")
	must(t, "--data", dir, "account", "add", "Acme")
	ring := filepath.Join(parent, "quartet.keyring")
	if err := os.Rename(ring, ring+".away"); err != nil {
		t.Fatal(err)
	}
	o := run(t, "", serveArgs(dir)...)
	if o.code != 1 || !strings.Contains(o.err, "restore it from its backup") {
		t.Errorf("%+v", o)
	}
	other := filepath.Join(t.TempDir(), "data")
	must(t, "--data", other, "account", "add", "Other")
	o = run(t, "", append(serveArgs(dir), "--keyring", filepath.Join(filepath.Dir(other), "quartet.keyring"))...)
	if o.code != 1 || !strings.Contains(o.err, "does not belong to the data folder") {
		t.Errorf("a foreign keyring: %+v", o)
	}
}

func TestServe_SaysWhenTheAdminAddressIsTaken(t *testing.T) {
	first := start(t, nil, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	taken := regexp.MustCompile(`"admin":"http://([^"]+)"`).FindStringSubmatch(first.log.String())[1]
	second := start(t, nil, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--admin-listen", taken)
	second.await(t, "took a free port")
}
