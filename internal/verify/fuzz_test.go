package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/guard"
	"quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/source"
	"quartet/internal/verify"
	"quartet/internal/web"
)

// tally is a ledger in memory that says yes to everything and counts what is charged.
type tally struct{ charges, refusals int }

func (*tally) Left(string, string, time.Time) quartet.ErrorCode { return "" }

func (l *tally) Charge(_ context.Context, c *quartet.Call, units int64, _ quartet.Claim) error {
	l.charges++
	c.Charged = units
	return nil
}

func (*tally) Reserve(_ context.Context, h quartet.Hold) (quartet.Hold, error) { return h, nil }

func (*tally) Move(context.Context, quartet.Hold) error { return nil }

func (l *tally) Settle(ctx context.Context, _ quartet.Hold, c *quartet.Call, units int64, claim quartet.Claim) error {
	return l.Charge(ctx, c, units, claim)
}

func (l *tally) Release(context.Context, quartet.Hold, *quartet.Call) error {
	l.refusals++
	return nil
}

func (l *tally) Record(quartet.Call) { l.refusals++ }

func (*tally) Claim(context.Context, quartet.Claim) (prior quartet.Claim, found bool, err error) {
	return quartet.Claim{}, false, nil
}

func (*tally) Unclaim(quartet.Fingerprint) {}

// believer is a source to whom everybody is a match, and who remembers the last one.
type believer struct {
	asked int
	last  quartet.Elements
}

func (b *believer) Verify(_ context.Context, q source.Query) (source.Answer, error) {
	b.asked++
	b.last = q.Elements
	return source.Answer{Verdict: quartet.Match}, nil
}

// silent is a log that nobody reads.
type silent struct{}

func (silent) Call(*web.Event)              {}
func (silent) Fault(string, string, []byte) {}

// bench is a road over them, called without a network.
type bench struct {
	service *verify.Service
	book    *tally
	source  *believer
}

func newBench() *bench {
	hasher := seal.NewHasher([32]byte{1})
	b := &bench{book: &tally{}, source: &believer{}}
	callers := auth.New(hasher, plain)
	callers.Replace([]quartet.Account{{ID: "acc"}}, []quartet.Credential{
		{ID: "c1", Account: "acc", Kind: quartet.KindAppCode, Hash: hasher.Sum("appcode", appCode)},
		{ID: "c2", Account: "acc", Kind: quartet.KindKey, Hash: hasher.Sum("key", key)},
		{ID: "c3", Account: "acc", Kind: quartet.KindAppKey, Hash: hasher.Sum("appkey", appKey), Sealed: []byte(appSecret)},
	})
	b.service = verify.New(verify.Options{
		Ledger: b.book, Router: route.New([]route.Entry{{Source: quartet.Source{Name: "believer", Kind: quartet.SourceRegistry, On: true}, Asker: b.source}}, route.Options{}),
		Guard: guard.New(guard.Config{}), Callers: callers, Signatures: auth.NewSignatures(callers, hasher, auth.NewNonces(1000)), Limiter: guard.NewRates(10), Strangers: guard.NewRates(10), Issuer: quartet.NewSeqNoIssuer(0, 0, time.Now),
		Numbers: quartet.NewSeqNoCipher([16]byte{7}), Params: hasher, Card: hasher, Claims: hasher,
		Log: silent{}, Metrics: uncounted{}, Deadline: time.Second,
	})
	b.service.SetProducts([]quartet.Product{quartet.FourElements()})
	return b
}

// message is what a fuzzer made up.
type message struct {
	contentType, query string
	body               []byte
	withCode           bool
}

func (b *bench) send(m message) *httptest.ResponseRecorder {
	r := &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: path, RawQuery: m.query}, Header: http.Header{},
		Body: http.NoBody, ContentLength: int64(len(m.body)), RemoteAddr: "127.0.0.1:1",
	}
	if len(m.body) > 0 {
		r.Body = readCloser{bytes.NewReader(m.body)}
	}
	if m.contentType != "" {
		r.Header.Set("Content-Type", m.contentType)
	}
	if m.withCode {
		r.Header.Set("Authorization", "APPCODE "+appCode)
	}
	w := httptest.NewRecorder()
	b.service.ServeHTTP(w, r)
	return w
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// answerShape is every answer there can be: nothing in it comes from the message.
var answerShape = regexp.MustCompile(`^\{"code":"(100[0-2][0-9])","message":"([^"]+)","data":(null|\{"state":"1"\}),"seqNo":"[0-9A-Z]{8}[0-9]{10}"\}$`)

