package registry

import (
	"crypto/subtle"

	"quartet"
	"quartet/internal/seal"
)

const (
	tagLen    = 8
	valueLen  = 1 + 3*tagLen
	nameTag   = 1
	idTag     = nameTag + tagLen
	mobileTag = idTag + tagLen
)

// hashers hash the elements under one key of the ring, one subkey for each.
type hashers struct{ card, name, id, mobile *seal.Hasher }

// newHashers is false when the ring does not hold the key.
func newHashers(ring *seal.Keyring, key string) (*hashers, bool) {
	h := &hashers{}
	for _, use := range []struct {
		label  string
		hasher **seal.Hasher
	}{
		{"registry.card", &h.card},
		{"registry.name", &h.name},
		{"registry.id", &h.id},
		{"registry.mobile", &h.mobile},
	} {
		sub, ok := ring.KeyOf(key, use.label)
		if !ok {
			return nil, false
		}
		*use.hasher = seal.NewHasher(sub)
	}
	return h, true
}

// record makes the key and the value of one person.
func (h *hashers) record(e *quartet.Elements, s Status) (key [16]byte, value [valueLen]byte) {
	card := e.Card.Reveal()
	value[0] = byte(s)
	name, id, mobile := h.name.Sum(card, e.Name.Reveal()), h.id.Sum(card, e.ID.Reveal()), h.mobile.Sum(card, e.Mobile.Reveal())
	copy(value[nameTag:], name[:tagLen])
	copy(value[idTag:], id[:tagLen])
	copy(value[mobileTag:], mobile[:tagLen])
	return h.card.Sum(card), value
}

// differing says which of the elements asked for differ from a record. Each comparison
// takes the same time whatever it finds.
func (h *hashers) differing(e *quartet.Elements, need quartet.ElementSet, value []byte) (differs quartet.ElementSet) {
	card := e.Card.Reveal()
	other := func(hasher *seal.Hasher, text string, at int) quartet.ElementSet {
		tag := hasher.Sum(card, text)
		return quartet.ElementSet(1 - subtle.ConstantTimeCompare(tag[:tagLen], value[at:at+tagLen]))
	}
	if need.Has(quartet.NeedName) {
		differs |= quartet.NeedName * other(h.name, e.Name.Reveal(), nameTag)
	}
	if need.Has(quartet.NeedID) {
		differs |= quartet.NeedID * other(h.id, e.ID.Reveal(), idTag)
	}
	if need.Has(quartet.NeedMobile) {
		differs |= quartet.NeedMobile * other(h.mobile, e.Mobile.Reveal(), mobileTag)
	}
	return differs
}
