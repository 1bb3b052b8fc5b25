package auth_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/seal"
)

const secret = "0123456789abcdef0123456789abcdef"

func TestAppCode_ReadsTheHeaderAsCallersWriteIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
		code  string
		given bool
	}{
		{"no header", nil, "", false},
		{"an empty header", []string{""}, "", false},
		{"blanks alone", []string{" \t "}, "", false},
		{"the form of the manual", []string{"APPCODE " + secret}, secret, true},
		{"lower case", []string{"appcode " + secret}, secret, true},
		{"mixed case", []string{"AppCode " + secret}, secret, true},
		{"several blanks", []string{"APPCODE   " + secret}, secret, true},
		{"a tab", []string{"APPCODE\t" + secret}, secret, true},
		{"blanks around", []string{"  APPCODE " + secret + " \t"}, secret, true},
		{"the case of the code is kept", []string{"APPCODE AbC"}, "AbC", true},
		{"a blank within the code is kept", []string{"APPCODE a b"}, "a b", true},
		{"the word alone", []string{"APPCODE"}, "", true},
		{"the word and blanks", []string{"APPCODE  "}, "", true},
		{"no blank after the word", []string{"APPCODE" + secret}, "", false},
		{"a colon after the word", []string{"APPCODE:" + secret}, "", false},
		{"a no-break space after the word", []string{"APPCODE\u00a0" + secret}, "", false},
		{"the code alone", []string{secret}, "", false},
		{"the word cut short", []string{"APPCOD " + secret}, "", false},
		{"another scheme", []string{"Bearer " + secret}, "", false},
		{"another scheme that ends in the word", []string{"MyAPPCODE " + secret}, "", false},
		{"the word in full width", []string{"ＡＰＰＣＯＤＥ " + secret}, "", false},
		{"the same line twice", []string{"APPCODE " + secret, "APPCODE " + secret}, secret, true},
		{"two codes", []string{"APPCODE " + secret, "APPCODE other"}, "", true},
		{"a code and no code", []string{"APPCODE " + secret, "APPCODE"}, "", true},
		{"a code and another scheme", []string{"APPCODE " + secret, "Bearer x"}, "", true},
		{"another scheme and a code", []string{"Bearer x", "APPCODE " + secret}, "", true},
		{"two other schemes", []string{"Bearer x", "Basic y"}, "", false},
		{"a code and an empty line", []string{"APPCODE " + secret, ""}, "", true},
		{"an empty line and a code", []string{"", "APPCODE " + secret}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if code, given := auth.AppCode(c.lines); code != c.code || given != c.given {
				t.Errorf("%q, given %v; want %q, given %v", code, given, c.code, c.given)
			}
		})
	}
}

func FuzzAppCode(f *testing.F) {
	f.Add("APPCODE "+secret, "")
	f.Add("appcode\t x ", "APPCODE x")
	f.Add("Bearer x", "APPCODE")
	f.Add("APPCODE\xff\x00", " APPCODE y")
	f.Fuzz(func(t *testing.T, one, two string) {
		code, given := auth.AppCode([]string{one})
		if code != "" && (!given || code != strings.Trim(code, " \t") || !strings.HasSuffix(strings.TrimRight(one, " \t"), code)) {
			t.Errorf("%q is read as %q, given %v", one, code, given)
		}
		if word, _, _ := strings.Cut(strings.ReplaceAll(strings.Trim(one, " \t"), "\t", " "), " "); given != strings.EqualFold(word, "appcode") {
			t.Errorf("%q: given %v, but its first word is %q", one, given, word)
		}
		// Saying it twice changes nothing, and neither does the order of two lines.
		if again, still := auth.AppCode([]string{one, one}); again != code || still != given {
			t.Errorf("%q twice is read as %q, given %v", one, again, still)
		}
		both, either := auth.AppCode([]string{one, two})
		if turned, still := auth.AppCode([]string{two, one}); turned != both || still != either {
			t.Errorf("%q and %q: %q %v, turned round %q %v", one, two, both, either, turned, still)
		}
		// Two lines never let in somebody whom neither alone would.
		if other, _ := auth.AppCode([]string{two}); both != "" && (both != code || both != other) {
			t.Errorf("%q and %q together are read as %q", one, two, both)
		}
	})
}

var hasher = seal.NewHasher([32]byte{7})

// plain opens what nobody sealed.
func plain(sealed []byte, _ string) ([]byte, error) { return sealed, nil }

func credential(id, account string, kind quartet.CredentialKind, text string) quartet.Credential {
	return quartet.Credential{ID: id, Account: account, Kind: kind, Hash: hasher.Sum(string(kind), text)}
}

