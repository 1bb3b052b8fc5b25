package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
)

// Macs makes whole HMAC-SHA256 under the subkeys of one label, for whoever keeps the id of
// the key beside the mac. It prints as a constant.
type Macs struct {
	ring  *Keyring
	label string
}

// Macs gives the macs of one use.
func (k *Keyring) Macs(label string) Macs { return Macs{ring: k, label: label} }

// Active is the id of the key for new macs.
func (m Macs) Active() string { return m.ring.ID() }

// Mac is the mac under the key of that id; false: the ring does not hold it.
func (m Macs) Mac(key string, text []byte) ([]byte, bool) {
	sub, held := m.ring.KeyOf(key, m.label)
	if !held {
		return nil, false
	}
	h := hmac.New(sha256.New, sub[:])
	h.Write(text)
	return h.Sum(nil), true
}

// Format hides the keys from every verb.
func (Macs) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[macs]")) }
