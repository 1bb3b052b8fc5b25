package tencent_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"quartet"
	"quartet/internal/simulator"
	"quartet/internal/source/tencent"
	"quartet/internal/source/wire"
)

func TestNew_SaysWhatIsWrong(t *testing.T) {
	good := map[string]string{"secret_id": "AKIDinvented", "secret_key": "secretInvented"}
	_, sm2PEM := publicKeys(t, invent(t))
	for name, c := range map[string]struct {
		settings    string
		credentials map[string]string
		want        string
	}{
		"nothing set":           {"", good, ""},
		"all set":               {"endpoint: faceid.intl.tencentcloudapi.com\nregion: ap-guangzhou\nelements: [2, 4]\ntimeout: 3s", good, ""},
		"an unknown key":        {"region: x\nregoin: y", good, "line 2, column 1"},
		"no YAML":               {"elements: [", good, "line 1"},
		"plain HTTP":            {"endpoint: http://api.example.com", good, "https"},
		"another scheme":        {"endpoint: ftp://api.example.com", good, "https"},
		"a path":                {"endpoint: https://api.example.com/x", good, "alone"},
		"a user":                {"endpoint: https://a:b@api.example.com", good, "alone"},
		"five elements":         {"elements: [5]", good, "elements has 5"},
		"the same twice":        {"elements: [4, 4]", good, "twice"},
		"an hour":               {"timeout: 1h", good, "timeout"},
		"no secret_key":         {"", map[string]string{"secret_id": "x"}, "secret_key"},
		"an unknown credential": {"", map[string]string{"secret_id": "x", "secret_key": "y", "token": "z"}, "token"},
		"an unknown algorithm":  {"encryption: {algorithm: ROT13, public_key: " + sm2PEM + "}", good, "AES-256-CBC nor SM4-GCM"},
		"no key":                {"encryption: {algorithm: AES-256-CBC}", good, "public_key"},
		"the other key":         {"encryption: {algorithm: AES-256-CBC, public_key: " + sm2PEM + "}", good, "no RSA key"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := tencent.New([]byte(c.settings), c.credentials, tencent.Options{})
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
			if strings.Contains(err.Error(), good["secret_key"]) {
				t.Error("the error shows a secret")
			}
		})
	}
}

// publicKeys are the halves of the cloud's keys that its console shows, as it shows them.
func publicKeys(t *testing.T, secrets map[string]string) (rsaKey, sm2Key string) {
	t.Helper()
	shown := func(kind string, der []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	block, _ := pem.Decode([]byte(secrets["rsa_key"]))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey = shown("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.(*rsa.PrivateKey).PublicKey), nil)
	block, _ = pem.Decode([]byte(secrets["sm2_key"]))
	private, err := smx509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := smx509.MarshalPKIXPublicKey(private.(*sm2.PrivateKey).Public())
	return rsaKey, shown("PUBLIC KEY", der, err)
}

// encrypting is a cloud and a source that encrypts for it; what the source sends is kept.
func encrypting(t *testing.T, algorithm string, script simulator.Script) (c *cloud, sent *strings.Builder) {
	t.Helper()
	c = start(t, script, "")
	rsaKey, sm2Key := publicKeys(t, c.secrets)
	key := map[string]string{"AES-256-CBC": rsaKey, "SM4-GCM": sm2Key}[algorithm]
	sent = &strings.Builder{}
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = sent.Write(body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.ServeHTTP(w, r)
	}))
	t.Cleanup(recorder.Close)
	c.source = newSource(t, "endpoint: "+recorder.URL+"\nencryption:\n  algorithm: "+algorithm+"\n  public_key: "+key, c.secrets)
	return c, sent
}

func TestTencent_EncryptsWhereThatIsSet(t *testing.T) {
	for _, algorithm := range []string{"AES-256-CBC", "SM4-GCM"} {
		for _, need := range []quartet.ElementSet{wire.Two, wire.Three, wire.Four} {
			t.Run(algorithm+" "+need.String(), func(t *testing.T) {
				c, sent := encrypting(t, algorithm, script())
				q := ask(t, need, lost)
				answer, err := c.source.Verify(t.Context(), q)
				if err != nil || answer.Reason != quartet.ReasonCardLost {
					t.Fatalf("got %+v, %v; the cloud could not read it", answer, err)
				}
				for _, element := range []string{q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal(), q.Elements.Mobile.Reveal()} {
					if strings.Contains(sent.String(), element) {
						t.Error("an element was sent as it is")
					}
				}
				first := fieldOf(t, sent.String())
				sent.Reset()
				if _, err := c.source.Verify(t.Context(), q); err != nil || fieldOf(t, sent.String()) == first {
					t.Errorf("the same again was sent alike, or failed with %v", err)
				}
			})
		}
	}
}

// fieldOf is the card as it was sent.
func fieldOf(t *testing.T, body string) string {
	t.Helper()
	var sent struct{ BankCard string }
	if err := json.Unmarshal([]byte(body), &sent); err != nil || sent.BankCard == "" {
		t.Fatalf("%v in %s", err, body)
	}
	return sent.BankCard
}

func TestTencent_FailsUnchargedWhenTheCloudCannotDecrypt(t *testing.T) {
	c, _ := encrypting(t, "AES-256-CBC", script())
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&other.PublicKey)})
	s := newSource(t, "endpoint: "+c.url+"\nencryption:\n  algorithm: AES-256-CBC\n  public_key: "+base64.StdEncoding.EncodeToString(key), c.secrets)
	e := failure(t, s, ask(t, wire.Four, match))
	if e.Code != "FailedOperation.DecryptSystemError" || !e.Retry || e.Charged != quartet.ChargedNo {
		t.Errorf("got %+v", e)
	}
}

func TestTencent_LeavesTheProgramsLogAlone(t *testing.T) {
	log.SetFlags(log.LUTC)
	defer log.SetFlags(log.LstdFlags)
	c := start(t, script(), "")
	if _, err := c.source.Verify(t.Context(), ask(t, wire.Four, match)); err != nil {
		t.Fatal(err)
	}
	if log.Flags() != log.LUTC {
		t.Error("the flags of the log were changed")
	}
}

func TestTencent_RehearsesWithoutTellingAnything(t *testing.T) {
	rsaKey, _ := publicKeys(t, invent(t))
	s := newSource(t, "elements: [3, 4]\nencryption:\n  algorithm: AES-256-CBC\n  public_key: "+rsaKey,
		map[string]string{"secret_id": "AKIDinvented", "secret_key": "secretInvented"})
	q := ask(t, wire.Three, match)
	text, err := s.Rehearse(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"POST https://faceid.tencentcloudapi.com/", "X-TC-Action: BankCardVerification",
		`{"Name":"测**","IdCard":"110*************11","BankCard":"` + q.Elements.Card.String() + `"`, "AES-256-CBC",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %s:\n%s", want, text)
		}
	}
	for _, secret := range []string{"AKIDinvented", "secretInvented", q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal(), q.Elements.Mobile.Reveal()} {
		if strings.Contains(text, secret) {
			t.Errorf("it tells a secret:\n%s", text)
		}
	}
	if _, err := s.Rehearse(ask(t, wire.Two, match)); quartet.CodeOf(err) != quartet.ErrUnsupported {
		t.Errorf("what is not asked: got %v", err)
	}
}
