// Package auth tells who calls, and whether the call is whole and fresh.
//
// Three ways lead in: an AppCode in the header Authorization; a signature made with the
// AppSecret of an AppKey; a key among the parameters. The first two are the gateway's and
// are answered in its words; where a signature is present it alone decides.
//
//	directory.go   who is known: found by keyed hash, replaced whole, never waited for
//	appcode.go     reads the header Authorization
//	signature.go   judges a signed request: signature, Content-MD5, timestamp, nonce
//	tosign.go      writes the string that a signature covers
//	nonce.go       remembers nonces as long as they could be replayed
//
// An AppSecret stays sealed in memory and is opened for the moment of one check. What a
// caller may do once known (address, product, calls a second) is decided by the road.
package auth
