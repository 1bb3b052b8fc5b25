package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// batchHouse is a demo that runs, with a buyer acme who has units and one credential.
type batchHouse struct {
	t    *testing.T
	dir  string
	demo demo
}

func newBatchHouse(t *testing.T, units string) *batchHouse {
	t.Helper()
	h := &batchHouse{t: t, dir: filepath.Join(t.TempDir(), "data")}
	_, h.demo = startDemo(t, h.dir)
	h.must("account", "add", "--id", "acme", "Acme")
	h.must("grant", "add", "--account", "acme", "--units", units)
	h.must("credential", "add", "--account", "acme")
	return h
}

func (h *batchHouse) must(args ...string) string {
	h.t.Helper()
	return must(h.t, append(args, "--data", h.dir)...)
}

func (h *batchHouse) run(stdin string, args ...string) outcome {
	h.t.Helper()
	return run(h.t, stdin, append(args, "--data", h.dir)...)
}

// file is of the four of the demo, of one of them again, and of somebody without a card.
func (h *batchHouse) file(heading string) string {
	h.t.Helper()
	text := heading + "\n"
	people := append(h.demo.People[:4:4], h.demo.People[0])
	for _, p := range people {
		text += strings.Join([]string{p.Name, p.IDCard, p.AccNo, p.Mobile}, ",") + "\n"
	}
	return h.fileOf(text + "张三,110101199003078670,,13800138000\n")
}

const batchHeading = "姓名,身份证号,银行卡号,手机号"

// shownBatch is a batch as the commands show it.
type shownBatch struct {
	ID         string `json:"id"`
	Account    string `json:"account_id"`
	State      string `json:"state"`
	Reason     string `json:"reason"`
	Rows       int    `json:"rows"`
	Broken     int    `json:"broken"`
	Duplicates int    `json:"duplicates"`
	Match      int    `json:"match"`
	Charged    int    `json:"charged_units"`
}

func (h *batchHouse) show(id string) (b shownBatch) {
	h.t.Helper()
	if err := json.Unmarshal([]byte(h.must("batch", "show", id, "--json")), &b); err != nil {
		h.t.Fatal(err)
	}
	return b
}

// newest is the batch that was brought last.
func (h *batchHouse) newest() (b shownBatch) {
	h.t.Helper()
	line, _, _ := strings.Cut(h.must("batch", "list", "--account", "acme", "--json"), "\n")
	if err := json.Unmarshal([]byte(line), &b); err != nil {
		h.t.Fatal(err)
	}
	return b
}

// comes waits until a batch has come to a state.
func (h *batchHouse) comes(id, state string) shownBatch {
	h.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		b := h.show(id)
		if b.State == state {
			return b
		}
		if time.Now().After(end) {
			h.t.Fatalf("it is %+v and not %s", b, state)
		}
	}
}

func TestVerify_TakesAFileAsABatchOfAnAccount(t *testing.T) {
	h := newBatchHouse(t, "10")
	out := filepath.Join(t.TempDir(), "results.csv")
	o := h.run("y\n", "verify", h.file(batchHeading), "--account", "acme", "--out", out)
	if o.code != 0 || !strings.Contains(o.err, "6 rows: 4 to ask about, 1 against the rules, 1 twice; at most 4 units, of 10 left") ||
		!strings.Contains(o.err, "Ask about them for at most 4 units? [y/N]") || !strings.Contains(o.err, "done: 1 match, 1 mismatch, 1 undetermined, 1 refused, 0 unknown; 2 units charged") {
		t.Fatalf("%+v", o)
	}
	results, err := os.ReadFile(out)
	if err != nil || strings.Count(string(results), "\n") != 7 || strings.Contains(string(results), h.demo.People[0].AccNo) {
		t.Errorf("the results are %q, %v", results, err)
	}
	b := h.newest()
	if b.Account != "acme" || b.State != "done" || b.Rows != 6 || b.Broken != 1 || b.Duplicates != 1 || b.Match != 1 || b.Charged != 2 {
		t.Errorf("it is listed as %+v", b)
	}
	if text := h.must("batch", "show", b.ID); !strings.Contains(text, "2 charged, at most 4; 8 left") {
		t.Errorf("it is shown as %s", text)
	}
	if again := h.must("batch", "results", b.ID); !strings.Contains(strings.ReplaceAll(string(results), "\r", ""), strings.ReplaceAll(again, "\r", "")) {
		t.Errorf("the results taken again are %q", again)
	}
	for _, turned := range [][]string{{"pause"}, {"cancel"}, {"resume", "--unknown"}} {
		if o := h.run("", append([]string{"batch", turned[0], b.ID}, turned[1:]...)...); o.code != 1 || o.err == "" {
			t.Errorf("%s of one that is done: %+v", turned, o)
		}
	}
	h.must("batch", "erase", b.ID)
	if o := h.run("", "batch", "results", b.ID); o.code != 1 || !strings.Contains(o.err, "was erased on") {
		t.Errorf("its results once erased: %+v", o)
	}
	if o := h.run("", "batch", "show", "nothing"); o.code != 1 {
		t.Errorf("one that there is not: %+v", o)
	}
}

