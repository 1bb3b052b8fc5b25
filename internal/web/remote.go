package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the machines that are believed when they say for whom they ask. Anybody can
// write X-Forwarded-For, so of everybody else it is passed over. A nil one trusts nobody.
type Proxies struct{ trusted []netip.Prefix }

// NewProxies trusts the machines of these networks, those of IPv4 written as such.
func NewProxies(trusted []netip.Prefix) *Proxies {
	return &Proxies{trusted: slices.Clone(trusted)}
}

// Remote is the address of the caller: of the connection's other end, unless that is a
// trusted proxy. Then X-Forwarded-For is read from its end, where each proxy has added
// whom it was asked by, up to the first that is not trusted. What stands before an entry
// that is no address was not written by a trusted proxy, so it is not read.
func (p *Proxies) Remote(r *http.Request) netip.Addr {
	at := peer(r)
	if !p.trusts(at) {
		return at
	}
	for _, line := range slices.Backward(r.Header["X-Forwarded-For"]) {
		for more := true; more; {
			var entry string
			line, entry, more = cutLast(line)
			addr, ok := forwarded(entry)
			if !ok {
				return at
			}
			if at = addr; !p.trusts(at) {
				return at
			}
		}
	}
	return at
}

// Text is Remote for the log: with its port where it is the other end of the connection.
func (p *Proxies) Text(r *http.Request) string {
	if p == nil || len(p.trusted) == 0 || !p.trusts(peer(r)) {
		return r.RemoteAddr
	}
	return p.Remote(r).String()
}

// HTTPS reports whether the call came over HTTPS all the way: by what a trusted proxy says
// in X-Forwarded-Proto, else by its own connection. Of several words each must be https.
func (p *Proxies) HTTPS(r *http.Request) bool {
	said := r.Header["X-Forwarded-Proto"]
	if len(said) == 0 || !p.trusts(peer(r)) {
		return r.TLS != nil
	}
	for _, line := range said {
		for more := true; more; {
			var word string
			line, word, more = cutLast(line)
			if !strings.EqualFold(word, "https") {
				return false
			}
		}
	}
	return true
}

func (p *Proxies) trusts(a netip.Addr) bool {
	if p == nil {
		return false
	}
	for _, t := range p.trusted {
		if t.Contains(a) {
			return true
		}
	}
	return false
}

// peer is the other end of the connection, or no address when it is none of a network.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// cutLast takes the last entry off a list with commas.
func cutLast(list string) (rest, last string, more bool) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", strings.Trim(list, " \t"), false
	}
	return list[:i], strings.Trim(list[i+1:], " \t"), true
}

// forwarded reads an entry of X-Forwarded-For: an address, bare or with a port.
func forwarded(entry string) (netip.Addr, bool) {
	bare := entry
	if n := len(bare); n > 2 && bare[0] == '[' && bare[n-1] == ']' {
		bare = bare[1 : n-1]
	}
	a, err := netip.ParseAddr(bare)
	if err != nil {
		var with netip.AddrPort
		with, err = netip.ParseAddrPort(entry)
		a = with.Addr()
	}
	return a.Unmap().WithZone(""), err == nil
}
