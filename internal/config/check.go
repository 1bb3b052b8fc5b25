package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"quartet"
)

const (
	maxDeadline = time.Minute
	maxLimit    = 1_000_000
	maxCallDays = 100 * 365
)

// check finds what no single value shows, and reads the password file.
func (l *Loaded) check() Faults {
	var f Faults
	bad := func(key, format string, args ...any) { f.addf(l.origin(key), key, format, args...) }

	host, ok := splitAddress(l.Listen)
	switch {
	case !ok:
		bad("listen", "must be an address such as 127.0.0.1:8080")
	case !IsLoopback(host) && !l.AllowPlainHTTP && l.TLSCert == "":
		bad("listen", "other machines can reach this address and the calls would cross the net in clear; set tls.cert and tls.key, listen on 127.0.0.1 behind a TLS proxy, or set allow_plain_http")
	}
	if _, ok := splitAddress(l.AdminListen); !ok {
		bad("admin.listen", "must be an address such as 127.0.0.1:9090")
	}
	if (l.TLSCert == "") != (l.TLSKey == "") {
		bad("tls.cert", "tls.cert and tls.key go together")
	}
	if l.RequireHTTPS && l.TLSCert == "" && len(l.TrustedProxies) == 0 {
		bad("require_https", "nobody could call; set tls.cert and tls.key, or name the TLS proxy in trusted_proxies")
	}
	if l.Data == "" {
		bad("data", "must name a folder")
	}
	if message := checkStore(l.Store); message != "" {
		bad("store", "%s", message)
	}
	if l.StorePasswordFile != "" {
		l.readPassword(&f)
	}
	if l.Deadline <= 0 || l.Deadline > maxDeadline {
		bad("deadline", "must be above 0 and at most %v", maxDeadline)
	}
	if l.Drain < 0 {
		bad("drain", "must not be negative")
	}
	switch l.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		bad("log.level", "must be debug, info, warn or error")
	}
	if l.LogFormat != "json" && l.LogFormat != "text" {
		bad("log.format", "must be json or text")
	}
	limit := func(key string, n int) {
		if n < 1 || n > maxLimit {
			bad(key, "must be from 1 to %d; to switch the guard off set guard.enabled to false", maxLimit)
		}
	}
	limit("guard.identical", l.GuardIdentical)
	limit("guard.mismatches", l.GuardMismatches)
	limit("guard.calls", l.GuardCalls)
	if l.FailedAuth < 0 || l.FailedAuth > maxLimit {
		bad("limits.failed_auth", "must be from 0 to %d; 0 does not limit them", maxLimit)
	}
	if l.CallDays < quartet.LeastCallDays || l.CallDays > maxCallDays {
		bad("retention.call_days", "must be from %d to %d: the Cybersecurity Law (Article 21) asks for network logs of six months at least", quartet.LeastCallDays, maxCallDays)
	}
	l.checkPay(bad)
	l.checkInvoice(bad)
	l.checkNotify(bad)
	l.checkOIDC(bad)
	l.checkSupport(bad)
	l.checkBatch(bad)
	l.checkWebhook(bad)
	l.checkAnnouncement(bad)
	return f
}

func (l *Loaded) readPassword(f *Faults) {
	if l.Origin[passwordKey] != "" {
		f.addf(l.origin("store_password_file"), "store_password_file", "%s is set as well; give one of them", PasswordEnv)
		return
	}
	data, err := os.ReadFile(l.StorePasswordFile)
	if err != nil {
		f.addf(l.origin("store_password_file"), "store_password_file", "cannot read the file: %v", unwrapPath(err))
		return
	}
	l.StorePassword = strings.TrimRight(string(data), "\r\n")
}

func (l *Loaded) origin(key string) string {
	if o := l.Origin[key]; o != "" {
		return o
	}
	return "default"
}

// checkStore says what is wrong with a database URL, without repeating any of it.
func checkStore(store string) string {
	if store == "" {
		return ""
	}
	const want = "must be empty or postgres://user@host:port/database"
	u, err := url.Parse(store)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return want
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") || u.Query().Has("sslpassword") {
		return "carries a password, which would end in process lists and logs; take it out and use store_password_file or the variable " + PasswordEnv
	}
	if u.Query().Has("passfile") || strings.Trim(u.Path, "/") != "" || u.Host != "" {
		return ""
	}
	return want
}

func splitAddress(address string) (host string, ok bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", false
	}
	n, err := strconv.Atoi(port)
	return host, err == nil && n >= 0 && n <= 65535
}

// IsLoopback reports whether only this machine can reach the host.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
