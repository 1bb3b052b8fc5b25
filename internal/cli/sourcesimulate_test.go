package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quartet/internal/cli"
	"quartet/internal/simulator"
)

// simulate runs the command until stop is called; stop gives all it printed.
func simulate(t *testing.T, dir string, args ...string) (text func() string, stop func() (string, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := &safeBuffer{}
	cmd := cli.NewSourceSimulate(&cli.Env{Dir: dir, Out: out, Err: io.Discard})
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	done := make(chan error, 1)
	go func() { done <- cmd.ExecuteContext(ctx) }()
	t.Cleanup(cancel)
	return out.String, func() (string, error) {
		cancel()
		err := <-done
		return out.String(), err
	}
}

// awaitText waits until the output holds what the expression finds, and gives its group.
func awaitText(t *testing.T, text func() string, expression string) string {
	t.Helper()
	find := regexp.MustCompile(expression)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if m := find.FindStringSubmatch(text()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("it never printed %s:\n%s", expression, text())
	return ""
}

// askSimulator asks the dialect market about an invented person.
func askSimulator(t *testing.T, base, appcode, card string) (string, string) {
	t.Helper()
	form := url.Values{"name": {"测试甲"}, "idcard": {"110101199003070011"}, "acc_no": {card}, "mobile": {"13900000001"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/communication/personal/1887", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "APPCODE "+appcode)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return string(body) + answer.Header.Get("X-Ca-Error-Code"), answer.Header.Get(simulator.Header)
}

func TestSourceSimulate_ServesADialectWithInventedCredentials(t *testing.T) {
	dir := t.TempDir()
	script := "cards:\n  \"6200000000000000018\": {verdict: mismatch}\n  \"6200000000000000026\": {fault: no_record}\n"
	if err := os.WriteFile(filepath.Join(dir, "drill.yaml"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	text, stop := simulate(t, dir, "market", "--listen", "127.0.0.1:0", "--script", "drill.yaml")
	awaitText(t, text, `(Ctrl-C)`)
	base, appcode := awaitText(t, text, `URL  (http://127\.0\.0\.1:\d+)`), awaitText(t, text, `(?m)^appcode: (\w{32})$`)
	for card, want := range map[string]string{
		"6200000000000000018": `"state":"2"`, "6200000000000000026": "10015", "6200000000000000034": `"state":"1"`,
	} {
		body, mark := askSimulator(t, base, appcode, card)
		if !strings.Contains(body, want) || mark != "quartet" {
			t.Errorf("got %s marked %q, want %s", body, mark, want)
		}
	}
	if body, _ := askSimulator(t, base, "other", "6200000000000000018"); !strings.Contains(body, "A400AC") {
		t.Errorf("a stranger got %s", body)
	}
	all, err := stop()
	if err != nil {
		t.Error(err)
	}
	if want := "Requests 4, refused 1, inquiries 0. Asked 3, charged 2: ¥0.60."; !strings.Contains(all, want) {
		t.Errorf("it said\n%s\nwant %s", all, want)
	}
	if strings.Contains(all, "6200000000000000018") || strings.Contains(all, "测试甲") {
		t.Error("it shows somebody asked about")
	}
}

func TestSourceSimulate_TakesCredentialsFromAFileAndDoesNotShowThem(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secrets.yaml"), []byte("url: http://127.0.0.1:1\nappcode: planted-code\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, stop := simulate(t, dir, "market", "--listen", "127.0.0.1:0", "--credentials", "secrets.yaml")
	awaitText(t, text, `(Ctrl-C)`)
	if body, _ := askSimulator(t, awaitText(t, text, `URL  (\S+)`), "planted-code", "6200000000000000018"); !strings.Contains(body, `"state":"1"`) {
		t.Errorf("got %s", body)
	}
	if all, err := stop(); err != nil || strings.Contains(all, "planted-code") || !strings.Contains(all, "secrets.yaml: appcode") {
		t.Errorf("got %v and\n%s", err, all)
	}
}

// Its statement names our number of each question and what it charges, so that a house can
// be compared with it.
func TestSourceSimulate_WritesItsStatementWhenItEnds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "drill.yaml"), []byte("cards: {\"6200000000000000026\": {fault: no_record}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, stop := simulate(t, dir, "market", "--listen", "127.0.0.1:0", "--script", "drill.yaml", "--price", "0.165", "--statement", "statement.csv")
	awaitText(t, text, `(Ctrl-C)`)
	base, appcode := awaitText(t, text, `URL  (\S+)`), awaitText(t, text, `(?m)^appcode: (\w{32})$`)
	askSimulator(t, base, appcode, "6200000000000000018")
	askSimulator(t, base, appcode, "6200000000000000026")
	all, err := stop()
	if err != nil || !strings.Contains(all, "Asked 2, charged 1: ¥0.17.") {
		t.Errorf("got %v and\n%s", err, all)
	}
	written, err := os.ReadFile(filepath.Join(dir, "statement.csv"))
	if err != nil {
		t.Fatal(err)
	}
	form := `^reference,order,time,result,charged,amount\n\w{18},,[\d :-]{19},match,yes,0\.165\n\w{18},,[\d :-]{19},no_record,no,0\.00\n$`
	if !regexp.MustCompile(form).Match(written) {
		t.Errorf("the statement is\n%s", written)
	}
}

func TestSourceSimulate_PrintsKeysAsItReadsThem(t *testing.T) {
	dir := t.TempDir()
	text, stop := simulate(t, dir, "yunzhanghu", "--listen", "127.0.0.1:0")
	awaitText(t, text, `(Ctrl-C)`)
	all, err := stop()
	if err != nil {
		t.Fatal(err)
	}
	_, secrets, _ := strings.Cut(all, "have them again:\n")
	secrets, _, _ = strings.Cut(secrets, "\nCtrl-C")
	if err := os.WriteFile(filepath.Join(dir, "secrets.yaml"), []byte(secrets), 0o600); err != nil {
		t.Fatal(err)
	}
	again, stop := simulate(t, dir, "yunzhanghu", "--listen", "127.0.0.1:0", "--credentials", "secrets.yaml")
	awaitText(t, again, `(Ctrl-C)`)
	if _, err := stop(); err != nil {
		t.Error(err)
	}
}

func TestSourceSimulate_SaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{"other.yaml": "key: planted", "list.yaml": "- planted", "script.yaml": "default: {fault: fire}"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no dialect", []string{"nobody"}, "there are acme"},
		{"an address others reach", []string{"market", "--listen", "0.0.0.0:0"}, "--allow-plain-http"},
		{"no address", []string{"market", "--listen", "x"}, "127.0.0.1:9600"},
		{"no script", []string{"market", "--script", "none.yaml"}, "cannot read"},
		{"a bad script", []string{"market", "--script", "script.yaml"}, `"fire"`},
		{"no credentials", []string{"market", "--credentials", "none.yaml"}, "cannot read"},
		{"other credentials", []string{"market", "--credentials", "other.yaml"}, "appcode"},
		{"no price", []string{"market", "--price", "cheap"}, "0.22"},
		{"nowhere for the statement", []string{"market", "--statement", "none/statement.csv"}, "none"},
		{"a list for credentials", []string{"market", "--credentials", "list.yaml"}, "appcode"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := cli.NewSourceSimulate(&cli.Env{Dir: dir, Out: &out, Err: &out})
			cmd.SetArgs(c.args)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // it ends at once; a server would run on
			defer cancel()
			err := cmd.ExecuteContext(ctx)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "planted") || out.Len() > 0 {
				t.Errorf("got %v and %s, want %s", err, out.String(), c.want)
			}
		})
	}
}
