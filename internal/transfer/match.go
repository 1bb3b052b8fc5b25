package transfer

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"quartet"
)

// The reasons why a transfer waits for people.
const (
	whyNoCode   = "code"   // the remark names no order
	whyCodes    = "codes"  // it names several
	whyOver     = "over"   // more came than the order costs
	whyUnder    = "under"  // less came
	whyLate     = "late"   // the order is closed, or past its time
	whySecond   = "second" // the order is paid, or another transfer pays it
	whyPayer    = "payer"  // the payer is not the firm that the account was verified as
	minCode     = 6
	maxCode     = 16
	maxMentions = 20
)

// mentions lists what in a remark may be the code of an order: runs of letters and digits,
// as they stand and with the blanks and hyphens taken out that banks and people put in.
func mentions(remark string) []string {
	remark = strings.ToUpper(norm.NFKC.String(remark))
	joined := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(remark)
	var codes []string
	for _, text := range []string{remark, joined} {
		for _, run := range strings.FieldsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) {
			if len(run) >= minCode && len(run) <= maxCode && len(codes) < maxMentions && !slices.Contains(codes, run) {
				codes = append(codes, run)
			}
		}
	}
	return codes
}

// match says which order a line pays, or why it must wait. taken are the orders that earlier
// lines of the same statement pay.
func (d *Desk) match(ctx context.Context, l Line, taken map[string]bool) (order, why string, err error) {
	var found []quartet.Order
	for _, code := range mentions(l.Payer.Remark) {
		o, err := d.store.OrderOfCode(ctx, code)
		if quartet.CodeOf(err) == quartet.ErrNotFound {
			continue
		}
		if err != nil {
			return "", "", err
		}
		if !slices.ContainsFunc(found, func(other quartet.Order) bool { return other.ID == o.ID }) {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 0:
		return "", whyNoCode, nil
	case 1:
	default:
		return "", whyCodes, nil
	}
	o := found[0]
	if why := d.unpayable(o, l.Amount); why != "" {
		return "", why, nil
	}
	if taken[o.ID] {
		return "", whySecond, nil
	}
	switch _, err := d.store.TransferOfOrder(ctx, o.ID); quartet.CodeOf(err) {
	case quartet.ErrNotFound:
	case "":
		return "", whySecond, nil
	default:
		return "", "", err
	}
	name := ""
	if d.firms != nil {
		if name, err = d.firms.LegalName(ctx, o.Account); err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
			return "", "", err
		}
	}
	if name == "" || plainName(name) != plainName(l.Payer.Name) {
		return "", whyPayer, nil
	}
	return o.ID, "", nil
}

// unpayable says why an order cannot be paid by an amount; empty: it can. One whose time is
// over may still be open for a moment, and yet takes no new payment.
func (d *Desk) unpayable(o quartet.Order, amount quartet.Fen) string {
	switch {
	case o.State == quartet.OrderClosed, o.State == quartet.OrderOpen && !d.now().Before(o.PayBy):
		return whyLate
	case o.State != quartet.OrderOpen:
		return whySecond
	case amount > o.Amount:
		return whyOver
	case amount < o.Amount:
		return whyUnder
	}
	return ""
}

// plainName is a firm's name, or another text of a statement, apart from the width of its letters and from blanks, in which
// banks and registers differ.
func plainName(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(name)), ""))
}
