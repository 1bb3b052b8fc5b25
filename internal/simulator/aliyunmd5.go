package simulator

import (
	"fmt"
	"iter"
	"regexp"
	"sync"
	"time"

	"quartet"
)

// ParamType md5 hashes parts: of the card its last six digits, of the name its first letter, of
// the ID number the birth date, the mobile as a whole; hexadecimal, in small letters, in the
// place of what is hashed. A supplier has a table of all that can be; here it is tried.
var (
	hashedCard   = regexp.MustCompile(`^([0-9]{6,13})([0-9a-f]{32})$`)
	hashedName   = regexp.MustCompile(`^[0-9a-f]{32}.+$`)
	hashedID     = regexp.MustCompile(`^([0-9]{6})([0-9a-f]{32})([0-9]{3}[0-9X])$`)
	hashedMobile = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// digits remembers which digits have a hash, since trying takes its time.
type digits struct{ of sync.Map }

// open puts card and ID number in clear, as far as that can be, and checks all four.
func (d *digits) open(q *question) bool {
	card := hashedCard.FindStringSubmatch(q.card)
	if card == nil || !hashedName.MatchString(q.name) || q.need.Has(quartet.NeedMobile) && !hashedMobile.MatchString(q.mobile) {
		return false
	}
	q.card = card[1] + d.find(card[2], lastSix)
	if !cardForm.MatchString(q.card) {
		return false
	}
	if !q.need.Has(quartet.NeedID) {
		return true
	}
	id := hashedID.FindStringSubmatch(q.id)
	if id == nil {
		return false
	}
	q.id = id[1] + d.find(id[2], births) + id[3]
	return soundID(q.id)
}

// find gives those of the candidates that have the hash, or nothing.
func (d *digits) find(hash string, candidates iter.Seq[string]) string {
	if found, ok := d.of.Load(hash); ok {
		return found.(string) //nolint:forcetypeassert // nothing else is stored
	}
	for text := range candidates {
		if hexMD5(text) == hash {
			d.of.Store(hash, text)
			return text
		}
	}
	return ""
}

func lastSix(yield func(string) bool) {
	for n := range 1_000_000 {
		if !yield(fmt.Sprintf("%06d", n)) {
			return
		}
	}
}

func births(yield func(string) bool) {
	for day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2100; day = day.AddDate(0, 0, 1) {
		if !yield(day.Format("20060102")) {
			return
		}
	}
}
