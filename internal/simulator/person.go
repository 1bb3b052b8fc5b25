package simulator

import (
	"regexp"
	"strings"

	"quartet"
)

var (
	cardForm   = regexp.MustCompile(`^[0-9]{12,19}$`)
	idForm     = regexp.MustCompile(`^[0-9]{17}[0-9X]$`)
	mobileForm = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
)

// sound reports whether the needed elements have the form on which suppliers insist.
func (q question) sound() bool {
	return (!q.need.Has(quartet.NeedName) || strings.TrimSpace(q.name) != "") &&
		(!q.need.Has(quartet.NeedID) || soundID(q.id)) &&
		(!q.need.Has(quartet.NeedCard) || cardForm.MatchString(q.card)) &&
		(!q.need.Has(quartet.NeedMobile) || mobileForm.MatchString(q.mobile))
}

// soundID checks length, characters and the check digit of ISO 7064 MOD 11-2.
func soundID(id string) bool {
	id = strings.ToUpper(id)
	if !idForm.MatchString(id) {
		return false
	}
	sum := 0
	for i, weight := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(id[i]-'0') * weight
	}
	return id[17] == "10X98765432"[sum%11]
}

var orderForm = regexp.MustCompile(`^[0-9A-Za-z]+$`)

// soundOrder checks an order number of letters and digits.
func soundOrder(order string, from, to int) bool {
	return len(order) >= from && len(order) <= to && orderForm.MatchString(order)
}
