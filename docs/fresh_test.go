// Package docs_test holds the documents to the code: what can be made from code is made
// from it, what is shown on a screen is run, and what is claimed of a file, a command or
// an element is tried.
package docs_test

import (
	"bufio"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"quartet/internal/config"
	"quartet/internal/route"
	"quartet/internal/source"
)

var update = flag.Bool("update", false, "write the parts of the documents anew that are made from code")

// hold compares the part of a document between its two marks with want, and with -update
// writes it anew.
func hold(t *testing.T, file, part, want string) {
	t.Helper()
	text := read(t, file)
	begin := fmt.Sprintf("<!-- %s: written by `make generate` -->\n", part)
	end := fmt.Sprintf("<!-- /%s -->\n", part)
	head, rest, found := strings.Cut(text, begin)
	got, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no part %s", file, part)
	}
	want = "\n" + want + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(head+begin+want+end+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("the part %s of %s is stale; run: make generate\ngot:\n%s\nwant:\n%s", part, file, got, want)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDocs_SettingsAreFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("| setting | default | what it is |\n|---|---|---|\n")
	for _, s := range config.Settings() {
		value := s.Default()
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Key, value, s.Help)
	}
	hold(t, "operations.md", "settings", b.String())
}

func TestDocs_WordsForWhoIsPassedOverAreFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("| word | why | if this is all that stood in the way |\n|---|---|---|\n")
	for _, s := range route.SkippedWords() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Word, s.Why, s.Code)
	}
	hold(t, "routing.md", "skipped", b.String())
}

func TestDocs_WordsForWhoIsAskedAreFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("| word | why |\n|---|---|\n")
	for _, c := range route.ChosenWords() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Word, c.Why)
	}
	hold(t, "routing.md", "chosen", b.String())
}

func TestDocs_WordsForFailuresAreFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("| word | what happened |\n|---|---|\n")
	for _, f := range source.FailureWords() {
		if f.Why == "" {
			t.Errorf("nothing says what %s means", f.Word)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Word, f.Why)
	}
	hold(t, "evidence.md", "failures", b.String())
}

// TestDocs_MetricsAreFresh asks a running node which metrics it has.
func TestDocs_MetricsAreFresh(t *testing.T) {
	d := startDemo(t)
	resp, err := http.Get(d.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	b.WriteString("| metric | kind | what it is |\n|---|---|---|\n")
	help := regexp.MustCompile(`^# HELP (quartet_\w+) (.+)$`)
	kind := regexp.MustCompile(`^# TYPE (quartet_\w+) (\w+)$`)
	var name, what string
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if m := help.FindStringSubmatch(lines.Text()); m != nil {
			name, what = m[1], m[2]
		}
		if m := kind.FindStringSubmatch(lines.Text()); m != nil && m[1] == name {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, m[2], what)
		}
	}
	hold(t, "operations.md", "metrics", b.String())
}
