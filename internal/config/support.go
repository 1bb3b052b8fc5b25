package config

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Support is how buyers reach support. What is empty is not shown.
type Support struct {
	Phone   string
	Line400 string
	Mail    string // is told of tickets that nobody of support has seen, too
	Hours   string
	Wait    time.Duration // in which a chat is answered, before it becomes a ticket
}

const (
	maxLine     = 60
	maxChatWait = time.Hour
)

func supportSettings() []Setting {
	return []Setting{
		text("support.phone", "telephone number of support, shown where a failure is shown", func(c *Config) *string { return &c.Support.Phone }),
		text("support.line400", "400 number of support", func(c *Config) *string { return &c.Support.Line400 }),
		text("support.mail", "mailbox of support; it is told of tickets that wait, too", func(c *Config) *string { return &c.Support.Mail }),
		text("support.hours", "when somebody answers, in words", func(c *Config) *string { return &c.Support.Hours }),
		duration("support.wait", "in which a chat is answered, before it becomes a ticket", func(c *Config) *time.Duration { return &c.Support.Wait }),
	}
}

// checkSupport finds lines that nobody could reach.
func (l *Loaded) checkSupport(bad func(key, format string, args ...any)) {
	s := l.Support
	for key, number := range map[string]string{"support.phone": s.Phone, "support.line400": s.Line400} {
		if len(number) > maxLine || number != "" && (strings.Trim(number, "0123456789+- ") != "" || !strings.ContainsAny(number, "0123456789")) {
			bad(key, "must be digits, blanks, + and -")
		}
	}
	if n := strings.NewReplacer(" ", "", "-", "").Replace(s.Line400); n != "" && (len(n) != 10 || n[:3] != "400") {
		bad("support.line400", "must be a number of ten digits that begins with 400")
	}
	if a, err := mail.ParseAddress(s.Mail); s.Mail != "" && (err != nil || a.Address != s.Mail) {
		bad("support.mail", "must be an address such as support@example.com")
	}
	if utf8.RuneCountInString(s.Hours) > maxLine || strings.ContainsFunc(s.Hours, unicode.IsControl) {
		bad("support.hours", "must be one line of at most %d characters", maxLine)
	}
	if s.Wait <= 0 || s.Wait > maxChatWait {
		bad("support.wait", "must be above 0 and at most %v", maxChatWait)
	}
}
