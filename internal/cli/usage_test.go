package cli_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"quartet/internal/cli"
	"quartet/internal/sheet"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestRun_TellsWhatWasAskedWrongly(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"an unknown command", []string{"sevre"}, `no command "sevre"`},
		{"an unknown command below", []string{"account", "ad"}, `no command "account ad"`},
		{"an unknown flag", []string{"serve", "--colour"}, "unknown flag: --colour"},
		{"an argument too many", []string{"account", "list", "x"}, "write it so: quartet account list"},
		{"a flag that is missing", []string{"grant", "add"}, "account"},
		{"two ends of a grant", []string{"grant", "add", "--account", "a", "--units", "1", "--years", "1", "--expires", "2099-01-01"}, "years"},
		{"no units at all", []string{"grant", "add", "--account", "a", "--units", "0"}, "--units must be from 1 to 1000000000000"},
		{"more units than can be added up", []string{"grant", "add", "--account", "a", "--units", "9223372036854775807"}, "--units must be from 1 to 1000000000000"},
		{"no units to take back", []string{"grant", "withdraw", "g", "--units", "0"}, "--units must be from 1"},
		{"units below none to take back", []string{"grant", "withdraw", "g", "--units", "-5"}, "--units must be from 1"},
		{"a demo without units", []string{"demo", "--units", "0"}, "--units must be from 1"},
		{"a word for a number", []string{"grant", "add", "--account", "a", "--units", "x"}, "quartet: --units must be a whole number; run `quartet grant add --help`"},
		{"a number beyond all numbers", []string{"registry", "synth", "--count", "99999999999999999999"}, "quartet: --count is out of range"},
		{"a number below none for a seed", []string{"registry", "synth", "--count", "1", "--seed", "-1"}, "quartet: --seed must be a whole number, 0 or more"},
		{"a word for a switch", []string{"account", "list", "--json=maybe"}, "quartet: --json must be true or false"},
		{"a switch with its value apart", []string{"serve", "--guard-enabled", "false"}, "write --guard-enabled=false"},
		{"a setting whose flag is wrong", []string{"serve", "--listen", "x"}, "quartet: --listen: must be an address"},
		{"a setting that is wrong", []string{"serve", "--deadline", "never"}, "--deadline: must be a time span"},
		{"two files to verify", []string{"verify", "a.csv", "b.csv"}, "write it so: quartet verify [FILE]"},
		{"a file that is missing", []string{"config", "check", "nowhere.yaml"}, "no such file"},
		{"a demo that others could reach", []string{"demo", "--listen", "0.0.0.0:0", "--allow-plain-http"}, "this machine alone"},
		{"verify without an AppCode", []string{"verify"}, "QUARTET_APPCODE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := run(t, "", tt.args...)
			if o.code != 2 || !strings.Contains(o.err, tt.want) || !strings.HasPrefix(o.err, "quartet: ") {
				t.Errorf("%+v, want exit 2 and %q", o, tt.want)
			}
			if strings.Count(o.err, "\n") != 1 {
				t.Errorf("not one line: %q", o.err)
			}
		})
	}
}

// What breaks a rule was asked wrongly, wherever that is found out; what is merely not there
// or not possible has failed.
func TestRun_TellsAWrongQuestionFromAFailure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	code := secretFile(t, "c0de")
	for _, tt := range []struct {
		name string
		args []string
		in   string
		exit int
		want string
	}{
		{"an id with a blank", []string{"account", "add", "--id", "A B", "Other"}, "", 2, "the id of an account"},
		{"another kind of credential", []string{"credential", "add", "--account", "acme", "--kind", "foo"}, "", 2, "appcode, key or appkey"},
		{"a grant that is over", []string{"grant", "add", "--account", "acme", "--units", "1", "--expires", "2020-01-01"}, "", 2, "expire after"},
		{"a file without a good row", []string{"registry", "import", "-"}, "name,idcard,acc_no,mobile\n,,,\nx,1,2,3\n", 2, "no good row"},
		{"a base URL without a scheme", []string{"verify", "--url", "127.0.0.1:1234", "--appcode-file", code}, "", 2, "http://"},
		{"a name that is taken", []string{"account", "add", "Acme"}, "", 1, "already"},
		{"an account that is not there", []string{"grant", "add", "--account", "x", "--units", "1"}, "", 1, "no account"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := run(t, tt.in, append(tt.args, "--data", dir)...)
			if o.code != tt.exit || !strings.Contains(o.err, tt.want) {
				t.Errorf("%+v, want exit %d and %q", o, tt.exit, tt.want)
			}
		})
	}
}

func TestConfig_PrintsWhatIsInForceAndChecksFiles(t *testing.T) {
	if out := must(t, "config", "--guard-calls", "20"); !strings.Contains(out, "--guard-calls") {
		t.Error(out)
	}
	if out := must(t, "config", "check", abs(t, "../../quartet.example.yaml")); !strings.Contains(out, "is in order") {
		t.Error(out)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("lisen: x\ndrain: y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := run(t, "", "config", "check", bad); o.code != 2 || strings.Count(o.err, "\n") != 2 {
		t.Errorf("%+v", o)
	}
}

// What the help tells of columns is what a file with a strange header is told.
func TestHelp_ListsEveryColumnThatIsRead(t *testing.T) {
	_, err := sheet.New(strings.NewReader("no such column\n"), 0)
	if err == nil {
		t.Fatal("a strange header is read")
	}
	_, list, _ := strings.Cut(err.Error(), "use ")
	for _, args := range [][]string{{"check", "--help"}, {"registry", "import", "--help"}} {
		help := must(t, args...)
		for names := range strings.SplitSeq(list, ", ") {
			if !strings.Contains(help, "\n  "+names+"\n") {
				t.Errorf("the help of %s does not list %s:\n%s", args[0], names, help)
			}
		}
	}
}

func TestQuotaAudit_CountsInWords(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	must(t, "--data", dir, "grant", "add", "--account", "acme", "--units", "7")
	if got, want := must(t, "--data", dir, "quota", "audit"), "1 grant, 0 units used, 0 held, 7 left: 0 differences"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVersion_Prints(t *testing.T) {
	if got := must(t, "version"); got != "quartet test" {
		t.Error(got)
	}
}

func abs(t *testing.T, path string) string {
	t.Helper()
	p, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDocs_AreFresh writes docs/cli.md from the tree with -update.
func TestDocs_AreFresh(t *testing.T) {
	const path = "../../docs/cli.md"
	want := document(cli.New(&cli.Env{Version: "test"}))
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/cli.md is stale (%v); run: go test ./internal/cli -run TestDocs_AreFresh -update", err)
	}
}

func document(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Command line\n\n")
	b.WriteString("Generated from the command tree by `go test ./internal/cli -run TestDocs_AreFresh -update`.\n")
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" && cmd.HasParent() && cmd != root {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n", cmd.CommandPath())
		text := cmd.Long
		if text == "" {
			text = cmd.Short + "."
		}
		fmt.Fprintf(&b, "```text\n%s\n\n%s\n", text, cmd.UseLine())
		if cmd.Example != "" {
			fmt.Fprintf(&b, "\n%s\n", cmd.Example)
		}
		cmd.LocalFlags() // merges the persistent ones
		flags := cmd.NonInheritedFlags().FlagUsages()
		if flags != "" {
			fmt.Fprintf(&b, "\n%s", flags)
		}
		b.WriteString("```\n")
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(root)
	return b.String()
}
