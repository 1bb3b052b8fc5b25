package debug_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/debug"
	"quartet/internal/seal"
	"quartet/internal/web"
)

const secret = "0123456789abcdef0123456789abcdef"

// lender has one credential of a kind.
type lender struct{ kind quartet.CredentialKind }

func (l lender) Lend(context.Context, string, string) (quartet.Credential, string, error) {
	return quartet.Credential{ID: "c1", Account: "alice", Kind: l.kind, AppKey: "123456789", Test: true}, secret, nil
}

// heard is what a road got.
type heard struct {
	request *http.Request
	body    string
	judged  auth.Judged
}

// road answers like the product, once it has found out whether a signature is right.
func road(h *heard) http.Handler {
	hasher := seal.NewHasher([32]byte{7})
	d := auth.New(hasher, func(sealed []byte, _ string) ([]byte, error) { return sealed, nil })
	d.Replace([]quartet.Account{{ID: "alice"}}, []quartet.Credential{
		{ID: "c1", Account: "alice", Kind: quartet.KindAppKey, Hash: hasher.Sum("appkey", "123456789"), Sealed: []byte(secret)},
	})
	judge := auth.NewSignatures(d, hasher, auth.NewNonces(100))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		h.request, h.body = r, string(b)
		q := auth.Request{Method: r.Method, Path: r.URL.EscapedPath(), Host: r.Host, Header: r.Header, Body: b}
		q.Query, _, _ = web.AppendParams(nil, nil, []byte(r.URL.RawQuery))
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			q.Form, _, _ = web.AppendParams(nil, nil, b)
		}
		h.judged = judge.Judge(&q, time.Now())
		w.Header().Set("X-Ca-Request-Id", "R")
		_, _ = w.Write([]byte(`{"code":"10000"}`))
	})
}

func draft(change ...func(*debug.Draft)) *debug.Draft {
	d := &debug.Draft{
		Path: "/communication/personal/1887", Credential: "c1", From: httptest.NewRequest(http.MethodPost, "http://house.example/", http.NoBody),
		Form: []debug.Field{{Name: "name", Value: "郑天辉"}, {Name: "mobile", Value: "139 52"}},
	}
	d.From.RemoteAddr = "192.0.2.7:1234"
	for _, f := range change {
		f(d)
	}
	return d
}

func call(t *testing.T, kind quartet.CredentialKind, d *debug.Draft) (debug.Report, *heard) {
	t.Helper()
	h := &heard{}
	r, err := debug.New(debug.Options{Lender: lender{kind}, Road: road(h), Now: time.Now}).Call(t.Context(), "tester", d)
	if err != nil {
		t.Fatal(err)
	}
	return r, h
}

func TestCall_SendsWhatTheDraftSaysFromWhereItCame(t *testing.T) {
	t.Parallel()
	r, h := call(t, quartet.KindAppCode, draft(func(d *debug.Draft) {
		d.Query = []debug.Field{{Name: "a", Value: "1 2"}}
		d.Headers = []debug.Field{{Name: "X-Ca-Stage", Value: "TEST"}, {Name: "accept", Value: ""}}
	}))
	if h.request.RemoteAddr != "192.0.2.7:1234" || h.request.Host != "house.example" || h.request.URL.RawQuery != "a=1+2" {
		t.Errorf("from %s, to %s, with %s", h.request.RemoteAddr, h.request.Host, h.request.URL.RawQuery)
	}
	if got := h.request.Header.Get("Authorization"); got != "APPCODE "+secret {
		t.Errorf("authorised by %q", got)
	}
	if _, sent := h.request.Header["Accept"]; sent || h.request.Header.Get("X-Ca-Stage") != "TEST" {
		t.Errorf("headers %v", h.request.Header)
	}
	const body = "name=%E9%83%91%E5%A4%A9%E8%BE%89&mobile=139+52"
	if h.body != body || r.Request.Body != body || r.Request.Target != "/communication/personal/1887?a=1+2" {
		t.Errorf("sent %q, shown %q at %q", h.body, r.Request.Body, r.Request.Target)
	}
	if r.Answer.Status != http.StatusOK || r.Answer.Body != `{"code":"10000"}` || r.Answer.Headers[0] != (debug.Field{Name: "X-Ca-Request-Id", Value: "R"}) || !r.Test {
		t.Errorf("answered %+v", r.Answer)
	}
}

