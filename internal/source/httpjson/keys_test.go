package httpjson_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// An RSA key that lives as long as the test.
var rsaKey, rsaPEM = makeRSA()

func makeRSA() (*rsa.PrivateKey, string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// publicPEM is the public half of the RSA key.
func publicPEM(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
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

// An SM2 key that lives as long as the test.
var sm2Key = makeSM2()

func makeSM2() *sm2.PrivateKey {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// sm2PublicHex is the point of its public half in hex, 04 before it.
func sm2PublicHex() string {
	k, err := sm2.PublicKeyToECDH(&sm2Key.PublicKey)
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(k.Bytes())
}
