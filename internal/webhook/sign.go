package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// SignatureHeader bears when a body was signed, and its signatures: t=1772424000,v1=…
const SignatureHeader = "Quartet-Signature"

// newSecret makes a secret of 260 random bits. The whole text is the key.
func newSecret() string { return "whsec_" + rand.Text() + rand.Text() }

// sign is the header of a body: one signature for each secret that is good.
func sign(body string, at time.Time, secrets ...string) string {
	t := strconv.FormatInt(at.Unix(), 10)
	var b strings.Builder
	b.WriteString("t=" + t)
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(t + "." + body))
		b.WriteString(",v1=" + hex.EncodeToString(mac.Sum(nil)))
	}
	return b.String()
}

// secrets opens the secrets that sign at an instant, the newest first.
func (d *Desk) secrets(w *quartet.Webhook, now time.Time) ([]string, error) {
	sealed := [][]byte{w.Secret}
	if len(w.Old) > 0 && now.Before(w.OldUntil) {
		sealed = append(sealed, w.Old)
	}
	list := make([]string, len(sealed))
	for i := range sealed {
		plain, err := d.o.Ring.Unseal(sealed[i], record(w.ID))
		if err != nil {
			return nil, err
		}
		list[i] = string(plain)
	}
	return list, nil
}

// record is what the secrets of a webhook are sealed for: they open nowhere else.
func record(id string) string { return "webhook/" + id }