// check holds an answer against what must be true of every one, and returns its code.
func (b *bench) check(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	for name := range w.Header() {
		switch name {
		case "Content-Type", "X-Ca-Request-Id", "X-Ca-Error-Code", "X-Ca-Error-Message":
		default:
			t.Errorf("an answer has the header %s", name)
		}
	}
	if w.Code != http.StatusOK {
		if w.Body.Len() != 0 || b.book.charges != 0 || b.book.refusals != 0 {
			t.Errorf("%d with %d bytes, %d charges, %d rows", w.Code, w.Body.Len(), b.book.charges, b.book.refusals)
		}
		return w.Header().Get("X-Ca-Error-Code")
	}
	part := answerShape.FindStringSubmatch(w.Body.String())
	if part == nil {
		t.Fatalf("the answer has another shape: %s", w.Body)
	}
	code, ok := part[1], false
	for _, c := range quartet.Codes() {
		ok = ok || c.Code.String() == code && c.Message == part[2]
	}
	verdict := code == "10000"
	if !ok || verdict != (part[3] != "null") {
		t.Errorf("code, message and data do not belong together: %s", w.Body)
	}
	if want := map[bool]int{true: 1}[verdict]; b.book.charges != want || b.source.asked != want || b.book.refusals != 1-want {
		t.Errorf("%s: %d charges, %d questions, %d refusals", code, b.book.charges, b.source.asked, b.book.refusals)
	}
	return code
}

// said is what a message says by another reader: each parameter with all its values.
type said map[string][]string

// foretell tells the code that a message of a known caller must get, and who it asks about.
func (s said) foretell() (string, quartet.Elements) {
	var raw quartet.Raw
	for name, to := range map[string]*string{"name": &raw.Name, "idcard": &raw.ID, "acc_no": &raw.Card, "mobile": &raw.Mobile} {
		for i, v := range s[name] {
			if i > 0 && v != *to {
				return "10006", quartet.Elements{}
			}
			*to = v
		}
	}
	for _, v := range []string{raw.Name, raw.ID, raw.Card, raw.Mobile} {
		if strings.TrimSpace(v) == "" {
			return "10008", quartet.Elements{}
		}
	}
	e, rej := quartet.Normalize(raw, quartet.NeedAll, time.Now())
	switch {
	case rej != nil && rej.Code == quartet.RejectMissing:
		return "10008", e
	case rej != nil:
		return "10001", e
	}
	return "10000", e
}

// secrets reports whether a parameter may be one that must never be sent here: then 10001
// comes before the rest.
func (s said) secrets() bool {
	for name := range s {
		switch name {
		case "name", "idcard", "acc_no", "mobile", "key":
		default:
			return true
		}
	}
	return false
}

// readable reports whether every name and value is text.
func (s said) readable() bool {
	for name, values := range s {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(values, "\x00")) {
			return false
		}
	}
	return true
}

// agree holds the road's answer against the other reader's.
func (b *bench) agree(t *testing.T, s said, code string) {
	t.Helper()
	if !s.readable() {
		if code != "10009" {
			t.Errorf("what is not UTF-8 gets %s", code)
		}
		return
	}
	want, who := s.foretell()
	if code == "10001" && s.secrets() && want != "10006" {
		return
	}
	if code != want {
		t.Errorf("answered %s, want %s", code, want)
	}
	if code == "10000" && b.source.last != who {
		t.Error("the source was asked about somebody else")
	}
}

const goodForm = "name=%E5%BC%A0%E4%B8%89&idcard=" + goodID + "&acc_no=" + cardMatch + "&mobile=" + goodPhone

