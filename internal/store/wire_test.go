package store_test

import (
	"bytes"
	"io"
	"math"
	"net"
	"net/url"
	"sync"
	"testing"
)

// wire stands between the store and its server and can be cut. It passes bytes on, and
// knows no more of the protocol than the tag with which the server tells of a commit.
type wire struct {
	listener net.Listener
	server   string

	mu     sync.Mutex
	fault  fault
	harmed *connection
	opened *sync.Cond
	closed bool // to new connections
	ended  chan struct{}
}

// fault is what happens to the connection that sends next.
type fault struct {
	kind   faultKind
	budget int // bytes that still reach the server before a cut; holdRest: bytes that do not
}

type faultKind int

const (
	whole       faultKind = iota
	cutSending            // after budget bytes to the server, both sides are closed
	holdingBack           // nothing reaches the server any more, and nobody is told
	cutAnswer             // the server's word that it committed is lost, both sides are closed
	holdAnswer            // the server's word that it committed is lost, and nobody is told
	holdRest              // the last budget bytes and all after them are lost; the server hears not even the end
)

var committedTag = []byte("COMMIT\x00") //nolint:gochecknoglobals // a constant

// newWire leads to the database of a URL; its own URL leads there through the wire.
func newWire(t *testing.T, rawURL string) (w *wire, through string) {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	w = &wire{server: u.Host, ended: make(chan struct{})}
	w.opened = sync.NewCond(&w.mu)
	if w.listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.shut(false); _ = w.listener.Close(); close(w.ended) })
	go w.accept()
	u.Host = w.listener.Addr().String()
	return w, u.String()
}

func (w *wire) harm(f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
}

func (w *wire) takeFault(by *connection) fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.fault
	if f.kind != whole {
		w.fault, w.harmed = fault{}, by
	}
	return f
}

// heal takes the fault from the connection that met it, and tells whether it was cut.
func (w *wire) heal() (cut bool) {
	w.mu.Lock()
	c := w.harmed
	w.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.met = fault{}
	return c.cut
}

// shut lets new connections wait, or lets them pass again.
func (w *wire) shut(closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = closed
	w.opened.Broadcast()
}

func (w *wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.join(client)
	}
}

func (w *wire) join(client net.Conn) {
	w.mu.Lock()
	for w.closed {
		w.opened.Wait()
	}
	w.mu.Unlock()
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		_ = client.Close()
		return
	}
	c := &connection{wire: w, client: client, server: server}
	go c.pass(client, server, c.send)
	c.pass(server, client, c.answer)
}

// connection is one session through the wire. The fault it has met stays with it.
type connection struct {
	wire           *wire
	client, server net.Conn

	mu  sync.Mutex
	met fault
	cut bool
}

// pass copies until a side closes or filter says that this is the end.
func (c *connection) pass(from io.Reader, to io.Writer, filter func([]byte) (pass []byte, end bool)) {
	defer c.close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			pass, end := filter(buf[:n])
			if _, err := to.Write(pass); err != nil || end {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *connection) close() {
	_ = c.client.Close()
	c.mu.Lock()
	silent := c.met.kind == holdRest
	c.mu.Unlock()
	if silent {
		<-c.wire.ended
	}
	_ = c.server.Close()
}

// send judges what goes to the server. The first connection to send meets the fault.
func (c *connection) send(b []byte) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.wire.takeFault(c); f.kind != whole {
		c.met = f
	}
	switch c.met.kind {
	case cutSending:
		if len(b) > c.met.budget {
			c.cut = true
			return b[:c.met.budget], true
		}
		c.met.budget -= len(b)
	case holdRest:
		pass := b[:max(len(b)-c.met.budget, 0)]
		c.met.budget = math.MaxInt
		return pass, false
	case holdingBack:
		return nil, false
	case whole, cutAnswer, holdAnswer:
	}
	return b, false
}

func (c *connection) answer(b []byte) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if (c.met.kind == cutAnswer || c.met.kind == holdAnswer) && bytes.Contains(b, committedTag) {
		return nil, c.met.kind == cutAnswer
	}
	return b, false
}
