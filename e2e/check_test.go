package e2e_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// checked is a line of `check --json`.
type checked struct {
	Line       int               `json:"line"`
	Valid      bool              `json:"valid"`
	Normalized map[string]string `json:"normalized"`
	IDType     string            `json:"id_type"`
	Warn       []string          `json:"warn"`
	Reject     []struct{ Field, Code, Message string }
}

// openCase is a line of the cases: what goes in, and what must come out.
type openCase struct {
	ID    string
	Kind  string
	Input map[string]any
	Want  struct {
		Valid      bool
		Normalized map[string]any // a header is a list
		Warn       []string
		Code       string
	}
}

// openCases are those that a file of people can hold, with the line of each; and the one
// that is a file of its own.
func openCases(t *testing.T) (cases []openCase, text string, file openCase) {
	t.Helper()
	f, err := os.Open("../testdata/cases-open.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	for scan := bufio.NewScanner(f); scan.Scan(); {
		var c openCase
		if err := json.Unmarshal(scan.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		line, isText := c.Input["json"].(string)
		switch {
		case c.Input["csv_hex"] != nil:
			file = c
			continue
		case c.Kind == "transport" || c.Kind == "auth": // about another step
			continue
		case !isText:
			bytes, err := json.Marshal(c.Input)
			if err != nil {
				t.Fatal(err)
			}
			line = string(bytes)
		}
		cases = append(cases, c)
		b.WriteString(line + "\n")
	}
	return cases, b.String(), file
}

// The case that is a file has a header alone. With a row behind it, its columns must be
// known for what they are.
func TestCheck_KnowsTheHeaderOfTheOpenCases(t *testing.T) {
	t.Parallel()
	_, _, c := openCases(t)
	text, err := hex.DecodeString(c.Input["csv_hex"].(string))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, append(text, "张三,110101199003078670,6222020000000000018,13800138000\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	got := lines[checked](t, must(t, environ(), "check", "--json", "--reveal", file))
	want := map[string]string{"name": "张三", "id": "110101199003078670", "card": "6222020000000000018", "mobile": "13800138000"}
	if len(got) != 1 || got[0].Valid != c.Want.Valid || !maps.Equal(got[0].Normalized, want) {
		t.Errorf("%s: it is read as %+v", c.ID, got)
	}
}

func TestCheck_GivesTheWantedAnswersToTheOpenCases(t *testing.T) {
	t.Parallel()
	cases, text, _ := openCases(t)
	if len(cases) < 20 {
		t.Fatalf("only %d cases", len(cases))
	}
	file := filepath.Join(t.TempDir(), "cases.jsonl")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got := lines[checked](t, must(t, environ(), "check", "--json", "--reveal", file))
	if len(got) != len(cases) {
		t.Fatalf("%d answers to %d cases", len(got), len(cases))
	}
	for i, c := range cases {
		g := got[i]
		if g.Line != i+1 || g.Valid != c.Want.Valid {
			t.Errorf("%s: line %d, valid %v; want line %d, valid %v", c.ID, g.Line, g.Valid, i+1, c.Want.Valid)
			continue
		}
		for field, want := range c.Want.Normalized {
			switch is := g.Normalized[field]; {
			case field == "type" && c.Kind == "id":
				if g.IDType != want {
					t.Errorf("%s: id type %q, want %q", c.ID, g.IDType, want)
				}
			case field == "type" || field == "bank": // of the card: what a table says, not the rules
			case is != want:
				t.Errorf("%s: %s is %q, want %q", c.ID, field, is, want)
			}
		}
		for _, w := range c.Want.Warn {
			if !slices.Contains(g.Warn, w) {
				t.Errorf("%s: the warnings %v lack %s", c.ID, g.Warn, w)
			}
		}
		if c.Want.Code != "" && (len(g.Reject) == 0 || g.Reject[0].Code != c.Want.Code) {
			t.Errorf("%s: refused with %v, want %s", c.ID, g.Reject, c.Want.Code)
		}
	}
}

// From standard input a row is answered when it has come, not when the last one has.
func TestCheck_StreamsFromStandardInput(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(binary(t), "check", "--json", "-")
	cmd.Env = environ()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	// More rows than any buffer on the way holds; the file has not ended when one is answered.
	const row = `{"name":"张三","idcard":"110101199003078670","acc_no":"6222020000000000018","mobile":"13800138000"}` + "\n"
	const rows = 5000
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(in, strings.Repeat(row, rows))
		written <- err
	}()
	r := bufio.NewReader(out)
	first, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("no row was answered before the end: %v", err)
	}
	for _, secret := range []string{"张三", "110101199003078670", "6222020000000000018", "13800138000"} {
		if strings.Contains(first, secret) {
			t.Errorf("a person is shown in clear: %s", first)
		}
	}
	go func() {
		written <- errors.Join(<-written, in.Close()) // only now does the file end
	}()
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-written, cmd.Wait()); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if n := 1 + strings.Count(string(rest), "\n"); n != rows {
		t.Errorf("%d answers to %d rows", n, rows)
	}
}

