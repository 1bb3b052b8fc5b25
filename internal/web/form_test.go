package web_test

import (
	"strings"
	"testing"

	"quartet/internal/web"
)

// What strangers send is decoded before anybody knows who they are: each byte of theirs must
// not cost many of the server's.
func TestAppendParams_StopsAtMoreThanAnybodySends(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pairs int
		ok    bool
	}{{web.MaxParams, true}, {web.MaxParams + 1, false}, {30_000, false}} {
		raw := strings.TrimSuffix(strings.Repeat("a&", c.pairs), "&")
		params, _, ok := web.AppendParams(nil, nil, []byte(raw))
		if ok != c.ok || len(params) > web.MaxParams {
			t.Errorf("of %d pairs %d were taken; whole: %t", c.pairs, len(params), ok)
		}
	}
}
