package web_test

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"quartet/internal/web"
)

// proxies trusts 10.0.0.0/8, one address of IPv6 and the local one.
func proxies() *web.Proxies {
	return web.NewProxies([]netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("127.0.0.1/32"),
	})
}

func from(remote string, forwardedFor ...string) *http.Request {
	return &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": forwardedFor}}
}

func TestRemote_IsTheCaller(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		remote string
		header []string
		want   string
	}{
		{"no proxy", "192.0.2.7:4711", nil, "192.0.2.7"},
		{"a stranger who says he is somebody else", "192.0.2.7:4711", []string{"198.51.100.1"}, "192.0.2.7"},
		{"a stranger who says he is a proxy", "192.0.2.7:4711", []string{"10.0.0.1"}, "192.0.2.7"},
		{"a proxy that says nothing", "10.0.0.1:80", nil, "10.0.0.1"},
		{"one proxy", "10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:80", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"what the caller wrote himself", "10.0.0.1:80", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"a proxy that the caller invents", "10.0.0.1:80", []string{"203.0.113.9, 10.9.9.9, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"several lines", "10.0.0.1:80", []string{"203.0.113.9", "198.51.100.1", "10.0.0.3, 10.0.0.2"}, "198.51.100.1"},
		{"proxies alone", "10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"no blanks, and tabs", "10.0.0.1:80", []string{"198.51.100.1,\t10.0.0.2 "}, "198.51.100.1"},
		{"a port", "10.0.0.1:80", []string{"198.51.100.1:50123"}, "198.51.100.1"},
		{"IPv6", "[2001:db8::1]:80", []string{"2001:db8:1::7"}, "2001:db8:1::7"},
		{"IPv6 in brackets", "[2001:db8::1]:80", []string{"[2001:db8:1::7]"}, "2001:db8:1::7"},
		{"IPv6 with a port", "[2001:db8::1]:80", []string{"[2001:db8:1::7]:50123"}, "2001:db8:1::7"},
		{"IPv4 written as IPv6", "[::ffff:10.0.0.1]:80", []string{"::ffff:198.51.100.1, ::ffff:10.0.0.2"}, "198.51.100.1"},
		{"a trusted address written as IPv6", "[::ffff:127.0.0.1]:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"zones", "[fe80::1%eth0]:80", nil, "fe80::1"},
		{"a zone in the header", "10.0.0.1:80", []string{"fe80::2%eth1"}, "fe80::2"},
		{"an entry that is no address", "10.0.0.1:80", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"one behind a good one", "10.0.0.1:80", []string{"198.51.100.1, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"empty", "10.0.0.1:80", []string{""}, "10.0.0.1"},
		{"an empty entry", "10.0.0.1:80", []string{"198.51.100.1,"}, "10.0.0.1"},
		{"an empty line before a good one", "10.0.0.1:80", []string{"", "198.51.100.1"}, "198.51.100.1"},
		{"commas", "10.0.0.1:80", []string{strings.Repeat(",", 10<<10)}, "10.0.0.1"},
		{"brackets", "10.0.0.1:80", []string{"[]"}, "10.0.0.1"},
		{"an address that is none", "10.0.0.1:80", []string{"10.0.0.256"}, "10.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := proxies().Remote(from(tt.remote, tt.header...)); got.String() != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestRemote_IsNoAddressWithoutANetwork(t *testing.T) {
	t.Parallel()
	for _, remote := range []string{"", "@", "nonsense:80"} {
		if got := proxies().Remote(from(remote, "198.51.100.1")); got.IsValid() {
			t.Errorf("%q: %v", remote, got)
		}
	}
}

func TestRemote_OfNobodyTrustedIsTheConnections(t *testing.T) {
	t.Parallel()
	for _, p := range []*web.Proxies{nil, web.NewProxies(nil)} {
		if got := p.Remote(from("10.0.0.1:80", "198.51.100.1")); got.String() != "10.0.0.1" {
			t.Errorf("got %v", got)
		}
	}
}

func TestRemote_CostsNoMemoryWithoutATrustedProxy(t *testing.T) {
	r, none := from("192.0.2.7:4711", "198.51.100.1"), web.NewProxies(nil)
	if n := testing.AllocsPerRun(100, func() { _ = none.Remote(r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestHTTPS_IsWhatATrustedProxySaysElseTheConnection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		remote string
		tls    bool
		said   []string
		want   bool
	}{
		{"a plain connection", "192.0.2.7:1", false, nil, false},
		{"a TLS connection", "192.0.2.7:1", true, nil, true},
		{"a stranger on a plain connection", "192.0.2.7:1", false, []string{"https"}, false},
		{"a stranger on a TLS connection", "192.0.2.7:1", true, []string{"http"}, true},
		{"a proxy that was asked by HTTPS", "10.0.0.1:1", false, []string{"https"}, true},
		{"in large letters", "10.0.0.1:1", false, []string{"HTTPS"}, true},
		{"a proxy that was asked by HTTP", "10.0.0.1:1", false, []string{"http"}, false},
		{"one that asks by TLS itself", "10.0.0.1:1", true, []string{"http"}, false},
		{"a proxy that says nothing", "10.0.0.1:1", false, nil, false},
		{"an empty word", "10.0.0.1:1", false, []string{""}, false},
		{"HTTPS all the way", "10.0.0.1:1", false, []string{"https, https"}, true},
		{"HTTP on a part of the way", "10.0.0.1:1", false, []string{"https,http"}, false},
		{"two lines that differ", "10.0.0.1:1", false, []string{"http", "https"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{}}
			if tt.said != nil {
				r.Header["X-Forwarded-Proto"] = tt.said
			}
			if tt.tls {
				r.TLS = &tls.ConnectionState{}
			}
			if got := proxies().HTTPS(r); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// Whatever is written, a stranger is himself, and behind a proxy somebody is named whom
// the header names, or the proxy.
func FuzzRemote(f *testing.F) {
	f.Add("10.0.0.1:80", "198.51.100.1, 10.0.0.2", "")
	f.Add("[2001:db8::1]:80", "[::1]:7, ::ffff:10.0.0.1", "a,,b")
	f.Add("192.0.2.7:4711", "fe80::1%eth0", ",")
	f.Fuzz(func(t *testing.T, remote, first, second string) {
		r := from(remote, first, second)
		r.Header["X-Forwarded-Proto"] = []string{first, second}
		self, got := web.NewProxies(nil).Remote(r), proxies().Remote(r)
		if got.Zone() != "" || got.Is4In6() {
			t.Errorf("%v is not plain", got)
		}
		trusted := proxies().Remote(from(remote, "203.0.113.77")).String() == "203.0.113.77"
		if got != self && !trusted {
			t.Errorf("%v is believed to be %v", self, got)
		}
		if !self.IsValid() && got.IsValid() {
			t.Errorf("nobody is believed to be %v", got)
		}
		if proxies().HTTPS(r) && !trusted {
			t.Error("a stranger is believed to have come by HTTPS")
		}
	})
}
