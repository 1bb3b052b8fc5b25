package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
)

// inHouse opens a data folder as the server would, to write what suppliers did.
func inHouse(t *testing.T, dir string, work func(h *app.House)) {
	t.Helper()
	loaded, err := config.Load(config.Layers{Flags: map[string]string{"data": dir}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := app.Open(t.Context(), app.Options{Config: loaded})
	if err != nil {
		t.Fatal(err)
	}
	work(h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

// october is an instant of 2026-10 in Shanghai.
func october(day, hour int) time.Time {
	return time.Date(2026, 10, day, hour, 0, 0, 0, quartet.Shanghai)
}

// supplied is a call that a supplier answered, with a number of its own.
func supplied(at time.Time, n uint64, grant string, units int64, list ...quartet.Attempt) quartet.Call {
	c := quartet.Call{
		SeqNo: quartet.SeqNo{Second: at.Unix(), N: n}, At: at, Account: "acme", Credential: "c", Product: "1887",
		Code: quartet.CodeOK, Verdict: quartet.Match, Charged: units, Grant: grant, Sent: true, Attempts: list,
	}
	for i := range list {
		c.Attempts[i].At, c.Attempts[i].Why = at, []string{"priority", "beside"}[min(i, 1)]
		c.Source = list[i].Source
	}
	return c
}

func answeredBy(source, reference string, cost quartet.Millifen, took time.Duration) quartet.Attempt {
	return quartet.Attempt{Source: source, Latency: took, Sent: true, Verdict: quartet.Match, Charged: quartet.ChargedYes, Cost: cost, Reference: reference, Code: "0"}
}

func lostAt(source, reference string, cost quartet.Millifen) quartet.Attempt {
	return quartet.Attempt{Source: source, Latency: 3 * time.Second, Sent: true, Failure: "timeout", Cost: cost, Reference: reference}
}

// exampleHouse is the house of docs/evidence.md: 1,200 units for 500.00 yuan and a gift, three
// calls on the first of October and one on the second.
func exampleHouse(t *testing.T) (dir string, seqNos []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	paid := must(t, "--data", dir, "grant", "add", "--account", "acme", "--units", "1200", "--paid", "500.00")
	gift := must(t, "--data", dir, "grant", "add", "--account", "acme", "--units", "10")
	calls := []quartet.Call{
		supplied(october(1, 9), 1, paid, 1, answeredBy("shumai", "S-1001", 16_500, 120*time.Millisecond)),
		supplied(october(1, 10), 2, paid, 1, lostAt("tencent", "T-1", 22_000), answeredBy("shumai", "S-1002", 16_500, 180*time.Millisecond)),
		supplied(october(1, 11), 3, gift, 1, answeredBy("shumai", "S-1003", 16_500, 150*time.Millisecond)),
		supplied(october(2, 9), 4, paid, 1),
	}
	calls[3].Reused, calls[3].Sent, calls[3].Source = true, false, "shumai"
	inHouse(t, dir, func(h *app.House) {
		err := h.Store.Commit(t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings { return quartet.Postings{Calls: calls} })
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range calls {
			seqNos = append(seqNos, h.Numbers.Text(c.SeqNo))
		}
	})
	return dir, seqNos
}

// shownIn reports whether a document shows these lines, set off as a screen.
func shownIn(t *testing.T, doc, screen string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + doc)
	if err != nil {
		t.Fatal(err)
	}
	var block strings.Builder
	for line := range strings.Lines(screen) {
		block.WriteString("    " + strings.TrimRight(line, " \n") + "\n")
	}
	if !strings.Contains(string(text), block.String()) {
		t.Errorf("docs/%s does not show\n%s", doc, block.String())
	}
}

func TestReportMargin_TheExampleOfTheDocuments(t *testing.T) {
	dir, _ := exampleHouse(t)
	shownIn(t, "evidence.md", must(t, "--data", dir, "report", "margin", "--from", "2026-10-01", "--to", "2026-10-02"))
	shownIn(t, "evidence.md", must(t, "--data", dir, "report", "margin", "--by", "source", "--from", "2026-10-01", "--to", "2026-10-02"))

	lines := strings.Split(must(t, "--data", dir, "report", "margin", "--to", "2026-10-02", "--json"), "\n")
	want := []string{
		`{"day":"2026-10-01","product":"1887","calls":3,"units":3,"revenue_fen":83.333,"cost_fen":49.5,"open_cost_fen":22,"margin_fen":33.833,` +
			`"margin_if_open_is_due_fen":11.833,"revenue_per_unit_fen":27.778,"cost_per_unit_fen":16.5,"margin_per_unit_fen":11.278}`,
		`{"day":"2026-10-02","product":"1887","calls":1,"units":1,"revenue_fen":41.667,"cost_fen":0,"open_cost_fen":0,"margin_fen":41.667,` +
			`"margin_if_open_is_due_fen":41.667,"revenue_per_unit_fen":41.667,"cost_per_unit_fen":0,"margin_per_unit_fen":41.667}`,
		`{"total":true,"calls":4,"units":4,"revenue_fen":125,"cost_fen":49.5,"open_cost_fen":22,"margin_fen":75.5,` +
			`"margin_if_open_is_due_fen":53.5,"revenue_per_unit_fen":31.25,"cost_per_unit_fen":12.375,"margin_per_unit_fen":18.875}`,
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	source := must(t, "--data", dir, "report", "margin", "--by", "source", "--to", "2026-10-02", "--json")
	wantSource := `{"source":"shumai","questions":3,"verdicts":3,"failures":{},"no_answer":0,"average_us":150000,"p95_us":180000,` +
		`"charged_yes":3,"charged_no":0,"charged_unknown":0,"cost_fen":49.5,"open_cost_fen":0}` + "\n" +
		`{"source":"tencent","questions":1,"verdicts":0,"failures":{"timeout":1},"no_answer":1,"average_us":0,"p95_us":0,` +
		`"charged_yes":0,"charged_no":0,"charged_unknown":1,"cost_fen":0,"open_cost_fen":22}`
	if source != wantSource {
		t.Errorf("got\n%s\nwant\n%s", source, wantSource)
	}
	none := must(t, "--data", dir, "report", "margin", "--to", "2026-10-02", "--product", "other", "--json")
	if !strings.HasPrefix(none, `{"total":true,"calls":0,"units":0,`) || !strings.HasSuffix(none, `"margin_per_unit_fen":null}`) {
		t.Errorf("of another product: %s", none)
	}
}

func TestReportMargin_SaysWhatItWants(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--from must be a day":      {"--from", "yesterday"},
		"--to must be a day":        {"--to", "2026-02-30"},
		"--to must not be before":   {"--from", "2026-02-02", "--to", "2026-02-01"},
		"--by must be product or s": {"--by", "buyer"},
	} {
		if o := run(t, "", append([]string{"report", "margin"}, args...)...); o.code != 2 || !strings.Contains(o.err, want) {
			t.Errorf("%v: %+v", args, o)
		}
	}
}

func TestGrantAdd_KeepsWhatWasPaid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	for _, paid := range []string{"500,00", "-1", "0.165", "x"} {
		if o := run(t, "", "--data", dir, "grant", "add", "--account", "acme", "--units", "1", "--paid", paid); o.code != 2 || !strings.Contains(o.err, "--paid") {
			t.Errorf("--paid %s: %+v", paid, o)
		}
	}
	must(t, "--data", dir, "grant", "add", "--account", "acme", "--units", "1200", "--paid", "500")
	if list := must(t, "--data", dir, "grant", "list"); !strings.Contains(list, " 500.00 ") || !strings.Contains(list, "PAID") {
		t.Error(list)
	}
	if list := must(t, "--data", dir, "grant", "list", "--json"); !strings.Contains(list, `"paid_fen":50000,`) {
		t.Error(list)
	}
}

func TestCallShow_TellsWhoWasAskedAndWhatItCost(t *testing.T) {
	dir, seqNos := exampleHouse(t)
	shown := must(t, "--data", dir, "call", "show", seqNos[1])
	_, table, found := strings.Cut(shown, "\n\n")
	if !found {
		t.Fatalf("no table in\n%s", shown)
	}
	shownIn(t, "evidence.md", table)
	if strings.Contains(shown, "reused") {
		t.Errorf("it says that it was reused:\n%s", shown)
	}
	var detail struct {
		SeqNo    string `json:"seq_no"`
		Reused   bool
		Attempts []map[string]any
	}
	if err := json.Unmarshal([]byte(must(t, "--data", dir, "call", "show", "--json", seqNos[1])), &detail); err != nil {
		t.Fatal(err)
	}
	if detail.SeqNo != seqNos[1] || detail.Reused || len(detail.Attempts) != 2 ||
		detail.Attempts[0]["failure"] != "timeout" || detail.Attempts[0]["charged"] != "unknown" || detail.Attempts[0]["cost_fen"] != 22.0 ||
		detail.Attempts[1]["cost_fen"] != 16.5 || detail.Attempts[1]["reference"] != "S-1002" || detail.Attempts[1]["state"] != "1" {
		t.Errorf("%+v", detail)
	}
	if shown := must(t, "--data", dir, "call", "show", seqNos[3]); !strings.Contains(shown, "(match, reused: nobody was asked)") || strings.Contains(shown, "SOURCE") {
		t.Error(shown)
	}
	if shown := must(t, "--data", dir, "call", "show", "--json", seqNos[3]); !strings.Contains(shown, `"reused":true,"attempts":[]`) {
		t.Error(shown)
	}
}

func TestCallList_MarksVerdictsThatWereGivenAgain(t *testing.T) {
	dir, seqNos := exampleHouse(t)
	for line := range strings.Lines(must(t, "--data", dir, "call", "list")) {
		no, _, _ := strings.Cut(line, " ")
		want := "-"
		switch no {
		case "SEQNO":
			want = "NOTE"
		case seqNos[3]:
			want = "reused"
		}
		if fields := strings.Fields(line); fields[len(fields)-1] != want {
			t.Errorf("the note should be %s: %s", want, line)
		}
	}
}

// Nothing is told apart from something that was not printed.
func TestCallShow_HasADashWhereThereIsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	var no string
	inHouse(t, dir, func(h *app.House) {
		c := supplied(october(1, 9), 1, "", 0)
		c.Code, c.Verdict, c.Credential, c.Source, c.Grant = quartet.CodeSourcesOff, quartet.NoVerdict, "", "", ""
		no = h.Numbers.Text(c.SeqNo)
		if err := h.Store.Commit(t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings { return quartet.Postings{Calls: []quartet.Call{c}} }); err != nil {
			t.Fatal(err)
		}
	})
	shown := must(t, "--data", dir, "call", "show", no)
	for _, name := range []string{"credential", "state", "reason", "differs", "grant", "source"} {
		if !regexp.MustCompile(`(?m)^` + name + ` +-( |$)`).MatchString(shown) {
			t.Errorf("no dash for %s in\n%s", name, shown)
		}
	}
}

// A supplier writes its references, codes and notes, and must not write on our terminal.
func TestCallShow_PrintsNoControlCharacters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	evil := answeredBy("shumai", "R\x1b[2J\nfake", 1, time.Second)
	evil.Code, evil.Note = "0\t\x07", "a\u202eb"
	skipped := quartet.Attempt{Source: "tencent", Skipped: "breaker open"}
	var no string
	inHouse(t, dir, func(h *app.House) {
		c := supplied(october(1, 9), 1, "", 0, skipped, evil)
		no = h.Numbers.Text(c.SeqNo)
		if err := h.Store.Commit(t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings { return quartet.Postings{Calls: []quartet.Call{c}} }); err != nil {
			t.Fatal(err)
		}
	})
	shown := must(t, "--data", dir, "call", "show", no)
	if strings.ContainsAny(shown, "\x1b\x07\t\u202e") || !strings.Contains(shown, "R?[2J?fake") || !strings.Contains(shown, "not asked: breaker open") {
		t.Errorf("%q", shown)
	}
}
