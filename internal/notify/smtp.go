package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"quartet"
)

// Security is how the way to a mail server is kept from others' eyes.
type Security string

// The kinds of security.
const (
	SecurityStartTLS Security = "starttls" // mandatory: a server that does not offer it gets nothing
	SecurityTLS      Security = "tls"      // from the first byte
	SecurityNone     Security = "none"     // only to this machine itself
)

// SMTPOptions say where e-mails are handed over.
type SMTPOptions struct {
	Host     string
	Port     int // 0: 587, or 465 for SecurityTLS
	Security Security
	Username string // empty: the server takes mail from us without
	Password string // from a file or sealed; never from a command line
	From     string // the address of the sender
	Name     string // of the sender, as readers see it
	TLS      *tls.Config
}

const smtpTimeout = 15 * time.Second

// SMTP hands e-mails to a mail server.
type SMTP struct{ o SMTPOptions }

// NewSMTP checks the options; the server is asked when there is something to send. ErrInvalid.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	from, err := quartet.ParseAddress(o.From)
	if err != nil || from.Channel() != quartet.ChannelEmail {
		return nil, invalid("from", "the sender's address is not an e-mail address")
	}
	o.From, o.Security = from.Reveal(), cmp.Or(o.Security, SecurityStartTLS)
	o.TLS = cmp.Or(o.TLS, &tls.Config{ServerName: o.Host, MinVersion: tls.VersionTLS12})
	switch o.Security {
	case SecurityStartTLS:
		o.Port = cmp.Or(o.Port, 587)
	case SecurityTLS:
		o.Port = cmp.Or(o.Port, 465)
	case SecurityNone:
		if !loopback(o.Host) {
			return nil, invalid("security", "mails would cross the net in clear; use starttls or tls, none is for a mail server on this machine")
		}
		o.Port = cmp.Or(o.Port, 25)
	default:
		return nil, invalid("security", "must be starttls, tls or none")
	}
	s := &SMTP{o: o}
	if _, err := s.client((&net.Dialer{}).DialContext); err != nil {
		return nil, invalid("host", "the mail server cannot be used: %v", err)
	}
	return s, nil
}

// client makes the client of one mail. dial connects, behind TLS where that begins at once.
func (s *SMTP) client(dial mail.DialContextFunc) (*mail.Client, error) {
	policy := mail.TLSMandatory
	switch s.o.Security {
	case SecurityTLS: // which dial has seen to
		policy = mail.TLSOpportunistic
	case SecurityNone:
		policy = mail.NoTLS
	case SecurityStartTLS:
	}
	options := []mail.Option{
		mail.WithPort(s.o.Port), mail.WithTimeout(smtpTimeout), mail.WithTLSConfig(s.o.TLS), mail.WithTLSPolicy(policy), mail.WithDialContextFunc(dial),
	}
	if s.o.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.o.Username), mail.WithPassword(s.o.Password))
	}
	return mail.NewClient(s.o.Host, options...)
}

// Mail hands one e-mail over.
func (s *SMTP) Mail(ctx context.Context, m Mail) error {
	msg := mail.NewMsg()
	msg.SetMessageIDWithValue(m.ID + "@" + s.o.From[strings.IndexByte(s.o.From, '@')+1:])
	msg.SetDate()
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	if err := msg.FromFormat(s.o.Name, s.o.From); err != nil {
		return quartet.Errorf(quartet.ErrInvalid, "the sender cannot be written into a mail")
	}
	if err := msg.To(m.To.Reveal()); err != nil {
		return quartet.Errorf(quartet.ErrInvalid, "the address cannot be written into a mail")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*smtpTimeout)
	defer cancel()
	// The library leaves a connection open over which it could not sign in, so it is
	// closed here.
	var conn net.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close() // it was closed already when all went well
		}
	}()
	client, err := s.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		var err error
		if s.o.Security == SecurityTLS {
			conn, err = (&tls.Dialer{Config: s.o.TLS}).DialContext(ctx, network, address)
		} else {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		}
		if err != nil {
			conn = nil
		}
		return conn, err
	})
	if err != nil {
		return quartet.Errorf(quartet.ErrInvalid, "the mail server cannot be used")
	}
	return smtpFault(client.DialAndSendWithContext(ctx, msg))
}

// smtpFault says what went wrong by its code, not in the server's words: those repeat
// addresses. A refusal for good is ErrInvalid, everything else may be tried again.
func smtpFault(err error) error {
	if err == nil {
		return nil
	}
	var (
		sending *mail.SendError
		reply   *textproto.Error
		network net.Error
	)
	code := 0
	switch {
	case errors.As(err, &sending):
		code = sending.ErrorCode()
		if code == 0 && errors.As(err, &reply) {
			code = reply.Code
		}
		// Only what concerns this mail is for good; who is not let in may be let in later.
		if !sending.IsTemp() && code >= 550 && code <= 554 {
			return quartet.Errorf(quartet.ErrInvalid, "the mail server refuses this mail for good (%d)", code)
		}
	case errors.As(err, &reply):
		code = reply.Code
	case errors.Is(err, context.DeadlineExceeded):
		return quartet.Errorf(quartet.ErrTimeout, "the mail server did not answer in time")
	case errors.As(err, &network):
		return quartet.Errorf(quartet.ErrUnavailable, "the mail server cannot be reached")
	}
	if code > 0 {
		return quartet.Errorf(quartet.ErrUnavailable, "the mail server answered %d", code)
	}
	return quartet.Errorf(quartet.ErrUnavailable, "the mail server cannot be talked to; does it offer the security and the sign-in that are set?")
}

func invalid(field, format string, args ...any) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// loopback reports whether only this machine is reached by a host.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
