package password_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/password"
)

func TestHash_IsOfOnePasswordAlone(t *testing.T) {
	h := password.New()
	hash, err := h.Hash(t.Context(), "li", "Ren\u00e9 walks the dog")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	for said, want := range map[string]bool{"Rene\u0301 walks the dog": true, "rené walks the dog": false, "": false} {
		if right, err := h.Matches(t.Context(), said, hash); right != want || err != nil {
			t.Errorf("%q: %v, %v", said, right, err)
		}
	}
	params := func(hash string) string { return strings.Join(strings.Split(hash, "$")[:4], "$") }
	if params(hash) != params(password.Nobodys) {
		t.Error("a name that nobody has is answered sooner")
	}
	if right, err := h.Matches(t.Context(), "", password.Nobodys); right || err != nil {
		t.Errorf("nobody's: %v, %v", right, err)
	}
	if _, err := h.Matches(t.Context(), "x", "no hash"); quartet.CodeOf(err) != quartet.ErrInternal {
		t.Errorf("no hash: %v", err)
	}
}

func TestHash_LeavesOffWhenItsCallerHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := password.New().Hash(ctx, "li", "four words in a row"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
