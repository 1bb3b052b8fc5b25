package aliyun_test

import (
	"crypto/md5"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/aliyun"
	"quartet/internal/source/wire"
)

func TestNew_SaysWhatIsWrong(t *testing.T) {
	good := map[string]string{"access_key_id": "LTAIinvented", "access_key_secret": "secretInvented"}
	for name, c := range map[string]struct {
		settings    string
		credentials map[string]string
		want        string
	}{
		"nothing set":           {"", good, ""},
		"all set":               {"endpoints: [cloudauth.aliyuncs.com, https://cloudauth.cn-beijing.aliyuncs.com]\nregion: cn-beijing\nelements: [2, 4]\nparam_type: md5\ntimeout: 3s", good, ""},
		"an unknown key":        {"region: x\nendpoint: y", good, "line 2, column 1"},
		"no YAML":               {"elements: [", good, "line 1"},
		"plain HTTP":            {"endpoints: [http://api.example.com]", good, "https"},
		"a path":                {"endpoints: [api.example.com/x]", good, "alone"},
		"five elements":         {"elements: [5]", good, "elements has 5"},
		"an unknown form":       {"param_type: sm2", good, "normal nor md5"},
		"an hour":               {"timeout: 1h", good, "timeout"},
		"no access_key_secret":  {"", map[string]string{"access_key_id": "x"}, "access_key_secret"},
		"an unknown credential": {"", map[string]string{"access_key_id": "x", "access_key_secret": "y", "token": "z"}, "token"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := aliyun.New([]byte(c.settings), c.credentials, aliyun.Options{})
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				_ = s.Close()
				return
			}
			if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want invalid with %q", err, c.want)
			}
			if strings.Contains(err.Error(), good["access_key_secret"]) {
				t.Error("the error shows a secret")
			}
		})
	}
}

func TestAliyun_GoesOnOnlyWhereTheFirstWasNotReached(t *testing.T) {
	c := start(t, script(), "")
	s := newSource(t, "endpoints: ["+nobody(t)+", "+nobody(t)+", "+c.url+"]", c.secrets)
	if answer, err := s.Verify(t.Context(), ask(t, wire.Four, match)); err != nil || answer.Verdict != quartet.Match {
		t.Errorf("got %+v, %v, want the third endpoint's match", answer, err)
	}
	for _, n := range []int{busy, failed, status502, cutBefore, cutAfter, malformed} {
		first := start(t, script(), "")
		second := start(t, script(), "")
		s := newSource(t, "endpoints: ["+first.url+", "+second.url+"]", first.secrets)
		if e := failure(t, s, ask(t, wire.Four, n)); !e.Sent || second.Totals().Arrived != 0 {
			t.Errorf("card %d: got %+v and asked the second %d times", n, e, second.Totals().Arrived)
		}
		if first.Totals().Arrived != 1 {
			t.Errorf("card %d: the first was asked %d times", n, first.Totals().Arrived)
		}
	}
}

func TestAliyun_HashesAsTheCloudWantsIt(t *testing.T) {
	var got url.Values
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.Query() }))
	defer server.Close()
	s := newSource(t, "param_type: md5\nendpoints: ["+server.URL+"]", map[string]string{"access_key_id": "id", "access_key_secret": "secret"})
	q := ask(t, wire.Four, match)
	_, _ = s.Verify(t.Context(), q)
	hash := func(text string) string {
		sum := md5.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	card := q.Elements.Card.Reveal()
	for name, want := range map[string]string{
		"ParamType": "md5", "UserName": hash("测") + "试甲", "BankCard": card[:10] + hash(card[10:]),
		"IdentifyNum": "110101" + hash("19900307") + "0011", "Mobile": hash("13900000001"), "ProductType": "BANK_CARD_4_META",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
}

// TestAliyun_ObeysNoEnvironment sets what the cloud's own client would obey: a proxy, and
// DEBUG, which it reads when the program starts; see TestMain.
func TestAliyun_ObeysNoEnvironment(t *testing.T) {
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close() }()
	used := make(chan struct{}, 1)
	go func() {
		if conn, err := proxy.Accept(); err == nil {
			_ = conn.Close()
			used <- struct{}{}
		}
	}()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "http://"+proxy.Addr().String())
	}
	printed := capture(t, func() {
		c := start(t, script(), "")
		if _, err := c.source.Verify(t.Context(), ask(t, wire.Four, match)); err != nil {
			t.Error(err)
		}
	})
	if printed != "" {
		t.Errorf("it printed %s", printed)
	}
	select {
	case <-used:
		t.Error("it went through a proxy")
	default:
	}
}

// capture gives what a function prints on standard output and error.
func capture(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	f()
	os.Stdout, os.Stderr = out, errs
	_ = w.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAliyun_RehearsesWithoutTellingAnything(t *testing.T) {
	for _, form := range []string{"normal", "md5"} {
		s := newSource(t, "elements: [3, 4]\nparam_type: "+form, map[string]string{"access_key_id": "LTAIinvented", "access_key_secret": "secretInvented"})
		q := ask(t, wire.Three, match)
		text, err := s.Rehearse(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"POST https://cloudauth.aliyuncs.com/", "Action=BankMetaVerify", "BANK_CARD_3_META", "ParamType=" + form,
			"测**", "110*************11", q.Elements.Card.String(),
		} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %s:\n%s", want, text)
			}
		}
		for _, secret := range []string{"LTAIinvented", "secretInvented", "Mobile", q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal()} {
			if strings.Contains(text, secret) {
				t.Errorf("it tells %s:\n%s", secret, text)
			}
		}
		if _, err := s.Rehearse(ask(t, wire.Two, match)); quartet.CodeOf(err) != quartet.ErrUnsupported {
			t.Errorf("what is not asked: got %v", err)
		}
		if _, ok := source.Rehearser(s).TestPerson(); ok {
			t.Error("there is a test person")
		}
	}
}
