package obs

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	flushEvery = 50 * time.Millisecond
	maxPending = 4 << 20   // bytes that may wait; past it writers wait
	enough     = 256 << 10 // bytes that are written without waiting for flushEvery
)

// Lines is an output that gathers lines and writes them in the background, at most
// flushEvery later. When the output cannot keep up, writers wait. Safe for concurrent
// use.
type Lines struct {
	out  io.Writer
	wake chan struct{} // holds one token when lines wait
	many chan struct{} // holds one token when enough wait
	stop chan struct{} // closed by Close
	done chan struct{} // closed when the background has ended
	lost atomic.Int64  // bytes that the output refused

	mu      sync.Mutex
	room    *sync.Cond // signalled when pending was taken, or on close
	pending []byte
	taken   uint64 // how often pending was taken
	written uint64 // how many of these are written out
	closed  bool
}

// NewLines starts to gather for out. Close it to flush the rest.
func NewLines(out io.Writer) *Lines {
	l := &Lines{
		out: out, wake: make(chan struct{}, 1), many: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	l.room = sync.NewCond(&l.mu)
	go l.run()
	return l
}

// Write takes whole lines. It fails only after Close.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	for len(l.pending) > 0 && len(l.pending)+len(p) > maxPending && !l.closed {
		l.room.Wait()
	}
	if l.closed {
		l.mu.Unlock()
		return 0, errors.New("the log is closed")
	}
	before := len(l.pending)
	l.pending = append(l.pending, p...)
	after := len(l.pending)
	l.mu.Unlock()
	if before == 0 {
		signal(l.wake)
	}
	if before < enough && after >= enough {
		signal(l.many)
	}
	return len(p), nil
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Flush returns when all that was written before is with the output.
func (l *Lines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	target := l.taken
	if len(l.pending) > 0 {
		target++
	}
	for l.written < target {
		l.room.Wait()
	}
}

// Lost is the number of bytes that the output refused, such as a full disk does.
func (l *Lines) Lost() int64 { return l.lost.Load() }

// Close writes the rest and ends. Lines that come later fail.
func (l *Lines) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.stop)
		l.room.Broadcast()
	}
	l.mu.Unlock()
	<-l.done
	return nil
}

func (l *Lines) run() {
	defer close(l.done)
	timer := time.NewTimer(flushEvery)
	defer timer.Stop()
	var spare []byte
	for {
		select {
		case <-l.wake:
			timer.Reset(flushEvery)
			select {
			case <-timer.C: // gather a little
			case <-l.many:
			case <-l.stop:
			}
		case <-l.stop:
			l.write(&spare)
			return
		}
		l.write(&spare)
	}
}

func (l *Lines) write(spare *[]byte) {
	l.mu.Lock()
	batch := l.pending
	l.pending = (*spare)[:0]
	if len(batch) > 0 {
		l.taken++
	}
	l.room.Broadcast()
	l.mu.Unlock()
	if len(batch) > 0 {
		n, err := l.out.Write(batch)
		if err != nil { // nowhere to complain; the metric tells
			l.lost.Add(int64(len(batch) - n))
		}
		l.mu.Lock()
		l.written++
		l.room.Broadcast()
		l.mu.Unlock()
	}
	*spare = batch
}
