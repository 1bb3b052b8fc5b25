package web

import (
	"net/http"
	"net/netip"
)

// Peer is the address at the other end of the connection; the zero one if there is none.
func Peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}
