package webhook

import (
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"quartet"
)

// refusedNets are what is not the public net, beside what netip knows by itself. What wraps an
// IPv4 address (NAT64, 6to4, Teredo) is refused whole: whoever needs it has an address of the
// other kind as well.
var refusedNets = networks(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// publicNet is all of the public net that IPv6 has; the rest wraps other addresses or is for
// use inside.
var publicNet = netip.MustParsePrefix("2000::/3")

// neverNets are refused whatever the settings allow: where clouds tell their machines secrets.
var neverNets = networks("169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128")

func networks(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, s := range list {
		all[i] = netip.MustParsePrefix(s)
	}
	return all
}

func within(a netip.Addr, nets []netip.Prefix) bool {
	for _, n := range nets {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Allowed reports whether a webhook may be sent to an address. private lets addresses of this
// machine and of private networks pass as well.
func Allowed(a netip.Addr, private bool) bool {
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid(), a.IsUnspecified(), a.IsMulticast(), within(a, neverNets), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return false
	case private && (a.IsLoopback() || a.IsPrivate()):
		return true
	default:
		return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && (a.Is4() || publicNet.Contains(a)) && !within(a, refusedNets)
	}
}

var errAddress = quartet.Errorf(quartet.ErrForbidden, "the URL leads to an address that is not of the public net")

// control refuses a connection to where webhooks may not be sent, when its address is known
// and before anything is sent.
func control(private bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !Allowed(to.Addr(), private) {
			return errAddress
		}
		return nil
	}
}

const maxURL = 500

// checkURL is nil when a webhook may have a URL. Where its name leads is not asked here: that
// may be another place at each try.
func checkURL(text string, private bool) error {
	wrong := func(message string) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "url", Message: message}
	}
	u, err := url.Parse(text)
	switch {
	case len(text) > maxURL:
		return wrong("at most 500 bytes")
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" || strings.ContainsAny(text, " \t\r\n"):
		return wrong("give an address such as https://hooks.example.com/quartet")
	case u.User != nil || u.Fragment != "":
		return wrong("an address has no name, no password and no # here; what is sent is signed")
	case u.Scheme != "https" && (u.Scheme != "http" || !private || !loopback(u.Hostname())):
		return wrong("must begin with https://")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		if !Allowed(a, private) {
			return wrong("this address is not of the public net")
		}
		return nil
	}
	if !private && (host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") || !strings.Contains(host, ".")) {
		return wrong("this name is not of the public net")
	}
	return nil
}

// loopback reports whether a host of a URL is this machine.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}