func FuzzForm(f *testing.F) {
	f.Add("", []byte(goodForm))
	f.Add(goodForm, []byte(""))
	f.Add("mobile="+goodPhone+"&x=%2", []byte(goodForm))
	f.Add("", []byte(goodForm+"&mobile=13900139000"))
	f.Add("", []byte(goodForm+"&cvv2=123"))
	f.Add("", []byte("name=%D5%C5%C8%FD&acc_no="+cardMatch))
	f.Add("", []byte(strings.Replace(goodForm, cardMatch, "6200+0000+0000+0000+018", 1)))
	f.Add("", []byte("name=%25E5%25BC%25A0&&=&==&acc_no=+"))
	f.Add("", []byte("name=%E5&%BC%A0=1&idcard="+goodID+"&acc_no="+cardMatch+"&mobile="+goodPhone))
	f.Add("", []byte("remark=%E5&"+goodForm+"&%BC%A0=1"))
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		b := newBench()
		code := b.check(t, b.send(message{contentType: "application/x-www-form-urlencoded; charset=UTF-8", query: query, body: body, withCode: true}))
		if first := bytes.TrimLeft(body, " \t\r\n"); len(body) > 64<<10 || len(first) > 0 && first[0] == '{' {
			return // too large, or perhaps JSON: other tests
		}
		inQuery, err := url.ParseQuery(query)
		inBody, err2 := url.ParseQuery(string(body))
		if err != nil || err2 != nil {
			return
		}
		all := said(inQuery)
		for name, values := range inBody {
			all[name] = append(all[name], values...)
		}
		b.agree(t, all, code)
	})
}

// parameters reads the strings of a JSON object with the standard library. ok is false
// where the two readers need not agree: no object, no strings, damaged text.
func parameters(body []byte) (s said, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	s = said{}
	for d.More() {
		t, err := d.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || d.Decode(&value) != nil {
			return nil, false
		}
		switch name {
		case "name", "idcard", "acc_no", "mobile", "key":
		default:
			s[name] = append(s[name], "")
			continue
		}
		if string(value) == "null" {
			continue
		}
		var text string
		if json.Unmarshal(value, &text) != nil {
			return nil, false
		}
		s[name] = append(s[name], text)
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) { // something follows
		return nil, false
	}
	return s, true
}

func FuzzJSON(f *testing.F) {
	good := `{"acc_no":"` + cardMatch + `","idcard":"` + goodID + `","mobile":"` + goodPhone + `","name":"` + goodName + `"`
	for _, tail := range []string{`}`, `,"remark":{"a":[1,null]}}`, `,"mobile":"13900139000"}`, `,"name":null} `, `,"cvv":1}`, `,"name":"\u5f20\u4e09"}`, `}}`, `,}`, ``} {
		f.Add([]byte(good + tail))
	}
	f.Add([]byte(`{"name":"` + goodName + `","acc_no":` + cardMatch + `}`))
	f.Add([]byte(`[{"name":"x"}]`))
	f.Add([]byte("{\"name\":\"\xd5\xc5\"}"))
	f.Add([]byte(`{"name":"\ud800"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		// Halves of surrogate pairs are refused here and replaced by the other reader.
		b := newBench()
		code := b.check(t, b.send(message{contentType: "application/json", body: body, withCode: true}))
		if len(body) > 64<<10 || !utf8.Valid(body) || bytes.Contains(bytes.ToLower(body), []byte(`\ud`)) {
			if code == "10000" && !utf8.Valid(body) {
				t.Error("damaged text was answered")
			}
			return
		}
		s, ok := parameters(body)
		switch {
		case ok:
			b.agree(t, s, code)
		case len(bytes.TrimSpace(body)) > 0 && code != "10009":
			t.Errorf("what is no object of strings gets %s", code)
		}
	})
}

// FuzzMessage looks for a message of any type, with a credential or without, that is
// answered in another way than any message may be.
func FuzzMessage(f *testing.F) {
	f.Add("", goodForm, []byte("{}"), true)
	f.Add("application/json;charset=\"utf-8\"", "key="+key, []byte(`{"name":1}`), false)
	f.Add("text/plain", "", []byte(goodForm), true)
	f.Add("application/x-www-form-urlencoded;charset=GBK", "key="+key+"&key=", []byte("a"), false)
	f.Add("application/x-www-form-urlencoded", "", []byte(` {"key":"`+key+`","name":"`+goodName+`"}`), false)
	f.Add("application/x-www-form-urlencoded", "", []byte(goodForm+"&key="+key), false)
	f.Add("", "", []byte("%&key="+key), false)
	f.Fuzz(func(t *testing.T, contentType, query string, body []byte, withCode bool) {
		b := newBench()
		code := b.check(t, b.send(message{contentType, query, body, withCode}))
		if !withCode && code != "A400MA" && code != "10005" && code != "I413RL" {
			for pair := range strings.SplitSeq(query+"&"+string(body), "&") {
				if plain, err := url.QueryUnescape(pair); err == nil && strings.Contains(plain, key) {
					return // it has one: its key
				}
			}
			if !bytes.Contains(body, []byte(`\u`)) {
				t.Errorf("a caller without a credential got %s", code)
			}
		}
	})
}
