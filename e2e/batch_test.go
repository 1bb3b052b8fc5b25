package e2e_test

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const batchRows = 2000

// batchLine is a batch as the command shows it.
type batchLine struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Rows    int64  `json:"rows"`
	Ready   int64  `json:"ready"`
	Match   int64  `json:"match"`
	Refused int64  `json:"refused"`
	Unknown int64  `json:"unknown"`
	Charged int64  `json:"charged_units"`
}

// The server is killed again and again while it asks about a file: no row is charged twice,
// none is skipped, none is asked twice.

func TestBatch_SurvivesTheKillOfItsServerWithTheRegistry(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff)
	runThrough(t, dir, env, nil, func() *node { return startDemo(t, dir, env) })
}

func TestBatch_SurvivesTheKillOfItsServerWithASupplier(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff, "QUARTET_DEADLINE="+deadline.String())
	supplier := newContractor(t, 20*time.Millisecond)
	supplier.hire(t, dir, env)
	runThrough(t, dir, env, supplier, func() *node { return startServe(t, dir, env) })
}

func runThrough(t *testing.T, dir string, env []string, supplier *contractor, start func() *node) {
	t.Helper()
	people := invent(t, batchRows, demoSeed)
	if supplier != nil {
		people = citizens(t, batchRows)
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	var text strings.Builder
	text.WriteString("姓名,身份证号,银行卡号,手机号,业务编号\n")
	for i, p := range people {
		text.WriteString(strings.Join([]string{p.Name, p.IDCard, p.AccNo, p.Mobile, "R-" + strconv.Itoa(i+1)}, ",") + "\n")
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	n := start()
	openAccount(t, dir, env, "batched", 3*batchRows)
	done := make(chan struct{})
	go func() { // it ends with the server
		defer close(done)
		_, _, _ = command(t, env, "verify", file, "--account", "batched", "--yes", "--out", filepath.Join(dir, "..", "early.csv"), "--data", dir)
	}()
	look := func() (b batchLine) {
		t.Helper()
		if list := lines[batchLine](t, must(t, env, "batch", "list", "--json", "--data", dir)); len(list) > 0 {
			b = list[0]
		}
		return b
	}
	until := func(what string, patience time.Duration, ready func(batchLine) bool) batchLine {
		t.Helper()
		for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			b := look()
			if ready(b) {
				return b
			}
			if time.Now().After(end) {
				t.Fatalf("%s: it is %+v\n%s", what, b, n.log)
			}
		}
	}
	const kills = 3
	for kill := range kills {
		from := until("it gets on", time.Minute, func(b batchLine) bool { return b.Match > int64(kill*batchRows/8) || b.State == "done" })
		if from.State == "done" {
			t.Errorf("it was done after %d kills: the test did not test that", kill)
			break
		}
		time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
		n.kill()
		if kill == 0 {
			<-done
		}
		n = start()
	}
	b := until("it comes to its end", 3*time.Minute, func(b batchLine) bool { return b.State == "done" || b.State == "paused" })
	if b.State != "done" || b.Ready != 0 || b.Match+b.Refused+b.Unknown != int64(len(people)) || b.Match != b.Charged {
		t.Errorf("it is %+v of %d people", b, len(people))
	}
	checkBatch(t, dir, env, b, len(people), supplier)
	if supplier != nil {
		supplier.agrees(t, dir, env)
	}
	if b.Unknown > 0 { // asked about once more by hand, and not before
		must(t, env, "batch", "resume", b.ID, "--unknown", "--data", dir)
		again := until("what was unknown is asked again", time.Minute, func(b batchLine) bool { return b.State == "done" })
		if again.Unknown != 0 || again.Match+again.Refused != int64(len(people)) {
			t.Errorf("asked again it is %+v", again)
		}
		checkBatch(t, dir, env, again, len(people), nil)
	}
	leavesNoPerson(t, dir, n, people)
	t.Logf("%+v after %d kills", b, kills)
}

// checkBatch holds what a batch says against the log of calls.
func checkBatch(t *testing.T, dir string, env []string, b batchLine, rows int, supplier *contractor) {
	t.Helper()
	checkResults(t, dir, env, "batched", must(t, env, "batch", "results", b.ID, "--data", dir), b, rows)
	if supplier != nil && len(supplier.numbers()) < int(b.Match) {
		t.Errorf("the supplier was asked %d times for %d verdicts", len(supplier.numbers()), b.Match)
	}
}

// checkResults holds a file of results against the log of calls: every verdict has its call,
// every charged call its row.
func checkResults(t *testing.T, dir string, env []string, account, text string, b batchLine, rows int) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(all) != rows+1 {
		t.Fatalf("%d rows of results, %v", len(all)-1, err)
	}
	at := map[string]int{}
	for i, head := range all[0] {
		at[head] = i
	}
	charged := map[string]int64{}
	for _, r := range lines[row](t, must(t, env, "call", "list", "--json", "--data", dir)) {
		if r.Account == account && r.Charged > 0 {
			charged[r.SeqNo] += r.Charged
		}
	}
	var sum int64
	for i, cells := range all[1:] {
		if cells[at["序号"]] != strconv.Itoa(i+1) || cells[at["参考号"]] != "R-"+strconv.Itoa(i+1) {
			t.Fatalf("row %d is %q", i+1, cells)
		}
		no, state, units := cells[at["流水号"]], cells[at["状态"]], cells[at["计费次数"]]
		switch {
		case state != "answered" && state != "unknown":
			t.Errorf("row %d is %s", i+1, state)
		case units != "0" && charged[no] != 1, units == "0" && charged[no] != 0:
			t.Errorf("row %d says %s units, its call %s says %d", i+1, units, no, charged[no])
		}
		sum += charged[no]
		delete(charged, no)
	}
	if len(charged) != 0 || sum != b.Charged {
		t.Errorf("%d charged calls have no row; %d units by rows, %d counted", len(charged), sum, b.Charged)
	}
	if out, errs, exit := command(t, env, "quota", "audit", "--data", dir); exit != 0 {
		t.Errorf("the audit fails: %s%s", out, errs)
	}
}

// leavesNoPerson looks for people of the file in the log and in every file of the data folder.
func leavesNoPerson(t *testing.T, dir string, n *node, people []person) {
	t.Helper()
	n.kill()
	texts := readTree(t, dir)
	texts["log"] = n.log.String()
	for name, text := range texts {
		for _, p := range people[:20] {
			for _, secret := range []string{p.IDCard, p.AccNo, p.Mobile} {
				if strings.Contains(text, secret) {
					t.Errorf("%s holds an element", name)
				}
			}
		}
	}
}
