package httpjson

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // what suppliers encrypt with
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // as des
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"
)

// modes of each cipher; the first is the default.
func cipherModes() map[string][]string {
	return map[string][]string{
		"aes": {"cbc", "ecb", "gcm"}, "sm4": {"cbc", "ecb", "gcm"},
		"des": {"cbc", "ecb"}, "3des": {"cbc", "ecb"},
		"rsa": {"pkcs1", "oaep_sha1", "oaep_sha256"},
		"sm2": {"c1c3c2", "c1c2c3", "asn1"},
	}
}

const cipherWords = "aes, sm4, des, 3des, rsa, sm2"

// transform turns bytes into others. Its error tells nothing of them.
type transform func([]byte) ([]byte, error)

var errCrypt = errors.New("the text cannot be encrypted or decrypted")

// binding is what steps are bound to: the credentials and the randomness.
type binding struct {
	slots  map[string]slot
	values map[string]string
	random io.Reader
}

func (b *binding) raw(name string) ([]byte, bool) {
	return keyBytes(b.values[name], b.slots[name].As)
}

// encrypter returns what the key must be, if it is not.
func (b *binding) encrypter(c *crypt) (transform, string) {
	switch c.Cipher {
	case "rsa":
		return rsaEncrypter(c.Mode, b.values[c.Key])
	case "sm2":
		key, ok := sm2Public(b.values[c.Key])
		if !ok {
			return nil, "must be an SM2 public key, as PEM, as its base64 or as 128 hex digits"
		}
		return func(p []byte) ([]byte, error) {
			switch c.Mode {
			case "asn1":
				return sm2.EncryptASN1(rand.Reader, key, p)
			case "c1c2c3":
				return sm2.Encrypt(rand.Reader, key, p, sm2.NewPlainEncrypterOpts(sm2.MarshalUncompressed, sm2.C1C2C3))
			default:
				return sm2.Encrypt(rand.Reader, key, p, nil)
			}
		}, ""
	}
	block, key, wrong := b.block(c)
	if wrong != "" {
		return nil, wrong
	}
	if c.Mode == "gcm" {
		aead, err := cipher.NewGCM(block)
		return func(p []byte) ([]byte, error) {
			nonce := make([]byte, aead.NonceSize())
			if _, err := io.ReadFull(b.random, nonce); err != nil {
				return nil, errCrypt
			}
			return aead.Seal(nonce, nonce, p, nil), nil
		}, fault(err)
	}
	return func(p []byte) ([]byte, error) {
		size := block.BlockSize()
		n := size - len(p)%size
		p = append(bytes.Clone(p), bytes.Repeat([]byte{byte(n)}, n)...)
		if c.Mode == "ecb" {
			for i := 0; i < len(p); i += size {
				block.Encrypt(p[i:], p[i:])
			}
			return p, nil
		}
		iv, err := b.iv(c, key, size)
		if err != nil {
			return nil, err
		}
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(p, p)
		if c.IV == ivRandom {
			p = append(iv, p...)
		}
		return p, nil
	}, b.checkIV(c, block.BlockSize())
}

// The initial values that are not a slot.
const (
	ivRandom  = "random" // drawn anew, and put before what is encrypted
	ivZero    = "zero"
	ivFromKey = "from_key" // the first bytes of the key
)

func (b *binding) iv(c *crypt, key []byte, size int) ([]byte, error) {
	iv := make([]byte, size)
	switch c.IV {
	case ivRandom:
		if _, err := io.ReadFull(b.random, iv); err != nil {
			return nil, errCrypt
		}
	case ivZero:
	case ivFromKey:
		copy(iv, key)
	default:
		given, _ := b.raw(c.IV)
		copy(iv, given)
	}
	return iv, nil
}

func (b *binding) checkIV(c *crypt, size int) string {
	if c.Mode != "cbc" || c.IV == ivRandom || c.IV == ivZero || c.IV == ivFromKey {
		return ""
	}
	if iv, ok := b.raw(c.IV); !ok || len(iv) != size {
		return "of " + c.IV + " does not fit: the initial value has as many bytes as a block of " + c.Cipher
	}
	return ""
}

