package app

import (
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/obs"
	"quartet/internal/web"
)

// callLog is the web.Logger of a node. The line of a call is put together by hand: it is
// written once a call, on the road. Every text in it is an id or a code of our own; what
// comes from outside is quoted.
type callLog struct {
	lines  *obs.Lines // nil: the level asks for no lines of calls
	json   bool
	log    *slog.Logger
	second atomic.Pointer[second] // of the last line
	pool   sync.Pool              // *line
}

// second is the text of a second, since thousands of lines may share it.
type second struct {
	unix int64
	text [19]byte
}

// Call implements web.Logger.
func (c *callLog) Call(e *web.Event) {
	if c.lines == nil {
		return
	}
	l, ok := c.pool.Get().(*line)
	if !ok {
		l = &line{json: c.json}
	}
	defer c.pool.Put(l)
	c.begin(l, e.Time)
	l.text("seq_no", e.SeqNo)
	l.text("account", e.Account)
	l.text("credential", e.Credential)
	l.text("product", e.Product)
	l.text("code", e.Code.String())
	l.text("state", e.Verdict.State())
	l.text("reason", string(e.Reason))
	l.number("charged", e.Charged)
	l.text("grant_id", e.Grant)
	l.text("source", e.Source)
	l.number("latency_us", e.Latency.Microseconds())
	l.text("request_id", e.RequestID)
	l.text("remote", e.Remote)
	if e.Replayed {
		l.text("replayed", "true")
	}
	if e.Reused {
		l.text("reused", "true")
	}
	_, _ = c.lines.Write(l.end()) // fails only when the node has stopped
}

// Fault implements web.Logger.
func (c *callLog) Fault(reference, what string, stack []byte) {
	c.log.Error("an unexpected fault", "reference", reference, "what", what, "stack", string(stack))
}

// line is a line of the log in the making. Empty texts are left out.
type line struct {
	buf  []byte
	json bool
}

// begin writes the time, as in 2026-01-02T15:04:05.000000+08:00, and the fixed part.
func (c *callLog) begin(l *line, at time.Time) {
	sec := c.second.Load()
	if unix := at.Unix(); sec == nil || sec.unix != unix {
		sec = &second{unix: unix}
		at.In(quartet.Shanghai).AppendFormat(sec.text[:0], "2006-01-02T15:04:05")
		c.second.Store(sec)
	}
	if l.json {
		l.buf = append(l.buf[:0], `{"time":"`...)
	} else {
		l.buf = append(l.buf[:0], "time="...)
	}
	l.buf = append(l.buf, sec.text[:]...)
	l.buf = append(l.buf, '.')
	for us, div := at.Nanosecond()/1000, 100_000; div > 0; div /= 10 {
		l.buf = append(l.buf, byte('0'+us/div%10))
	}
	l.buf = append(l.buf, "+08:00"...)
	if l.json {
		l.buf = append(l.buf, `","level":"INFO","msg":"call"`...)
		return
	}
	l.buf = append(l.buf, " level=INFO msg=call"...)
}

func (l *line) key(k string) {
	if l.json {
		l.buf = append(l.buf, ',', '"')
		l.buf = append(l.buf, k...)
		l.buf = append(l.buf, '"', ':')
		return
	}
	l.buf = append(l.buf, ' ')
	l.buf = append(l.buf, k...)
	l.buf = append(l.buf, '=')
}

func (l *line) text(k, v string) {
	if v == "" {
		return
	}
	l.key(k)
	switch {
	case !plain(v):
		l.buf = appendQuoted(l.buf, v)
	case l.json:
		l.buf = append(l.buf, '"')
		l.buf = append(l.buf, v...)
		l.buf = append(l.buf, '"')
	default:
		l.buf = append(l.buf, v...)
	}
}

func (l *line) number(k string, n int64) {
	l.key(k)
	l.buf = strconv.AppendInt(l.buf, n, 10)
}

func (l *line) end() []byte {
	if l.json {
		l.buf = append(l.buf, '}')
	}
	return append(l.buf, '\n')
}

// plain reports whether a text needs no quoting anywhere.
func plain(s string) bool {
	for i := range len(s) {
		b := s[i]
		if b <= ' ' || b >= 0x7f || b == '"' || b == '\\' || b == '=' {
			return false
		}
	}
	return true
}

// appendQuoted quotes a text as JSON does; strconv's quoting is Go's, not JSON's.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}
