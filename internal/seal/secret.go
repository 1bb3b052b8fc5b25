package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"

	"quartet"
)

// A sealed secret is
//
//	version 1 byte | key id 4 bytes | nonce 12 bytes | AES-256-GCM text and tag
//
// and the additional data is the version, the key id and the id of the record that
// holds it: a secret moved to another record does not open.
const (
	sealVersion = 1
	headerLen   = 1 + idLen
	nonceLen    = 12
	tagLen      = 16
)

// Seal encrypts plain under the active key for the record that ad names.
func (k *Keyring) Seal(plain []byte, ad string) []byte {
	k.mu.RLock()
	id, key := k.active, k.keys[k.active].sealing
	k.mu.RUnlock()

	out := make([]byte, headerLen+nonceLen, headerLen+nonceLen+len(plain)+tagLen)
	out[0] = sealVersion
	if _, err := hex.Decode(out[1:headerLen], []byte(id)); err != nil { // cannot happen: checked when read
		panic(err)
	}
	_, _ = rand.Read(out[headerLen:]) // never fails: it ends the process instead
	return key.Seal(out, out[headerLen:headerLen+nonceLen], plain, additional(out[:headerLen], ad))
}

// Unseal decrypts what Seal made with any key of the ring. It is ErrNotFound when the
// ring does not hold the key, ErrInvalid when the bytes or ad are not those of Seal.
func (k *Keyring) Unseal(sealed []byte, ad string) ([]byte, error) {
	if len(sealed) < headerLen+nonceLen+tagLen || sealed[0] != sealVersion {
		return nil, quartet.Errorf(quartet.ErrInvalid, "this is not a sealed secret")
	}
	var id [2 * idLen]byte
	hex.Encode(id[:], sealed[1:headerLen])
	k.mu.RLock()
	key, ok := k.keys[string(id[:])]
	k.mu.RUnlock()
	if !ok {
		return nil, quartet.Errorf(quartet.ErrNotFound, "the secret is sealed under key %s, which the keyring does not hold; use the keyring that belongs to these data", id[:])
	}
	nonce, text := sealed[headerLen:headerLen+nonceLen], sealed[headerLen+nonceLen:]
	plain, err := key.sealing.Open(nil, nonce, text, additional(sealed[:headerLen], ad))
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "the sealed secret was changed, or belongs to another record")
	}
	return plain, nil
}

func additional(header []byte, ad string) []byte {
	return append(append(make([]byte, 0, headerLen+len(ad)), header...), ad...)
}

func gcm(key [keyLen]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil { // cannot happen: the length is right by type
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil { // cannot happen: AES has the block size of GCM
		panic(err)
	}
	return aead
}
