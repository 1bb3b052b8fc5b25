package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The flush comes before the answer: strace sees a flush of the database's log begin after
// a request was read and return before its verdict is written.

func TestFlush_ComesBeforeEveryVerdict(t *testing.T) {
	t.Parallel()
	wantFlushed(t, tracedConns)
}

// Over one connection no other call's flush can be taken for the call's own.
func TestFlush_ComesBeforeEveryVerdictOfALonelyCaller(t *testing.T) {
	t.Parallel()
	wantFlushed(t, 1)
}

func wantFlushed(t *testing.T, conns int) {
	t.Helper()
	verdicts, err := flushedBeforeAnswered(traceCalls(t, binary(t), conns))
	if err != nil {
		t.Error(err)
	}
	if verdicts < conns*tracedCalls {
		t.Errorf("only %d of %d verdicts were seen", verdicts, conns*tracedCalls)
	}
}

// A build that does not flush must be caught, or the tests above prove nothing.
func TestFlush_IsMissedWhereItIsSwitchedOff(t *testing.T) {
	t.Parallel()
	path, err := flushless()
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := flushedBeforeAnswered(traceCalls(t, path, tracedConns))
	if err == nil || !strings.Contains(err.Error(), "without a flush") {
		t.Errorf("after %d verdicts of a build without flushes: %v", verdicts, err)
	}
}

const (
	tracedConns = 8
	tracedCalls = 25 // over each connection
)

// traceCalls runs a binary under strace, asks it over so many connections at once, and
// returns its system calls.
func traceCalls(t *testing.T, binary string, conns int) []*syscallEvent {
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
	for range conns {
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
