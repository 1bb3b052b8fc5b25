package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"

	"quartet"
)

// Hasher makes keyed fingerprints under one subkey. It keeps hash states in a pool, so
// that a sum allocates nothing. Safe for concurrent use. It prints as a constant.
type Hasher struct {
	key    [keyLen]byte
	states sync.Pool
}

type hashState struct {
	mac hash.Hash
	in  []byte
	out [sha256.Size]byte
}

// NewHasher makes the hasher of one subkey of a keyring.
func NewHasher(key [32]byte) *Hasher {
	h := &Hasher{key: key}
	h.states.New = func() any {
		return &hashState{mac: hmac.New(sha256.New, h.key[:]), in: make([]byte, 0, 256)}
	}
	return h
}

// Sum is HMAC-SHA256 over the parts, each behind its length, cut to 16 bytes. The
// lengths keep ("ab","c") and ("a","bc") apart.
func (h *Hasher) Sum(parts ...string) quartet.Fingerprint {
	s, ok := h.states.Get().(*hashState)
	if !ok { // cannot happen: the pool makes no other
		panic("seal: foreign state in the pool")
	}
	s.in = s.in[:0]
	for _, p := range parts {
		s.in = binary.AppendUvarint(s.in, uint64(len(p)))
		s.in = append(s.in, p...)
	}
	s.mac.Reset()
	s.mac.Write(s.in)
	s.mac.Sum(s.out[:0])
	sum := quartet.Fingerprint(s.out[:16])
	clear(s.in) // what was hashed must not lie about in the pool
	h.states.Put(s)
	return sum
}

// Format hides the key from every verb.
func (*Hasher) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[hasher]")) }
