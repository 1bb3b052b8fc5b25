package quartet

import (
	"encoding/binary"
	"encoding/hex"
)

// Fingerprint is a keyed hash (HMAC-SHA256, cut to 16 bytes) that stands for a value
// which must not be kept: equal values have equal fingerprints under one key, and
// without the key nothing can be enumerated. It is always keyed, because the spaces of
// mobiles and ID numbers are small.
type Fingerprint [16]byte

// IsZero reports whether there is none.
func (f Fingerprint) IsZero() bool { return f == Fingerprint{} }

// Short is 63 bits of it, for what is kept by the million and only compared: two of four
// million are the same once in a million times. It is never 0.
func (f Fingerprint) Short() int64 {
	return max(int64(binary.BigEndian.Uint64(f[:8])>>1), 1)
}

// String is the fingerprint in hex.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }
