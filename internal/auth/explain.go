package auth

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // HmacSHA1 is one of the protocol's two methods
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// PartKind says what a part of a string to sign is.
type PartKind string

// The parts of a string to sign, in their order; there is one of PartHeader for each header
// of the list.
const (
	PartMethod      PartKind = "method"
	PartAccept      PartKind = "accept"
	PartContentMD5  PartKind = "content_md5"
	PartContentType PartKind = "content_type"
	PartDate        PartKind = "date"
	PartHeader      PartKind = "header"
	PartResource    PartKind = "resource" // path and parameters
)

// Part is a line of a string to sign. The last one may hold line ends of its own.
type Part struct {
	Kind PartKind
	Text string
}

// fixedParts have a line each, whether they are there or not.
var fixedParts = [...]PartKind{PartMethod, PartAccept, PartContentMD5, PartContentType, PartDate}

// Explain gives the string to sign of a request in its parts, as the rules read it; joined by
// line ends they are the string. It holds elements. r is written into.
func (r *Request) Explain() []Part {
	r.list()
	r.text = r.appendString(r.text[:0], documented)
	return cutParts(string(r.text), len(r.names))
}

// cutParts takes a string to sign with that many headers to pieces. Of one that is too short
// the last parts are missing.
func cutParts(text string, headers int) []Part {
	var parts []Part
	rest, more := text, true
	for i := 0; more && i < len(fixedParts)+headers; i++ {
		p := Part{Kind: PartHeader}
		if i < len(fixedParts) {
			p.Kind = fixedParts[i]
		}
		p.Text, rest, more = strings.Cut(rest, "\n")
		parts = append(parts, p)
	}
	if more {
		parts = append(parts, Part{PartResource, rest})
	}
	return parts
}

// CutLike takes a string that somebody else made to pieces as Explain does one whose parts are
// given, so that the two can be laid beside each other. In a message of the gateway # stands
// for the line ends, and backticks stand around it.
func CutLike(parts []Part, text string) []Part {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if quoted := strings.TrimSpace(text); len(quoted) > 1 && quoted[0] == '`' && quoted[len(quoted)-1] == '`' {
		text = quoted[1 : len(quoted)-1]
	}
	if !strings.Contains(text, "\n") {
		text = strings.Replace(text, "#", "\n", len(parts)-1)
	}
	return cutParts(text, len(parts)-len(fixedParts)-1)
}

// Sign is the signature of a string to sign, by a word of X-Ca-Signature-Method.
func Sign(method, secret, text string) string {
	kind := sha256.New
	if strings.EqualFold(method, "HmacSHA1") {
		kind = sha1.New
	}
	mac := hmac.New(kind, []byte(secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
