package verify

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/web"
)

// maxBody is the largest body that is read, in bytes.
const maxBody = 64 << 10

// exchange is the state of one request; it is pooled.
type exchange struct {
	received time.Time
	remote   string
	ids      web.RequestIDs
	id       []string
	body     []byte
	scratch  []byte
	out      []byte
	query    []web.Param // all that the query says
	form     []web.Param // all that a form says
	fields   fields
	signed   auth.Request
	more     string // what the message of a gateway answer says in addition
	nonce    int64
	wait     time.Duration // until a throttled caller may come again
	event    web.Event
}

func (s *Service) begin(r *http.Request) *exchange {
	x := s.pool.Get().(*exchange) //nolint:forcetypeassert // the pool makes no other
	x.received, x.remote = s.Now(), s.Proxies.Text(r)
	x.id = x.ids.Next()
	x.query, x.form = x.query[:0], x.form[:0]
	x.more, x.nonce, x.wait = "", 0, 0
	return x
}

// end gives the exchange back, its buffers wiped. A panic is told by its type, since its
// value may hold anything, and goes on as one that net/http does not print.
func (s *Service) end(x *exchange) {
	if p := recover(); p != nil {
		if p != http.ErrAbortHandler { //nolint:errorlint // the very value that net/http knows
			s.Log.Fault(x.id[0], fmt.Sprintf("panic with a %T", p), debug.Stack())
		}
		defer panic(http.ErrAbortHandler)
	}
	clear(x.body)
	clear(x.scratch)
	x.scratch = x.scratch[:0]
	clear(x.query)
	clear(x.form)
	x.signed.Wipe()
	x.fields, x.more = fields{}, ""
	s.pool.Put(x)
}

// admit finds the product that a request asks for.
func (s *Service) admit(r *http.Request) (*quartet.Product, web.Gateway) {
	p := (*s.products.Load())[r.URL.Path]
	if p == nil || r.Method != http.MethodPost {
		return nil, web.APINotFound
	}
	// One product is served at every stage; a test credential is what chooses the sandbox.
	switch header(r, "X-Ca-Stage") {
	case "", "RELEASE", "PRE", "TEST":
		return p, web.NoGateway
	default:
		return nil, web.InvalidStage
	}
}

// read takes the whole body, once.
func (x *exchange) read(r *http.Request) web.Gateway {
	if encoding := header(r, "Content-Encoding"); encoding != "" && encoding != "identity" {
		return web.InvalidBody
	}
	if r.ContentLength > maxBody {
		return web.BodyTooLarge
	}
	if r.ContentLength >= 0 {
		n := int(r.ContentLength)
		if cap(x.body) < n {
			x.body = make([]byte, n)
		}
		x.body = x.body[:n]
		if _, err := io.ReadFull(r.Body, x.body); err != nil {
			return web.InvalidBody
		}
		return web.NoGateway
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return web.BodyTooLarge
	case err != nil:
		return web.InvalidBody
	}
	x.body = body
	return web.NoGateway
}

// header is the first value of a header whose name is in its canonical form.
func header(r *http.Request, name string) string {
	if values := r.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (s *Service) gateway(w http.ResponseWriter, x *exchange, g web.Gateway) {
	s.Metrics.Gateway(g.Text().Code)
	if x.wait > 0 {
		w.Header()["Retry-After"] = []string{strconv.FormatInt(int64((x.wait+time.Second-1)/time.Second), 10)}
	}
	g.Write(w, x.id, x.more)
}

// refuse answers a refusal that Verify never saw, and records it.
func (s *Service) refuse(w http.ResponseWriter, x *exchange, p *quartet.Product, caller auth.Caller, code quartet.Code) {
	s.answer(w, x, p, s.refused(s.newCall(caller, Query{Product: p, Received: x.received, Nonce: x.nonce}), code))
}

// answer writes what Verify came to, and tells log and metrics.
func (s *Service) answer(w http.ResponseWriter, x *exchange, p *quartet.Product, a Answer) {
	switch {
	case a.Lost:
		// Nobody can tell whether the call was charged, so no answer would be true: the
		// connection is closed, and the caller asks again under its idempotency key.
		panic(http.ErrAbortHandler)
	case a.Gateway != web.NoGateway:
		x.wait, x.more = a.Wait, a.More
		s.gateway(w, x, a.Gateway)
		return
	}
	c := &a.Call
	x.out = s.appendAnswer(x.out[:0], c, p.Detail)
	if a.Replayed {
		w.Header()["Idempotent-Replayed"] = []string{"true"}
	}
	if c.Reused {
		w.Header()["X-Quartet-Reused"] = []string{"true"}
	}
	web.WriteJSON(w, x.id, x.out)
	took := s.Now().Sub(x.received)
	x.event = web.Event{
		Time: x.received, SeqNo: string(x.out[len(x.out)-2-quartet.SeqNoLen : len(x.out)-2]), RequestID: x.id[0], Remote: x.remote,
		Account: c.Account, Credential: c.Credential, Product: c.Product, Code: c.Code, Verdict: c.Verdict, Reason: c.Reason,
		Charged: c.Charged, Grant: c.Grant, Source: c.Source, Latency: took, Replayed: a.Replayed, Reused: c.Reused,
	}
	s.Log.Call(&x.event)
	s.Metrics.Call(c.Code, c.Charged, took)
}

// appendAnswer writes the answer's bytes in the exact order of fields.
func (s *Service) appendAnswer(b []byte, c *quartet.Call, detail quartet.Detail) []byte {
	b = append(b, `{"code":"`...)
	b = append(b, c.Code.String()...)
	b = append(b, `","message":"`...)
	b = append(b, c.Code.Message()...)
	if c.Code == quartet.CodeOK {
		b = append(b, `","data":{"state":"`...)
		b = append(b, c.Verdict.State()...)
		if (detail == quartet.DetailReason || detail == quartet.DetailElement) && c.Reason != quartet.ReasonNone {
			b = append(b, `","reason":"`...)
			b = append(b, c.Reason...)
		}
		b = append(b, '"')
		if detail == quartet.DetailElement {
			b = appendDiffers(b, c.Differs)
		}
		b = append(b, `},"seqNo":"`...)
	} else {
		b = append(b, `","data":null,"seqNo":"`...)
	}
	b = s.Numbers.Append(b, c.SeqNo)
	return append(b, `"}`...)
}

// appendDiffers names the elements that differ as parameters, always in one order; nothing
// where the source did not tell.
func appendDiffers(b []byte, differs quartet.ElementSet) []byte {
	names := differs.Parameters()
	if len(names) == 0 {
		return b
	}
	b = append(b, `,"differs":["`...)
	b = append(b, strings.Join(names, `","`)...)
	return append(b, `"]`...)
}