func TestDirectory_KnowsWhoIsInForce(t *testing.T) {
	t.Parallel()
	d := auth.New(hasher, plain)
	revoked := credential("c3", "alice", quartet.KindAppCode, "revoked")
	revoked.RevokedAt = time.Now()
	d.Replace([]quartet.Account{{ID: "alice"}, {ID: "bob", SuspendedAt: time.Now()}}, []quartet.Credential{
		credential("c1", "alice", quartet.KindAppCode, "code"), credential("c2", "alice", quartet.KindKey, "key"), revoked,
		credential("c4", "bob", quartet.KindKey, "bobs"), credential("c5", "nobody", quartet.KindKey, "orphan"),
	})
	for _, c := range []struct {
		name string
		kind quartet.CredentialKind
		text string
		want auth.Caller // zero: unknown
	}{
		{"an AppCode", quartet.KindAppCode, "code", auth.Caller{Account: "alice", Credential: "c1", Kind: quartet.KindAppCode}},
		{"a key", quartet.KindKey, "key", auth.Caller{Account: "alice", Credential: "c2", Kind: quartet.KindKey}},
		{"a key of a suspended account", quartet.KindKey, "bobs", auth.Caller{Account: "bob", Credential: "c4", Kind: quartet.KindKey, Suspended: true}},
		{"a revoked one", quartet.KindAppCode, "revoked", auth.Caller{}},
		{"one whose account does not exist", quartet.KindKey, "orphan", auth.Caller{}},
		{"an unknown one", quartet.KindKey, "guess", auth.Caller{}},
		{"a blank one", quartet.KindKey, "", auth.Caller{}},
		{"a key shown as an AppCode", quartet.KindAppCode, "key", auth.Caller{}},
		{"an AppCode shown as a key", quartet.KindKey, "code", auth.Caller{}},
		{"a code in another case", quartet.KindAppCode, "CODE", auth.Caller{}},
	} {
		got, ok := d.Find(c.kind, c.text, time.Now())
		if !ok {
			got = &auth.Caller{}
		}
		if diff := cmp.Diff(c.want, *got); diff != "" || ok != (c.want.Credential != "") {
			t.Errorf("%s: %v, %s", c.name, ok, diff)
		}
	}
}

func TestDirectory_ReplacesEverythingAtOnce(t *testing.T) {
	t.Parallel()
	d := auth.New(hasher, plain)
	if _, ok := d.Find(quartet.KindKey, "k0", time.Now()); ok {
		t.Error("an empty directory knows somebody")
	}
	accounts := []quartet.Account{{ID: "alice"}}
	generation := func(n int) []quartet.Credential {
		var list []quartet.Credential
		for i := range 3 {
			list = append(list, credential(fmt.Sprintf("g%d", n), "alice", quartet.KindKey, fmt.Sprintf("k%d", i)))
		}
		return list
	}
	d.Replace(accounts, generation(0))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if c, ok := d.Find(quartet.KindKey, "k1", time.Now()); !ok || c.Account != "alice" {
					t.Error("a credential was gone for a moment")
					return
				}
			}
		})
	}
	for n := range 500 {
		d.Replace(accounts, generation(n))
	}
	close(stop)
	readers.Wait()
	d.Replace(accounts, slices.Delete(generation(500), 0, 1))
	if _, ok := d.Find(quartet.KindKey, "k0", time.Now()); ok {
		t.Error("a credential that was taken out is still in force")
	}
}

// Nanoseconds reach the year 2262 and then begin anew in the past.
func TestDirectory_KnowsACredentialThatEndsCenturiesAhead(t *testing.T) {
	t.Parallel()
	for _, year := range []int{2263, 2300, 9999} {
		d := auth.New(hasher, plain)
		d.Replace([]quartet.Account{{ID: "alice"}}, []quartet.Credential{{
			ID: "c1", Account: "alice", Kind: quartet.KindAppCode, Hash: hasher.Sum("appcode", "s"),
			ExpiresAt: time.Date(year, 1, 1, 0, 0, 0, 0, quartet.Shanghai),
		}})
		if _, ok := d.Find(quartet.KindAppCode, "s", time.Unix(1_795_578_400, 0)); !ok {
			t.Errorf("one that ends in %d is refused", year)
		}
	}
}

func TestDirectory_LetsACredentialEndByItself(t *testing.T) {
	t.Parallel()
	d, end := auth.New(hasher, plain), time.Unix(1_795_578_400, 0)
	c := credential("c1", "alice", quartet.KindAppCode, "code")
	c.ExpiresAt = end
	d.Replace([]quartet.Account{{ID: "alice"}}, []quartet.Credential{c})
	if _, ok := d.Find(quartet.KindAppCode, "code", end.Add(-time.Nanosecond)); !ok {
		t.Error("refused before its end")
	}
	if _, ok := d.Find(quartet.KindAppCode, "code", end); ok {
		t.Error("in force at its end")
	}
}

func TestCaller_MayDoWhatItsLimitsSay(t *testing.T) {
	t.Parallel()
	free := auth.Caller{}
	if !free.May("1887") || !free.From(netip.Addr{}) {
		t.Error("without limits something is refused")
	}
	bound := auth.Caller{Limits: quartet.Limits{
		Products: []string{"1887"}, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
	}}
	if !bound.May("1887") || bound.May("1888") {
		t.Error("its products are not what it may call")
	}
	for address, want := range map[string]bool{"192.0.2.9": true, "192.0.3.9": false, "2001:db8:1::1": true, "::1": false} {
		if bound.From(netip.MustParseAddr(address)) != want {
			t.Errorf("from %s: %v", address, !want)
		}
	}
	if bound.From(netip.Addr{}) {
		t.Error("from nowhere it is let in")
	}
}

func TestDirectory_TellsEachUseOnce(t *testing.T) {
	t.Parallel()
	d, now := auth.New(hasher, plain), time.Unix(1_795_578_400, 5)
	replace := func() {
		d.Replace([]quartet.Account{{ID: "alice"}}, []quartet.Credential{credential("c1", "alice", quartet.KindKey, "k1"), credential("c2", "alice", quartet.KindKey, "k2")})
	}
	replace()
	d.Find(quartet.KindKey, "k1", now)
	d.Find(quartet.KindKey, "k1", now.Add(time.Minute))
	d.Find(quartet.KindKey, "k1", now)
	replace()
	if used := d.Used(); len(used) != 1 || !used["c1"].Equal(time.Unix(1_795_578_460, 0)) {
		t.Errorf("used: %v", used)
	}
	if used := d.Used(); len(used) != 0 {
		t.Errorf("told again: %v", used)
	}
}
