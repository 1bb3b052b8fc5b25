package tencent

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"
	"github.com/emmansun/gmsm/smx509"

	"quartet/internal/source/wire"
)

const (
	aes256CBC = "AES-256-CBC"
	sm4GCM    = "SM4-GCM"
)

// sealer encrypts the elements of a request under a key of its own, which travels beside
// them under the cloud's public key.
//
// The format has one initial vector for all elements. Under SM4-GCM that gives all of them
// the same key stream: who sees two and knows one, knows the other. AES-256-CBC hides more.
type sealer struct {
	algorithm string
	rsa       *rsa.PublicKey   // for AES
	sm2       *ecdsa.PublicKey // for SM4
}

func newSealer(algorithm, publicKey string) (*sealer, error) {
	const field = "encryption.public_key"
	text := []byte(strings.TrimSpace(publicKey))
	if decoded, err := base64.StdEncoding.DecodeString(string(text)); err == nil { // as the cloud's console shows it
		text = decoded
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, wire.Invalid(field, "is no PEM, nor the base64 of one")
	}
	s := &sealer{algorithm: algorithm}
	var ok bool
	switch algorithm {
	case aes256CBC:
		if s.rsa, ok = rsaKey(block.Bytes); !ok {
			return nil, wire.Invalid(field, "is no RSA key, which %s wants", algorithm)
		}
	case sm4GCM:
		key, err := smx509.ParsePKIXPublicKey(block.Bytes)
		if s.sm2, ok = key.(*ecdsa.PublicKey); err != nil || !ok || s.sm2.Curve != sm2.P256() {
			return nil, wire.Invalid(field, "is no SM2 key, which %s wants", algorithm)
		}
	default:
		return nil, wire.Invalid("encryption.algorithm", "is neither %s nor %s", aes256CBC, sm4GCM)
	}
	return s, nil
}

func rsaKey(der []byte) (*rsa.PublicKey, bool) {
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return key, true
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, false
	}
	public, ok := key.(*rsa.PublicKey)
	return public, ok
}

// seal encrypts the elements in place.
func (s *sealer) seal(r *request) error {
	key := letters(32)
	iv := make([]byte, aes.BlockSize)
	if s.algorithm == sm4GCM {
		key, iv = key[:16], iv[:12]
	}
	_, _ = rand.Read(iv) // it never fails
	wrapped, err := s.wrap(key)
	if err != nil {
		return err
	}
	r.Encryption = &encryption{
		CiphertextBlob: base64.StdEncoding.EncodeToString(wrapped),
		Iv:             base64.StdEncoding.EncodeToString(iv), Algorithm: s.algorithm,
	}
	for _, field := range []struct {
		name  string
		value *string
	}{{"Name", &r.Name}, {"IdCard", &r.IDCard}, {"BankCard", &r.BankCard}, {"Phone", &r.Phone}} {
		if *field.value == "" {
			continue
		}
		text, tag, err := s.encrypt(key, iv, []byte(*field.value))
		if err != nil {
			return err
		}
		*field.value = base64.StdEncoding.EncodeToString(text)
		r.Encryption.EncryptList = append(r.Encryption.EncryptList, field.name)
		if tag != nil {
			r.Encryption.TagList = append(r.Encryption.TagList, base64.StdEncoding.EncodeToString(tag))
		}
	}
	return nil
}

// encrypt gives the text and, of SM4-GCM, its tag.
func (s *sealer) encrypt(key, iv, plain []byte) (text, tag []byte, err error) {
	if s.algorithm == sm4GCM {
		block, err := sm4.NewCipher(key)
		if err != nil {
			return nil, nil, err
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			return nil, nil, err
		}
		whole := gcm.Seal(nil, iv, plain, nil)
		return whole[:len(plain)], whole[len(plain):], nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize // PKCS #7
	text = slices.Concat(plain, bytes.Repeat([]byte{byte(padding)}, padding))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
	return text, nil, nil
}

// wrap encrypts a key: PKCS #1 v1.5 under RSA, C1‖C3‖C2 under SM2.
func (s *sealer) wrap(key []byte) ([]byte, error) {
	if s.algorithm == sm4GCM {
		return sm2.Encrypt(rand.Reader, s.sm2, key, nil)
	}
	return rsa.EncryptPKCS1v15(rand.Reader, s.rsa, key) //nolint:staticcheck // the cloud takes no other
}

// letters makes a key of letters and digits, since the cloud's own libraries read keys as
// text.
func letters(n int) []byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	key := make([]byte, 0, n)
	for drawn := make([]byte, 1); len(key) < n; {
		_, _ = rand.Read(drawn)
		if i := int(drawn[0] & 63); i < len(alphabet) { // each as likely as the others
			key = append(key, alphabet[i])
		}
	}
	return key
}
