package httpjson

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// keyBytes reads a symmetric key as its slot says that it is written.
func keyBytes(text, as string) ([]byte, bool) {
	switch as {
	case "hex":
		b, err := hex.DecodeString(strings.TrimSpace(text))
		return b, err == nil
	case "base64":
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		return b, err == nil
	default:
		return []byte(text), true
	}
}

// der reads PEM, or base64 without the lines around it, as consoles of suppliers show keys.
func der(text string) []byte {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil
	}
	return b
}

func rsaPrivate(text string) (*rsa.PrivateKey, bool) {
	b := der(text)
	if k, err := x509.ParsePKCS1PrivateKey(b); err == nil {
		return k, true
	}
	k, err := x509.ParsePKCS8PrivateKey(b)
	if err != nil {
		return nil, false
	}
	key, ok := k.(*rsa.PrivateKey)
	return key, ok
}

func rsaPublic(text string) (*rsa.PublicKey, bool) {
	b := der(text)
	if k, err := x509.ParsePKCS1PublicKey(b); err == nil {
		return k, true
	}
	if k, err := x509.ParsePKIXPublicKey(b); err == nil {
		key, ok := k.(*rsa.PublicKey)
		return key, ok
	}
	cert, err := x509.ParseCertificate(b)
	if err != nil {
		return nil, false
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	return key, ok
}

// sm2Private takes 64 hex digits as well, as many consoles show the key.
func sm2Private(text string) (*sm2.PrivateKey, bool) {
	if b, err := hex.DecodeString(strings.TrimSpace(text)); err == nil {
		k, err := sm2.NewPrivateKey(b)
		return k, err == nil
	}
	k, err := smx509.ParsePKCS8PrivateKey(der(text))
	if err != nil {
		return nil, false
	}
	key, ok := k.(*sm2.PrivateKey)
	return key, ok
}

// sm2Public takes the point in hex as well, with or without the leading 04.
func sm2Public(text string) (*ecdsa.PublicKey, bool) {
	if b, err := hex.DecodeString(strings.TrimSpace(text)); err == nil {
		if len(b) == 64 {
			b = append([]byte{4}, b...)
		}
		k, err := sm2.NewPublicKey(b)
		return k, err == nil
	}
	k, err := smx509.ParsePKIXPublicKey(der(text))
	if err != nil {
		return nil, false
	}
	key, ok := k.(*ecdsa.PublicKey)
	return key, ok && sm2.IsSM2PublicKey(key)
}
