package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"quartet/internal/source/registry"
)

// load asks one server on keep-alive connections in a closed loop: each connection asks
// again as soon as it is answered. Requests are made beforehand and answers are read by
// hand, so that the client, which shares the machine, costs little.
type load struct {
	at       ready
	kind     kind
	bodies   []string
	requests [][]byte
	host     string
	conns    int
	next     atomic.Int64
}

// conn is one connection.
type conn struct {
	net.Conn
	in    *bufio.Reader
	times []time.Duration
}

const (
	bodies   = 2000    // how many different people are asked for
	requests = callers // how many different requests there are
	fastest  = 80_000  // more answers a second than any server here gives
)

func newLoad(k kind, at ready, conns int) *load {
	l := &load{at: at, kind: k, host: strings.TrimPrefix(at.URL, "http://"), conns: conns}
	for i := range int64(bodies) {
		p := registry.Person(seed, i)
		l.bodies = append(l.bodies, url.Values{"name": {p.Name}, "idcard": {p.ID}, "acc_no": {p.Card}, "mobile": {p.Mobile}}.Encode())
	}
	return l
}

// prepare makes the requests of one measurement of length d. Signed ones are made anew
// each time, since a nonce can be used once.
func (l *load) prepare(d time.Duration) {
	if l.at.AppKey != "" {
		l.requests = l.requests[:0]
		for range int(d.Seconds()*fastest) + l.conns {
			l.requests = append(l.requests, l.signed(len(l.requests)))
		}
		l.next.Store(0)
		return
	}
	for i := len(l.requests); i < requests; i++ {
		code := l.at.AppCode
		if l.kind == many {
			code = codeOf(i)
		}
		l.requests = append(l.requests, l.request(i, "Authorization: APPCODE "+code+"\r\n"))
	}
}

func (l *load) request(i int, headers string) []byte {
	body := l.bodies[i%bodies]
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", l.at.Path, l.host, headers, formType, len(body), body)
}

const formType = "application/x-www-form-urlencoded"

// signed signs as the gateway's own clients do: with a timestamp and a nonce.
func (l *load) signed(i int) []byte {
	body := l.bodies[i%bodies]
	values, err := url.ParseQuery(body)
	if err != nil { // cannot happen: it was made here
		panic(err)
	}
	stamp, nonce := strconv.FormatInt(time.Now().UnixMilli(), 10), uuid.NewString()
	text := "POST\n\n\n" + formType + "\n\nX-Ca-Key:" + l.at.AppKey + "\nX-Ca-Nonce:" + nonce + "\nX-Ca-Timestamp:" + stamp + "\n" + l.at.Path +
		"?acc_no=" + values.Get("acc_no") + "&idcard=" + values.Get("idcard") + "&mobile=" + values.Get("mobile") + "&name=" + values.Get("name")
	mac := hmac.New(sha256.New, []byte(l.at.Secret))
	mac.Write([]byte(text))
	return l.request(i, "X-Ca-Key: "+l.at.AppKey+"\r\nX-Ca-Nonce: "+nonce+"\r\nX-Ca-Timestamp: "+stamp+
		"\r\nX-Ca-Signature-Headers: X-Ca-Key,X-Ca-Nonce,X-Ca-Timestamp\r\nX-Ca-Signature: "+base64.StdEncoding.EncodeToString(mac.Sum(nil))+"\r\n")
}

// connect opens the connections of one measurement.
func (l *load) connect() (conns []*conn, err error) {
	for range l.conns {
		c, err := net.Dial("tcp", l.host) //nolint:noctx // a local server that has said it serves
		if err != nil {
			return conns, fmt.Errorf("connect: %w", err)
		}
		conns = append(conns, &conn{Conn: c, in: bufio.NewReader(c)})
	}
	return conns, nil
}

// result is one measurement.
type result struct {
	took  time.Duration
	times []time.Duration // of each answer
	cpu   time.Duration
}

// run asks for so long. Any answer but a verdict is an error: what is not the whole work
// must not be measured as if it were.
func (l *load) run(ctx context.Context, d time.Duration) (result, error) {
	var (
		wg    sync.WaitGroup
		once  sync.Once
		fault error
		over  atomic.Bool
	)
	conns, err := l.connect()
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	if err != nil {
		return result{}, err
	}
	stop := time.AfterFunc(d, func() { over.Store(true) })
	defer stop.Stop()
	defer context.AfterFunc(ctx, func() { over.Store(true) })()
	begun := time.Now()
	for _, c := range conns {
		wg.Go(func() {
			for !over.Load() {
				if err := c.ask(l.requests[int(l.next.Add(1)-1)%len(l.requests)]); err != nil {
					once.Do(func() { fault = err })
					over.Store(true)
				}
			}
		})
	}
	wg.Wait()
	r := result{took: time.Since(begun)}
	for _, c := range conns {
		r.times = append(r.times, c.times...)
	}
	if fault == nil {
		fault = ctx.Err()
	}
	return r, fault
}

func (c *conn) ask(request []byte) error {
	begun := time.Now()
	if _, err := c.Write(request); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	length := -1
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		switch {
		case err != nil:
			return fmt.Errorf("read the answer: %w", err)
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")):
			return fmt.Errorf("answered %q", line)
		case len(line) == 2: // the blank line
			if length < 0 {
				return errors.New("the answer does not state its length")
			}
			return c.body(begun, length)
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[16:]))); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
		}
	}
}

// verdict is how the body of an answer with a verdict begins.
const verdict = `{"code":"10000",`

func (c *conn) body(begun time.Time, length int) error {
	head, err := c.in.Peek(length)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if !bytes.HasPrefix(head, []byte(verdict)) {
		return fmt.Errorf("answered %q", head)
	}
	if _, err := io.CopyN(io.Discard, c.in, int64(length)); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	c.times = append(c.times, time.Since(begun))
	return nil
}
