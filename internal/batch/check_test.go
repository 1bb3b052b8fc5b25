package batch_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
	"quartet/internal/batch"
	"quartet/internal/sheet"
)

// report is the file of what is not asked about: row, code, rule and elements.
func (w *world) report(id string) (list []string) {
	w.t.Helper()
	var out strings.Builder
	must(w.t, w.desk.Report(w.t.Context(), "acc", id, batch.CSV, &out))
	for _, r := range table(w.t, out.String()) {
		list = append(list, strings.TrimSpace(strings.Join([]string{r["序号"], r["返回码"], r["规则"], r["要素"], r["重复于"]}, " ")))
	}
	return list
}

func TestCheck_NamesRowCodeAndElement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{})
	b := w.checked(heading +
		line(cardMatch) + "\n" + // 1
		"张三,110101199003078670,6.20000000000000E+18,13800138000\n" + // a spreadsheet's number
		"张三,1.10101E+17," + cardMismatch + ",13800138000\n" +
		"张三,," + cardMismatch + ",\n" +
		"张三,110101199003078671,62,138\n" +
		"张三,110101199003078670,6222021234567890000,13800138000\n" + // four zeros, and no check digit
		"　张三 ,110101199003078670,6200 0000 0000 0000 018,138-0013-8000\n") // the first person, written otherwise
	got := strings.Join(w.report(b.ID), "|")
	want := "2 10001 card_format acc_no|3 10001 id_excel idcard|4 10008 missing idcard mobile|5 10001 id_checksum idcard acc_no mobile|6 10001 rounded acc_no|7  duplicate  1"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if b.Count.Ready() != 1 {
		t.Errorf("%+v", b.Count)
	}
}

func TestCheck_RefusesZeroTailsWhereTheFileIsFullOfThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{})
	var f strings.Builder
	f.WriteString(heading)
	for i := range 30 { // 16 digits, of which a spreadsheet has taken the last
		f.WriteString(line(fmt.Sprintf("620000%09d0", 1000+i)) + "\n")
	}
	f.WriteString(line("6200000000000018") + "\n")
	b := w.checked(f.String())
	if b.Count.Broken != 30 || b.Count.Ready() != 1 {
		t.Fatalf("%+v", b.Count)
	}
	if got := w.report(b.ID); got[0] != "1 10001 rounded acc_no" {
		t.Errorf("%q", got)
	}
}

func TestCheck_ReadsWhatArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{})
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(heading + line(cardMatch) + "\n")
	must(t, err)
	var book bytes.Buffer
	x := sheet.NewWorkbook(&book, "people")
	must(t, x.Row("姓名", "身份证号", "银行卡号", "手机号"))
	must(t, x.Row(goodName, goodID, cardMatch, goodPhone))
	must(t, x.Row(goodName, goodID, int64(6200000000000000000), goodPhone))
	must(t, x.Close())
	for name, c := range map[string]struct {
		file   string
		broken int64
	}{
		"GBK":         {gbk, 0},
		"semicolons":  {strings.ReplaceAll(heading+line(cardMatch)+"\n", ",", ";"), 0},
		"a workbook":  {book.String(), 1},
		"JSON lines":  {`{"name":"张三","idcard":"110101199003078670","acc_no":"6200000000000000018","mobile":"13800138000"}` + "\n" + `{"name":"张三","idcard":"110101199003078670","acc_no":6200000000000000018,"mobile":"13800138000"}` + "\n", 1},
		"two columns": {"姓名,身份证号,银行卡号,卡号,手机号\n张三,110101199003078670,,6200000000000000018,13800138000\n张三,110101199003078670,6200000000000000026,6200000000000000018,13800138000\n", 1},
	} {
		b := w.checked(c.file)
		if b.State != quartet.BatchChecked || b.Count.Ready() != 1 || b.Count.Broken != c.broken {
			t.Errorf("%s: %s %s %+v", name, b.State, b.Why, b.Count)
		}
	}
}

// A file of many parts is checked in the memory of a few, finds twins far apart, and goes on
// where it was cut off.
func TestCheck_OfALongFile(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	w := newWorld(t, wants{units: rows + 10, local: true, atOnce: 256})
	text := people(t, rows)
	first, _, _ := strings.Cut(text[strings.Index(text, "\n")+1:], "\n")
	b := w.upload(text + first + "\n")
	w.life.end(9, true) // it is killed behind a few parts
	w.try()
	w.restart()
	w.work()
	b = w.find(b.ID)
	if b.State != quartet.BatchChecked || b.Count.Rows != rows+1 || b.Count.Duplicates != 1 || b.Count.Ready() != rows {
		t.Fatalf("%s %s %+v", b.State, b.Why, b.Count)
	}
	w.start(b, rows)
	w.work()
	if b = w.find(b.ID); b.State != quartet.BatchDone || b.Count.Matched != rows || w.used() != rows {
		t.Errorf("%s %s %+v", b.State, b.Why, b.Count)
	}
	if got := w.results(b.ID); len(got) != rows+1 || got[rows]["重复于"] != "1" || got[rows]["结果说明"] != "一致" {
		t.Errorf("%d results, the last %v", len(got), got[len(got)-1])
	}
}

func TestResults_AreHarmlessToSpreadsheets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 5})
	b := w.checked("业务编号," + heading + "=1+1," + line(cardMatch) + "\n")
	w.start(b, 5)
	w.work()
	if got := w.results(b.ID)[0]["参考号"]; got != "'=1+1" {
		t.Errorf("the reference is %q", got)
	}
}

func TestPreview_OfAFileWithoutHeadingsShowsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{})
	b := w.checked(line(cardMatch) + "\n" + line(cardMismatch) + "\n")
	p, err := w.desk.Preview(t.Context(), "acc", b.ID)
	must(t, err)
	if b.State != quartet.BatchUploaded || len(p.Headings) != 4 || len(p.Rows) != 1 {
		t.Fatalf("%s %+v", b.State, p)
	}
	if said := fmt.Sprint(p); strings.Contains(said, goodName) || strings.Contains(said, goodPhone) {
		t.Errorf("it shows %s", said)
	}
	for _, head := range []string{"客户,证件,账户2,电话\n", "姓名,证件2024,账户2025,电话\n"} {
		b = w.checked(head + line(cardMatch) + "\n")
		if p, err = w.desk.Preview(t.Context(), "acc", b.ID); err != nil || p.Headings[3] != "电话" {
			t.Errorf("of %q it shows %q, %v", head, p.Headings, err)
		}
	}
}
