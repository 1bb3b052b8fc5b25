package httpjson_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
	"quartet/internal/source/sourcetest"
)

const order = "4XU29Z4D1704061618"

// idNumber is an invented one with its check digit.
var idNumber = "11010119900307123" + string(quartet.IDCheckDigit("11010119900307123"))

// card gives an invented card of sixteen digits with its check digit.
func card(n int) string {
	digits := fmt.Sprintf("62000000%07d", n)
	return digits + string(quartet.LuhnDigit(digits))
}

// ask is a question about an invented person, whom the card tells apart.
func ask(t *testing.T, n int, need quartet.ElementSet) source.Query {
	t.Helper()
	e, f := quartet.Parse(quartet.Raw{Name: "测试甲", ID: idNumber, Card: card(n), Mobile: "13900000001"}, quartet.NeedAll, time.Now())
	for _, r := range f.Reject {
		t.Fatal(r)
	}
	return source.Query{Elements: e, Need: need, Order: order}
}

func manifest(t *testing.T, name string) *httpjson.Manifest {
	t.Helper()
	text, err := httpjson.ShippedManifest(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := httpjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// server answers with HTTP until the test ends.
func server(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// hangs keeps a question waiting until its caller has gone.
func hangs(_ http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	<-r.Context().Done()
}

func TestMarket_ObeysTheLawOfSources(t *testing.T) {
	m := manifest(t, "market")
	sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
		url := server(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.FormValue("acc_no") {
			case card(1):
				fmt.Fprint(w, `{"code":"10000","message":"成功","data":{"state":"1"},"seqNo":"4XU29Z4D1704061618"}`)
			case card(2):
				fmt.Fprint(w, `{"code":10000,"data":{"state":2}}`)
			case card(3):
				fmt.Fprint(w, `{"code":"10000","data":{"state":"3"},"seqNo":"`+r.FormValue("mobile")+`"}`)
			case card(4):
				fmt.Fprint(w, `{"code":"10015","data":null}`)
			case card(5):
				fmt.Fprint(w, `{"code":"`+r.FormValue("idcard")+`","data":null}`)
			case card(6):
				w.Header().Set("X-Ca-Error-Message", "Api Market Subscription quota exhausted")
				w.WriteHeader(http.StatusForbidden)
			case card(7):
				w.WriteHeader(http.StatusBadGateway)
			case card(8):
				hangs(w, r)
			}
		})
		src, err := httpjson.Open(m, map[string]string{"appcode": "an-appcode", "url": url}, httpjson.Options{Idle: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		q := func(n int) source.Query { return ask(t, n, quartet.NeedAll) }
		return sourcetest.Subject{
			Source: src, Hanging: src, Hang: q(8),
			Cases: []sourcetest.Case{
				{Name: "match", Query: q(1), Verdict: quartet.Match},
				{Name: "mismatch in numbers", Query: q(2), Verdict: quartet.Mismatch},
				{Name: "abnormal, with an echo", Query: q(3), Verdict: quartet.Undetermined},
				{Name: "no record", Query: q(4), Kind: source.NoRecord, Sent: true},
				{Name: "an element for a code", Query: q(5), Kind: source.NotUnderstood, Sent: true},
				{Name: "no quota", Query: q(6), Kind: source.Busy, Sent: true},
				{Name: "gateway down", Query: q(7), Kind: source.Failed, Sent: true},
				{Name: "unheard of", Query: ask(t, 1, quartet.NeedCard), Kind: source.Unsupported},
			},
		}
	})
}
