package check_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
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

func TestCheck_GivesTheWantedAnswersToTheOpenCases(t *testing.T) {
	f, err := os.Open("../../testdata/cases-open.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for scan := bufio.NewScanner(f); scan.Scan(); {
		var c struct {
			ID, Kind string
			Input    map[string]any
			Want     struct {
				Valid      bool
				Normalized map[string]any
				Warn       []string
				Code       string
			}
		}
		if err := json.Unmarshal(scan.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(c.Input)
		switch {
		case c.ID == "C69":
			line = []byte(c.Input["json"].(string))
		case c.ID == "C67":
			raw, err := hex.DecodeString(c.Input["csv_hex"].(string))
			if err != nil {
				t.Fatal(err)
			}
			r, err := sheet.New(bytes.NewReader(raw), 0)
			if err != nil || r.Require(quartet.NeedAll) != nil || !slices.Equal(r.Header(), []string{"姓名", "身份证号", "银行卡号", "手机号"}) {
				t.Errorf("C67: header %v, %v", r.Header(), err)
			}
			continue
		case c.Kind == "transport" || c.Kind == "auth":
			continue // about another step
		case err != nil:
			t.Fatal(err)
		}
		got := run(t, bytes.NewReader(line), true)
		if len(got) != 1 || got[0].Valid != c.Want.Valid {
			t.Errorf("%s: %+v, want valid %v", c.ID, got, c.Want.Valid)
			continue
		}
		for field, want := range c.Want.Normalized {
			switch field {
			case "type":
				if c.Kind == "id" && got[0].IDType != want {
					t.Errorf("%s: id type %q, want %q", c.ID, got[0].IDType, want)
				}
			case "bank":
			default:
				if got[0].Normalized[field] != want {
					t.Errorf("%s: %s is %q, want %q", c.ID, field, got[0].Normalized[field], want)
				}
			}
		}
		for _, w := range c.Want.Warn {
			if !slices.Contains(got[0].Warn, w) {
				t.Errorf("%s: warnings %v lack %s", c.ID, got[0].Warn, w)
			}
		}
		if c.Want.Code != "" && got[0].Reject[0].Code != c.Want.Code {
			t.Errorf("%s: refused with %s, want %s", c.ID, got[0].Reject[0].Code, c.Want.Code)
		}
	}
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

func TestSheet_SaysWhatIsWrongWithAFile(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":       {"", "empty"},
		"no header":   {"a,b\n1,2\n", "no known column"},
		"JSON array":  {`[{"name":"x"}]`, "JSON array"},
		"old Excel":   {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"},
		"bad archive": {"PK\x03\x04 nothing", "workbook"},
	} {
		if _, err := sheet.New(strings.NewReader(c.in), 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want something about %q", name, err, c.want)
		}
	}
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte(table))
	f.Add([]byte(`{"name":"x","acc_no":1}`))
	f.Add([]byte("sep=;\nname;id\n"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
			return // the library's own parser
		}
		r, err := sheet.New(bytes.NewReader(data), 0)
		if err != nil {
			return
		}
		_, _ = check.Run(r, check.Options{Out: io.Discard, Today: today})
	})
}
