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
		if _, again, err := c.Reveal(t.Context(), "tester", made.ID); err != nil || again != secret {
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

func TestIssueAndChange_RefuseWhatNoCredentialMayHave(t *testing.T) {
	c := newCounter(t)
	made, _ := c.issue(t, quartet.Credential{})
	for _, tt := range []struct {
		why, field string
		set        func(*quartet.Credential)
	}{
		{"a name without end", "name", func(c *quartet.Credential) { c.Name = strings.Repeat("名", 101) }},
		{"a name of two lines", "name", func(c *quartet.Credential) { c.Name = "a\nb" }},
		{"a name that is no text", "name", func(c *quartet.Credential) { c.Name = "a\xff" }},
		{"calls below none", "qps", func(c *quartet.Credential) { c.Limits.QPS = -1 }},
		{"more calls than can be counted", "qps", func(c *quartet.Credential) { c.Limits.QPS = 1_000_001 }},
		{"a burst below none", "burst", func(c *quartet.Credential) { c.Limits.Rate = quartet.Rate{QPS: 1, Burst: -1} }},
		{"a burst without end", "burst", func(c *quartet.Credential) { c.Limits.Rate = quartet.Rate{QPS: 1, Burst: 1_000_001} }},
		{"a burst alone", "burst", func(c *quartet.Credential) { c.Limits.Burst = 5 }},
		{"days below none", "daily", func(c *quartet.Credential) { c.Limits.Daily = -1 }},
		{"days without end", "daily", func(c *quartet.Credential) { c.Limits.Daily = 1_000_000_000_001 }},
		{"no network", "networks", func(c *quartet.Credential) { c.Limits.Networks = []netip.Prefix{{}} }},
		{"a network with more bits than it says", "networks", func(c *quartet.Credential) {
			c.Limits.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}
		}},
		{"IPv4 dressed as IPv6", "networks", func(c *quartet.Credential) {
			c.Limits.Networks = []netip.Prefix{netip.MustParsePrefix("::ffff:192.0.2.0/120")}
		}},
		{"too many networks", "networks", func(c *quartet.Credential) {
			c.Limits.Networks = make([]netip.Prefix, 65)
		}},
		{"too many products", "products", func(c *quartet.Credential) { c.Limits.Products = make([]string, 65) }},
		{"two products in one", "products", func(c *quartet.Credential) { c.Limits.Products = []string{"1887,1888"} }},
		{"a product without id", "products", func(c *quartet.Credential) { c.Limits.Products = []string{""} }},
		{"an end that is over", "expires", func(c1 *quartet.Credential) { c1.ExpiresAt = c.now }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			before := c.entries(t)
			wanted := quartet.Credential{Kind: quartet.KindAppCode}
			tt.set(&wanted)
			_, _, issued := c.Issue(t.Context(), "tester", "acme", wanted)
			_, changed := c.Change(t.Context(), "tester", made.ID, tt.set)
			for _, err := range []error{issued, changed} {
				e, _ := err.(*quartet.Error)
				if e == nil || e.Code != quartet.ErrInvalid || e.Field != tt.field {
					t.Errorf("got %#v, want a fault of %s", err, tt.field)
				}
			}
			if c.entries(t) != before {
				t.Error("it was written all the same")
			}
		})
	}
	if _, _, err := c.Issue(t.Context(), "tester", "acme", quartet.Credential{Kind: "password"}); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("another kind: %v", err)
	}
	if _, _, err := c.Issue(t.Context(), "tester", "nobody", quartet.Credential{Kind: quartet.KindKey}); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("nobody's: %v", err)
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
	if _, again, err := c.Reveal(t.Context(), "wang", made.ID); err != nil || again != secret {
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

func TestRotate_GivesAnotherSecretTheSamePlace(t *testing.T) {
	c := newCounter(t)
	old, secret := c.issue(t, everything())
	c.now = c.now.Add(time.Hour)
	next, another, err := c.Rotate(t.Context(), "wang", old.ID, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if another == secret || next.ID == old.ID || next.AppKey == old.AppKey || next.Hash == old.Hash {
		t.Error("something of the old one came along")
	}
	want := old
	want.ID, want.AppKey, want.Hash, want.Sealed, want.CreatedAt = next.ID, next.AppKey, next.Hash, next.Sealed, c.now
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
	if _, shown, err := c.Reveal(t.Context(), "wang", made.ID); err != nil || shown != secret {
		t.Errorf("it cannot be shown: %v", err)
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
	if _, _, err := c.Reveal(t.Context(), "wang", made.ID); err != nil {
		t.Fatal(err)
	}
	if got, want := c.last(t), "wang|credential.show|"+made.ID+"|account acme, appcode"; got != want {
		t.Errorf("the audit says %s, want %s", got, want)
	}
	_, shown, err := account.New(broken{c.store}, c.ring, time.Now).Reveal(t.Context(), "wang", made.ID)
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

func TestSetRate_LimitsAnAccount(t *testing.T) {
	c := newCounter(t)
	if _, err := c.SetRate(t.Context(), "wang", "Acme", quartet.Rate{QPS: 50}); err != nil {
		t.Fatal(err)
	}
	if got, want := c.last(t), "wang|account.limit|acme|rate none → 50/s burst 50"; got != want {
		t.Errorf("the audit says %s, want %s", got, want)
	}
	if a, err := c.Find(t.Context(), "acme"); err != nil || a.Rate != (quartet.Rate{QPS: 50}) {
		t.Errorf("%+v, %v", a, err)
	}
	for _, r := range []quartet.Rate{{QPS: -1}, {Burst: 5}, {QPS: 1_000_001}} {
		if _, err := c.SetRate(t.Context(), "wang", "acme", r); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if a, err := c.SetRate(t.Context(), "wang", "acme", quartet.Rate{}); err != nil || a.Rate != (quartet.Rate{}) {
		t.Errorf("%+v, %v", a, err)
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
		if _, _, err := c.Reveal(t.Context(), "tester", next.ID); err != nil {
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

func TestParseNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7/32",
		"192.0.2.0/24":         "192.0.2.0/24",
		"0.0.0.0/0":            "0.0.0.0/0",
		"2001:DB8::1":          "2001:db8::1/128",
		"2001:db8::/32":        "2001:db8::/32",
		"::ffff:192.0.2.7":     "192.0.2.7/32",
		"::ffff:192.0.2.0/120": "192.0.2.0/24",
		"192.0.2.7/24":         "write 192.0.2.0/24",
		"::ffff:192.0.2.7/120": "write 192.0.2.0/24",
		"2001:db8::1/32":       "write 2001:db8::/32",
		"::ffff:0:0/90":        "write networks as",
		"":                     "write networks as",
		"192.0.2.0/33":         "write networks as",
		"192.0.2":              "write networks as",
		"fe80::1%eth0":         "write networks as",
		"example.com":          "write networks as",
	} {
		got, err := account.ParseNetwork(in)
		if rest, refused := strings.CutPrefix(want, "write "); refused {
			if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), "write "+rest) {
				t.Errorf("%s: %v, want %q", in, err, want)
			}
		} else if err != nil || got.String() != want {
			t.Errorf("%s becomes %s, %v; want %s", in, got, err, want)
		}
	}
}
