package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/webhook"
)

func TestAllowed_LetsOnlyThePublicNetPass(t *testing.T) {
	for address, may := range map[string]struct{ plain, private bool }{
		"1.2.3.4":                    {true, true},
		"223.5.5.5":                  {true, true},
		"2400:3200::1":               {true, true},
		"::ffff:1.2.3.4":             {true, true},
		"127.0.0.1":                  {false, true},
		"127.255.255.254":            {false, true},
		"::1":                        {false, true},
		"10.0.0.1":                   {false, true},
		"172.16.0.1":                 {false, true},
		"172.31.255.255":             {false, true},
		"192.168.1.1":                {false, true},
		"fd12:3456::1":               {false, true},
		"::ffff:127.0.0.1":           {false, true},
		"::ffff:10.1.2.3":            {false, true},
		"0.0.0.0":                    {false, false},
		"::":                         {false, false},
		"0.1.2.3":                    {false, false},
		"169.254.169.254":            {false, false},
		"169.254.0.1":                {false, false},
		"::ffff:169.254.169.254":     {false, false},
		"fe80::1":                    {false, false},
		"fe80::1%eth0":               {false, false},
		"fd00:ec2::254":              {false, false},
		"100.100.100.200":            {false, false},
		"::ffff:100.100.100.200":     {false, false},
		"168.63.129.16":              {false, false},
		"100.64.0.1":                 {false, false},
		"192.0.0.192":                {false, false},
		"192.0.2.1":                  {false, false},
		"198.18.0.1":                 {false, false},
		"198.51.100.1":               {false, false},
		"203.0.113.1":                {false, false},
		"224.0.0.1":                  {false, false},
		"239.255.255.250":            {false, false},
		"240.0.0.1":                  {false, false},
		"255.255.255.255":            {false, false},
		"ff02::1":                    {false, false},
		"::127.0.0.1":                {false, false},
		"64:ff9b::7f00:1":            {false, false},
		"64:ff9b:1::a00:1":           {false, false},
		"2002:7f00:1::":              {false, false},
		"2001::1":                    {false, false},
		"2001:db8::1":                {false, false},
		"fec0::1":                    {false, false},
		"100::1":                     {false, false},
		"::ffff:0:127.0.0.1":         {false, false},
		"2001:0:7f00:1::80ff:fffe:1": {false, false},
	} {
		a := netip.MustParseAddr(address)
		if got := webhook.Allowed(a, false); got != may.plain {
			t.Errorf("%s is allowed: %v", address, got)
		}
		if got := webhook.Allowed(a, true); got != may.private {
			t.Errorf("%s is allowed where private addresses are: %v", address, got)
		}
	}
}

func TestAdd_RefusesWhatLeadsInside(t *testing.T) {
	h := newHouse(t, webhook.Options{})
	for _, url := range []string{
		"", "hooks.example.com", "http://hooks.example.com/", "ftp://hooks.example.com/", "https://", "https:///x", "https://user@hooks.example.com/", "https://user:pass@hooks.example.com/",
		"https://hooks.example.com/#here", "https://localhost/", "https://LOCALHOST./", "https://x.localhost/", "https://printer.local/", "https://metadata.google.internal/", "https://intranet/",
		"https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://100.100.100.200/", "https://0.0.0.0/",
		"https://[fe80::1%25eth0]/", "http://127.0.0.1:8080/", "https://hooks.example.com/ x", "https://hooks.example.com/" + strings.Repeat("x", 500),
	} {
		_, _, err := h.desk.Add(t.Context(), "person zhang", "acme", url)
		wantCode(t, url, err, quartet.ErrInvalid)
	}
	for _, url := range []string{"https://hooks.example.com", "https://hooks.example.com:8443/quartet?team=7", "https://1.2.3.4/x", "https://[2400:3200::1]/"} {
		_, _, err := h.desk.Add(t.Context(), "person zhang", "acme", url)
		wantCode(t, url, err, "")
	}
	private := newHouse(t, webhook.Options{Private: true})
	for url, want := range map[string]quartet.ErrorCode{
		"http://127.0.0.1:8080/": "", "http://localhost:8080/": "", "https://10.0.0.1/": "", "https://intranet/": "",
		"http://10.0.0.1/": quartet.ErrInvalid, "http://intranet/": quartet.ErrInvalid, "https://169.254.169.254/": quartet.ErrInvalid, "https://[fe80::1]/": quartet.ErrInvalid,
	} {
		_, _, err := private.desk.Add(t.Context(), "person zhang", "acme", url)
		wantCode(t, "with private addresses "+url, err, want)
	}
}

// names is a server of names that leads every one to an address of its own choice.
func names(t *testing.T, to func() [4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			_, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12 + bytes.IndexByte(buf[12:], 0) + 5 // of the question: the name, its type and class
			answer := append(slices.Clone(buf[:2]), 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0)
			answer = append(answer, buf[12:end]...)
			if buf[end-3] == 1 { // for an IPv4 address
				a := to()
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, a[0], a[1], a[2], a[3])
			}
			_, _ = conn.WriteTo(answer, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name may lead elsewhere when it is asked again: what counts is where the connection goes.
func TestDeliver_LooksAtTheAddressThatItConnectsTo(t *testing.T) {
	asked := 0
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer inside.Close()
	port := inside.Listener.Addr().(*net.TCPAddr).Port
	for _, to := range [][4]byte{{127, 0, 0, 1}, {10, 0, 0, 1}, {169, 254, 169, 254}, {0, 0, 0, 0}} {
		h := newHouse(t, webhook.Options{Resolver: names(t, func() [4]byte { return to })})
		w, _, err := h.desk.Add(t.Context(), "person zhang", "acme", fmt.Sprintf("https://rebind.example.com:%d/", port))
		must(t, err)
		d, err := h.desk.Test(t.Context(), "person zhang", "acme", w.ID)
		must(t, err)
		h.work()
		_, tries, err := h.desk.Show(t.Context(), "acme", w.ID, d.ID)
		if err != nil || len(tries) != 1 || !strings.Contains(tries[0].Fault, "not of the public net") || tries[0].Status != 0 {
			t.Errorf("to %v: %+v, %v", to, tries, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests came inside", asked)
	}
}