func TestCheck_ReadsGBKAndSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(
		"姓名,身份证号,银行卡号,手机号\n张三,110101199003078670,6222020000000000018,13800138000\n李四,11010119900307867X,1.1E+17,\n")
	if err != nil {
		t.Fatal(err)
	}
	got := lines[checked](t, must(t, environ(), "check", "--json", "--reveal", write("gbk.csv", gbk)))
	if len(got) != 2 || !got[0].Valid || got[0].Normalized["name"] != "张三" || got[1].Valid || got[1].Normalized["name"] != "李四" {
		t.Errorf("the GBK file is read as %+v", got)
	}
	old, err := hex.DecodeString("d0cf11e0a1b11ae1")
	if err != nil {
		t.Fatal(err)
	}
	const person = "张三,110101199003078670,6222020000000000018,13800138000\n"
	for _, file := range []string{
		filepath.Join(dir, "none.csv"), dir, write("empty.csv", ""), write("bare.csv", person+person), write("old.xls", string(old)+person),
		write("torn.xlsx", "PK\x03\x04"+person), write("array.json", `[{"name":"张三","mobile":"13800138000"}]`),
	} {
		out, errs, exit := command(t, environ(), "check", "--json", file)
		if exit != 2 || out != "" || strings.TrimSpace(errs) == "" {
			t.Errorf("%s: exit %d, said %q and %q", filepath.Base(file), exit, out, errs)
		}
		for _, secret := range []string{"张三", "110101199003078670", "6222020000000000018", "13800138000"} {
			if strings.Contains(errs, secret) {
				t.Errorf("%s: the content is repeated: %s", filepath.Base(file), errs)
			}
		}
	}
}

// A workbook from a pipe is read as one by its path: its index stands at its end.
func TestCheck_ReadsAWorkbookFromAPipe(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	for i, row := range [][]any{
		{"姓名", "身份证号", "银行卡号", "手机号"},
		{"张三", "110101199003078670", "6222020000000000018", 13800138000},
		{"李四", 110101199003078670, "6222020000000000018", "13800138000"},
	} {
		if err := book.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "people.xlsx")
	if err := book.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	byPath := must(t, environ(), "check", "--json", file)
	cmd := exec.Command("sh", "-c", `cat "$2" | "$1" check --json -`, "sh", binary(t), file)
	cmd.Env = environ()
	piped, err := cmd.Output()
	if err != nil || string(piped) != byPath {
		t.Errorf("through a pipe: %s (%v)\nby path: %s", piped, err, byPath)
	}
	got := lines[checked](t, byPath)
	if len(got) != 2 || !got[0].Valid || got[1].Valid || got[1].Reject[0].Code != "id_excel" {
		t.Errorf("it is read as %+v", got)
	}
}
