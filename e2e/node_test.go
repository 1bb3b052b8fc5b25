package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// node is a running quartet.
type node struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *buffer
	ended chan struct{}
	url   string
	admin string
	demo  demoLine
}

// demoLine is what `demo --json` prints first.
type demoLine struct {
	BaseURL string   `json:"base_url"`
	AppCode string   `json:"appcode"`
	Key     string   `json:"key"`
	People  []person `json:"people"`
	DataDir string   `json:"data_dir"`

	AppKey         string `json:"app_key"`
	AppSecret      string `json:"app_secret"`
	SandboxAppCode string `json:"sandbox_appcode"`
}

// buffer collects what a process writes, to be read while it runs.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

// environ is a clean environment with some variables of ours.
func environ(vars ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, vars...)
}

// guardOff is for tests that ask about the same card more often than a day allows.
const guardOff = "QUARTET_GUARD_ENABLED=false"

// launch starts a node and returns before it serves. Arguments begin with the command;
// addresses are added, where they name none. prefix runs it under another program.
func launch(t *testing.T, prefix []string, env []string, args ...string) (*node, io.Reader) {
	t.Helper()
	line := append(slices.Clone(prefix), args...)
	if !slices.Contains(args, "--listen") {
		line = append(line, "--listen", "127.0.0.1:0")
	}
	line = append(line, "--admin-listen", "127.0.0.1:0")
	n := &node{t: t, log: &buffer{}, ended: make(chan struct{})}
	n.cmd = exec.Command(line[0], line[1:]...)
	n.cmd.Env = env
	n.cmd.Stderr = n.log
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	out, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	n.cmd.Stdout = write
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	go func() {
		_ = n.cmd.Wait() // its exit code is in ProcessState
		close(n.ended)
	}()
	t.Cleanup(func() {
		n.kill()
		_ = out.Close()
	})
	return n, out
}

// startDemo runs `quartet demo --json` and waits for its line.
func startDemo(t *testing.T, dir string, env []string, flags ...string) *node {
	t.Helper()
	return startDemoUnder(t, []string{binary(t)}, dir, env, flags...)
}

func startDemoUnder(t *testing.T, prefix []string, dir string, env []string, flags ...string) *node {
	t.Helper()
	n, out := launch(t, prefix, env, append([]string{"demo", "--json", "--empty", "--data", dir}, flags...)...)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		<-n.ended
		t.Fatalf("demo printed no line: %v\n%s", err, n.log)
	}
	if err := json.Unmarshal(line, &n.demo); err != nil {
		t.Fatalf("demo's first line is not JSON: %v\n%s", err, line)
	}
	n.url = n.demo.BaseURL
	n.findAdmin()
	return n
}

// startServe runs `quartet serve` and waits until it serves.
func startServe(t *testing.T, dir string, env []string, flags ...string) *node {
	t.Helper()
	n, _ := launch(t, []string{binary(t)}, env, append([]string{"serve", "--data", dir}, flags...)...)
	if !n.findAdmin() {
		t.Fatalf("serve did not start:\n%s", n.log)
	}
	return n
}

// simulate lets a simulator answer instead of the registry, in a folder that is not served
// yet.
func simulate(t *testing.T, dir string, env []string, name, script string) {
	t.Helper()
	must(t, env, "source", "add", name, "--kind", "sim", "--spec", script, "--data", dir)
	must(t, env, "source", "disable", "registry", "--data", dir)
}

// findAdmin waits for the log line that names the addresses.
func (n *node) findAdmin() bool {
	for range 1500 {
		for line := range strings.Lines(n.log.String()) {
			var said struct{ Msg, URL, Admin string }
			if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "serving" {
				n.url, n.admin = said.URL, said.Admin
				return true
			}
		}
		select {
		case <-n.ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}

// kill ends it as a power switch would, as far as a process can tell.
func (n *node) kill() {
	_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL) // it may be gone
	<-n.ended
}

// stop asks it to end and gives its exit code.
func (n *node) stop() int {
	n.t.Helper()
	_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGTERM) // the group: strace itself is deaf to it
	select {
	case <-n.ended:
	case <-time.After(30 * time.Second):
		n.t.Fatalf("it did not stop within 30 s:\n%s", n.log)
	}
	return n.cmd.ProcessState.ExitCode()
}

// command runs a command of quartet to its end.
func command(t *testing.T, env []string, args ...string) (out, errs string, exit int) {
	t.Helper()
	cmd := exec.Command(binary(t), args...)
	cmd.Env = env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// must is command that has to succeed.
func must(t *testing.T, env []string, args ...string) string {
	t.Helper()
	out, errs, exit := command(t, env, args...)
	if exit != 0 {
		t.Fatalf("quartet %s: exit %d\n%s%s", strings.Join(args, " "), exit, out, errs)
	}
	return out
}

// lines decodes the JSON lines that a command prints.
func lines[T any](t *testing.T, text string) []T {
	t.Helper()
	var all []T
	d := json.NewDecoder(strings.NewReader(text))
	for {
		var one T
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("not JSON lines: %v", err)
		}
		all = append(all, one)
	}
}

// folder is a data folder in a place of its own, with room for the keyring beside it.
func folder(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}
