package notify_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"quartet"
	"quartet/internal/notify"
)

// mailServer speaks as much SMTP as a mail needs.
type mailServer struct {
	listener net.Listener
	tls      *tls.Config
	trust    *x509.CertPool
	starttls bool
	implicit bool              // TLS from the first byte
	refuse   map[string]string // by verb

	mu    sync.Mutex
	lines []string // what clients said
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	donor := httptest.NewTLSServer(nil) // for its certificate
	defer donor.Close()
	s := &mailServer{tls: &tls.Config{Certificates: donor.TLS.Certificates}, trust: x509.NewCertPool(), starttls: true, refuse: map[string]string{}}
	s.trust.AddCert(donor.Certificate())
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			if s.implicit {
				conn = tls.Server(conn, s.tls)
			}
			serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = s.listener.Close()
		serving.Wait()
	})
	return s
}

func (s *mailServer) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

func (s *mailServer) client(t *testing.T, change func(*notify.SMTPOptions)) *notify.SMTP {
	t.Helper()
	o := notify.SMTPOptions{
		Host: "127.0.0.1", Port: s.port(), From: "shop@example.com", Name: "四要素", Username: "shop", Password: "s3cret",
		TLS: &tls.Config{RootCAs: s.trust, ServerName: "example.com"},
	}
	change(&o)
	c, err := notify.NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *mailServer) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func (s *mailServer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in, secure, data := bufio.NewReader(conn), false, false
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 mail.example.com ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		if data {
			if line == "." {
				data = false
				say("250 2.0.0 queued")
			}
			continue
		}
		verb := strings.ToUpper(strings.Fields(line + " ?")[0])
		if answer := s.refuse[verb]; answer != "" {
			say(answer)
			continue
		}
		switch verb {
		case "EHLO":
			say("250-mail.example.com")
			if s.starttls && !secure {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go ahead")
			safe := tls.Server(conn, s.tls)
			conn, in, secure = safe, bufio.NewReader(safe), true
		case "AUTH":
			say("235 2.7.0 ok")
		case "DATA":
			data = true
			say("354 go on")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

func TestSMTP_HandsAMailOverBehindTLS(t *testing.T) {
	s := newMailServer(t)
	c := s.client(t, func(*notify.SMTPOptions) {})
	if err := c.Mail(t.Context(), notify.Mail{ID: "m1", To: address(t, "zhang@example.com"), Subject: "验证码", Text: "验证码 482913"}); err != nil {
		t.Fatal(err)
	}
	said := s.said()
	for _, want := range []string{"STARTTLS", "AUTH PLAIN", "MAIL FROM:<shop@example.com>", "RCPT TO:<zhang@example.com>", "Message-ID: <m1@example.com>"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing was said of %q in\n%s", want, said)
		}
	}
	if strings.Index(said, "AUTH") < strings.Index(said, "STARTTLS") {
		t.Error("the password was said in clear")
	}
}

func TestSMTP_HandsAMailOverToAServerThatBeginsWithTLS(t *testing.T) {
	s := newMailServer(t)
	s.implicit, s.starttls = true, false
	c := s.client(t, func(o *notify.SMTPOptions) { o.Security = notify.SecurityTLS })
	if err := c.Mail(t.Context(), notify.Mail{ID: "m1", To: address(t, "zhang@example.com"), Subject: "验证码", Text: "验证码 482913"}); err != nil {
		t.Fatal(err)
	}
	if said := s.said(); !strings.Contains(said, "AUTH PLAIN") || !strings.Contains(said, "RCPT TO:<zhang@example.com>") {
		t.Errorf("it said\n%s", said)
	}
}

func TestSMTP_SaysNothingInClear(t *testing.T) {
	s := newMailServer(t)
	s.starttls = false
	mail := notify.Mail{ID: "m1", To: address(t, "zhang@example.com"), Subject: "验证码", Text: "482913"}
	err := s.client(t, func(*notify.SMTPOptions) {}).Mail(t.Context(), mail)
	if quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("a server without STARTTLS: %v", err)
	}
	s.starttls = true
	err = s.client(t, func(o *notify.SMTPOptions) { o.TLS = &tls.Config{ServerName: "example.com"} }).Mail(t.Context(), mail)
	if quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("a server that nobody vouches for: %v", err)
	}
	if said := s.said(); strings.Contains(said, "AUTH") || strings.Contains(said, "RCPT") {
		t.Errorf("said in clear:\n%s", said)
	}
	for _, o := range []notify.SMTPOptions{
		{Host: "mail.example.com", From: "shop@example.com", Security: notify.SecurityNone},
		{Host: "mail.example.com", From: "shop@example.com", Security: "some"},
		{Host: "mail.example.com", From: "13900000001"},
		{Host: "", From: "shop@example.com"},
	} {
		if _, err := notify.NewSMTP(o); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if err := s.client(t, func(o *notify.SMTPOptions) { o.Security, o.Username = notify.SecurityNone, "" }).Mail(t.Context(), mail); err != nil {
		t.Errorf("on this machine: %v", err)
	}
}

func TestSMTP_TellsARefusalForGoodFromAPause(t *testing.T) {
	for answer, want := range map[string]quartet.ErrorCode{
		"550 5.1.1 <zhang@example.com> unknown":  quartet.ErrInvalid,
		"451 4.7.1 <zhang@example.com> greylist": quartet.ErrUnavailable,
	} {
		s := newMailServer(t)
		s.refuse["RCPT"] = answer
		err := s.client(t, func(*notify.SMTPOptions) {}).Mail(t.Context(), notify.Mail{ID: "m1", To: address(t, "zhang@example.com"), Text: "482913"})
		if quartet.CodeOf(err) != want || strings.Contains(err.Error(), "zhang") || !strings.Contains(err.Error(), answer[:3]) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	s := newMailServer(t)
	s.refuse["AUTH"] = "535 5.7.8 shop is not let in"
	err := s.client(t, func(*notify.SMTPOptions) {}).Mail(t.Context(), notify.Mail{ID: "m1", To: address(t, "zhang@example.com"), Text: "482913"})
	if quartet.CodeOf(err) != quartet.ErrUnavailable || strings.Contains(err.Error(), "shop") {
		t.Errorf("who is not let in may be let in later: %v", err)
	}
	_ = s.listener.Close()
	err = s.client(t, func(*notify.SMTPOptions) {}).Mail(t.Context(), notify.Mail{ID: "m1", To: address(t, "zhang@example.com"), Text: "482913"})
	if quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("nobody there: %v", err)
	}
}
