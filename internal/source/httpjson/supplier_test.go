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

// nobody is an address on which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(nil)
	s.Close()
	return s.URL
}
