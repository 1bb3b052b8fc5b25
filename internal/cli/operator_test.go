package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/app"
	"quartet/internal/cli"
	"quartet/internal/config"
	"quartet/internal/password"
)

const (
	words = "four words in a row"
	other = "five other words in a row"
)

// light is the work of passwords that nobody wants to steal.
var light = password.Work{MemoryKiB: 64, Iterations: 1}

// ask runs a command at a terminal where the questions are answered so, in turn.
func ask(t *testing.T, answers []string, args ...string) (o outcome, asked []string) {
	t.Helper()
	var out, errw bytes.Buffer
	code := cli.Run(t.Context(), &cli.Env{
		Args: args, Dir: t.TempDir(), In: strings.NewReader("what was typed meanwhile\n"), Out: &out, Err: &errw, Version: "test", Prompt: true, Passwords: light,
		Secret: func(question string) (string, error) {
			asked = append(asked, question)
			if len(asked) > len(answers) {
				t.Fatalf("asked %q", asked)
			}
			return answers[len(asked)-1], nil
		},
	})
	return outcome{code, out.String(), errw.String()}, asked
}

// audited is the audit, newest first, as "actor action subject detail".
func audited(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(must(t, "--data", dir, "audit", "list", "--json")) {
		var e struct{ Actor, Action, Subject, Detail string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join([]string{e.Actor, e.Action, e.Subject, e.Detail}, "|"))
	}
	return all
}

// both runs a test beside a running server and without one.
func both(t *testing.T, test func(t *testing.T, dir string)) {
	t.Run("without a server", func(t *testing.T) { test(t, newAccountFolder(t)) })
	t.Run("beside a server", func(t *testing.T) {
		dir := newAccountFolder(t)
		start(t, nil, serveArgs(dir)...)
		test(t, dir)
	})
}

func TestOperators_AreAddedByWhoProvesHimself(t *testing.T) {
	both(t, func(t *testing.T, dir string) {
		o, asked := ask(t, []string{words, words}, "--data", dir, "operator", "add", "zhang")
		if o.code != 0 || o.out != "added operator zhang, administrator\n" || strings.Join(asked, "|") != "New password of zhang: |The same again: " {
			t.Fatalf("%+v, asked %q", o, asked)
		}
		if first := audited(t, dir)[0]; !strings.HasPrefix(first, "command line") || !strings.Contains(first, "|operator.add|") {
			t.Errorf("the audit says %q", first)
		}
		if o, _ := ask(t, []string{"not the password"}, "--data", dir, "operator", "add", "li", "--role", "administrator"); o.code != 1 || !strings.Contains(o.err, "the name or the password is wrong") {
			t.Errorf("by a stranger: %+v", o)
		}
		o, asked = ask(t, []string{words, other, other}, "--data", dir, "operator", "add", "li", "--role", "administrator")
		if o.code != 0 || strings.Join(asked, "|") != "Password of zhang: |New password of li: |The same again: " {
			t.Fatalf("%+v, asked %q", o, asked)
		}
		if last := audited(t, dir)[0]; !strings.HasPrefix(last, "zhang|operator.add|") || !strings.HasSuffix(last, "|li") {
			t.Errorf("the audit says %q", last)
		}
		if o, _ := ask(t, nil, "--data", dir, "operator", "add", "wang", "--role", "auditor"); o.code != 2 || !strings.Contains(o.err, "--as NAME") {
			t.Errorf("by whom is not said: %+v", o)
		}
		add := []string{"--data", dir, "operator", "add", "wang", "--role", "auditor", "--as", "li"}
		if o := run(t, other+"\nyet another few words\n", add...); o.code != 1 || !strings.Contains(o.err, "quartet operator password li") {
			t.Errorf("with a password that zhang knows: %+v", o)
		}
		const own = "six words in one long row"
		if o := run(t, other+"\n"+own+"\n", "--data", dir, "operator", "password", "li"); o.code != 0 {
			t.Errorf("%+v", o)
		}
		if o := run(t, own+"\nyet another few words\nnot read\n", add...); o.code != 0 {
			t.Errorf("from a pipe: %+v", o)
		}
		var names []string
		for line := range strings.Lines(must(t, "--data", dir, "operator", "list", "--json")) {
			var one struct{ Name string }
			if err := json.Unmarshal([]byte(line), &one); err != nil || strings.Contains(line, "argon2") {
				t.Errorf("%v: %s", err, line)
			}
			names = append(names, one.Name)
		}
		if strings.Join(names, " ") != "zhang li wang" {
			t.Errorf("the operators are %q", names)
		}
	})
}

