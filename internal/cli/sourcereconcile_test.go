package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
	"quartet/internal/app"
)

// withSources adds the sources that calls of the example were with.
func withSources(t *testing.T, dir string) {
	t.Helper()
	inHouse(t, dir, func(h *app.House) {
		for _, name := range []string{"shumai", "tencent"} {
			src := quartet.Source{Name: name, Kind: quartet.SourceSim, CreatedAt: october(1, 0), ChangedAt: october(1, 0)}
			if err := h.Store.CreateSource(t.Context(), src, quartet.AuditEntry{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func statement(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// shumaiStatement is the statement of docs/evidence.md: a price that differs, a row of
// nobody, a row twice, and a line of totals; S-1003 is forgotten.
const shumaiStatement = `对账单,2026年10月,,,
流水号,订单号,是否计费,金额（元）,请求时间
S-1001,,是,0.165,2026/10/1 09:00:00
S-1002,,是,0.17,2026/10/1 10:00:00
S-9999,,是,0.165,2026/10/7 12:00:00
S-1001,,是,0.165,2026/10/1 09:00:00
合计,,,0.665,
`

func TestSourceReconcile_TheExampleOfTheDocuments(t *testing.T) {
	dir, seqNos := exampleHouse(t)
	withSources(t, dir)
	plain := statement(t, "shumai.csv", shumaiStatement)
	shownIn(t, "evidence.md", shumaiStatement)
	o := run(t, "", "--data", dir, "source", "reconcile", "shumai", plain, "--month", "2026-10")
	if o.code != 1 {
		t.Fatalf("%+v", o)
	}
	for i, no := range seqNos { // they differ from house to house
		o.out = strings.ReplaceAll(o.out, no, []string{"1QKXD0051790816400", "8M3T70AA1790820000", "ZZ04LK2B1790823600", "0PAW6XCM1790902800"}[i])
	}
	shownIn(t, "evidence.md", o.out)

	gbk, err := simplifiedchinese.GBK.NewEncoder().String(shumaiStatement)
	if err != nil {
		t.Fatal(err)
	}
	same := run(t, "", "--data", dir, "source", "reconcile", "shumai", statement(t, "gbk.csv", gbk), "--month", "2026-10")
	for i, no := range seqNos {
		same.out = strings.ReplaceAll(same.out, no, []string{"1QKXD0051790816400", "8M3T70AA1790820000", "ZZ04LK2B1790823600", "0PAW6XCM1790902800"}[i])
	}
	if same.code != 1 || same.out != o.out {
		t.Errorf("in GBK: %+v", same)
	}
}

func TestSourceReconcile_JSONTellsEveryDifferenceAndTheSums(t *testing.T) {
	dir, seqNos := exampleHouse(t)
	withSources(t, dir)
	o := run(t, shumaiStatement, "--data", dir, "source", "reconcile", "shumai", "-", "--month", "2026-10", "--json")
	want := strings.Join([]string{
		`{"kind":"differs","line":4,"seq_no":"` + seqNos[1] + `","time":"2026-10-01T10:00:00.000000+08:00","what":"amount","ours_charged":"yes","ours_cost_fen":16.5,"theirs_charged":"yes","theirs_amount_fen":17}`,
		`{"kind":"theirs only","line":5,"number":"S-9999","time":"2026-10-07T12:00:00.000000+08:00","theirs_charged":"yes","theirs_amount_fen":16.5}`,
		`{"kind":"duplicate","line":6,"seq_no":"` + seqNos[0] + `","time":"2026-10-01T09:00:00.000000+08:00","ours_charged":"yes","ours_cost_fen":16.5,"theirs_charged":"yes","theirs_amount_fen":16.5}`,
		`{"kind":"bad row","line":7,"what":"number"}`,
		`{"kind":"ours only","seq_no":"` + seqNos[2] + `","time":"2026-10-01T11:00:00.000000+08:00","ours_charged":"yes","ours_cost_fen":16.5}`,
		`{"kind":"summary","rows":5,"attempts":3,"matched":1,"theirs_only":1,"ours_only":1,"differing":1,"open":0,"settled":0,"duplicates":1,"bad_rows":1,` +
			`"theirs_fen":66.5,"ours_fen":49.5,"ours_open_fen":0,"difference_fen":17}`,
	}, "\n") + "\n"
	if o.code != 1 || o.out != want {
		t.Errorf("exit %d, %s\ngot\n%s\nwant\n%s", o.code, o.err, o.out, want)
	}
}

// A statement tells what nobody knew; --settle writes it, once, with an entry of the audit.
func TestSourceReconcile_SettlesWhatWasOpen(t *testing.T) {
	dir, seqNos := exampleHouse(t)
	withSources(t, dir)
	file := statement(t, "tencent.csv", "seqNo;charged\n"+seqNos[1]+";no\n")
	args := []string{"--data", dir, "source", "reconcile", "tencent", file, "--month", "2026-10"}
	o := run(t, "", args...)
	if o.code != 1 || !strings.Contains(o.out, "open         1 (0 settled)") || !strings.Contains(o.out, "ours         0.00 (and 0.22 open)") || !strings.Contains(o.out, "difference   -\n") {
		t.Fatalf("%+v", o)
	}
	o = run(t, "", append(args, "--settle")...)
	if o.code != 0 || !strings.Contains(o.out, "open         1 (1 settled)") {
		t.Fatalf("%+v", o)
	}
	var detail struct{ Attempts []map[string]any }
	if err := json.Unmarshal([]byte(must(t, "--data", dir, "call", "show", "--json", seqNos[1])), &detail); err != nil {
		t.Fatal(err)
	}
	if a := detail.Attempts[0]; a["charged"] != "no" || a["note"] != "settled by the statement of 2026-10" || a["failure"] != "timeout" {
		t.Errorf("%v", a)
	}
	if list := must(t, "--data", dir, "audit", "list", "--json"); strings.Count(list, "attempt.settle") != 1 || !strings.Contains(list, `"subject":"`+seqNos[1]+`","detail":"tencent, statement of 2026-10: charged no"`) {
		t.Error(list)
	}
	if o = run(t, "", append(args, "--settle")...); o.code != 0 || !strings.Contains(o.out, "matched      1") || !strings.Contains(o.out, "open         0 (0 settled)") {
		t.Errorf("again: %+v", o)
	}
}

// What a supplier writes must not run in a spreadsheet, and nobody's number is repeated.
func TestSourceReconcile_WritesNeitherFormulasNorPeople(t *testing.T) {
	dir, _ := exampleHouse(t)
	withSources(t, dir)
	const name, mobile, otherMobile = "张三丰", "13900000017", "13900000025"
	id, card := "11010119900307713", "620000000000001"
	wrong := id + "0"
	id, card = id+string(quartet.IDCheckDigit(id)), card+string(quartet.LuhnDigit(card))
	if id == wrong {
		t.Fatal("the wrong number is the right one")
	}
	file := statement(t, "s.csv", "姓名,身份证号,手机号,卡号,流水号,charged\n"+
		name+","+id+","+mobile+","+card+",=cmd()|1,yes\n"+
		name+","+id+","+mobile+","+card+","+otherMobile+",yes\n"+
		name+","+id+","+mobile+","+card+","+id+",yes\n"+
		name+","+id+","+mobile+","+card+","+wrong+",yes\n"+
		name+","+id+","+mobile+","+card+","+card+",yes\n"+
		name+","+id+","+mobile+","+card+","+name+",yes\n")
	out := filepath.Join(t.TempDir(), "differences.csv")
	for _, args := range [][]string{{"--out", out}, {"--json"}, {}} {
		o := run(t, "", append([]string{"--data", dir, "source", "reconcile", "shumai", file, "--month", "2026-10"}, args...)...)
		written, _ := os.ReadFile(out)
		if o.code != 1 {
			t.Fatalf("%+v", o)
		}
		for _, secret := range []string{name, id, wrong, mobile, otherMobile, card} {
			if strings.Contains(o.out+o.err+string(written), secret) {
				t.Errorf("%v repeats %s:\n%s%s%s", args, secret, o.out, o.err, written)
			}
		}
	}
	written, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(written), "\ntheirs only,2,,'=cmd()|1,") || !strings.HasPrefix(string(written), "kind,line,seq_no,number,time,") {
		t.Errorf("%v\n%s", err, written)
	}
}

func TestSourceReconcile_SaysWhatItWants(t *testing.T) {
	dir, _ := exampleHouse(t)
	withSources(t, dir)
	good := statement(t, "s.csv", "流水号\nS-1001\n")
	for _, c := range []struct {
		name, file, want string
		code             int
		args             []string
	}{
		{"no month", good, "--month is needed", 2, nil},
		{"no such month", good, "--month must be a month", 2, []string{"--month", "2026-13"}},
		{"no such source", good, "no source of that name", 1, []string{"--month", "2026-10"}},
		{"no numbers", statement(t, "a.csv", "a,金额\n1,2\n"), "--reference-column", 2, []string{"--month", "2026-10"}},
		{"two columns", statement(t, "b.csv", "流水号,交易号\n1,2\n"), "say with --reference-column", 2, []string{"--month", "2026-10"}},
		{"amounts in fen", statement(t, "c.csv", "流水号,金额(分)\n1,2\n"), "must be in yuan", 2, []string{"--month", "2026-10"}},
		{"an element as a number", statement(t, "d.csv", "手机号,流水号\n1,2\n"), "element of a person", 2, []string{"--month", "2026-10", "--reference-column", "手机号"}},
		{"a column that is not there", good, "--amount-column says", 2, []string{"--month", "2026-10", "--amount-column", "价"}},
		{"its own file as output", good, "is the file that is read", 2, []string{"--month", "2026-10", "--out", good}},
		{"no file", good + "x", "cannot open", 2, []string{"--month", "2026-10"}},
		{"JSON", statement(t, "e.json", "[]"), "CSV or XLSX", 2, []string{"--month", "2026-10"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := "shumai"
			if c.code == 1 {
				source = "nobody"
			}
			if o := run(t, "", append([]string{"--data", dir, "source", "reconcile", source, c.file}, c.args...)...); o.code != c.code || !strings.Contains(o.err, c.want) {
				t.Errorf("%+v, want exit %d and %q", o, c.code, c.want)
			}
		})
	}
}
