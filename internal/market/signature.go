package market

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"quartet"
)

// freshness is how far the time of a message may be from ours.
const freshness = 300 * time.Second

// Sign is what a market sends as X-Market-Signature: HMAC-SHA256 over the timestamp as it is
// sent, a line feed and the body, in hex.
func Sign(secret, timestamp string, body []byte) string {
	return hex.EncodeToString(mac(secret, timestamp, body))
}

func mac(secret, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(timestamp))
	h.Write([]byte{'\n'})
	h.Write(body)
	return h.Sum(nil)
}

// prove is ErrUnauthenticated unless the message is signed with the secret, and now.
func prove(secret string, s Signed, now time.Time) error {
	given, err := hex.DecodeString(s.Signature)
	if s.Timestamp == "" || s.Signature == "" {
		return quartet.Errorf(quartet.ErrUnauthenticated, "the message is not signed; send X-Market-Timestamp and X-Market-Signature")
	}
	if err != nil || !hmac.Equal(given, mac(secret, s.Timestamp, s.Body)) {
		return quartet.Errorf(quartet.ErrUnauthenticated, "the signature does not fit; sign the timestamp, a line feed and the body with the secret in force")
	}
	second, err := strconv.ParseInt(s.Timestamp, 10, 64)
	if err != nil || second < 0 || second > 1<<40 || now.Sub(time.Unix(second, 0)).Abs() > freshness {
		return quartet.Errorf(quartet.ErrUnauthenticated, "the message is stale: its timestamp is more than 300 seconds from now; sign it anew with the present Unix second")
	}
	return nil
}