func TestOperators_HaveOneRoleEach(t *testing.T) {
	both(t, func(t *testing.T, dir string) {
		if o := run(t, words, "--data", dir, "operator", "add", "zhang", "--role", "auditor"); o.code != 2 || !strings.Contains(o.err, "the first operator is an administrator") {
			t.Errorf("a first one who cannot add others: %+v", o)
		}
		if o := run(t, words, "--data", dir, "operator", "add", "zhang"); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		if o := run(t, words+"\n"+other, "--data", dir, "operator", "add", "li"); o.code != 2 || !strings.Contains(o.err, "--role") {
			t.Errorf("without a role: %+v", o)
		}
		if o := run(t, words+"\n"+other, "--data", dir, "operator", "add", "li", "--role", "treasurer"); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		for _, args := range [][]string{{"add", "wang", "--role", "auditor"}, {"role", "li", "administrator"}, {"remove", "zhang"}, {"unenrol", "zhang"}} {
			args = append([]string{"--data", dir, "operator"}, append(args, "--as", "li")...)
			if o := run(t, other+"\n"+words, args...); o.code != 1 || !strings.Contains(o.err, "li is treasurer and may not do this") {
				t.Errorf("%s by a treasurer: %+v", args[3], o)
			}
		}
		if o := run(t, words, "--data", dir, "operator", "remove", "zhang", "--as", "zhang"); o.code != 1 || !strings.Contains(o.err, "last administrator") {
			t.Errorf("the last administrator going: %+v", o)
		}
		if o := run(t, words, "--data", dir, "operator", "role", "zhang", "treasurer", "--as", "zhang"); o.code != 1 || !strings.Contains(o.err, "nobody changes the own role") {
			t.Errorf("the own role: %+v", o)
		}
		if o := run(t, words, "--data", dir, "operator", "role", "li", "support", "--as", "zhang"); o.code != 0 || o.out != "operator li is support now\n" {
			t.Errorf("another role: %+v", o)
		}
		if list := must(t, "--data", dir, "operator", "list"); !strings.Contains(list, "zhang  administrator  none") || !strings.Contains(list, "li     support        none") {
			t.Errorf("listed as\n%s", list)
		}
		if o := run(t, words, "--data", dir, "operator", "remove", "li", "--as", "zhang"); o.code != 0 {
			t.Errorf("going: %+v", o)
		}
		if list := must(t, "--data", dir, "operator", "list"); strings.Contains(list, "li ") {
			t.Errorf("still listed:\n%s", list)
		}
	})
}

func TestOperatorAdd_RefusesBadPasswords(t *testing.T) {
	dir := newAccountFolder(t)
	for _, tt := range []struct {
		why     string
		answers []string
		want    string
	}{
		{"two that differ", []string{words, other}, "the two passwords differ"},
		{"a short one, without asking again", []string{"short"}, "12 to 128 characters"},
		{"the name", []string{"Zhang.The.Operator"}, "the password is the name"},
	} {
		if o, _ := ask(t, tt.answers, "--data", dir, "operator", "add", "zhang.the.operator"); o.code != 2 || !strings.Contains(o.err, tt.want) {
			t.Errorf("%s: %+v", tt.why, o)
		}
	}
	for _, tt := range []struct{ in, want string }{
		{"", "on standard input"}, {"\n", "12 to 128 characters"}, {strings.Repeat("x", 5000) + "\n", "too long"},
	} {
		if o := run(t, tt.in, "--data", dir, "operator", "add", "zhang"); o.code != 2 || !strings.Contains(o.err, tt.want) {
			t.Errorf("%.9q from a pipe: %+v", tt.in, o)
		}
	}
	if out := must(t, "--data", dir, "operator", "list", "--json"); out != "" {
		t.Errorf("added all the same: %s", out)
	}
}

