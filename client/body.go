package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// source is where a body comes from.
type source struct {
	kind   string
	reader io.Reader // nil: there is no body
	seeker io.Seeker // nil: it can be read once
	begin  int64
	size   int64 // -1: not known
	last   *body // of the try before
}

// next is the body for another try.
func (s *source) next(ctx context.Context) (io.Reader, error) {
	if s.reader == nil {
		return nil, nil //nolint:nilnil // there is no body
	}
	if s.last != nil {
		// What sends a request may read on for a while after it was answered.
		select {
		case <-s.last.closed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if _, err := s.seeker.Seek(s.begin, io.SeekStart); err != nil {
			return nil, fmt.Errorf("the file cannot be read again: %w", err)
		}
	}
	s.last = &body{from: s.reader, closed: make(chan struct{})}
	return s.last, nil
}

// again reports whether the body can be sent again.
func (s *source) again() bool { return s.reader == nil || s.seeker != nil }

// body is what one try reads. Closing it closes nothing: it says that nobody reads any more.
type body struct {
	mu     sync.Mutex
	from   io.Reader
	closed chan struct{}
	done   bool
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return 0, errors.New("it was closed")
	}
	return b.from.Read(p)
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.done {
		b.done = true
		close(b.closed)
	}
	return nil
}
