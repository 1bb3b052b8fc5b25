package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// verify is what docs/webhooks.md shows to buyers.
func verify(header, body, secret string, now time.Time) error {
	var at int64
	var signatures []string
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "t":
			at, _ = strconv.ParseInt(value, 10, 64)
		case "v1":
			signatures = append(signatures, value)
		}
	}
	if age := now.Sub(time.Unix(at, 0)); age > 5*time.Minute || age < -5*time.Minute {
		return errors.New("too old, or from the future")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.FormatInt(at, 10) + "." + body))
	for _, s := range signatures {
		if given, err := hex.DecodeString(s); err == nil && hmac.Equal(given, mac.Sum(nil)) {
			return nil
		}
	}
	return errors.New("not signed by us")
}

func TestDocs_ShowTheVerificationThatIsTested(t *testing.T) {
	own, err := os.ReadFile("verify_test.go")
	must(t, err)
	doc, err := os.ReadFile("../../docs/webhooks.md")
	must(t, err)
	begin := strings.Index(string(own), "func verify(")
	end := strings.Index(string(own)[begin:], "\n}\n") + begin + 3
	if !strings.Contains(string(doc), string(own)[begin:end]) {
		t.Error("docs/webhooks.md shows another function")
	}
}