func TestCredentialShow_IsForWhoProvesHimself(t *testing.T) {
	both(t, func(t *testing.T, dir string) {
		secret := must(t, "--data", dir, "credential", "add", "--account", "acme", "--name", "main")
		id := credentials(t, dir)[0].ID
		show := []string{"--data", dir, "credential", "show", id, "--reason", "the buyer lost it"}

		if o, asked := ask(t, nil, show...); o.code != 1 || len(asked) > 0 || !strings.Contains(o.err, "quartet operator add") || o.out != "" {
			t.Errorf("without an operator: %+v, asked %q", o, asked)
		}
		if o := run(t, words, "--data", dir, "operator", "add", "zhang"); o.code != 0 { // a last line without its end
			t.Fatalf("%+v", o)
		}
		o, asked := ask(t, []string{words}, show...)
		if o.code != 0 || o.out != secret+"\n" || strings.Join(asked, "") != "Password of zhang: " {
			t.Errorf("%+v, asked %q", o, asked)
		}
		if got, want := audited(t, dir)[0], "zhang|credential.show|"+id+`|account acme, appcode, name "main", reason: the buyer lost it`; got != want {
			t.Errorf("the audit says %q, want %q", got, want)
		}
		if o := run(t, words+"\r\n", append(show, "--json", "--as", "zhang")...); o.code != 0 || !strings.Contains(o.out, `"secret":"`+secret+`"`) {
			t.Errorf("from a pipe: %+v", o)
		}
		for _, as := range []string{"zhang", "wang"} {
			o := run(t, "not the password\n", append(show, "--as", as)...)
			if o.code != 1 || o.out != "" || o.err != "quartet: the name or the password is wrong\n" {
				t.Errorf("%+v", o)
			}
		}
		if got := audited(t, dir)[:2]; !strings.HasPrefix(got[0], "command line") || !strings.HasSuffix(got[0], "|operator.refused||a name that no operator has") || !strings.HasSuffix(got[1], "|wrong password of zhang") {
			t.Errorf("the audit says %q", got)
		}
		for _, entry := range audited(t, dir) {
			for _, s := range []string{secret, words, "not the password", "argon2"} {
				if strings.Contains(entry, s) {
					t.Errorf("the audit says %q", entry)
				}
			}
		}
		for _, why := range [][]string{nil, {"--reason", "why"}, {"--reason", "of 13900000001"}} {
			if o := run(t, words+"\n", append([]string{"--data", dir, "credential", "show", id}, why...)...); o.code != 2 || o.out != "" || !strings.Contains(o.err, "--reason must") {
				t.Errorf("reason %q: %+v", why, o)
			}
		}
		if o := run(t, words+"\n", "--data", dir, "credential", "show", "nobody's", "--reason", "the buyer lost it"); o.code != 1 || !strings.Contains(o.err, "no credential of that id") {
			t.Errorf("%+v", o)
		}
	})
}

// A server remembers failures from one command to the next.
func TestCredentialShow_StopsWhoGuesses(t *testing.T) {
	dir := newAccountFolder(t)
	start(t, nil, serveArgs(dir)...)
	if o := run(t, words, "--data", dir, "operator", "add", "zhang"); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	for range 5 {
		if o := run(t, "a guess\n", "--data", dir, "credential", "show", "x", "--reason", "the buyer lost it"); !strings.Contains(o.err, "is wrong") {
			t.Fatalf("%+v", o)
		}
	}
	if o := run(t, words+"\n", "--data", dir, "credential", "show", "x", "--reason", "the buyer lost it"); o.code != 1 || !strings.Contains(o.err, "too many wrong passwords for this name; try again after 20") {
		t.Errorf("%+v", o)
	}
}

