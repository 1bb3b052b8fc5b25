package docs_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestBuying_ArrivesAsItIsTold runs the walk of a buyer against a demo, as somebody would who
// copies it block by block, and compares what each block shows.
func TestBuying_ArrivesAsItIsTold(t *testing.T) {
	const words = "four words in a row\n"
	n := startDemo(t)
	text := read(t, "buying.md")
	asked := strings.Count(text, "\n    quartet operator add ")
	if asked != 2 {
		t.Fatalf("it tells %d commands", asked)
	}
	n.command(t, words, "operator", "add", "zhao")
	n.command(t, words+words, "operator", "add", "wang", "--role", "support")
	licence := read(t, filepath.Join("..", "testdata", "licence.png"))
	if err := os.MkdirAll(filepath.Join(n.dir, "testdata"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "testdata", "licence.png"), []byte(licence), 0o600); err != nil {
		t.Fatal(err)
	}

	var script, told []string
	for _, block := range regexp.MustCompile("(?s)```(sh|json|text)\n(.*?)```\n").FindAllStringSubmatch(text, -1) {
		if block[1] == "sh" {
			script, told = append(script, block[2]), append(told, "")
			continue
		}
		told[len(told)-1] = strings.TrimSpace(block[2])
	}
	const end = "=== the block ends ==="
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // it waits for mail and money
	defer cancel()
	sh := exec.CommandContext(ctx, "sh", "-u")
	sh.Dir = n.dir
	sh.Stdin = strings.NewReader(strings.ReplaceAll(strings.Join(script, "\necho '"+end+"'\n"), "http://127.0.0.1:8080", n.url))
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	shown := strings.Split(string(out), end)
	if len(shown) != len(told) || len(told) < 5 {
		t.Fatalf("%d blocks are told, %d shown:\n%s", len(told), len(shown), out)
	}
	for i := range told {
		if got := strings.TrimSpace(shown[i]); still(got) != still(told[i]) {
			t.Errorf("block %d shows\n%s\nnot\n%s", i+1, got, told[i])
		}
	}
}
