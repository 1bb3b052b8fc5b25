package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestUsageExport_WritesTheCallsOfSomeDays(t *testing.T) {
	dir, seqNos := exampleHouse(t)
	file := filepath.Join(t.TempDir(), "october.csv")
	if got := must(t, "--data", dir, "usage", "export", "--account", "acme", "--from", "2026-10-01", "--to", "2026-10-01", "--out", file); got != "3 calls written to "+file {
		t.Errorf("it says %q", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\r\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "\ufeff") || !strings.HasPrefix(lines[1], seqNos[0]+",2026-10-01 09:00:00.000,1887,c,10000,成功,一致,,1,") || strings.Contains(string(text), "shumai") {
		t.Errorf("the file of an account is\n%s", text)
	}
	if got := must(t, "--data", dir, "usage", "export", "--from", "2026-10-02", "--to", "2026-10-02", "--out", "-"); !strings.Contains(got, seqNos[3]) || !strings.Contains(got, ",acme,") || !strings.Contains(got, "shumai") || strings.Contains(got, seqNos[0]) {
		t.Errorf("that of the house is\n%s", got)
	}
	file = filepath.Join(t.TempDir(), "october.xlsx")
	must(t, "--data", dir, "usage", "export", "--account", "acme", "--from", "2026-10-01", "--to", "2026-10-31", "--out", file)
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := book.GetRows(book.GetSheetName(0)); err != nil || len(rows) != 5 || rows[4][0] != seqNos[3] {
		t.Errorf("the workbook is %q, %v", rows, err)
	}
}
