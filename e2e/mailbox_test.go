package e2e_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailbox is a mail server that keeps what it is handed, and outlives the node.
type mailbox struct {
	listener net.Listener

	mu    sync.Mutex
	codes map[string][]string // six digits, by address, oldest first
	texts map[string][]string // all that came, by address; once by its Message-ID, as readers show it
	ids   map[string]bool
}

func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{listener: listener, codes: map[string][]string{}, texts: map[string][]string{}, ids: map[string]bool{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { m.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return m
}

func (m *mailbox) port() int { return m.listener.Addr().(*net.TCPAddr).Port }

// serve takes one mail, or as many as come.
func (m *mailbox) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 mail.example.com ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.ToUpper(verb) {
		case "DATA":
			say("354 go on")
			if !m.keep(in) {
				return
			}
			say("250 2.0.0 queued")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// keep reads a mail up to its dot. A mail that was cut off is none.
func (m *mailbox) keep(in *bufio.Reader) bool {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	letter, err := mail.ReadMessage(strings.NewReader(text.String()))
	if err != nil {
		return false
	}
	body := letter.Body
	switch strings.ToLower(letter.Header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	plain, err := io.ReadAll(body)
	to, _ := letter.Header.AddressList("To")
	if err != nil || len(to) != 1 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if id := letter.Header.Get("Message-ID"); id == "" || !m.ids[id] {
		m.ids[id] = true
		m.texts[to[0].Address] = append(m.texts[to[0].Address], string(plain))
	}
	if code := sixDigits.FindString(string(plain)); code != "" {
		m.codes[to[0].Address] = append(m.codes[to[0].Address], code)
	}
	return true
}

// about counts the mails to an address that hold a word.
func (m *mailbox) about(address, word string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, text := range m.texts[address] {
		if strings.Contains(text, word) {
			n++
		}
	}
	return n
}

// newest is the code of the last mail to an address, and how many came.
func (m *mailbox) newest(address string) (code string, count int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.codes[address]
	if len(all) == 0 {
		return "", 0
	}
	return all[len(all)-1], len(all)
}

// told reports whether a mail to an address says something.
func (m *mailbox) told(address, what string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.texts[address], func(text string) bool { return strings.Contains(text, what) })
}
