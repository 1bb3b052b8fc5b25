package console_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"slices"
	"testing"
)

// TestFirstPage_IsLight sums what a browser fetches to show the page of a product for the first
// time. There are no fonts in it.
func TestFirstPage_IsLight(t *testing.T) {
	const most = 200 << 10
	s := serve(t)
	page := get(t, s.URL+"/product")
	sum := zipped(t, page)
	links := regexp.MustCompile(`(?:href|src)="(/static/[^"#]+)`).FindAllStringSubmatch(page, -1)
	var files []string
	for _, l := range links {
		if !slices.Contains(files, l[1]) {
			files = append(files, l[1])
		}
	}
	if len(files) < 5 {
		t.Fatalf("the page names %q", files)
	}
	for _, file := range files {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+file, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %v, %s", file, err, resp.Header.Get("Content-Encoding"))
		}
		sum += n
	}
	t.Logf("%d bytes in %d files", sum, len(files)+1)
	if sum > most {
		t.Errorf("the first page weighs %d bytes, more than %d", sum, most)
	}
}

func zipped(t *testing.T, text string) int64 {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return int64(b.Len())
}
