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
	h := password.New(password.Work{}) // as every house has it
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
	if params(hash) != params(h.Nobodys()) {
		t.Error("a name that nobody has is answered sooner")
	}
	if right, err := h.Matches(t.Context(), "", h.Nobodys()); right || err != nil {
		t.Errorf("nobody's: %v, %v", right, err)
	}
	if _, err := h.Matches(t.Context(), "x", "no hash"); quartet.CodeOf(err) != quartet.ErrInternal {
		t.Errorf("no hash: %v", err)
	}
}

func TestHash_LeavesOffWhenItsCallerHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := password.New(password.Work{}).Hash(ctx, "li", "four words in a row"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHash_KeepsItsWorkWithin(t *testing.T) {
	light := password.New(password.Work{MemoryKiB: 64, Iterations: 1})
	hash, err := light.Hash(t.Context(), "li", "four words in a row")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") || !strings.HasPrefix(light.Nobodys(), "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	if right, err := password.New(password.Work{}).Matches(t.Context(), "four words in a row", hash); !right || err != nil {
		t.Errorf("of other work than the one who compares: %v, %v", right, err)
	}
	if password.Real() != (password.Work{MemoryKiB: 64 << 10, Iterations: 3}) {
		t.Errorf("a house takes %+v", password.Real())
	}
}
