package account_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"quartet"
)

func TestRotate_GivesAnotherSecretTheSamePlace(t *testing.T) {
	c := newCounter(t)
	old, secret := c.issue(t, everything())
	if err := c.store.MarkUsed(t.Context(), map[string]time.Time{old.ID: c.now}); err != nil {
		t.Fatal(err)
	}
	old.LastUsedAt = c.now
	c.now = c.now.Add(time.Hour)
	next, another, err := c.Rotate(t.Context(), "wang", old.ID, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if another == secret || next.ID == old.ID || next.AppKey == old.AppKey || next.Hash == old.Hash {
		t.Error("something of the old one came along")
	}
	want := old
	want.ID, want.AppKey, want.Hash, want.Sealed, want.CreatedAt, want.LastUsedAt = next.ID, next.AppKey, next.Hash, next.Sealed, c.now, time.Time{}
	if diff := cmp.Diff(want, c.kept(t, next.ID), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
	want = old
	want.ExpiresAt = c.now.Add(24 * time.Hour)
	if diff := cmp.Diff(want, c.kept(t, old.ID), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("of the old one more than its end changed: %s", diff)
	}
	if got, want := c.last(t), "wang|credential.rotate|"+old.ID+"|by "+next.ID+", the old one until 2026-03-02 10:00:00"; got != want {
		t.Errorf("the audit says\n%s, want\n%s", got, want)
	}
}

func TestRotate_NeverLengthensAnEarlierEnd(t *testing.T) {
	for _, tt := range []struct {
		name    string
		end     time.Duration // of the old one, from now; 0: none
		overlap time.Duration
		want    time.Duration
	}{
		{"without an end", 0, time.Hour, time.Hour},
		{"with a later end", 2 * time.Hour, time.Hour, time.Hour},
		{"with an earlier end", time.Hour, 2 * time.Hour, time.Hour},
		{"without an overlap", 0, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCounter(t)
			var end time.Time
			if tt.end > 0 {
				end = c.now.Add(tt.end)
			}
			old, _ := c.issue(t, quartet.Credential{ExpiresAt: end})
			next, _, err := c.Rotate(t.Context(), "tester", old.ID, tt.overlap)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.kept(t, old.ID).ExpiresAt; !got.Equal(c.now.Add(tt.want)) {
				t.Errorf("the old one ends %v, want %v from now", got, tt.want)
			}
			if got := c.kept(t, next.ID).ExpiresAt; !got.Equal(end) {
				t.Errorf("the new one ends %v, want %v", got, end)
			}
		})
	}
}

func TestRotate_Refuses(t *testing.T) {
	c := newCounter(t)
	good, _ := c.issue(t, quartet.Credential{})
	short, _ := c.issue(t, quartet.Credential{ExpiresAt: c.now.Add(time.Minute)})
	c.now = c.now.Add(time.Minute)
	for _, tt := range []struct {
		why, id string
		overlap time.Duration
		want    quartet.ErrorCode
	}{
		{"an overlap below none", good.ID, -time.Second, quartet.ErrInvalid},
		{"an overlap without end", good.ID, 721 * time.Hour, quartet.ErrInvalid},
		{"one that has expired", short.ID, time.Hour, quartet.ErrConflict},
		{"one that is not there", "nobody's", time.Hour, quartet.ErrNotFound},
	} {
		if _, secret, err := c.Rotate(t.Context(), "tester", tt.id, tt.overlap); quartet.CodeOf(err) != tt.want || secret != "" {
			t.Errorf("%s: %v, want %s", tt.why, err, tt.want)
		}
	}
	if list, _ := c.Credentials(t.Context(), ""); len(list) != 2 {
		t.Errorf("%d credentials", len(list))
	}
}

func TestRevoke_IsForGood(t *testing.T) {
	c := newCounter(t)
	made, secret := c.issue(t, quartet.Credential{Kind: quartet.KindKey})
	if err := c.Revoke(t.Context(), "wang", made.ID); err != nil {
		t.Fatal(err)
	}
	if got, want := c.last(t), "wang|credential.revoke|"+made.ID+"|account acme, key"; got != want {
		t.Errorf("the audit says %s, want %s", got, want)
	}
	revoked := c.kept(t, made.ID)
	if !revoked.RevokedAt.Equal(c.now) {
		t.Errorf("revoked at %v", revoked.RevokedAt)
	}
	c.now = c.now.Add(time.Hour)
	before := c.entries(t)
	_, changed := c.Change(t.Context(), "tester", made.ID, func(k *quartet.Credential) { k.Name, k.RevokedAt = "back", time.Time{} })
	_, _, rotated := c.Rotate(t.Context(), "tester", made.ID, time.Hour)
	again := c.Revoke(t.Context(), "tester", made.ID)
	for _, err := range []error{changed, rotated, again} {
		if quartet.CodeOf(err) != quartet.ErrConflict || !strings.Contains(err.Error(), "revoked 2026-03-01 09:00:00") {
			t.Errorf("got %v", err)
		}
	}
	if diff := cmp.Diff(revoked, c.kept(t, made.ID), cmpopts.EquateComparable(netip.Prefix{})); diff != "" || c.entries(t) != before {
		t.Errorf("it changed: %s", diff)
	}
	// Who called with it once can still be found out.
	if _, shown, err := c.Reveal(t.Context(), "wang", made.ID, ""); err != nil || shown != secret {
		t.Errorf("it cannot be shown: %v", err)
	}
}
