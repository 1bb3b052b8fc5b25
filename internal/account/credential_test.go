package account_test

import (
	"bytes"
	"context"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/seal"
	"quartet/internal/store"
)

// counter is a desk with the account acme and a clock of its own.
type counter struct {
	*account.Desk
	ring  *seal.Keyring
	store *store.Store
	now   time.Time
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	_, ring, st := newDesk(t)
	c := &counter{ring: ring, store: st, now: time.Date(2026, 3, 1, 9, 0, 0, 0, quartet.Shanghai)}
	c.Desk = account.New(st, ring, func() time.Time { return c.now })
	if _, err := c.Open(t.Context(), "tester", "acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *counter) issue(t *testing.T, wanted quartet.Credential) (quartet.Credential, string) {
	t.Helper()
	if wanted.Kind == "" {
		wanted.Kind = quartet.KindAppCode
	}
	made, secret, err := c.Issue(t.Context(), "tester", "acme", wanted)
	if err != nil {
		t.Fatal(err)
	}
	return made, secret
}

// kept is a credential as the store has it.
func (c *counter) kept(t *testing.T, id string) quartet.Credential {
	t.Helper()
	kept, err := c.store.Credential(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// last is the newest entry, as "actor action subject detail".
func (c *counter) last(t *testing.T) string {
	t.Helper()
	list, err := c.store.AuditEntries(t.Context(), 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d entries, %v", len(list), err)
	}
	e := list[0]
	return strings.Join([]string{e.Actor, e.Action, e.Subject, e.Detail}, "|")
}

func (c *counter) entries(t *testing.T) int {
	t.Helper()
	list, err := c.store.AuditEntries(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// everything is a credential with all there can be.
func everything() quartet.Credential {
	return quartet.Credential{
		Name: "夜间 batch", Kind: quartet.KindAppKey, Test: true,
		Limits: quartet.Limits{
			Rate: quartet.Rate{QPS: 5, Burst: 20}, Daily: 1000,
			Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::1/128")},
			Products: []string{"1887"},
		},
		ExpiresAt: time.Date(2027, 1, 1, 0, 0, 0, 0, quartet.Shanghai),
	}
}

func TestIssue_KeepsTheSecretSealedAndFindable(t *testing.T) {
	c := newCounter(t)
	for _, kind := range []quartet.CredentialKind{quartet.KindAppCode, quartet.KindKey, quartet.KindAppKey} {
		made, secret := c.issue(t, quartet.Credential{Kind: kind, Name: "production"})
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(secret) {
			t.Errorf("the secret of a %s has another form", kind)
		}
		presented := secret
		if kind == quartet.KindAppKey {
			presented = made.AppKey
		}
		if (kind == quartet.KindAppKey) != regexp.MustCompile(`^[1-9][0-9]{8}$`).MatchString(made.AppKey) {
			t.Errorf("the AppKey of a %s is %q", kind, made.AppKey)
		}
		if made.Hash != seal.NewHasher(c.ring.Key(account.CredentialLabel)).Sum(string(kind), presented) {
			t.Errorf("the hash does not find a %s", kind)
		}
		if _, again, err := c.Reveal(t.Context(), "tester", made.ID, ""); err != nil || again != secret {
			t.Errorf("it cannot be shown again: %v", err)
		}
		if bytes.Contains(c.kept(t, made.ID).Sealed, []byte(secret)) {
			t.Error("the secret is kept in clear")
		}
	}
	if list, err := c.Credentials(t.Context(), "acme"); err != nil || len(list) != 3 {
		t.Errorf("%d credentials, %v", len(list), err)
	}
}

func TestIssue_KeepsWhatItMayDo(t *testing.T) {
	c := newCounter(t)
	wanted := everything()
	made, _ := c.issue(t, wanted)
	wanted.ID, wanted.Account, wanted.AppKey, wanted.Hash, wanted.Sealed, wanted.CreatedAt = made.ID, "acme", made.AppKey, made.Hash, made.Sealed, c.now
	if diff := cmp.Diff(wanted, c.kept(t, made.ID), cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
	want := `tester|credential.issue|` + made.ID + `|account acme, appkey, sandbox, name "夜间 batch", rate 5/s burst 20, ` +
		`calls a day 1000, from 192.0.2.0/24 2001:db8::1/128, products 1887, until 2027-01-01 00:00:00`
	if got := c.last(t); got != want {
		t.Errorf("the audit says\n%s, want\n%s", got, want)
	}
}

func TestChange_WritesWhatChangedAndNothingElse(t *testing.T) {
	c := newCounter(t)
	made, secret := c.issue(t, everything())
	got, err := c.Change(t.Context(), "wang", made.ID, func(k *quartet.Credential) {
		k.Limits.QPS, k.Limits.Networks, k.ExpiresAt = 50, nil, time.Time{}
		k.ID, k.Account, k.Kind, k.AppKey, k.Test, k.Hash, k.Sealed, k.RevokedAt = "x", "y", "z", "1", false, quartet.Fingerprint{}, nil, c.now
	})
	if err != nil {
		t.Fatal(err)
	}
	want := made
	want.Limits.QPS, want.Limits.Networks, want.ExpiresAt = 50, nil, time.Time{}
	for _, got := range []quartet.Credential{got, c.kept(t, made.ID)} {
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
			t.Error(diff)
		}
	}
	if got, want := c.last(t), "wang|credential.change|"+made.ID+"|rate 5/s burst 20 → 50/s burst 20, from 192.0.2.0/24 2001:db8::1/128 → none, until 2027-01-01 00:00:00 → none"; got != want {
		t.Errorf("the audit says\n%s, want\n%s", got, want)
	}
	if _, again, err := c.Reveal(t.Context(), "wang", made.ID, ""); err != nil || again != secret {
		t.Errorf("the secret: %v", err)
	}
	before := c.entries(t)
	if _, err := c.Change(t.Context(), "wang", made.ID, func(*quartet.Credential) {}); err != nil || c.entries(t) != before {
		t.Errorf("no change at all: %v, %d entries more", err, c.entries(t)-before)
	}
}

// An end that is over stays as it is while something else changes; moving it brings the
// credential back.
func TestChange_MayBringAnExpiredOneBack(t *testing.T) {
	c := newCounter(t)
	made, _ := c.issue(t, quartet.Credential{ExpiresAt: c.now.Add(time.Hour)})
	c.now = c.now.Add(2 * time.Hour)
	if got, err := c.Change(t.Context(), "tester", made.ID, func(k *quartet.Credential) { k.Name = "old" }); err != nil || !got.Expired(c.now) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.Change(t.Context(), "tester", made.ID, func(k *quartet.Credential) { k.ExpiresAt = c.now.Add(time.Hour) }); err != nil || got.Expired(c.now) {
		t.Errorf("%+v, %v", got, err)
	}
}

// broken is a store whose audit cannot be written.
type broken struct{ *store.Store }

func (broken) Audit(context.Context, quartet.AuditEntry) error {
	return quartet.Errorf(quartet.ErrUnavailable, "disk full")
}

func TestReveal_ShowsNothingThatIsNotWritten(t *testing.T) {
	c := newCounter(t)
	made, _ := c.issue(t, quartet.Credential{})
	if _, _, err := c.Reveal(t.Context(), "wang", made.ID, "客户丢失"); err != nil {
		t.Fatal(err)
	}
	if got, want := c.last(t), "wang|credential.show|"+made.ID+"|account acme, appcode, reason: 客户丢失"; got != want {
		t.Errorf("the audit says %s, want %s", got, want)
	}
	_, shown, err := account.New(broken{c.store}, c.ring, time.Now).Reveal(t.Context(), "wang", made.ID, "")
	if quartet.CodeOf(err) != quartet.ErrUnavailable || shown != "" {
		t.Errorf("without its entry it was shown: %v", err)
	}
}

// Of two changes at once neither undoes the other.
func TestDesk_ChangesOneAfterTheOther(t *testing.T) {
	c := newCounter(t)
	made, _ := c.issue(t, quartet.Credential{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := c.Change(t.Context(), "tester", made.ID, func(k *quartet.Credential) { k.Limits.Daily++ })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := c.kept(t, made.ID).Limits.Daily; got != 20 {
		t.Errorf("%d of 20 changes are left", got)
	}
}

func TestAudit_HoldsNoSecret(t *testing.T) {
	c := newCounter(t)
	var secrets []string
	for _, kind := range []quartet.CredentialKind{quartet.KindAppCode, quartet.KindKey, quartet.KindAppKey} {
		wanted := everything()
		wanted.Kind = kind
		made, secret := c.issue(t, wanted)
		next, another, err := c.Rotate(t.Context(), "tester", made.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Reveal(t.Context(), "tester", next.ID, ""); err != nil {
			t.Fatal(err)
		}
		if err := c.Revoke(t.Context(), "tester", next.ID); err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, secret, another)
	}
	list, err := c.store.AuditEntries(t.Context(), 1000)
	if err != nil || len(list) != 13 {
		t.Fatalf("%d entries, %v", len(list), err)
	}
	for _, e := range list {
		for _, secret := range secrets {
			if strings.Contains(e.Actor+e.Action+e.Subject+e.Detail, secret) {
				t.Errorf("the entry of %s holds a secret", e.Action)
			}
		}
	}
}
