package quartet_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"quartet"
)

func TestTokenValue_IsReadAsItWasWrittenAndNotOtherwise(t *testing.T) {
	v := quartet.NewTokenValue()
	text := v.Reveal()
	if len(text) != quartet.TokenLen || !strings.HasPrefix(text, "qtk_") || strings.Trim(text[4:], "abcdefghijklmnopqrstuvwxyz234567") != "" {
		t.Fatalf("a value looks like %s", text)
	}
	read, ok := quartet.ParseTokenValue(text)
	if !ok || read != v || read.ID() != v.ID() {
		t.Errorf("read back: %v, %v", read, ok)
	}
	for i := len(quartet.TokenPrefix); i < len(text); i++ { // one letter was copied badly
		other := "a"
		if text[i] == 'a' {
			other = "b"
		}
		if _, ok := quartet.ParseTokenValue(text[:i] + other + text[i+1:]); ok {
			t.Errorf("another letter at %d passes", i)
		}
	}
	for _, none := range []string{"", "qtk_", text + "a", text[:len(text)-1], strings.ToUpper(text), "x" + text[1:]} {
		if _, ok := quartet.ParseTokenValue(none); ok {
			t.Errorf("%q passes", none)
		}
	}
}

func TestTokenValue_PrintsItselfWithoutItsSecret(t *testing.T) {
	v := quartet.NewTokenValue()
	secret := v.Reveal()[20:]
	for _, f := range []string{"%v", "%s", "%+v", "%#v", "%q"} {
		if text := fmt.Sprintf(f, v); strings.Contains(text, secret[:8]) {
			t.Errorf("%s shows %s", f, text)
		}
	}
}

func TestToken_KnowsItsSecretItsEndAndItsNetworks(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, quartet.Shanghai)
	v := quartet.NewTokenValue()
	k := quartet.Token{ID: v.ID(), Hash: v.Hash(), Scopes: []quartet.Scope{"usage:read"}, ExpiresAt: now, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	if !k.Is(v) || k.Is(quartet.NewTokenValue()) {
		t.Error("its secret is not its own")
	}
	if !k.Expired(now) || k.Expired(now.Add(-1)) {
		t.Error("it ends at another instant")
	}
	if !k.From(netip.MustParseAddr("::ffff:192.0.2.9")) || k.From(netip.MustParseAddr("198.51.100.1")) || !(quartet.Token{}).From(netip.MustParseAddr("198.51.100.1")) {
		t.Error("it may be used elsewhere")
	}
	if !k.May("usage:read") || k.May("calls:read") {
		t.Error("it has other scopes")
	}
}

func TestTokenOrigin_IsCutAsItWasJoined(t *testing.T) {
	ctx := quartet.WithToken(context.Background(), "夜间 token 对账")
	if address, name := quartet.CutTokenOrigin(quartet.TokenOrigin(ctx, "192.0.2.7")); address != "192.0.2.7" || name != "夜间 token 对账" {
		t.Errorf("%q, %q", address, name)
	}
	if address, name := quartet.CutTokenOrigin(quartet.TokenOrigin(context.Background(), "192.0.2.7")); address != "192.0.2.7" || name != "" {
		t.Errorf("without a token: %q, %q", address, name)
	}
}

func TestScope_IsOneOfThoseThereAre(t *testing.T) {
	for _, s := range quartet.Scopes() {
		if read, err := quartet.ParseScope(string(s)); err != nil || read != s {
			t.Errorf("%s: %v", s, err)
		}
	}
	if _, err := quartet.ParseScope("everything"); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("everything: %v", err)
	}
}
