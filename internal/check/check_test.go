package check_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
	"quartet/internal/check"
	"quartet/internal/sheet"
)

type result struct {
	Line       int               `json:"line"`
	Valid      bool              `json:"valid"`
	Normalized map[string]string `json:"normalized"`
	IDType     string            `json:"id_type"`
	Warn       []string          `json:"warn"`
	Reject     []struct{ Field, Code, Message string }
}

var today = time.Date(2026, 11, 25, 12, 0, 0, 0, quartet.Shanghai)

func run(t *testing.T, src io.Reader, reveal bool) []result {
	t.Helper()
	r, err := sheet.New(src, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	if _, err := check.Run(r, check.Options{Out: &out, JSON: true, Reveal: reveal, Today: today}); err != nil {
		t.Fatal(err)
	}
	var list []result
	for line := range strings.Lines(out.String()) {
		var got result
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		list = append(list, got)
	}
	return list
}

const table = "姓名,身份证号,银行卡号,预留手机号\n张三,110101199003078670,6222020000000000018,13800138000\n,11010119900307867X,1.1E+17,1380013800\n"

func TestCheck_ReadsEveryKindOfFileAlike(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	book := excelize.NewFile()
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		for j, cell := range strings.Split(line, ",") {
			name, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if err := book.SetCellStr("Sheet1", name, cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	xlsx, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]io.Reader{
		"UTF-8":     strings.NewReader(table),
		"BOM":       strings.NewReader("\ufeff" + table),
		"GBK":       strings.NewReader(gbk),
		"tabs":      strings.NewReader(strings.ReplaceAll(table, ",", "\t")),
		"semicolon": strings.NewReader(strings.ReplaceAll(table, ",", ";")),
		"XLSX":      xlsx,
	} {
		got := run(t, src, true)
		if len(got) != 2 {
			t.Errorf("%s: %d rows", name, len(got))
			continue
		}
		if !got[0].Valid || got[0].Line != 2 || got[0].Normalized["name"] != "张三" {
			t.Errorf("%s: first row %+v", name, got[0])
		}
		var codes []string
		for _, r := range got[1].Reject {
			codes = append(codes, r.Code)
		}
		if want := []string{"missing", "id_checksum", "card_format", "mobile_length"}; !slices.Equal(codes, want) {
			t.Errorf("%s: second row refused with %v, want %v", name, codes, want)
		}
	}
}

func TestCheck_ShowsNobodyInClearUnlessAsked(t *testing.T) {
	for _, json := range []bool{true, false} {
		r, err := sheet.New(strings.NewReader(table), 0)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := check.Run(r, check.Options{Out: &out, JSON: json, Today: today}); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"张三", "110101199003078670", "6222020000000000018", "13800138000"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("json %v shows %s", json, secret)
			}
		}
	}
}

// people is a table that is made while it is read.
type people struct {
	rows, at int
	buf      bytes.Buffer
}

func (p *people) Read(b []byte) (int, error) {
	for p.buf.Len() < len(b) && p.at <= p.rows {
		if p.at == 0 {
			p.buf.WriteString("name,idcard,acc_no,mobile\n")
		} else {
			fmt.Fprintf(&p.buf, "张三,110101199003078670,62220200000%08d,138%08d\n", p.at, p.at)
		}
		p.at++
	}
	return p.buf.Read(b)
}

