package e2e_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet/internal/story"
)

// startStory runs a demo that has an invented past, which is being told when it returns.
func startStory(t *testing.T, dir string) *node {
	t.Helper()
	n, out := launch(t, []string{binary(t)}, environ(), "demo", "--json", "--data", dir)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("demo printed no line: %v\n%s", err, n.log)
	}
	if err := json.Unmarshal(line, &n.demo); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	n.findAdmin()
	return n
}

// told waits until the past is told, and wants no step left out.
func (n *node) pastTold(t *testing.T) {
	t.Helper()
	for range 1200 {
		if strings.Contains(n.log.String(), "演示数据已就绪") {
			if log := n.log.String(); strings.Contains(log, "was left out") {
				t.Errorf("steps were left out:\n%s", log)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the past was never told:\n%s", n.log)
}

// chapter is how far the past of a folder is told.
func chapter(t *testing.T, dir string) (next int, done bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "story.json"))
	if err != nil {
		return 0, false
	}
	var at struct {
		Next int
		Done bool
	}
	if err := json.Unmarshal(text, &at); err != nil {
		t.Fatal(err)
	}
	return at.Next, at.Done
}

// row is a call as call list prints it.
type pastCall struct {
	SeqNo   string `json:"seq_no"`
	Account string `json:"account"`
}

// past is every call of a folder, and what it holds of the rest.
func past(t *testing.T, dir string) []pastCall {
	t.Helper()
	must(t, environ(), "quota", "audit", "--data", dir)
	return lines[pastCall](t, must(t, environ(), "call", "list", "--json", "--limit", "30000", "--data", dir))
}

func TestStory_IsToldBesideTheCallsAndAuditsClean(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startStory(t, dir)
	for _, p := range n.demo.People { // while it is being told
		if a := n.buyer().mustAsk(t, p.form()); a.result() != p.Expect {
			t.Errorf("expected %s, got %d %s", p.Expect, a.status, a.body)
		}
	}
	n.pastTold(t)
	calls := past(t, dir)
	own := 0
	for _, c := range calls {
		if c.Account == "demo" {
			own++
		}
	}
	if len(calls) < 10_000 || len(calls) > story.MostCalls || own != len(n.demo.People) {
		t.Errorf("%d calls, %d of the printed account", len(calls), own)
	}

	v := n.visitor()
	v.ask(204, "POST", "/session", map[string]string{"address": story.Email, "password": story.Password})

	if n.stop() != 0 {
		t.Fatalf("it did not end well:\n%s", n.log)
	}
	again := startStory(t, dir)
	if more := past(t, dir); len(more) != len(calls) {
		t.Errorf("a second start made %d calls of %d", len(more), len(calls))
	}
	again.stop()
}

// Wherever the process is killed, the books are right, and the next start tells the rest and
// nothing twice.
func TestStory_GoesOnWhereItWasKilled(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	seen := map[string]bool{}
	for _, far := range []int{12, 63, 204, 205, 334} {
		n := startStory(t, dir)
		for next, done := chapter(t, dir); next < far && !done; next, done = chapter(t, dir) {
			time.Sleep(2 * time.Millisecond)
		}
		n.kill()
		calls := past(t, dir)
		for _, c := range calls {
			seen[c.SeqNo] = true
		}
		if len(seen) != len(calls) {
			t.Fatalf("of %d calls that were seen %d are left", len(seen), len(calls))
		}
	}
	n := startStory(t, dir)
	n.pastTold(t)
	if calls := past(t, dir); len(calls) < 9_000 || len(calls) > story.MostCalls {
		t.Errorf("%d calls", len(calls))
	}
	if list := must(t, environ(), "account", "list", "--json", "--data", dir); strings.Count(list, "\n") > 5 {
		t.Errorf("accounts were opened twice:\n%s", list)
	}
}
