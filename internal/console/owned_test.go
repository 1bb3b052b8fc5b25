package console_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"quartet"
	"quartet/internal/console"
)

// TestPaths_OfPagesAreNoProducts holds the two lists together: a product under a path of pages
// could never be called.
func TestPaths_OfPagesAreNoProducts(t *testing.T) {
	for _, path := range []string{
		"/static/x", "/preferences", "/sign-in", "/sign-out", "/sign-up/code", "/password-reset", "/account/security", "/console/orders", "/house/x", "/products/1887", "/docs/call", "/status", "/announcements",
	} {
		if !console.Owns(httptest.NewRequest(http.MethodPost, path, http.NoBody)) {
			t.Errorf("%s is no path of pages", path)
		}
		p := quartet.FourElements()
		p.Path = path
		if err := p.Check(); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("a product may be at %s: %v", path, err)
		}
	}
	if p := quartet.FourElements(); console.Owns(httptest.NewRequest(http.MethodPost, p.Path, http.NoBody)) || p.Check() != nil {
		t.Errorf("%s is taken for a page", p.Path)
	}
}
