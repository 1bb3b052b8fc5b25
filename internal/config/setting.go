package config

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting is one scalar of the configuration under its key in the file.
type Setting struct {
	Key  string // "guard.enabled"
	Help string
	Bool bool // a flag of it needs no value

	get func(*Config) string
	set func(*Config, string) error
}

// Env is the variable that sets it: QUARTET_GUARD_ENABLED.
func (s Setting) Env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))
}

// Flag is the flag that sets it: guard-enabled.
func (s Setting) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(s.Key)
}

// Default is its default as text.
func (s Setting) Default() string {
	c := Default()
	return s.get(&c)
}

// EnvPrefix begins every variable that is read.
const EnvPrefix = "QUARTET_"

// Settings lists all scalars in the order of the sample file.
func Settings() []Setting {
	return append([]Setting{
		text("listen", "address of the API", func(c *Config) *string { return &c.Listen }),
		text("admin.listen", "address of /healthz, /readyz and /metrics; a free port is taken when this one is in use", func(c *Config) *string { return &c.AdminListen }),
		flag("allow_plain_http", "serve plain HTTP on an address that other machines can reach", func(c *Config) *bool { return &c.AllowPlainHTTP }),
		text("tls.cert", "certificate file (PEM) of the API", func(c *Config) *string { return &c.TLSCert }),
		text("tls.key", "private key file (PEM) of the API", func(c *Config) *string { return &c.TLSKey }),
		networks("trusted_proxies", "addresses and networks (10.0.0.0/8), with commas between them, whose X-Forwarded-For and X-Forwarded-Proto are believed", func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }),
		flag("require_https", "refuse calls that came over plain HTTP, to a trusted proxy or to this node", func(c *Config) *bool { return &c.RequireHTTPS }),
		text("data", "data folder; one process owns it", func(c *Config) *string { return &c.Data }),
		text("store", "database: empty for SQLite in the data folder, or postgres://user@host/database without a password", func(c *Config) *string { return &c.Store }),
		text("store_password_file", "file that holds the database password (or set "+PasswordEnv+")", func(c *Config) *string { return &c.StorePasswordFile }),
		flag("store_allow_unsafe", "accept a database server that runs without fsync; tests only", func(c *Config) *bool { return &c.StoreAllowUnsafe }),
		text("keyring", "keyring file; empty for quartet.keyring beside the data folder", func(c *Config) *string { return &c.Keyring }),
		duration("deadline", "time that suppliers have for one call, all attempts together", func(c *Config) *time.Duration { return &c.Deadline }),
		duration("drain", "how long a stopping server waits for calls in flight", func(c *Config) *time.Duration { return &c.Drain }),
		text("log.level", "debug, info, warn or error", func(c *Config) *string { return &c.LogLevel }),
		text("log.format", "json or text", func(c *Config) *string { return &c.LogFormat }),
		flag("guard.enabled", "limit repeated parameters and calls per card; off is for load tests only", func(c *Config) *bool { return &c.GuardEnabled }),
		number("guard.identical", "calls a day with the same parameters, per account", func(c *Config) *int { return &c.GuardIdentical }),
		number("guard.mismatches", "mismatches in a row that close a card until midnight", func(c *Config) *int { return &c.GuardMismatches }),
		number("guard.calls", "calls a day for one card", func(c *Config) *int { return &c.GuardCalls }),
		flag("appcode_in_query", "take an AppCode from the query as well, where every proxy logs it; for callers that cannot set a header", func(c *Config) *bool { return &c.AppCodeInQuery }),
		number("limits.failed_auth", "calls of one address at once that may fail to say who calls, one more each second; 0 does not limit them", func(c *Config) *int { return &c.FailedAuth }),
		number("retention.call_days", "days for which the row of each call is kept, 180 at least; counts and sums stay for ever", func(c *Config) *int { return &c.CallDays }),
	}, slices.Concat(paySettings(), invoiceSettings(), notifySettings(), oidcSettings(), supportSettings(), webhookSettings(), batchSettings(), announcementSettings())...)
}

func text(key, help string, field func(*Config) *string) Setting {
	return Setting{
		Key: key, Help: help,
		get: func(c *Config) string { return *field(c) },
		set: func(c *Config, s string) error { *field(c) = s; return nil },
	}
}

func flag(key, help string, field func(*Config) *bool) Setting {
	return Setting{
		Key: key, Help: help, Bool: true,
		get: func(c *Config) string { return strconv.FormatBool(*field(c)) },
		set: func(c *Config, s string) error {
			v, err := parseBool(s)
			if err == nil {
				*field(c) = v
			}
			return err
		},
	}
}

func duration(key, help string, field func(*Config) *time.Duration) Setting {
	return Setting{
		Key: key, Help: help,
		get: func(c *Config) string { return field(c).String() },
		set: func(c *Config, s string) error {
			v, err := parseDuration(s)
			if err == nil {
				*field(c) = v
			}
			return err
		},
	}
}

func number(key, help string, field func(*Config) *int) Setting {
	return Setting{
		Key: key, Help: help,
		get: func(c *Config) string { return strconv.Itoa(*field(c)) },
		set: func(c *Config, s string) error {
			v, err := strconv.Atoi(s)
			if err != nil {
				return errors.New("must be a whole number")
			}
			*field(c) = v
			return nil
		},
	}
}

func networks(key, help string, field func(*Config) *[]netip.Prefix) Setting {
	return Setting{
		Key: key, Help: help,
		get: func(c *Config) string { return networksText(*field(c)) },
		set: func(c *Config, s string) error {
			v, err := parseNetworks(s)
			if err == nil {
				*field(c) = v
			}
			return err
		},
	}
}

func networksText(list []netip.Prefix) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		if p.IsSingleIP() {
			b.WriteString(p.Addr().String())
			continue
		}
		b.WriteString(p.String())
	}
	return b.String()
}

func parseNetworks(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			var a netip.Addr
			a, err = netip.ParseAddr(one)
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if err != nil || strings.Contains(one, "%") {
			return nil, errors.New("must be addresses or networks such as 10.0.0.0/8, with commas between them")
		}
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 { // an IPv4 network, written as IPv6
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		if p.Bits() == 0 {
			return nil, errors.New("must not trust every address: anybody could say that he is somebody else")
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

func parseDuration(s string) (time.Duration, error) {
	v, err := time.ParseDuration(s)
	if err != nil {
		return 0, errors.New("must be a time span such as 10s or 500ms")
	}
	return v, nil
}
