package console

import (
	"net/url"
	"strings"
)

// moneyRoutes are the pages of orders and of the money that comes and goes.
func (c *Console) moneyRoutes() {
	c.houseOrderRoutes()
	c.houseRefundRoutes()
	c.houseBankRoutes()
	c.houseTransferRoutes()
	c.housePayoutRoutes()
	c.houseSurplusRoutes()
	c.houseAdjustmentRoutes()
	c.houseSettlementRoutes()
	c.housed("GET "+houseNoticesPath, c.houseNoticesPage)
}

func moneyPreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{
		houseOrderPreviews, houseRefundPreviews, houseBankPreviews, houseStatementPreviews, houseTransferPreviews, housePayoutPreviews, houseSurplusPreviews,
		houseAdjustmentPreviews, houseSettlementPreviews, houseNoticePreviews,
	} {
		list = append(list, noun()...)
	}
	return list
}

// houseAct sends what a form of a page asks for to the API, and leads back to the page. An act
// that is written in the path alone takes no body.
func (v *visit) houseAct(back, done, path string, in any) (string, error) {
	return query(back, "done", done), v.post(path, in, nil)
}

// reasoned is the body of what is done for a reason.
func (v *visit) reasoned() map[string]string { return map[string]string{"reason": v.value("reason")} }

// segment is a part of the path of the page, as an address holds it.
func (v *visit) segment(name string) string { return url.PathEscape(v.r.PathValue(name)) }

// following is the address of the next page of a list, or "".
func following(path, next string, pairs ...string) string {
	if next == "" {
		return ""
	}
	return query(path, append(pairs, "after", next)...)
}

// oneOf is a filter that was asked for, or "" where there is no such choice.
func oneOf(all []choice, value string) string {
	if labelOf(all, value) == "" {
		return ""
	}
	return value
}

// actor is who did something, as the API names them. Operators go by their names; people of
// buyers by an id, which says nothing to whoever reads.
type actor string

// Buyer reports whether it was somebody of an account.
func (a actor) Buyer() bool { return strings.HasPrefix(string(a), "person ") }

// Second reports whether somebody may say the second word on what this one asked for. The API
// decides; the page only does not offer what would be refused.
func (a actor) Second(me string) bool { return !strings.EqualFold(string(a), me) }
