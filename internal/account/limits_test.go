package account_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/account"
)

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
				e, ok := errors.AsType[*quartet.Error](err)
				if !ok || e.Code != quartet.ErrInvalid || e.Field != tt.field {
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

func TestSetPurpose_SaysWhatAnAccountMayAskFor(t *testing.T) {
	c := newCounter(t)
	if _, err := c.SetPurpose(t.Context(), "wang", "Acme", "payroll"); err != nil {
		t.Fatal(err)
	}
	if got, want := c.last(t), "wang|account.purpose|acme|none → payroll"; got != want {
		t.Errorf("the audit says %s, want %s", got, want)
	}
	if a, err := c.Find(t.Context(), "acme"); err != nil || a.Purpose != "payroll" {
		t.Errorf("%+v, %v", a, err)
	}
	before := c.entries(t)
	for _, purpose := range []string{"Payroll", "two words", "发薪", strings.Repeat("x", 33)} {
		if _, err := c.SetPurpose(t.Context(), "wang", "acme", purpose); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%q: %v", purpose, err)
		}
	}
	if _, err := c.SetPurpose(t.Context(), "wang", "nobody", "payroll"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("nobody's: %v", err)
	}
	if _, err := c.SetPurpose(t.Context(), "wang", "acme", "payroll"); err != nil || c.entries(t) != before {
		t.Errorf("what was refused, or no change, was written: %v", err)
	}
	if a, err := c.SetPurpose(t.Context(), "wang", "acme", ""); err != nil || a.Purpose != "" {
		t.Errorf("%+v, %v", a, err)
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