func TestCheck_NeedsTheMemoryOfOneRow(t *testing.T) {
	var before, after runtime.MemStats
	peak := uint64(0)
	r, err := sheet.New(&people{rows: 300_000}, 0)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&before)
	sum, err := check.Run(r, check.Options{Out: io.Discard, JSON: true, Today: today, Progress: func(rows int64) {
		if rows%50_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
	}})
	if err != nil || sum.Rows != 300_000 {
		t.Fatal(sum, err)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

// What is said of a file goes to terminals and logs, so it repeats nothing of its content.
func TestSheet_SaysWhatIsWrongWithAFileButNotWhatIsInIt(t *testing.T) {
	const person = "张三,110101199003078670,6222020000000000018,13800138000"
	book := workbook(t, `<row><c t="inlineStr"><is><t>`+person+`</t></is></c></row>`)
	for name, c := range map[string]struct{ in, want string }{
		"empty":            {"", "empty"},
		"no header":        {person + "\n" + person + "\n", "no known column"},
		"twice a column":   {"name,姓名,110101199003078670\n" + person + "\n", "mean the same"},
		"a quotation mark": {"name,id,card,mobile\n\"" + strings.Repeat(person+"\n", 1<<15), "longer than 1 MiB"},
		"a long line":      {`{"name":"` + strings.Repeat(person, 1<<15), "longer than 1 MiB"},
		"JSON array":       {`[{"name":"张三","mobile":"13800138000"}]`, "JSON array"},
		"old Excel":        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + person, "old Excel"},
		"bad archive":      {"PK\x03\x04" + person, "workbook"},
		"torn archive":     {string(book[:len(book)/2]), "workbook"},
		"no header in it":  {string(book), "no known column"},
		"broken sheet":     {string(workbook(t, `<row><c t="inlineStr"><is><t>name</t></is></c></row><row><c>&`+person+`;</c>`)), "damaged"},
		"binary":           {"name\x00" + person, "not a table"},
	} {
		r, err := sheet.New(strings.NewReader(c.in), 0)
		for err == nil {
			var row sheet.Row
			if row, err = r.Next(); row.Err != nil {
				t.Errorf("%s: only a row is wrong: %v", name, row.Err)
			}
		}
		said(t, name, err.Error(), c.want)
	}
}

// The same holds for what is said of a row.
func TestCheck_SaysWhatIsWrongWithARowButNotWhatIsInIt(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"not an object": {`{"name":"张三","mobile":"13800138000"`, "not one JSON object"},
		"a number":      {`{"card":6222020000000000018,"mobile":"13800138000"}`, "JSON string"},
		"twice a key":   {`{"mobile":"13800138000","手机号":"13800138000"}`, "two keys"},
		"breaks rules":  {`{"name":"张三13800138000","id":"1101011990030786700","card":"6222020000000000018x","mobile":"+1 13800138000"}`, "prefix"},
	} {
		got := run(t, strings.NewReader(c.in), false)
		if len(got) != 1 || got[0].Valid {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		said(t, name, fmt.Sprint(got[0].Reject), c.want)
	}
}

// said checks a message: that it tells what is wrong, and nothing of the person.
func said(t *testing.T, name, message, want string) {
	t.Helper()
	if !strings.Contains(message, want) {
		t.Errorf("%s: it says %q, nothing about %q", name, message, want)
	}
	for _, secret := range []string{"张三", "1101011990", "62220200000", "1380013"} {
		if strings.Contains(message, secret) {
			t.Errorf("%s: it repeats the content: %q", name, message)
		}
	}
}

// workbook packs the rows of a sheet, of which the texts 0 and 1 are a name and a mobile.
func workbook(tb testing.TB, rows string) []byte {
	tb.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range map[string]string{
		"_rels/.rels":     `<Relationships><Relationship Type="/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook><sheets><sheet id="1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="1" Type="/worksheet" Target="sheet.xml"/>` +
			`<Relationship Id="2" Type="/sharedStrings" Target="texts.xml"/></Relationships>`,
		"xl/sheet.xml": `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
		"xl/texts.xml": `<sst><si><t>name</t></si><si><t>mobile</t></si></sst>`,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

// fuzzed reads whatever it is given to its end.
func fuzzed(data []byte) {
	if r, err := sheet.New(bytes.NewReader(data), 0); err == nil {
		_, _ = check.Run(r, check.Options{Out: io.Discard, Today: today})
		_ = r.Close()
	}
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte(table))
	f.Add([]byte(`{"name":"x","acc_no":1}`))
	f.Add([]byte("sep=;\nname;id\n"))
	f.Add(workbook(f, `<row><c t="s"><v>0</v></c></row>`))
	f.Fuzz(func(_ *testing.T, data []byte) { fuzzed(data) })
}

// FuzzWorkbook reaches the sheet itself, which the checksums of the archive guard.
func FuzzWorkbook(f *testing.F) {
	f.Add(`<row r="1"><c r="B1" t="s"><v>0</v></c><c r="AA1" t="s"><v>1</v></c></row><row r="3"><c r="AA3"><v>1.3800138E10</v></c></row>`)
	f.Add(`<row><c t="inlineStr"><is><r><t>na</t></r><r><t>me</t></r><rPh><t>x</t></rPh></is></c></row><row><c/><c t="s"><v>-1</v></c>`)
	f.Fuzz(func(t *testing.T, rows string) { fuzzed(workbook(t, rows)) })
}
