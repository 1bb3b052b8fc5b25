package web

import (
	"math/rand/v2"
)

// RequestIDs makes the values of X-Ca-Request-Id: upper-case UUIDs (version 4). They name
// a request in a support case and protect nothing. It makes them in blocks, because
// net/http reads a header's value after its handler has returned, so none can be reused.
// Not safe for concurrent use; the zero value is ready.
type RequestIDs struct{ values []string }

const (
	uuidLen  = 36
	idsBlock = 32
	upperHex = "0123456789ABCDEF"
)

// Next is a new header value.
func (r *RequestIDs) Next() []string {
	if len(r.values) == 0 {
		r.values = newRequestIDs()
	}
	id := r.values[:1:1]
	r.values = r.values[1:]
	return id
}

func newRequestIDs() []string {
	text := make([]byte, 0, idsBlock*uuidLen)
	for range idsBlock {
		text = appendUUID(text, rand.Uint64(), rand.Uint64()) //nolint:gosec // an identifier, not a secret
	}
	all := string(text)
	values := make([]string, idsBlock)
	for i := range values {
		values[i] = all[i*uuidLen : (i+1)*uuidLen]
	}
	return values
}

func appendUUID(dst []byte, high, low uint64) []byte {
	high = high&^0xF000 | 0x4000 // version 4
	low = low&^(3<<62) | 2<<62   // variant 1
	for i, word := range [2]uint64{high, low} {
		for shift := 60; shift >= 0; shift -= 4 {
			dst = append(dst, upperHex[word>>shift&15])
			if i == 0 && (shift == 32 || shift == 16) || i == 1 && shift == 48 {
				dst = append(dst, '-')
			}
		}
		if i == 0 {
			dst = append(dst, '-')
		}
	}
	return dst
}
