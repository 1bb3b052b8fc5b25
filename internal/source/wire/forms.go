package wire

import (
	"crypto/md5"  //nolint:gosec // searched for, not relied on: suppliers send it
	"crypto/sha1" //nolint:gosec // as md5
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"quartet"
)

// forms are the ways in which an answer may repeat an element, in lower case: in clear,
// encoded, and by the digests that questions are sent in. There are few elements of each
// kind, so a digest betrays one as the element itself does.
func forms(element string) (list []string) {
	add := func(b []byte) {
		for _, form := range []string{hex.EncodeToString(b), base64.RawStdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b)} {
			list = append(list, strings.ToLower(form))
		}
	}
	list = append(list, strings.ToLower(element))
	written := []string{element, strings.ToLower(element)} // an ID number may end in x
	for _, text := range slices.Compact(written) {
		b := []byte(text)
		add(b)
		m, s1, s256, s3 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b), sm3.Sum(b) //nolint:gosec // as above
		for _, sum := range [][]byte{m[:], s1[:], s256[:], s3[:]} {
			add(sum)
		}
	}
	return list
}

var (
	long    = regexp.MustCompile(`\d{11,}`)
	endsInX = regexp.MustCompile(`\d{17}x`)
)

// resembles reports whether a text, in lower case, holds what may be a mobile, an ID number
// or a card of somebody.
//
// Old cards fail Luhn, so whatever has 16 to 19 digits may be one; where it is shorter, Luhn
// decides, since times and counters have that length too. A number that begins with the year
// is none of these: no issuer and no region has it.
func resembles(text string) bool {
	if likeID(text) || endsInX.MatchString(text) {
		return true
	}
	for _, run := range long.FindAllString(text, -1) {
		n := len(run)
		switch {
		case strings.HasPrefix(run, "20"):
		case likeMobile(run), likeID(run), n >= 16 && n <= 19, n >= 12 && n < 16 && quartet.LuhnDigit(run[:n-1]) == run[n-1]:
			return true
		}
	}
	return likeMobile(text)
}

func likeMobile(text string) bool {
	_, rej := quartet.NormalizeMobile(text)
	return rej == nil
}

func likeID(text string) bool {
	_, rej := quartet.NormalizeIDNumber(text, time.Now())
	return rej == nil
}
