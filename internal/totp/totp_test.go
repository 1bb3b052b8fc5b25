package totp_test

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"quartet/internal/totp"
)

// The secret and the codes of RFC 6238, appendix B, cut to six digits.
func TestCheck_KnowsTheCodesOfTheStandard(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for second, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if step, ok := totp.Check(secret, code, time.Unix(second, 0), 0); !ok || step != second/30 {
			t.Errorf("at %d: step %d, %v", second, step, ok)
		}
	}
}

func TestCheck_TakesACodeOnceAndNearItsTime(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	const code, at = "081804", 1111111109
	for _, tt := range []struct {
		name string
		code string
		now  int64
		last int64
		want bool
	}{
		{"in its half minute", code, at, 0, true},
		{"typed with a blank", "081 804 ", at, 0, true},
		{"by a clock half a minute slow", code, at - 30, 0, true},
		{"by a clock half a minute fast", code, at + 30, 0, true},
		{"a minute early", code, at - 61, 0, false},
		{"a minute late", code, at + 61, 0, false},
		{"a second time", code, at, at / 30, false},
		{"after a later one", code, at, at/30 + 1, false},
		{"after an earlier one", code, at, at/30 - 1, true},
		{"another code", "081805", at, 0, false},
		{"no code", "", at, 0, false},
		{"no digits", "abcdef", at, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, ok := totp.Check(secret, tt.code, time.Unix(tt.now, 0), tt.last); ok != tt.want {
				t.Errorf("taken: %v", ok)
			}
		})
	}
}

func TestURL_IsReadByApps(t *testing.T) {
	secret := totp.New()
	u, err := url.Parse(totp.URL("Quartet 四要素", "王芳@x", secret))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Quartet 四要素:王芳@x" || u.Query().Get("secret") != secret || u.Query().Get("issuer") != "Quartet 四要素" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("%v, %v", u, err)
	}
	// Some apps show the path as it is written: what stars hide stays stars.
	if at := totp.URL("Quartet", "139****0001", secret); !strings.HasPrefix(at, "otpauth://totp/Quartet:139****0001?") {
		t.Error(at)
	}
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil || len(raw) != 20 || secret == totp.New() {
		t.Errorf("secret %q, %v", secret, err)
	}
}

func TestRecovery_IsReadHoweverItIsTyped(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range totp.Recovery() {
		spelt := totp.Spell(code)
		if len(spelt) != 12 || seen[spelt] {
			t.Errorf("%q is spelt %q", code, spelt)
		}
		seen[spelt] = true
		if totp.Spell(" "+strings.ToLower(strings.ReplaceAll(code, "-", " "))) != spelt {
			t.Errorf("%q is not known again", code)
		}
	}
	if len(seen) != 10 || totp.Spell("oil0-oil0-oil0") != "011001100110" {
		t.Errorf("%d codes", len(seen))
	}
	for _, none := range []string{"", "123456", "0000-0000-000", "0000-0000-00000", "0000-0000-000U", "0000-0000-000零"} {
		if got := totp.Spell(none); got != "" {
			t.Errorf("%q is spelt %q", none, got)
		}
	}
}

func FuzzSpell(f *testing.F) {
	f.Add("abcd-efgh-jkmn")
	f.Fuzz(func(t *testing.T, code string) {
		if spelt := totp.Spell(code); spelt != "" && totp.Spell(spelt) != spelt {
			t.Errorf("%q is spelt %q, which is spelt otherwise", code, spelt)
		}
	})
}
