package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet/internal/cli"
)

// outcome is what a command came to.
type outcome struct {
	code     int
	out, err string
}

// run runs one command to its end.
func run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	var out, errw bytes.Buffer
	code := cli.Run(t.Context(), &cli.Env{
		Args: args, Dir: t.TempDir(), In: strings.NewReader(stdin), Out: &out, Err: &errw, Version: "test", Passwords: light,
	})
	return outcome{code, out.String(), errw.String()}
}

// must runs a command that has to go well and gives its output without the last newline.
func must(t *testing.T, args ...string) string {
	t.Helper()
	o := run(t, "", args...)
	if o.code != 0 {
		t.Fatalf("quartet %s: exit %d: %s", strings.Join(args, " "), o.code, o.err)
	}
	return strings.TrimSuffix(o.out, "\n")
}

// server is a serve or demo that runs in this process.
type server struct {
	log  *safeBuffer
	out  *bufio.Reader
	stop func() int
}

// start runs serve or demo until the test ends or stop is called.
func start(t *testing.T, environ []string, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	s := &server{log: &safeBuffer{}, out: bufio.NewReader(r)}
	done := make(chan int, 1)
	go func() {
		code := cli.Run(ctx, &cli.Env{Args: args, Environ: environ, In: strings.NewReader(""), Out: w, Err: s.log, Version: "test", Passwords: light})
		_ = w.Close()
		done <- code
	}()
	var once sync.Once
	code := -1
	s.stop = func() int {
		once.Do(func() { cancel(); go func() { _, _ = io.Copy(io.Discard, r) }(); code = <-done })
		return code
	}
	t.Cleanup(func() {
		if s.stop() != 0 {
			t.Errorf("the server ended with %d:\n%s", code, s.log)
		}
	})
	s.await(t, `msg":"serving"`, "msg=serving")
	return s
}

// await waits for one of the texts in the log.
func (s *server) await(t *testing.T, texts ...string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for _, text := range texts {
			if strings.Contains(s.log.String(), text) {
				return
			}
		}
	}
	t.Fatalf("the log never said %q:\n%s", texts, s.log)
}

type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// demo is the line that demo --json prints.
type demo struct {
	BaseURL string `json:"base_url"`
	AppCode string `json:"appcode"`
	Key     string `json:"key"`
	People  []struct {
		Expect, Name, IDCard, Mobile string
		AccNo                        string `json:"acc_no"`
	} `json:"people"`
	DataDir        string `json:"data_dir"`
	AppKey         string `json:"app_key"`
	AppSecret      string `json:"app_secret"`
	SandboxAppCode string `json:"sandbox_appcode"`
}

// startDemo starts demo --json and reads its line.
func startDemo(t *testing.T, dir string, args ...string) (*server, demo) {
	t.Helper()
	s := start(t, nil, append([]string{"demo", "--json", "--empty", "--data", dir, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}, args...)...)
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("no line: %v\n%s", err, s.log)
	}
	var d demo
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return s, d
}
