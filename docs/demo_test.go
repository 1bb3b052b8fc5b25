package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet/internal/cli"
)

// node is a demo that runs in this process, and what it printed.
type node struct {
	dir, screen, admin string
	url, appcode, key  string
	log                *buffer
}

// startDemo runs the demo until the test ends.
func startDemo(t *testing.T) *node {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	var log buffer
	n := &node{dir: t.TempDir(), log: &log}
	done := make(chan int, 1)
	go func() {
		code := cli.Run(ctx, &cli.Env{
			Args: []string{"demo", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"},
			Dir:  n.dir, In: strings.NewReader(""), Out: w, Err: &log, Version: "test",
		})
		_ = w.Close()
		done <- code
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("the demo ended with %d:\n%s", code, log.String())
		}
	})
	for lines := bufio.NewScanner(r); !strings.Contains(n.screen, "Ctrl-C"); {
		if !lines.Scan() {
			t.Fatalf("the demo ended early:\n%s", log.String())
		}
		n.screen += lines.Text() + "\n"
	}
	n.url = field(t, n.screen, `Base URL +(\S+)`)
	n.appcode = field(t, n.screen, `AppCode +(\S+)`)
	n.key = field(t, n.screen, `key +(\S+)`)
	await(t, "the log to name the admin address", func() bool { return strings.Contains(log.String(), "admin=") })
	n.admin = field(t, log.String(), `admin=(\S+)`)
	return n
}

// await waits for what the node does in the background.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func field(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("nothing like %s in\n%s", pattern, text)
	}
	return m[1]
}

// command runs a command on the demo's folder.
func (n *node) command(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var out, errw bytes.Buffer
	code := cli.Run(t.Context(), &cli.Env{
		Args: args, Dir: n.dir, In: strings.NewReader(stdin), Out: &out, Err: &errw, Version: "test",
	})
	if code != 0 {
		t.Fatalf("quartet %s: exit %d: %s", strings.Join(args, " "), code, errw.String())
	}
	return out.String()
}

// buffer is written to and read at the same time.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
