package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"quartet/internal/web"
)

func TestGatewayAnswer_HasAnEmptyBodyAndTheHeadersThatCallersCompare(t *testing.T) {
	t.Parallel()
	for _, g := range web.Gateways() {
		text := g.Text()
		t.Run(text.Code, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			g.Write(w, []string{"ID"}, "")
			if w.Code != text.Status || w.Body.Len() != 0 {
				t.Errorf("status %d and %d bytes, want %d and none", w.Code, w.Body.Len(), text.Status)
			}
			for name, want := range map[string]string{
				"Content-Type": "application/octet-stream", "X-Ca-Error-Code": text.Code,
				"X-Ca-Error-Message": text.Message, "X-Ca-Request-Id": "ID",
			} {
				if got := w.Header()[name]; len(got) != 1 || got[0] != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestGateways_EachHasItsOwnCodeWhoseDigitsAreItsStatus(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, g := range web.Gateways() {
		text := g.Text()
		if seen[text.Code] {
			t.Errorf("%s stands twice", text.Code)
		}
		seen[text.Code] = true
		if want := http.StatusText(text.Status); want == "" || text.Code[1:4] != status(text.Status) {
			t.Errorf("%s answers with %d", text.Code, text.Status)
		}
		if text.Message == "" || text.Cause == "" || text.CauseZH == "" {
			t.Errorf("%s lacks a text", text.Code)
		}
	}
}

func status(n int) string {
	return string([]byte{'0' + byte(n/100), '0' + byte(n/10%10), '0' + byte(n%10)})
}

func TestRequestIDs_AreUpperCaseUUIDsAndNeverRepeat(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)
	var ids web.RequestIDs
	seen := map[string]bool{}
	for range 1000 {
		id := ids.Next()
		if len(id) != 1 || !shape.MatchString(id[0]) || seen[id[0]] {
			t.Fatalf("bad or repeated id %q", id)
		}
		seen[id[0]] = true
	}
}
