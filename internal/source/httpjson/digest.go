package httpjson

import (
	"crypto"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what suppliers sign with; nothing of ours rests on it
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // as md5
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// hashes are the digests that steps and signatures can use.
func hashes() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{
		"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New, "sm3": sm3.New,
	}
}

func digest(name string, data []byte) []byte {
	h := hashes()[name]()
	h.Write(data)
	return h.Sum(nil)
}

const methodWords = "md5, sha1, sha256, sha512, sm3, hmac_md5, hmac_sha1, hmac_sha256, hmac_sha512, hmac_sm3, rsa_sha1, rsa_sha256, sm2"

// keyed reports whether a method of signing exists, and whether it takes a key.
func methodKnown(method string) (known, key bool) {
	if _, plain := hashes()[method]; plain {
		return true, false
	}
	if name, mac := strings.CutPrefix(method, "hmac_"); mac {
		_, known = hashes()[name]
		return known, true
	}
	return method == "rsa_sha1" || method == "rsa_sha256" || method == "sm2", true
}

type (
	signer  func(text []byte) ([]byte, error)
	checker func(text, signature []byte) bool
)

func rsaHash(method string) (crypto.Hash, string) {
	if method == "rsa_sha1" {
		return crypto.SHA1, "sha1"
	}
	return crypto.SHA256, "sha256"
}

// newSigner binds a method to its key. It returns what the key must be, if it is not.
func newSigner(method, key string, raw []byte) (signer, string) {
	switch method {
	case "rsa_sha1", "rsa_sha256":
		private, ok := rsaPrivate(key)
		if !ok {
			return nil, "must be an RSA private key, as PEM or as its base64"
		}
		h, name := rsaHash(method)
		return func(text []byte) ([]byte, error) {
			return rsa.SignPKCS1v15(nil, private, h, digest(name, text))
		}, ""
	case "sm2":
		private, ok := sm2Private(key)
		if !ok {
			return nil, "must be an SM2 private key, as PEM, as its base64 or as 64 hex digits"
		}
		return func(text []byte) ([]byte, error) {
			return private.SignWithSM2(rand.Reader, nil, text)
		}, ""
	}
	if name, mac := strings.CutPrefix(method, "hmac_"); mac {
		return func(text []byte) ([]byte, error) {
			h := hmac.New(hashes()[name], raw)
			h.Write(text)
			return h.Sum(nil), nil
		}, ""
	}
	return func(text []byte) ([]byte, error) { return digest(method, text), nil }, ""
}

// newChecker is newSigner for the signature of an answer.
func newChecker(method, key string, raw []byte) (checker, string) {
	switch method {
	case "rsa_sha1", "rsa_sha256":
		public, ok := rsaPublic(key)
		if !ok {
			return nil, "must be an RSA public key or certificate, as PEM or as its base64"
		}
		h, name := rsaHash(method)
		return func(text, signature []byte) bool {
			return rsa.VerifyPKCS1v15(public, h, digest(name, text), signature) == nil
		}, ""
	case "sm2":
		public, ok := sm2Public(key)
		if !ok {
			return nil, "must be an SM2 public key, as PEM, as its base64 or as 128 hex digits"
		}
		return func(text, signature []byte) bool {
			return sm2.VerifyASN1WithSM2(public, nil, text, signature)
		}, ""
	}
	sign, wrong := newSigner(method, key, raw)
	return func(text, signature []byte) bool {
		want, err := sign(text)
		return err == nil && subtle.ConstantTimeCompare(want, signature) == 1
	}, wrong
}

const writtenWords = "hex, hex_upper, base64, base64url"

// written is how bytes are shown as text.
func written(as string, b []byte) (string, bool) {
	switch as {
	case "hex":
		return hex.EncodeToString(b), true
	case "hex_upper":
		return strings.ToUpper(hex.EncodeToString(b)), true
	case "base64":
		return base64.StdEncoding.EncodeToString(b), true
	case "base64url":
		return base64.URLEncoding.EncodeToString(b), true
	default:
		return "", false
	}
}

func unwritten(as, text string) (b []byte, err error) {
	switch as {
	case "base64":
		return base64.StdEncoding.DecodeString(text)
	case "base64url":
		return base64.URLEncoding.DecodeString(text)
	default:
		return hex.DecodeString(text)
	}
}
