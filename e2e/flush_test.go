package e2e_test

import (
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// The flush comes before the answer: strace sees a flush of the database's log begin after
// a request was read and return before its verdict is written.

func TestFlush_ComesBeforeEveryVerdict(t *testing.T) {
	verdicts, err := flushedBeforeAnswered(traceCalls(t, binary(t)))
	if err != nil {
		t.Error(err)
	}
	if verdicts < tracedConns*tracedCalls {
		t.Errorf("only %d of %d verdicts were seen", verdicts, tracedConns*tracedCalls)
	}
}

// A build that does not flush must be caught, or the test above proves nothing.
func TestFlush_IsMissedWhereItIsSwitchedOff(t *testing.T) {
	path, err := flushless()
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := flushedBeforeAnswered(traceCalls(t, path))
	if err == nil {
		t.Errorf("all %d verdicts of a build without flushes passed", verdicts)
	}
}

const (
	tracedConns = 8
	tracedCalls = 25
)

// traceCalls runs a binary under strace, asks it over some connections at once, and
// returns its system calls.
func traceCalls(t *testing.T, binary string) []*syscallEvent {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is missing: run `make deps`, or install it (Debian: apt-get install strace)")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	n := startDemoUnder(t, []string{
		strace, "-f", "-ttt", "-T", "-yy", "-s", "400", "-e", "trace=read,write,writev,sendto,fsync,fdatasync", "-o", trace, binary,
	}, folder(t), environ(guardOff), "--units", "100000")
	var callers sync.WaitGroup
	for range tracedConns {
		callers.Go(func() {
			c := n.buyer()
			for i := range tracedCalls {
				if a, err := c.ask(n.demo.People[i%2].form(), ""); err != nil || a.Code != "10000" {
					t.Errorf("call %d: %v %s", i, err, a.body)
					return
				}
			}
		})
	}
	callers.Wait()
	if code := n.stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, n.log)
	}
	return readTrace(t, trace)
}
