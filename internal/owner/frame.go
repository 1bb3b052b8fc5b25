package owner

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// A frame is one byte of kind, four bytes of length, and the content.
const (
	frameRequest = 'R' // client: the request, JSON; the first frame
	frameInput   = 'I' // client: bytes of standard input, after a want
	frameEnd     = 'E' // client: standard input is at its end
	frameSecret  = 'S' // client: the answer to a question
	frameMute    = 'M' // client: why there is no answer
	frameWant    = 'W' // server: the command reads standard input
	frameAsk     = 'Q' // server: a question whose answer is not shown
	frameOut     = 'O' // server: standard output
	frameErr     = 'X' // server: standard error
	frameExit    = 'C' // server: the exit code, one byte; the last frame

	headLen  = 5
	maxFrame = 1 << 20
	chunk    = 64 << 10
)

func writeFrame(w io.Writer, kind byte, content []byte) error {
	buf := make([]byte, headLen, headLen+len(content))
	buf[0] = kind
	binary.BigEndian.PutUint32(buf[1:], uint32(len(content)))
	_, err := w.Write(append(buf, content...))
	return err
}

func readFrame(r io.Reader) (kind byte, content []byte, err error) {
	var head [headLen]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", n)
	}
	content = make([]byte, n)
	_, err = io.ReadFull(r, content)
	return head[0], content, err
}

// framed is one output of a command; both share the lock over the connection.
type framed struct {
	mu   *sync.Mutex
	conn io.Writer
	kind byte
}

func (f framed) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for rest := p; len(rest) > 0; {
		n := min(len(rest), chunk)
		if err := writeFrame(f.conn, f.kind, rest[:n]); err != nil {
			return len(p) - len(rest), err
		}
		rest = rest[n:]
	}
	return len(p), nil
}