func TestOperatorPassword_TakesTheOldOneFirst(t *testing.T) {
	both(t, func(t *testing.T, dir string) {
		if o := run(t, words, "--data", dir, "operator", "add", "zhang"); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		if o, asked := ask(t, []string{"not the password"}, "--data", dir, "operator", "password", "zhang"); o.code != 1 || len(asked) != 1 {
			t.Errorf("%+v, asked %q", o, asked)
		}
		o, asked := ask(t, []string{words, other, other}, "--data", dir, "operator", "password", "zhang")
		if o.code != 0 || strings.Join(asked, "|") != "Password of zhang: |New password of zhang: |The same again: " {
			t.Fatalf("%+v, asked %q", o, asked)
		}
		if got := audited(t, dir)[0]; !strings.HasPrefix(got, "zhang|operator.password|") {
			t.Errorf("the audit says %q", got)
		}
		if o := run(t, words+"\n"+words+"\n", "--data", dir, "operator", "password", "zhang"); o.code != 1 {
			t.Errorf("the old password is still good: %+v", o)
		}
		if o := run(t, other+"\n"+words+"\n", "--data", dir, "operator", "password", "zhang"); o.code != 0 {
			t.Errorf("the new one is not: %+v", o)
		}
	})
}

func TestOperatorReset_TakesAStoppedServer(t *testing.T) {
	dir := newAccountFolder(t)
	s := start(t, nil, serveArgs(dir)...)
	if o := run(t, words, "--data", dir, "operator", "add", "zhang"); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	reset := []string{"--data", dir, "operator", "reset", "zhang"}
	if o := run(t, other, reset...); o.code != 1 || !strings.Contains(o.err, "only while no server runs") {
		t.Errorf("beside a server: %+v", o)
	}
	if s.stop() != 0 {
		t.Fatal("it did not end well")
	}
	if o := run(t, other, reset...); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	if got := audited(t, dir)[0]; !strings.HasPrefix(got, "command line|operator.password|") {
		t.Errorf("the audit says %q", got)
	}
	if o := run(t, other+"\n"+words, "--data", dir, "operator", "password", "zhang"); o.code != 0 {
		t.Errorf("%+v", o)
	}
	if o := run(t, other, "--data", dir, "operator", "reset", "nobody"); o.code != 1 || !strings.Contains(o.err, "no operator of that name") {
		t.Errorf("%+v", o)
	}
}

func TestPasswords_AreNotAskedForWhereTheyWouldBeSeen(t *testing.T) {
	dir := newAccountFolder(t)
	var out, errw bytes.Buffer
	code := cli.Run(t.Context(), &cli.Env{
		Args: []string{"--data", dir, "operator", "add", "zhang"}, In: strings.NewReader(words + "\n"), Out: &out, Err: &errw, Version: "test", Prompt: true,
	})
	if code != 2 || !strings.Contains(errw.String(), "no terminal") {
		t.Errorf("exit %d: %s", code, errw.String())
	}
}

// What the program itself makes is as heavy as a house needs it.
func TestOperatorAdd_TakesTheRealWorkWhereNobodySaysOtherwise(t *testing.T) {
	dir := newAccountFolder(t)
	env := &cli.Env{Args: []string{"--data", dir, "operator", "add", "zhang"}, In: strings.NewReader(words + "\n"), Out: io.Discard, Err: io.Discard, Version: "test"}
	if code := cli.Run(t.Context(), env); code != 0 {
		t.Fatalf("exit %d", code)
	}
	c := config.Default()
	c.Data = dir
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	if o, err := h.Operators.Find(t.Context(), "zhang"); err != nil || !strings.HasPrefix(o.Password, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("%.40s, %v", o.Password, err)
	}
}

func TestAuditList_HasTheNewestFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	must(t, "--data", dir, "account", "limit", "acme", "--qps", "5")
	must(t, "--data", dir, "product", "off", "1887")
	want := []string{
		"command line|product.off|1887|",
		"command line|account.limit|acme|rate none → 5/s burst 5",
		"command line|account.open|acme|Acme",
	}
	if got := audited(t, dir); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the audit says\n%q, want\n%q", got, want)
	}
	table := strings.Split(must(t, "--data", dir, "audit", "list", "--limit", "2"), "\n")
	if len(table) != 3 || !strings.HasPrefix(table[0], "TIME ") || !strings.Contains(table[1], "command line  product.off    1887") {
		t.Errorf("%q", table)
	}
}