// decrypter opens what encrypter made with the matching key.
func (b *binding) decrypter(c *crypt) (transform, string) {
	switch c.Cipher {
	case "rsa":
		return rsaDecrypter(c.Mode, b.values[c.Key])
	case "sm2":
		key, ok := sm2Private(b.values[c.Key])
		if !ok {
			return nil, "must be an SM2 private key, as PEM, as its base64 or as 64 hex digits"
		}
		return func(p []byte) ([]byte, error) {
			if c.Mode == "c1c2c3" {
				return key.Decrypt(nil, p, sm2.NewPlainDecrypterOpts(sm2.C1C2C3))
			}
			return sm2.Decrypt(key, p)
		}, ""
	}
	block, key, wrong := b.block(c)
	if wrong != "" {
		return nil, wrong
	}
	size := block.BlockSize()
	if c.Mode == "gcm" {
		aead, err := cipher.NewGCM(block)
		return func(p []byte) ([]byte, error) {
			if len(p) < aead.NonceSize() {
				return nil, errCrypt
			}
			return aead.Open(nil, p[:aead.NonceSize()], p[aead.NonceSize():], nil)
		}, fault(err)
	}
	return func(p []byte) ([]byte, error) {
		var iv []byte
		switch {
		case c.Mode == "ecb":
		case c.IV == ivRandom:
			if len(p) < size {
				return nil, errCrypt
			}
			iv, p = p[:size], p[size:]
		default:
			iv, _ = b.iv(c, key, size)
		}
		if len(p) == 0 || len(p)%size != 0 {
			return nil, errCrypt
		}
		p = bytes.Clone(p)
		if c.Mode == "ecb" {
			for i := 0; i < len(p); i += size {
				block.Decrypt(p[i:], p[i:])
			}
		} else {
			cipher.NewCBCDecrypter(block, iv).CryptBlocks(p, p)
		}
		n := int(p[len(p)-1])
		if n == 0 || n > size || !bytes.HasSuffix(p, bytes.Repeat([]byte{byte(n)}, n)) {
			return nil, errCrypt
		}
		return p[:len(p)-n], nil
	}, b.checkIV(c, size)
}

func fault(err error) string {
	if err != nil {
		return "cannot be used with this cipher"
	}
	return ""
}

func (b *binding) block(c *crypt) (block cipher.Block, key []byte, wrong string) {
	key, ok := b.raw(c.Key)
	if !ok {
		return nil, nil, "is not written as " + b.slots[c.Key].As
	}
	var err error
	switch c.Cipher {
	case "aes":
		if block, err = aes.NewCipher(key); err != nil {
			return nil, nil, "must be an AES key of 16, 24 or 32 bytes"
		}
	case "sm4":
		if block, err = sm4.NewCipher(key); err != nil {
			return nil, nil, "must be an SM4 key of 16 bytes"
		}
	case "des":
		if block, err = des.NewCipher(key); err != nil { //nolint:gosec // as the supplier wants it
			return nil, nil, "must be a DES key of 8 bytes"
		}
	default:
		long := key
		if len(key) == 16 { // two keys: the first is used again
			long = append(bytes.Clone(key), key[:8]...)
		}
		if block, err = des.NewTripleDESCipher(long); err != nil { //nolint:gosec // as the supplier wants it
			return nil, nil, "must be a 3DES key of 16 or 24 bytes"
		}
	}
	return block, key, ""
}

func oaep(mode string) hash.Hash {
	if mode == "oaep_sha1" {
		return sha1.New() //nolint:gosec // as the supplier wants it
	}
	return sha256.New()
}

func rsaEncrypter(mode, key string) (transform, string) {
	public, ok := rsaPublic(key)
	if !ok {
		return nil, "must be an RSA public key or certificate, as PEM or as its base64"
	}
	return func(p []byte) ([]byte, error) {
		if mode == "pkcs1" {
			return rsa.EncryptPKCS1v15(rand.Reader, public, p) //nolint:staticcheck // as the supplier wants it
		}
		return rsa.EncryptOAEP(oaep(mode), rand.Reader, public, p, nil)
	}, ""
}

func rsaDecrypter(mode, key string) (transform, string) {
	private, ok := rsaPrivate(key)
	if !ok {
		return nil, "must be an RSA private key, as PEM or as its base64"
	}
	return func(p []byte) ([]byte, error) {
		if mode == "pkcs1" {
			return rsa.DecryptPKCS1v15(nil, private, p) //nolint:staticcheck // as the supplier wants it
		}
		return rsa.DecryptOAEP(oaep(mode), nil, private, p, nil)
	}, ""
}
