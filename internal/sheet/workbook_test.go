package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"quartet"
	"quartet/internal/sheet"
)

// book writes a workbook as Excel would: what is a string stands there as text, what is a
// number as a number.
func book(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// parts packs the parts of a workbook by hand.
func parts(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for name, text := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// plainBook is a workbook with this content of its sheet and of its table of texts.
func plainBook(t *testing.T, data, texts string) []byte {
	t.Helper()
	return parts(t, map[string]string{
		"[Content_Types].xml": `<Types/>`,
		"_rels/.rels":         `<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":     `<workbook xmlns:r="r"><sheets><sheet name="p" sheetId="1" r:id="rId7"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId7" Type="http://x/worksheet" Target="worksheets/people.xml"/>` +
			`<Relationship Id="rId8" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
		"xl/worksheets/people.xml": `<worksheet><sheetData>` + data + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":     `<sst>` + texts + `</sst>`,
	})
}

// all reads every row.
func all(t *testing.T, r *sheet.Reader) (rows []sheet.Row) {
	t.Helper()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func open(t *testing.T, data []byte) *sheet.Reader {
	t.Helper()
	r, err := sheet.New(bytes.NewReader(data), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

var people = [][]any{
	{"姓名", "身份证号", "银行卡号", "手机号"},
	{"张三", "110101199003078670", "6222020000000000018", "13800138000"},
	{"李四", "110101199003078670", "6222020000000000018", 13800138000},
}

func TestWorkbook_ComesThroughAPipeAsFromAFile(t *testing.T) {
	data := book(t, people...)
	file := filepath.Join(t.TempDir(), "people.xlsx")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = to.Write(data)
		_ = to.Close()
	}()
	for path, stdin := range map[string]io.Reader{file: nil, "-": from} {
		r, err := sheet.Open(path, stdin)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rows := all(t, r)
		if len(rows) != 2 || rows[0].Raw.Name != "张三" || rows[1].Raw.Mobile != "13800138000" || rows[1].Line != 3 {
			t.Errorf("%s: %d rows", path, len(rows))
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A number keeps 15 digits; the others are zeros by now, whatever was typed.
func TestWorkbook_RefusesLongNumbersThatAreKeptAsNumbers(t *testing.T) {
	r := open(t, book(t,
		[]any{"姓名", "身份证号", "银行卡号", "手机号"},
		[]any{"张三", 110101199003078670, 6222020000000000, 13800138000},
		[]any{"张三", 1.1010119900307867e17, 6222021234567890.0, 1.3800138e10},
		[]any{"张三", "110101199003078670", "6222020000000000", "13800138000"},
		[]any{"张三", 440402460207657, 621226270356010, 13800138000},
	))
	rows := all(t, r)
	for i, want := range [][]string{{"id id_excel", "card card_format"}, {"id id_excel", "card card_format"}, nil, nil} {
		e, f := quartet.Parse(rows[i].Raw, rows[i].Has, today)
		var got []string
		for _, r := range f.Reject {
			got = append(got, string(r.Field)+" "+string(r.Code))
		}
		if !slices.Equal(got, want) {
			t.Errorf("line %d is refused with %v, want %v", rows[i].Line, got, want)
		}
		if e.Mobile.Reveal() != "13800138000" {
			t.Errorf("line %d has the mobile %q", rows[i].Line, rows[i].Raw.Mobile)
		}
	}
}

var today = time.Date(2026, 5, 4, 12, 0, 0, 0, quartet.Shanghai)

func TestWorkbook_IsReadAsProgramsReallyWriteIt(t *testing.T) {
	const head = `<row r="1"><c r="B1" t="inlineStr"><is><t>姓名</t></is></c><c r="D1" t="s"><v>0</v></c></row>`
	const texts = `<si><t>手机号</t></si><si><r><rPr><b/></rPr><t>张</t></r><r><t>三</t></r><rPh><t>zhang</t></rPh></si>`
	for what, c := range map[string]struct {
		data         string
		name, mobile string
		line         int
	}{
		"rich text":                    {`<row r="3"><c r="B3" t="s"><v>1</v></c><c r="D3"><v>13800138000</v></c></row>`, "张三", "13800138000", 3},
		"a formula":                    {`<row r="2"><c r="B2" t="str"><f>A1&amp;A2</f><v>张三</v></c></row>`, "张三", "", 2},
		"no references":                {`<row><c/><c t="inlineStr"><is><t>张三</t></is></c><c/><c><v>1.3800138E10</v></c></row>`, "张三", "13800138000", 2},
		"prefixes":                     {`<x:row r="2"><x:c r="B2" t="s"><x:v>1</x:v></x:c></x:row>`, "张三", "", 2},
		"columns unordered":            {`<row r="2"><c r="D2"><v>13800138000</v></c><c r="B2" t="s"><v>1</v></c></row>`, "张三", "13800138000", 2},
		"blank rows":                   {`<row r="2"/><row r="9"><c r="B9" t="s"><v> 1 </v></c></row>`, "张三", "", 9},
		"an error":                     {`<row r="2"><c r="B2" t="e"><v>#N/A</v></c></row>`, "#N/A", "", 2},
		"a blank that names no text":   {`<row r="2"><c r="A2" t="s"/><c r="B2" t="inlineStr"><is><t>张三</t></is></c></row>`, "张三", "", 2},
		"letters that XML cannot hold": {`<row r="2"><c r="B2" t="inlineStr"><is><t>张_x4E09_</t></is></c></row>`, "张三", "", 2},
		"padding":                      {`<row r="2"><c r="B2" t="inlineStr"><is><t xml:space="preserve"> 张三 </t></is></c></row>`, "张三", "", 2},
	} {
		rows := all(t, open(t, plainBook(t, head+c.data, texts)))
		if len(rows) != 1 || rows[0].Raw.Name != c.name || rows[0].Raw.Mobile != c.mobile || rows[0].Line != c.line {
			t.Errorf("%s: %d rows, the first on line %d with %q and %q", what, len(rows), rows[0].Line, rows[0].Raw.Name, rows[0].Raw.Mobile)
		}
	}
}

func TestWorkbook_TheFirstSheetCounts(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for _, err := range []error{
		f.SetSheetName("Sheet1", "people"), f.SetSheetRow("people", "A1", &[]any{"name"}), f.SetSheetRow("people", "A2", &[]any{"张三"}),
		func() error { _, err := f.NewSheet("notes"); return err }(), f.SetSheetRow("notes", "A1", &[]any{"mobile"}),
		f.MoveSheet("people", "people"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f.SetActiveSheet(1)
	buf, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	if r := open(t, buf.Bytes()); r.Columns() != quartet.NeedName || len(all(t, r)) != 1 {
		t.Errorf("the columns are %v", r.Columns())
	}
}
