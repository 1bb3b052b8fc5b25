package httpjson_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// rsaKey is an RSA key that lives as long as the test.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func rsaPEM() string {
	der, err := x509.MarshalPKCS8PrivateKey(rsaKey())
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// publicPEM is the public half of the RSA key.
func publicPEM(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// bareBase64 is PEM without the lines around it.
func bareBase64(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[1:len(lines)-1], "")
}

// sm2Key is an SM2 key that lives as long as the test.
var sm2Key = sync.OnceValue(func() *sm2.PrivateKey {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

// sm2PublicHex is the point of its public half in hex, 04 before it.
func sm2PublicHex() string {
	k, err := sm2.PublicKeyToECDH(&sm2Key().PublicKey)
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(k.Bytes())
}
