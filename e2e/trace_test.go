package e2e_test

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// syscallEvent is one system call as strace saw it, from entry to return.
type syscallEvent struct {
	name  string
	what  string // what the descriptor is: a path, or a connection
	text  string // the rest of the arguments
	begun float64
	ended float64
	ok    bool
}

var (
	traceHead    = regexp.MustCompile(`^(\d+) +(\d+\.\d+) (.*)$`)
	traceCall    = regexp.MustCompile(`^(\w+)\(\d+<(.*?)>(?:, (.*)|\).*| <unfinished \.\.\.>)$`)
	traceResumed = regexp.MustCompile(`^<\.\.\. (\w+) resumed>(.*)$`)
	traceResult  = regexp.MustCompile(`= (-?\d+)[^<]*<(\d+\.\d+)>$`)
)

// readTrace reads what `strace -f -ttt -T -yy` wrote.
func readTrace(t *testing.T, file string) []*syscallEvent {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []*syscallEvent
	pending := map[string]*syscallEvent{} // by thread
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		head := traceHead.FindStringSubmatch(s.Text())
		if head == nil {
			continue
		}
		at, err := strconv.ParseFloat(head[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		thread, rest := head[1], head[3]
		if resumed := traceResumed.FindStringSubmatch(rest); resumed != nil {
			if e := pending[thread]; e != nil && e.name == resumed[1] {
				e.text += resumed[2]
				e.finish(rest)
			}
			delete(pending, thread)
			continue
		}
		call := traceCall.FindStringSubmatch(rest)
		if call == nil {
			continue
		}
		e := &syscallEvent{name: call[1], what: call[2], text: call[3], begun: at}
		if strings.HasSuffix(rest, "<unfinished ...>") {
			pending[thread] = e
		} else {
			e.finish(rest)
		}
		all = append(all, e)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// finish notes when the call returned: its own duration, after its beginning.
func (e *syscallEvent) finish(rest string) {
	result := traceResult.FindStringSubmatch(rest)
	if result == nil {
		return
	}
	took, err := strconv.ParseFloat(result[2], 64)
	e.ok = err == nil && !strings.HasPrefix(result[1], "-")
	e.ended = e.begun + took
}

// flushedBeforeAnswered checks that before each verdict was written to its connection a
// flush of the database's log began after the request had been read and came back. It
// returns how many verdicts it saw.
func flushedBeforeAnswered(events []*syscallEvent) (verdicts int, err error) {
	lastRead := map[string]float64{} // by connection: when the newest request had been read
	var flushes []*syscallEvent
	for _, e := range events {
		if (e.name == "fsync" || e.name == "fdatasync") && strings.HasSuffix(e.what, "-wal") && e.ok {
			flushes = append(flushes, e)
		}
	}
	for _, e := range events { // in the order in which they began
		switch {
		case e.name == "read" && e.ok && strings.Contains(e.text, "POST "+path):
			lastRead[e.what] = e.ended
		case e.name == "write" && strings.HasPrefix(e.what, "TCP") && strings.Contains(e.text, `\"state\":`): // not the log
			verdicts++
			read, known := lastRead[e.what]
			if !known {
				return verdicts, fmt.Errorf("a verdict on %s, where no request was read", e.what)
			}
			if !anyWithin(flushes, read, e.begun) {
				return verdicts, fmt.Errorf("the verdict of %f on %s was written without a flush since its request was read at %f", e.begun, e.what, read)
			}
		}
	}
	return verdicts, nil
}

func anyWithin(flushes []*syscallEvent, from, to float64) bool {
	for _, f := range flushes {
		if f.begun >= from && f.ended <= to {
			return true
		}
	}
	return false
}
