package account

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"quartet"
)

const (
	maxRate     = 1_000_000
	maxDaily    = 1_000_000_000_000
	maxNetworks = 64
	maxProducts = 64
)

// errPast answers an end that would be over at once.
var errPast = invalid("expires", "the end lies in the past; to end a credential now, revoke it")

// check finds what no credential may have.
func check(c quartet.Credential) error {
	switch l := c.Limits; {
	case utf8.RuneCountInString(c.Name) > maxName || !utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, isControl):
		return invalid("name", "the name of a credential has at most 100 characters and no control characters")
	case l.Daily < 0 || l.Daily > maxDaily:
		return invalid("daily", "calls a day are from 1 to 1000000000000; 0 is no limit")
	case len(l.Networks) > maxNetworks:
		return invalid("networks", "a credential has at most 64 networks")
	case len(l.Products) > maxProducts:
		return invalid("products", "a credential has at most 64 products")
	}
	for _, p := range c.Limits.Networks {
		if err := checkNetwork(p); err != nil {
			return err
		}
	}
	for _, id := range c.Limits.Products {
		if !idPattern.MatchString(id) { // a comma parts them where they are kept
			return invalid("products", "products are named by their ids; `quartet product list` shows them")
		}
	}
	return checkRate(c.Limits.Rate)
}

func checkRate(r quartet.Rate) error {
	switch {
	case r.QPS < 0 || r.QPS > maxRate:
		return invalid("qps", "calls a second are from 1 to 1000000; 0 is no limit")
	case r.Burst < 0 || r.Burst > maxRate:
		return invalid("burst", "the burst is from 1 to 1000000 calls; 0 is one second's calls")
	case r.Burst > 0 && r.QPS == 0:
		return invalid("burst", "a burst without calls a second means nothing; give both")
	}
	return nil
}

// ParseNetwork reads an address (itself alone) or a prefix such as 192.0.2.0/24. IPv4
// written as IPv6 is IPv4: callers are told apart in that form. A prefix with bits behind
// its length is refused rather than widened, since it is as likely a mistake in the length.
func ParseNetwork(text string) (netip.Prefix, error) {
	fault := invalid("networks", "write networks as 192.0.2.0/24 or 2001:db8::/32, and single addresses as 192.0.2.7")
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, fault
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fault
	}
	if p.Addr().Is4In6() {
		const mapping = 96 // bits that say that it is IPv4
		if p.Bits() < mapping {
			return netip.Prefix{}, fault
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapping)
	}
	return p, checkNetwork(p)
}

func checkNetwork(p netip.Prefix) error {
	switch {
	case !p.IsValid() || p.Addr().Is4In6():
		return invalid("networks", "this is no network of addresses")
	case p != p.Masked():
		return invalid("networks", fmt.Sprintf("%s has bits behind its length; write %s for the network, or the address alone", p, p.Masked()))
	}
	return nil
}

func invalid(field, message string) *quartet.Error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: message}
}

// trait is one thing that can be told of a credential; no text is nothing to tell.
type trait struct{ name, text string }

func traits(c quartet.Credential) []trait {
	name, daily, until := "", "", ""
	if c.Name != "" {
		name = strconv.Quote(c.Name)
	}
	if c.Limits.Daily > 0 {
		daily = strconv.FormatInt(c.Limits.Daily, 10)
	}
	if !c.ExpiresAt.IsZero() {
		until = stamp(c.ExpiresAt)
	}
	networks := make([]string, len(c.Limits.Networks))
	for i, n := range c.Limits.Networks {
		networks[i] = n.String()
	}
	return []trait{
		{"name", name},
		{"rate", c.Limits.PerSecond()},
		{"calls a day", daily},
		{"from", strings.Join(networks, " ")},
		{"products", strings.Join(c.Limits.Products, " ")},
		{"until", until},
	}
}

// describe tells what a credential may do, for the audit.
func describe(c quartet.Credential) string {
	parts := []string{"account " + c.Account, string(c.Kind)}
	if c.Test {
		parts = append(parts, "sandbox")
	}
	for _, t := range traits(c) {
		if t.text != "" {
			parts = append(parts, t.name+" "+t.text)
		}
	}
	return strings.Join(parts, ", ")
}

// terms are what the audit keeps of a credential, under the names of the API.
func terms(c quartet.Credential) any {
	until := ""
	if !c.ExpiresAt.IsZero() {
		until = stamp(c.ExpiresAt)
	}
	return struct {
		Kind     quartet.CredentialKind `json:"kind"`
		Test     bool                   `json:"test,omitempty"`
		Name     string                 `json:"name,omitempty"`
		QPS      int                    `json:"qps,omitempty"`
		Burst    int                    `json:"burst,omitempty"`
		Daily    int64                  `json:"daily,omitempty"`
		Networks []netip.Prefix         `json:"networks,omitempty"`
		Products []string               `json:"products,omitempty"`
		Until    string                 `json:"expires_at,omitempty"`
	}{c.Kind, c.Test, c.Name, c.Limits.QPS, c.Limits.Burst, c.Limits.Daily, c.Limits.Networks, c.Limits.Products, until}
}

// sameTerms reports whether Change would change nothing.
func sameTerms(a, b quartet.Credential) bool {
	return a.Name == b.Name && a.Limits.Rate == b.Limits.Rate && a.Limits.Daily == b.Limits.Daily &&
		slices.Equal(a.Limits.Networks, b.Limits.Networks) && slices.Equal(a.Limits.Products, b.Limits.Products) &&
		a.ExpiresAt.Equal(b.ExpiresAt)
}

// difference tells what changed between two states of a credential.
func difference(before, after quartet.Credential) string {
	var parts []string
	old := traits(before)
	for i, t := range traits(after) {
		if t.text != old[i].text {
			parts = append(parts, fmt.Sprintf("%s %s → %s", t.name, orNone(old[i].text), orNone(t.text)))
		}
	}
	return strings.Join(parts, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func stamp(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05") }
