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
	n := startDemo(t)
	text := read(t, "buying.md")
	await(t, "the operators of the demo", func() bool { return strings.Contains(n.log.String(), "演示数据已就绪") })
	licence := read(t, filepath.Join("..", "testdata", "licence.png"))
	if err := os.MkdirAll(filepath.Join(n.dir, "testdata"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "testdata", "licence.png"), []byte(licence), 0o600); err != nil {
		t.Fatal(err)
	}

	walk(t, n, text)
}

// TestTokens_AreMadeAndUsedAsItIsTold runs the walk of whoever writes a program.
func TestTokens_AreMadeAndUsedAsItIsTold(t *testing.T) {
	n := startDemo(t)
	await(t, "the operators of the demo", func() bool { return strings.Contains(n.log.String(), "演示数据已就绪") })
	walk(t, n, read(t, "tokens.md"))
}

// walk runs the blocks of a document against a demo, and compares what each of them shows.
func walk(t *testing.T, n *node, text string) {
	t.Helper()
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
	if len(shown) != len(told) || len(told) < 3 {
		t.Fatalf("%d blocks are told, %d shown:\n%s", len(told), len(shown), out)
	}
	for i := range told {
		if got := strings.TrimSpace(shown[i]); still(got) != still(told[i]) {
			t.Errorf("block %d shows\n%s\nnot\n%s", i+1, got, told[i])
		}
	}
}
