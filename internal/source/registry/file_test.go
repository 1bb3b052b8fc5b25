package registry_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
	"quartet/internal/sheet"
	"quartet/internal/source/registry"
)

// fileRows reads a file as the command line does.
type fileRows struct{ *sheet.Reader }

func openFile(tb testing.TB, path string) fileRows {
	tb.Helper()
	r, err := sheet.Open(path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = r.Close() })
	return fileRows{r}
}

func (f fileRows) Next() (registry.Row, error) {
	row, err := f.Reader.Next()
	return registry.Row{Line: int64(row.Line), Raw: row.Raw, Status: row.Status, Reject: row.Faults}, err
}

// table is the same file for every format: a header, then people of seed 20 with one
// damage or status each.
func table() [][]string {
	cells := [][]string{{"姓名", "身份证号", "银行卡号", "预留手机号", "状态"}}
	for i, change := range []func(row []string){
		func([]string) {},
		func(row []string) { row[1] = row[1][:17] + map[bool]string{true: "1", false: "0"}[row[1][17] == '0'] },
		func(row []string) { row[4] = "已挂失" },
		func(row []string) { row[2] = "6.22202E+18" },
		func(row []string) { row[3] = "1390000" },
		func(row []string) { row[0] = "" },
		func(row []string) { row[4] = "melted" },
		func(row []string) { row[0], row[3] = "X1", "" },
		func(row []string) { row[2] = " " + row[2][:4] + " " + row[2][4:] },
	} {
		p := registry.Person(20, int64(i))
		row := []string{p.Name, p.ID, p.Card, p.Mobile, ""}
		change(row)
		cells = append(cells, row)
	}
	return cells
}

const tableReport = `line,field,code
3,id,id_checksum
5,card,card_format
6,mobile,mobile_length
7,name,missing
8,status,status_unknown
9,name,name_char
9,mobile,missing
`

func csvOf(cells [][]string) []byte {
	var b strings.Builder
	for _, row := range cells {
		b.WriteString(strings.Join(row, ",") + "\r\n")
	}
	return []byte(b.String())
}

func xlsxOf(t *testing.T, cells [][]string) []byte {
	t.Helper()
	book := excelize.NewFile()
	for i, row := range cells {
		for j, text := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := book.SetCellStr("Sheet1", at, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestImport_LoadsTheGoodRowsOfEveryKindOfFileAndNamesTheOthers(t *testing.T) {
	cells := table()
	plain := csvOf(cells)
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(plain)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"people.csv": plain, "bom.csv": append([]byte("\ufeff"), plain...), "gbk.csv": gbk, "people.xlsx": xlsxOf(t, cells),
	}
	onBoth(t, func(t *testing.T, b backend) {
		r, _ := newRegistry(t, b)
		for name, content := range files {
			path, report := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), "report.csv")
			write(t, path, content)
			sum := load(t, r, registry.Import{Rows: openFile(t, path), Replace: true, Report: registry.ReportFile(report), Now: today})
			if sum.Rows != 9 || sum.Loaded != 3 || sum.Damaged != 6 {
				t.Errorf("%s: %+v, want 3 of 9 rows loaded", name, sum)
			}
			got, err := os.ReadFile(report)
			if err != nil || string(got) != tableReport {
				t.Errorf("%s: the report is %q, %v; want %q", name, got, err, tableReport)
			}
			for _, row := range cells[1:] {
				for _, text := range row[:4] {
					if len(text) > 3 && bytes.Contains(got, []byte(text)) {
						t.Errorf("%s: the report shows an element", name)
					}
				}
			}
			for i, want := range map[int64]quartet.Verdict{0: quartet.Match, 1: 0, 2: quartet.Undetermined, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: quartet.Match} {
				if got := verdict(t, r, registry.Person(20, i)); got != want {
					t.Errorf("%s: person %d: %v, want %v", name, i, got, want)
				}
			}
		}
	})
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