func TestVerify_OfABatchPausesAtItsCeilingAndGoesOn(t *testing.T) {
	h := newBatchHouse(t, "10")
	o := h.run("", "verify", h.file(batchHeading), "--account", "acme", "--max-units", "1", "--yes")
	if o.code != 1 || !strings.Contains(o.err, "it paused for ceiling; go on with `quartet batch resume") {
		t.Fatalf("%+v", o)
	}
	b := h.newest()
	if b.State != "paused" || b.Reason != "ceiling" || b.Charged > 1 {
		t.Errorf("it is %+v", b)
	}
	if o := h.run("", "batch", "resume", b.ID, "--unknown", "--refused"); o.code != 2 {
		t.Errorf("both at once: %+v", o)
	}
	if o := h.run("", "batch", "resume", b.ID, "--max-units", "0"); b.Charged == 1 && (o.code != 1 || !strings.Contains(o.err, "max_units must not lie below")) {
		t.Errorf("below what it has cost: %+v", o)
	}
	h.must("batch", "resume", b.ID, "--max-units", "9")
	if b = h.comes(b.ID, "done"); b.Charged != 2 {
		t.Errorf("it is %+v", b)
	}
	h.must("batch", "resume", b.ID, "--refused") // the one whom nobody knows
	if b = h.comes(b.ID, "done"); b.Charged != 2 {
		t.Errorf("asked again it is %+v", b)
	}
}

func TestVerify_OfABatchSpendsNothingThatNobodyAgreedTo(t *testing.T) {
	h := newBatchHouse(t, "10")
	file := h.file(batchHeading)
	if o := h.run("n\n", "verify", file, "--account", "acme"); o.code != 1 || !strings.Contains(o.err, "nothing was asked, and the file is erased") {
		t.Errorf("%+v", o)
	}
	if b := h.newest(); b.State != "cancelled" || b.Charged != 0 {
		t.Errorf("it is %+v", b)
	}
	if o := h.run("", "verify", h.file("甲,乙,丙,丁"), "--account", "acme", "--yes"); o.code != 2 || !strings.Contains(o.err, "do not say which columns hold the elements") {
		t.Errorf("columns that nobody knows: %+v", o)
	}
	if o := h.run("", "verify", file, "--account", "demo", "--yes"); o.code != 2 || !strings.Contains(o.err, "credentials of demo could be meant; name one with --credential") {
		t.Errorf("an account with several: %+v", o)
	}
	if o := h.run("", "verify", file, "--account", "acme", "--url", "http://127.0.0.1:1"); o.code != 2 || !strings.Contains(o.err, "no token") {
		t.Errorf("at another house, without a token: %+v", o)
	}
	if o := h.run("", "verify", "--account", "acme"); o.code != 2 {
		t.Errorf("without a file: %+v", o)
	}
	if o := h.run("", "verify", file, "--credential", "c"); o.code != 2 {
		t.Errorf("a credential without an account: %+v", o)
	}
}

func TestVerify_OfABatchNeedsAServer(t *testing.T) {
	dir := newAccountFolder(t)
	h := &batchHouse{t: t, dir: dir}
	if o := h.run("", "verify", h.fileOf(batchHeading+"\n"), "--account", "acme", "--yes"); o.code != 1 || !strings.Contains(o.err, "no server works on this data folder") {
		t.Errorf("%+v", o)
	}
	if o := h.run("", "batch", "list", "--limit", "0"); o.code != 2 {
		t.Errorf("a limit of none: %+v", o)
	}
}

func (h *batchHouse) fileOf(text string) string {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}
