package quartet

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A SeqNo names a call. It is kept as two integers, so that rows lie in the order of
// time, and shown as text that betrays nothing of its neighbours.
//
// N has 41 bits: 10 of node number above 31 of a counter that restarts each second.
type SeqNo struct {
	Second int64  // Unix seconds
	N      uint64 // node number and counter
}

const (
	counterBits = 31
	nodeBits    = 10
	seqBits     = nodeBits + counterBits

	// SeqNoLen is the length of a SeqNo as text: eight of 0-9A-Z, ten digits.
	SeqNoLen = 18
)

// Node is the number of the node that issued it.
func (s SeqNo) Node() int { return int(s.N >> counterBits) }

// IsZero reports whether s names no call.
func (s SeqNo) IsZero() bool { return s == SeqNo{} }

// SeqNoCipher writes a SeqNo as text and reads it back. The 41 bits pass through a
// Feistel permutation keyed by AES and tweaked by the second, so a caller can guess
// neither a neighbour nor the number of calls. Safe for concurrent use.
type SeqNoCipher struct{ block cipher.Block }

// NewSeqNoCipher takes a key of 16 bytes. Texts can be read back only with the key
// that wrote them.
func NewSeqNoCipher(key [16]byte) *SeqNoCipher {
	block, err := aes.NewCipher(key[:])
	if err != nil { // cannot happen: the length is right by type
		panic(err)
	}
	return &SeqNoCipher{block: block}
}

const (
	feistelRounds = 8
	leftBits      = 20
	rightBits     = seqBits - leftBits
	leftMask      = 1<<leftBits - 1
	rightMask     = 1<<rightBits - 1
	base36        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// round gives the pseudo-random word of one Feistel round. buf is 16 bytes to work in.
func (c *SeqNoCipher) round(buf []byte, second int64, round int, half uint64) uint64 {
	binary.LittleEndian.PutUint64(buf[:8], uint64(second))
	binary.LittleEndian.PutUint64(buf[8:], half<<8|uint64(round))
	c.block.Encrypt(buf, buf)
	return binary.LittleEndian.Uint64(buf[:8])
}

// permute mixes n. The halves have 20 and 21 bits; even rounds change the left one,
// odd rounds the right one, so every round can be undone.
func (c *SeqNoCipher) permute(buf []byte, second int64, n uint64) uint64 {
	left, right := n>>rightBits, n&rightMask
	for r := range feistelRounds {
		if r%2 == 0 {
			left ^= c.round(buf, second, r, right) & leftMask
		} else {
			right ^= c.round(buf, second, r, left) & rightMask
		}
	}
	return left<<rightBits | right
}

func (c *SeqNoCipher) unpermute(buf []byte, second int64, n uint64) uint64 {
	left, right := n>>rightBits, n&rightMask
	for r := feistelRounds - 1; r >= 0; r-- {
		if r%2 == 0 {
			left ^= c.round(buf, second, r, right) & leftMask
		} else {
			right ^= c.round(buf, second, r, left) & rightMask
		}
	}
	return left<<rightBits | right
}

// Append writes s as text to dst.
func (c *SeqNoCipher) Append(dst []byte, s SeqNo) []byte {
	var text [8]byte
	dst = slices.Grow(dst, aes.BlockSize+SeqNoLen)
	n := c.permute(dst[len(dst):len(dst)+aes.BlockSize], s.Second, s.N)
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = base36[n%36]
		n /= 36
	}
	dst = append(dst, text[:]...)
	if s.Second < 1_000_000_000 { // before 2001: keep ten digits all the same
		digits := strconv.FormatInt(s.Second, 10)
		for range 10 - len(digits) {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	return strconv.AppendInt(dst, s.Second, 10)
}

// Text writes s as the wire shows it.
func (c *SeqNoCipher) Text(s SeqNo) string { return string(c.Append(nil, s)) }

// Parse reads a text back. A text of the wrong shape is ErrInvalid; one that was
// written with another key reads as some other SeqNo, so the caller must look it up.
func (c *SeqNoCipher) Parse(text string) (SeqNo, error) {
	bad := &Error{Code: ErrInvalid, Field: "seqNo", Message: "a seqNo is eight of 0-9A-Z followed by ten digits"}
	if len(text) != SeqNoLen {
		return SeqNo{}, bad
	}
	var n uint64
	for i := range 8 {
		switch b := text[i]; {
		case b >= '0' && b <= '9':
			n = n*36 + uint64(b-'0')
		case b >= 'A' && b <= 'Z':
			n = n*36 + uint64(b-'A') + 10
		default:
			return SeqNo{}, bad
		}
	}
	for i := 8; i < SeqNoLen; i++ {
		if text[i] < '0' || text[i] > '9' {
			return SeqNo{}, bad
		}
	}
	second, err := strconv.ParseInt(text[8:], 10, 64)
	if err != nil || n >= 1<<seqBits {
		return SeqNo{}, bad
	}
	return SeqNo{Second: second, N: c.unpermute(make([]byte, aes.BlockSize), second, n)}, nil
}

// SeqNoIssuer hands out the numbers of one node. It issues only for seconds later
// than its floor, so no number of an earlier process comes again, and never goes back
// when the clock does. Safe for concurrent use.
type SeqNoIssuer struct {
	now  func() time.Time
	node uint64

	mu      sync.Mutex
	second  int64
	counter uint64
}

// NewSeqNoIssuer makes the issuer of a node. floor is the later of the second in which
// the process started and the second of the newest stored call of this node.
func NewSeqNoIssuer(node int, floor int64, now func() time.Time) *SeqNoIssuer {
	return &SeqNoIssuer{now: now, node: uint64(node) << counterBits, second: floor + 1}
}

// Ready tells how long to wait until the clock has passed the floor. A process waits
// that long before it serves: what an earlier process answered but lost in its crash
// lies at or before the second of this start.
func (i *SeqNoIssuer) Ready() time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	return max(0, time.Unix(i.second, 0).Sub(i.now()))
}

// Next issues a number. A second holds 2^31 of them; past that the next second is
// taken early.
func (i *SeqNoIssuer) Next() SeqNo {
	now := i.now().Unix()
	i.mu.Lock()
	defer i.mu.Unlock()
	if now > i.second {
		i.second, i.counter = now, 0
	}
	if i.counter == 1<<counterBits {
		i.second, i.counter = i.second+1, 0
	}
	s := SeqNo{Second: i.second, N: i.node | i.counter}
	i.counter++
	return s
}
