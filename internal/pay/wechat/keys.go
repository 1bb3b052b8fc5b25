package wechat

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"

	"quartet"
	"quartet/internal/pay"
)

const (
	apiV3KeyLen = 32
	publicKeyID = "PUB_KEY_ID_"
	// Platform certificates are fetched anew when one is named that is not known, at most
	// so often: anybody can name one.
	fetchAgain = time.Minute
	fetchLimit = 10 * time.Second
)

func readAPIv3Key(path string) (string, error) {
	data, err := pay.ReadSecret("pay.wechat.api_v3_key_file", path)
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(data))
	if len(key) != apiV3KeyLen {
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: "pay.wechat.api_v3_key_file", Message: "pay.wechat.api_v3_key_file holds no APIv3 key: it has 32 characters"}
	}
	return key, nil
}

// keys verifies what WeChat Pay signs. Safe for concurrent use.
type keys struct {
	id     string // of the public key; empty: there is none
	public *verifiers.SHA256WithRSAPubkeyVerifier
	own    *rsa.PrivateKey
	client *core.Client // nil: no platform certificates
	secret string
	now    func() time.Time

	mu      sync.Mutex
	fetched *downloader.CertificateDownloader
	tried   time.Time
	failed  error         // of the last fetch
	under   chan struct{} // closed when the fetch under way has ended; nil: none is
}

func newKeys(s Settings, own *rsa.PrivateKey, client *core.Client, secret string, now func() time.Time) (*keys, error) {
	k := &keys{id: s.PublicKeyID, own: own, secret: secret, now: now}
	switch {
	case (s.PublicKeyID == "") != (s.PublicKey == ""):
		return nil, quartet.Errorf(quartet.ErrInvalid, "pay.wechat.public_key_id and pay.wechat.public_key_file go together")
	case s.PublicKeyID == "":
		k.client = client
		return k, nil
	case !strings.HasPrefix(s.PublicKeyID, publicKeyID):
		return nil, quartet.Errorf(quartet.ErrInvalid, "pay.wechat.public_key_id is the id of WeChat Pay's public key and begins with %s; the number of your own certificate is not it", publicKeyID)
	}
	public, err := pay.PublicKey("pay.wechat.public_key_file", s.PublicKey, own)
	if err != nil {
		return nil, err
	}
	k.public = verifiers.NewSHA256WithRSAPubkeyVerifier(k.id, *public)
	if s.Certificates {
		k.client = client
	}
	return k, nil
}

var errUnknownKey = errors.New("signed under a key that is not known")

// Verify implements the SDK's verifier of answers; it also verifies notices.
func (k *keys) Verify(ctx context.Context, serial, message, signature string) error {
	if k.public != nil && serial == k.id {
		return k.public.Verify(ctx, serial, message, signature)
	}
	if k.client == nil {
		return errUnknownKey
	}
	certificates, err := k.certificates(ctx, serial)
	if err != nil {
		return err
	}
	if _, ok := certificates.Get(ctx, serial); !ok {
		return errUnknownKey
	}
	return verifiers.NewSHA256WithRSAVerifier(certificates).Verify(ctx, serial, message, signature)
}

// GetSerial names the key that answers are wanted under.
func (k *keys) GetSerial(ctx context.Context) (string, error) {
	if k.public != nil {
		return k.id, nil
	}
	certificates, err := k.certificates(ctx, "")
	if err != nil {
		return "", err
	}
	return certificates.GetNewestSerial(ctx), nil
}

// certificates gives what was fetched, fetched anew if serial is not among it. Who asks for
// what is known waits for no fetch; nobody waits longer than ctx, and the fetch goes on
// without him. ErrUnavailable: nothing could be fetched, so that nobody knows whose serial is.
func (k *keys) certificates(ctx context.Context, serial string) (*downloader.CertificateDownloader, error) {
	k.mu.Lock()
	if k.has(ctx, serial) {
		defer k.mu.Unlock()
		return k.fetched, nil
	}
	if k.under == nil && (k.tried.IsZero() || k.now().Sub(k.tried).Abs() >= k.rest()) {
		k.tried, k.under = k.now(), make(chan struct{})
		go k.fetch(context.WithoutCancel(ctx), k.under)
	}
	under := k.under
	k.mu.Unlock()
	if under != nil {
		select {
		case <-under:
		case <-ctx.Done():
			return nil, quartet.Errorf(quartet.ErrUnavailable, "the platform certificates of WeChat Pay did not come in time")
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed != nil {
		return nil, k.failed
	}
	return k.fetched, nil
}

// has reports whether a serial is among what was fetched; any, for "".
func (k *keys) has(ctx context.Context, serial string) bool {
	if k.fetched == nil {
		return false
	}
	_, known := k.fetched.Get(ctx, serial)
	return known || serial == ""
}

// rest is how long after a fetch began another one may.
func (k *keys) rest() time.Duration {
	if k.failed != nil {
		return time.Second
	}
	return fetchAgain
}

func (k *keys) fetch(ctx context.Context, ended chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	fetched, err := downloader.NewCertificateDownloaderWithClient(ctx, k.client, k.secret)
	if err != nil {
		err = unfetched(err)
	} else {
		for _, c := range fetched.GetAll(ctx) {
			if own(c, k.own) {
				err = quartet.Errorf(quartet.ErrInvalid, "the platform certificate that was fetched is the merchant's own; with it nothing could be verified")
			}
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed = err; err == nil {
		k.fetched = fetched
	}
	k.under = nil
	close(ended)
}

func own(c *x509.Certificate, key *rsa.PrivateKey) bool { return key.PublicKey.Equal(c.PublicKey) }

// unfetched says why no certificate came, in words that help and none of the SDK's.
func unfetched(err error) error {
	if e, ok := errors.AsType[*core.APIError](err); ok {
		switch e.Code {
		case "SIGN_ERROR":
			return quartet.Errorf(quartet.ErrUnavailable, "WeChat Pay does not take our signature: pay.wechat.certificate_file is not in force for pay.wechat.merchant")
		case "RESOURCE_NOT_EXISTS", "NO_AUTH":
			return quartet.Errorf(quartet.ErrUnavailable, "WeChat Pay has no platform certificates for this merchant: set pay.wechat.public_key_id and pay.wechat.public_key_file")
		}
	}
	if strings.Contains(err.Error(), "decrypt downloaded certificate failed") {
		return quartet.Errorf(quartet.ErrUnavailable, "the platform certificates cannot be deciphered: pay.wechat.api_v3_key_file is not the one of this merchant")
	}
	return quartet.Errorf(quartet.ErrUnavailable, "the platform certificates of WeChat Pay cannot be fetched")
}
