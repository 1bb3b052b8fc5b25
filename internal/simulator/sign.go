package simulator

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // contracts demand it
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strconv"
	"time"
)

// sortedPairs is key=value of each field, sorted by key; values are written by write.
func sortedPairs(fields map[string]string, write func(string) string) []string {
	pairs := make([]string, 0, len(fields))
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		pairs = append(pairs, k+"="+write(fields[k]))
	}
	return pairs
}

func plainly(s string) string { return s }

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // contracts demand it
	return hex.EncodeToString(sum[:])
}

func hexSHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func hmacOf(of func() hash.Hash, secret, text string) []byte {
	mac := hmac.New(of, []byte(secret))
	_, _ = mac.Write([]byte(text))
	return mac.Sum(nil)
}

func hexHMAC(of func() hash.Hash, secret, text string) string {
	return hex.EncodeToString(hmacOf(of, secret, text))
}

// within reports whether Unix milliseconds, as text, lie near enough to now.
func within(millis string, now time.Time, window time.Duration) bool {
	at, err := strconv.ParseInt(millis, 10, 64)
	return err == nil && now.Sub(time.UnixMilli(at)).Abs() <= window
}
