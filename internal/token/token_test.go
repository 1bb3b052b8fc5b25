package token_test

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/token"
)

// desk is one with a clock of its own, and the account acme.
type desk struct {
	*token.Desk

	t        *testing.T
	store    *store.Store
	accounts *account.Desk
	now      time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, store: s, now: time.Date(2026, 3, 1, 9, 0, 0, 0, quartet.Shanghai)}
	clock := func() time.Time { return d.now }
	d.accounts = account.New(s, ring, clock)
	if _, err := d.accounts.Open(t.Context(), "test", "acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	storetest.Seat(t, s, "acme", "wang", quartet.RoleOwner)
	d.Desk = token.New(s, seal.NewHasher(ring.Key(token.Label)).Sum, clock)
	return d
}

func wanted() quartet.Token {
	return quartet.Token{Account: "acme", Who: "wang", Name: " 对账 ", Scopes: []quartet.Scope{"usage:read", "calls:read", "usage:read"}}
}

// issue makes a token, and gives its value too.
func (d *desk) issue(t quartet.Token) (quartet.Token, string) {
	d.t.Helper()
	made, value, err := d.Issue(d.t.Context(), "person wang", t)
	if err != nil {
		d.t.Fatal(err)
	}
	return made, value
}

var here = netip.MustParseAddr("192.0.2.7")

func (d *desk) refuses(what, value string, code quartet.ErrorCode, words string) {
	d.t.Helper()
	_, err := d.Recognise(d.t.Context(), value, here)
	if quartet.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		d.t.Errorf("%s: %v", what, err)
	}
}

func TestToken_IsKnownByItsValueUntilItEnds(t *testing.T) {
	d := newDesk(t)
	made, value := d.issue(wanted())
	if made.Name != "对账" || len(made.Scopes) != 2 || !made.ExpiresAt.Equal(d.now.Add(token.Lasts)) {
		t.Errorf("made %+v", made)
	}
	found, err := d.Recognise(t.Context(), value, here)
	if err != nil || found.ID != made.ID {
		t.Fatalf("%+v, %v", found, err)
	}
	d.now = made.ExpiresAt.Add(-time.Microsecond)
	if _, err := d.Recognise(t.Context(), value, here); err != nil {
		t.Error(err)
	}
	d.now = made.ExpiresAt
	d.refuses("at its end", value, quartet.ErrUnauthenticated, "this token expired 2026-05-30 09:00:00")

	other, value := d.issue(wanted())
	if err := d.Revoke(t.Context(), "person wang", other.ID); err != nil {
		t.Fatal(err)
	}
	d.refuses("revoked", value, quartet.ErrUnauthenticated, "this token was revoked 2026-05-30")
	if err := d.Revoke(t.Context(), "person wang", other.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("twice: %v", err)
	}
	if _, err := d.Still(t.Context(), other.ID); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
		t.Errorf("still: %v", err)
	}
}

func TestToken_OfASuspendedAccountIsOverAndNoneIsMade(t *testing.T) {
	d := newDesk(t)
	_, value := d.issue(wanted())
	if _, err := d.accounts.Suspend(t.Context(), "zhang", "acme", "账款逾期"); err != nil {
		t.Fatal(err)
	}
	d.refuses("suspended", value, quartet.ErrUnauthenticated, "revoked")
	if _, _, err := d.Issue(t.Context(), "person wang", wanted()); quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("a new one: %v", err)
	}
	if _, err := d.accounts.Resume(t.Context(), "zhang", "acme"); err != nil {
		t.Fatal(err)
	}
	d.refuses("resumed", value, quartet.ErrUnauthenticated, "revoked")
}

func TestToken_IsUsedFromItsNetworksAlone(t *testing.T) {
	d := newDesk(t)
	k := wanted()
	k.Networks = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	_, value := d.issue(k)
	d.refuses("from elsewhere", value, quartet.ErrForbidden, "192.0.2.7")
	if _, err := d.Recognise(t.Context(), value, netip.MustParseAddr("198.51.100.9")); err != nil {
		t.Error(err)
	}
}

func TestIssue_RefusesWhatNoTokenMayHave(t *testing.T) {
	d := newDesk(t)
	for field, spoil := range map[string]func(*quartet.Token){
		"name":       func(k *quartet.Token) { k.Name = " " },
		"scopes":     func(k *quartet.Token) { k.Scopes = []quartet.Scope{"everything"} },
		"expires_at": func(k *quartet.Token) { k.ExpiresAt = d.now.AddDate(1, 0, 1) },
		"networks":   func(k *quartet.Token) { k.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")} },
	} {
		k := wanted()
		spoil(&k)
		_, _, err := d.Issue(t.Context(), "person wang", k)
		if e, ok := errors.AsType[*quartet.Error](err); !ok || e.Code != quartet.ErrInvalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for range 50 {
		d.issue(wanted())
	}
	if _, _, err := d.Issue(t.Context(), "person wang", wanted()); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("the fifty-first: %v", err)
	}
}

func TestUsed_IsWrittenOnceAMinute(t *testing.T) {
	d := newDesk(t)
	made, value := d.issue(wanted())
	use := func() time.Time {
		t.Helper()
		k, err := d.Recognise(t.Context(), value, here)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Used(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		k, err = d.Token(t.Context(), made.ID)
		if err != nil {
			t.Fatal(err)
		}
		return k.LastUsedAt
	}
	begun := d.now
	if at := use(); !at.Equal(begun) {
		t.Errorf("first used %v", at)
	}
	d.now = begun.Add(59 * time.Second)
	if at := use(); !at.Equal(begun) {
		t.Errorf("within the minute %v", at)
	}
	d.now = begun.Add(time.Minute)
	if at := use(); !at.Equal(d.now) {
		t.Errorf("after the minute %v", at)
	}
}

func TestGuessed_IsBoundedAndNobodyIsShutOut(t *testing.T) {
	d := newDesk(t)
	made, value := d.issue(wanted())
	ctx := quartet.WithOrigin(t.Context(), here.String())
	guess := func(text string) error {
		k, err := d.Recognise(ctx, text, here)
		if !errors.Is(err, token.ErrUnknown) {
			return err
		}
		return d.Guessed(ctx, "management API", k)
	}
	wrong := strangersValue(t, made.ID)
	for i := range 5 {
		if err := guess(wrong); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if err := guess(wrong); quartet.CodeOf(err) != quartet.ErrLimited {
		t.Errorf("the sixth: %v", err)
	}
	if err := guess(value); err != nil {
		t.Errorf("the right one, from there: %v", err)
	}
	entries, err := d.store.AuditEntries(context.Background(), 10)
	if err != nil || len(entries) > 4 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if strings.Contains(e.Detail+e.Before+e.After, wrong[24:]) || strings.Contains(e.Detail+e.Before+e.After, value[24:]) {
			t.Errorf("the audit holds a value: %+v", e)
		}
	}
	d.now = d.now.Add(16 * time.Minute)
	if err := guess(wrong); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
		t.Errorf("a quarter of an hour later: %v", err)
	}
}

// strangersValue is a whole value with the id of a token and a secret that is not its own.
func strangersValue(t *testing.T, id string) string {
	t.Helper()
	return checked("qtk_" + id + strings.Repeat("a", 52))
}
