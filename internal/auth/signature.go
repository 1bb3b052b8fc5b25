package auth

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // Content-MD5 is the protocol's
	"crypto/sha1" //nolint:gosec // HmacSHA1 is one of the protocol's two methods
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
	"quartet/internal/seal"
	"quartet/internal/web"
)

// window is how far a timestamp may be off, and how long a nonce is remembered.
const window = 15 * time.Minute

// Signed reports whether a request claims to be signed: then nothing else lets it in.
func Signed(h http.Header) bool {
	return len(h["X-Ca-Key"]) > 0 || len(h["X-Ca-Signature"]) > 0
}

// Signatures judges signed requests. Safe for concurrent use.
type Signatures struct {
	directory *Directory
	hasher    *seal.Hasher
	nonces    *Nonces
}

// NewSignatures judges by the AppKeys of a directory. h makes the fingerprints of nonces.
func NewSignatures(d *Directory, h *seal.Hasher, n *Nonces) *Signatures {
	return &Signatures{directory: d, hasher: h, nonces: n}
}

// Judged is what a signed request comes to.
type Judged struct {
	Caller  *Caller     // nil: nobody knows who it was
	Nonce   int64       // short fingerprint of the nonce; 0: there was none
	Gateway web.Gateway // why it is refused
	ToSign  string      // of WrongSignature: what the message shows in addition; holds elements
}

// Judge tells who signed a request, or why it is refused: the AppKey, the signature, the
// body, the time, the nonce, in this order, so that only who holds the secret can use up a
// nonce. r is written into.
func (s *Signatures) Judge(r *Request, now time.Time) Judged {
	e := s.directory.find(quartet.KindAppKey, first(r.Header, "X-Ca-Key"), now)
	if e == nil {
		return Judged{Gateway: web.UnknownAppKey}
	}
	given := first(r.Header, "X-Ca-Signature")
	if given == "" {
		return Judged{Gateway: web.NoSignature}
	}
	secret, err := s.directory.open(e.sealed, e.Credential)
	if err != nil { // the keyring was checked at the start: the row was damaged since
		return Judged{Gateway: web.UnknownAppKey}
	}
	if !r.signedBy(secret, given) {
		return Judged{Gateway: web.WrongSignature, ToSign: r.shown()}
	}
	e.use(now)
	nonce, g := s.fresh(r, e.Credential, now)
	return Judged{Caller: &e.Caller, Nonce: nonce, Gateway: g}
}

// signedBy tries the readings of a request that known clients sign.
func (r *Request) signedBy(secret []byte, given string) bool {
	want, err := base64.StdEncoding.AppendDecode(r.given[:0], []byte(given))
	if err != nil {
		return false
	}
	r.given = want
	mac := hmac.New(sha256.New, secret)
	if strings.EqualFold(first(r.Header, "X-Ca-Signature-Method"), "HmacSHA1") {
		mac = hmac.New(sha1.New, secret)
	}
	r.list()
	for i, as := range r.readings() {
		if r.text = r.appendString(r.text[:0], as); len(r.text) > maxToSign {
			return false
		}
		if i > 0 {
			mac.Reset() // a first one would prepare for others that seldom come
		}
		mac.Write(r.text)
		r.sum = mac.Sum(r.sum[:0])
		if hmac.Equal(r.sum, want) {
			return true
		}
	}
	return false
}

// fresh checks what a signature has vouched for: that the body came whole, and now, and
// for the first time.
func (s *Signatures) fresh(r *Request, credential string, now time.Time) (int64, web.Gateway) {
	if sum := first(r.Header, "Content-Md5"); sum != "" {
		body := md5.Sum(r.Body) //nolint:gosec // as above
		if want, err := base64.StdEncoding.DecodeString(sum); err != nil || !slices.Equal(want, body[:]) {
			return 0, web.WrongMD5
		}
	}
	until := now
	if stamp := first(r.Header, "X-Ca-Timestamp"); stamp != "" {
		ms, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil || stamp[0] == '+' || stamp[0] == '-' {
			return 0, web.InvalidTimestamp
		}
		at := time.UnixMilli(ms)
		if off := now.Sub(at); off > window || off < -window {
			return 0, web.TimestampExpired
		}
		if at.After(now) {
			until = at
		}
	}
	nonce := first(r.Header, "X-Ca-Nonce")
	if nonce == "" {
		return 0, web.NoGateway
	}
	mark := s.hasher.Sum(first(r.Header, "X-Ca-Key"), nonce).Short()
	return mark, s.nonces.Use(credential, mark, until.Add(window), now)
}

// first is the first value of a header whose name is in its canonical form.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