func TestCall_NeverShowsTheSecret(t *testing.T) {
	t.Parallel()
	for _, kind := range []quartet.CredentialKind{quartet.KindAppCode, quartet.KindKey, quartet.KindAppKey} {
		r, h := call(t, kind, draft())
		for _, f := range append(r.Request.Headers, debug.Field{Value: r.Request.Body}) {
			if strings.Contains(f.Value, secret) {
				t.Errorf("%s: %q shows the secret", kind, f)
			}
		}
		if kind == quartet.KindKey && (!strings.HasSuffix(h.body, "&key="+secret) || !strings.HasSuffix(r.Request.Body, "&key="+debug.Mask)) {
			t.Errorf("the key is sent as %q and shown as %q", h.body, r.Request.Body)
		}
	}
}

func TestCall_SignsAsTheServerReadsIt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*debug.Draft){
		"as documented":       func(*debug.Draft) {},
		"with a query":        func(d *debug.Draft) { d.Query = []debug.Field{{Name: "z", Value: "1"}, {Name: "a", Value: "張&="}} },
		"by the other method": func(d *debug.Draft) { d.Headers = []debug.Field{{Name: "x-ca-signature-method", Value: "HmacSHA1"}} },
		"without other header": func(d *debug.Draft) {
			d.Headers = []debug.Field{{Name: "X-Ca-Signature-Headers"}, {Name: "Content-Type"}}
		},
		"over another header": func(d *debug.Draft) {
			d.Headers = []debug.Field{{Name: "X-Ca-Signature-Headers", Value: "Host,X-Mine"}, {Name: "X-Mine", Value: "1"}, {Name: "Date", Value: "today"}}
		},
	} {
		r, h := call(t, quartet.KindAppKey, draft(change))
		if h.judged.Gateway != web.NoGateway || !r.Signature.Right {
			t.Errorf("%s: %q; %s", name, h.judged.Gateway.Text().Message, h.judged.ToSign)
		}
	}
}

func TestCall_LaysTheStringOfAnotherProgramBesideItsOwn(t *testing.T) {
	t.Parallel()
	r, h := call(t, quartet.KindAppKey, draft(func(d *debug.Draft) {
		d.Headers = []debug.Field{{Name: "X-Ca-Signature", Value: "bWluZQ=="}, {Name: "X-Ca-Signature-Headers", Value: "X-Ca-Key"}}
		d.Signed = "POST\napplication/json\n\napplication/x-www-form-urlencoded\n\nX-Ca-Key:123456789\n/communication/personal/1887?name=x"
	}))
	if h.judged.Gateway != web.WrongSignature || r.Signature.Right || r.Signature.Sent != "bWluZQ==" {
		t.Errorf("judged %q, %+v", h.judged.Gateway.Text().Message, r.Signature)
	}
	var differ []string
	for _, p := range r.Signature.Parts {
		if p.Differs {
			differ = append(differ, p.Kind)
		}
	}
	if got := strings.Join(differ, " "); got != "content_type resource" {
		t.Errorf("these differ: %s", got)
	}
}

func TestCall_RefusesWhatNoRequestCanHold(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*debug.Draft){
		"another's authorisation": func(d *debug.Draft) { d.Headers = []debug.Field{{Name: "authorization", Value: "APPCODE x"}} },
		"an address that is not":  func(d *debug.Draft) { d.Headers = []debug.Field{{Name: "X-Forwarded-For", Value: "192.0.2.1"}} },
		"a second line":           func(d *debug.Draft) { d.Headers = []debug.Field{{Name: "X-A", Value: "1\r\nX-B: 2"}} },
		"a name that is none":     func(d *debug.Draft) { d.Headers = []debug.Field{{Name: "X A", Value: "1"}} },
		"a long address":          func(d *debug.Draft) { d.Query = []debug.Field{{Name: "a", Value: strings.Repeat("x", 9000)}} },
	} {
		_, err := debug.New(debug.Options{Lender: lender{quartet.KindAppCode}, Road: road(&heard{}), Now: time.Now}).Call(t.Context(), "tester", draft(change))
		if quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCall_SaysThatNobodyKnowsWhenTheRoadBreaksOff(t *testing.T) {
	t.Parallel()
	broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := debug.New(debug.Options{Lender: lender{quartet.KindAppCode}, Road: broken, Now: time.Now}).Call(t.Context(), "tester", draft())
	if quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestCall_TakesTheTimeOfEachStep(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { at = at.Add(time.Millisecond); return at }
	r, err := debug.New(debug.Options{Lender: lender{quartet.KindAppCode}, Road: road(&heard{}), Now: clock}).Call(t.Context(), "tester", draft())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range r.Steps {
		names = append(names, string(s.Name))
		if s.Took <= 0 {
			t.Errorf("%s took %v", s.Name, s.Took)
		}
	}
	if got := strings.Join(names, " "); got != "open write read road show" {
		t.Errorf("steps: %s", got)
	}
}
