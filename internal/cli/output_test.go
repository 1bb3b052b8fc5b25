package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/cli"
)

// onePerson is a file of somebody invented.
func onePerson(t *testing.T) (path, content string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "people.csv")
	must(t, "registry", "synth", "--count", "1", "--csv", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, string(data)
}

// An output that is the input would be emptied before it is read.
func TestOutputs_NeverDestroyTheInput(t *testing.T) {
	people, content := onePerson(t)
	link, hard := people+".link", people+".hard"
	if err := os.Symlink(people, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(people, hard); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	url, calls := api(t)
	code := secretFile(t, "c0de")
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"a report", []string{"registry", "import", people, "--report", people, "--data", dir}},
		{"a report behind a symbolic link", []string{"registry", "import", people, "--report", link, "--data", dir}},
		{"a report behind a hard link", []string{"registry", "import", hard, "--report", people, "--data", dir}},
		{"a report on standard input", []string{"registry", "import", "-", "--report", people, "--data", dir}},
		{"results", []string{"verify", people, "--out", people, "--url", url, "--appcode-file", code}},
		{"results on standard input", []string{"verify", "-", "--out", link, "--url", url, "--appcode-file", code}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, err := os.Open(people)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			var out, errw bytes.Buffer
			exit := cli.Run(t.Context(), &cli.Env{Args: tt.args, Dir: t.TempDir(), In: in, Out: &out, Err: &errw, Version: "test"})
			if exit != 2 || !strings.Contains(errw.String(), "is the file that is read") {
				t.Errorf("exit %d: %s", exit, errw.String())
			}
			if got, err := os.ReadFile(people); err != nil || string(got) != content {
				t.Errorf("the people are gone: %d bytes left, %v", len(got), err)
			}
		})
	}
	if calls.Load() > 0 {
		t.Error("it asked all the same")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it made a data folder all the same")
	}
}

func TestImport_ReportsEveryDamageByFieldAndCode(t *testing.T) {
	people, content := onePerson(t)
	_, row, _ := strings.Cut(strings.TrimRight(content, "\n"), "\n")
	cells := strings.Split(row, ",")
	good := `{"name":"` + cells[0] + `","idcard":"` + cells[1] + `","acc_no":"` + cells[2] + `","mobile":"` + cells[3] + `"`
	if err := os.WriteFile(people, []byte(good+"}\n{\"name\":\n"+good+",\"status\":\"gone\"}\n"+strings.Replace(good, cells[3], "1390000", 1)+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	report := people + ".report"
	out := must(t, "registry", "import", people, "--report", report, "--data", filepath.Join(t.TempDir(), "data"))
	if out != "4 rows: 1 loaded, 3 damaged" {
		t.Error(out)
	}
	got, err := os.ReadFile(report)
	if want := "line,field,code\n2,row,type_error\n3,status,status_unknown\n4,mobile,mobile_length\n"; err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}
