package httpjson_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, name := range httpjson.Shipped() {
		text, err := httpjson.ShippedManifest(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	text, err := os.ReadFile("testdata/every.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := httpjson.Parse(text)
		if err != nil {
			if quartet.CodeOf(err) != quartet.ErrInvalid || err.Error() == "" {
				t.Errorf("got %v", err)
			}
			return
		}
		given := credentials(m)
		src, err := httpjson.New(m, given, httpjson.Options{})
		if err != nil { // a key of the wrong form
			return
		}
		q := ask(t, 1, src.Scope().Needs[0])
		if _, err := src.Rehearse(q); err != nil && quartet.CodeOf(err) == quartet.ErrInternal {
			t.Errorf("rehearsal: %v", err)
		}
	})
}

// FuzzAnswer reads arbitrary answers: a verdict comes only out of what a table calls one,
// and nothing of the person comes back.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"code":"OK","result":"same","detail":"","charged":true,"trade_no":"1"}`, "")
	f.Add(200, `{"code":"OK","result":"different","detail":"name,mobile"}`, "x")
	f.Add(200, `{"code":"OK","code":"OK","result":"same"}`, "")
	f.Add(403, ``, "Quota Exhausted")
	f.Add(200, `{"code":"13900000001"}`, "")
	f.Add(200, "\xef\xbb\xbf{\"code\":\"OK\",\"result\":\"unknown\"}", "")
	var list []*httpjson.Manifest
	for _, name := range []string{"template", "market", "qiniu", "payease"} {
		text, err := httpjson.ShippedManifest(name)
		if err != nil {
			f.Fatal(err)
		}
		m, err := httpjson.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, m)
	}
	f.Fuzz(func(t *testing.T, status int, body, header string) {
		if status < 200 || status > 599 || strings.ContainsAny(header, "\r\n\x00") {
			return
		}
		for _, m := range list {
			name := m.Name()
			given := credentials(m)
			given["url"] = "http://127.0.0.1:1"
			src, err := httpjson.New(m, given, httpjson.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					defer far.Close()
					buffer := make([]byte, 8<<10)
					if _, err := far.Read(buffer); err != nil {
						return
					}
					go func() { _, _ = io.Copy(io.Discard, far) }()
					fmt.Fprintf(far, "HTTP/1.1 %d x\r\nX-Ca-Error-Message: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, header, len(body), body)
				}()
				return near, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			q := ask(t, 1, quartet.NeedAll)
			a, err := src.Verify(t.Context(), q)
			if err == nil && (a.Verdict == quartet.NoVerdict || !a.Reason.Explains(a.Verdict) || status > 299) {
				t.Errorf("%s reads %q as %+v", name, body, a)
			}
			text := fmt.Sprintf("%+v %+v", a, err)
			if e, ok := err.(*source.Error); ok { //nolint:errorlint // the contract is the type itself
				text = fmt.Sprintf("%+v %v %s %s", *e, e.Cause, e.Code, e.Reference)
				if !e.Sent {
					t.Errorf("%s: an answer to what was not sent: %v", name, e.Cause)
				}
			}
			for _, element := range []string{q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal(), q.Elements.Mobile.Reveal()} {
				if strings.Contains(text, element) {
					t.Errorf("%s keeps an element of %q", name, body)
				}
			}
			_ = src.Close()
		}
	})
}
