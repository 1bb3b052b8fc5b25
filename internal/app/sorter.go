package app

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// sorter is a listener for TLS that looks at the first byte of each connection: one that
// speaks plain HTTP is handed on as it is, so that it can be told so in HTTP. Nobody waits
// for another's first byte.
type sorter struct {
	net.Listener
	config *tls.Config
	wait   time.Duration

	begin    sync.Once
	sorted   chan arrival
	closing  chan struct{}
	sorting  sync.WaitGroup
	mu       sync.Mutex
	awaited  map[net.Conn]bool // those whose first byte has not come
	closed   bool
	closeErr error
}

// arrival is what Accept gives.
type arrival struct {
	conn net.Conn
	err  error
}

const (
	maxAwaited   = 256  // beyond, a connection is taken for TLS unseen
	tlsHandshake = 0x16 // the first byte of every connection of TLS
)

func newSorter(l net.Listener, c *tls.Config, wait time.Duration) *sorter {
	return &sorter{Listener: l, config: c, wait: wait, sorted: make(chan arrival), closing: make(chan struct{}), awaited: map[net.Conn]bool{}}
}

// Accept implements net.Listener.
func (s *sorter) Accept() (net.Conn, error) {
	s.begin.Do(func() { s.sorting.Go(s.acceptAll) })
	select {
	case a := <-s.sorted:
		return a.conn, a.err
	case <-s.closing:
		return nil, net.ErrClosed
	}
}

func (s *sorter) acceptAll() {
	for {
		conn, err := s.Listener.Accept()
		switch {
		case err != nil: // the server waits a while before it accepts again, and so do we
			if !s.hand(arrival{err: err}) {
				return
			}
		case s.await(conn):
			s.sorting.Go(func() { s.sort(conn) })
		default:
			s.hand(arrival{conn: tls.Server(conn, s.config)})
		}
	}
}

// await notes a connection, unless too many are waited for.
func (s *sorter) await(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.awaited) >= maxAwaited {
		return false
	}
	s.awaited[conn] = true
	return true
}

// sort reads the first byte of a connection and hands it on.
func (s *sorter) sort(conn net.Conn) {
	seen := &seenConn{Conn: conn}
	_ = conn.SetReadDeadline(time.Now().Add(s.wait)) // a connection that is gone fails to read
	_, err := conn.Read(seen.first[:])
	_ = conn.SetReadDeadline(time.Time{})
	s.mu.Lock()
	delete(s.awaited, conn)
	s.mu.Unlock()
	switch {
	case err != nil:
		_ = conn.Close() // nothing came, so nobody is told
	case seen.first[0] == tlsHandshake:
		s.hand(arrival{conn: tls.Server(seen, s.config)})
	default:
		s.hand(arrival{conn: seen})
	}
}

// hand gives an arrival to Accept. When the listener is closed there is nobody to take it.
func (s *sorter) hand(a arrival) bool {
	select {
	case s.sorted <- a:
		return true
	case <-s.closing:
		if a.conn != nil {
			_ = a.conn.Close()
		}
		return false
	}
}

// Close implements net.Listener. It closes the connections that nobody has accepted.
func (s *sorter) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
		s.closeErr = s.Listener.Close()
		for conn := range s.awaited {
			_ = conn.Close()
		}
	}
	s.mu.Unlock()
	s.sorting.Wait()
	return s.closeErr
}

// seenConn is a connection whose first byte was read and is read again.
type seenConn struct {
	net.Conn

	first [1]byte
	again bool
}

// Read implements net.Conn.
func (c *seenConn) Read(p []byte) (int, error) {
	if c.again || len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.again = true
	return copy(p, c.first[:]), nil
}

// CloseWrite lets the server send its last answer whole.
func (c *seenConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
