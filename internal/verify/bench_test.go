package verify_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// BenchmarkServeHTTP is the road without network, ledger and source: what is left is
// reading, knowing who calls, the rules of the elements and the answer.
func BenchmarkServeHTTP(b *testing.B) {
	road := newBench()
	body := form(cardMatch)
	send := func(header http.Header) {
		r := &http.Request{
			Method: http.MethodPost, URL: &url.URL{Path: path}, RequestURI: path, Header: header,
			Body: readCloser{bytes.NewReader([]byte(body))}, ContentLength: int64(len(body)), RemoteAddr: "127.0.0.1:1",
		}
		w := httptest.NewRecorder()
		road.service.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Header())
		}
	}
	b.Run("appcode", func(b *testing.B) {
		header := http.Header{"Authorization": {"APPCODE " + appCode}, "Content-Type": {"application/x-www-form-urlencoded"}}
		b.ReportAllocs()
		for b.Loop() {
			send(header)
		}
	})
	b.Run("signed", func(b *testing.B) {
		var headers []http.Header
		for i := range 500 { // of as many nonces; the benchmark forgets none
			r := signed(appSecret, fmt.Sprint("n", i), body)
			h := http.Header{"Content-Type": {r.contentType}}
			for name, value := range r.header {
				h.Set(name, value)
			}
			headers = append(headers, h)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if i%500 == 0 {
				b.StopTimer()
				road = newBench() // which has seen no nonce
				b.StartTimer()
			}
			send(headers[i%500])
		}
	})
}
