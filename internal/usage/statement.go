package usage

import (
	"context"
	"time"

	"quartet"
)

// settleTime is how long after a month its last changes may take to be written.
const settleTime = 10 * time.Minute

// ParseMonth reads a month such as 2026-11. ErrInvalid: it is none.
func ParseMonth(text string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", text, quartet.Shanghai)
	if err != nil || from.Year() < 1971 {
		return from, to, &quartet.Error{Code: quartet.ErrInvalid, Field: "month", Message: "a month is written such as 2026-11"}
	}
	return from, from.AddDate(0, 1, 0), nil
}

// Statement is what a month came to for an account, or has come to so far. Once it is final it
// is the same whenever it is asked for, though refusals whose rows waited for a store that was not
// well may still be written. ErrInvalid: it has not begun.
func (d *Desk) Statement(ctx context.Context, account, month string) (quartet.Statement, error) {
	from, to, err := ParseMonth(month)
	if err != nil {
		return quartet.Statement{}, err
	}
	now := d.o.Now()
	if now.Before(from) {
		return quartet.Statement{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "month", Message: "this month has not begun; ask for an earlier one"}
	}
	b, err := d.o.Store.StatementBook(ctx, account, from, to)
	if err != nil {
		return quartet.Statement{}, err
	}
	s := state(b, account, from, to, now)
	if s.Final && !b.Final {
		s.Usage, err = d.o.Store.FinishStatement(ctx, account, from, to, s.Usage, now)
	}
	return s, err
}

// state reckons a statement.
func state(b quartet.StatementBook, account string, from, to, now time.Time) quartet.Statement {
	s := quartet.Statement{
		Account: account, From: from, To: to, Made: now, Final: b.Final || b.Closed && !now.Before(to.Add(settleTime)),
		Grants: []quartet.StatementGrant{}, Usage: b.Usage, Orders: b.Orders, Refunds: b.Refunds,
	}
	end := to
	if now.Before(to) {
		end = now.Add(time.Microsecond) // what was just done is seen
	}
	entries := map[string][]quartet.Entry{}
	for _, e := range b.Entries {
		entries[e.Grant] = append(entries[e.Grant], e)
	}
	for i := range b.Grants {
		g := &b.Grants[i]
		line := lineOf(g, entries[g.ID], b.Before[g.ID], b.Within[g.ID], from, end)
		if line.Opening != 0 || line.Given != 0 || line.Restored != 0 || line.Used != 0 || line.Withdrawn != 0 || line.Expired != 0 || line.Closing != 0 {
			s.Grants = append(s.Grants, line)
		}
	}
	return s
}

// lineOf is a month of one grant. What a call used counts in the month of its number, which
// may be a moment before the grant began; then the grant counts from that month on. Units that
// are withdrawn after they expired were gone already.
func lineOf(g *quartet.Grant, entries []quartet.Entry, before, within int64, from, end time.Time) quartet.StatementGrant {
	line := quartet.StatementGrant{Grant: g.ID, Product: g.Product, Origin: g.Origin, Used: within}
	began := before > 0 || g.CreatedAt.Before(from)
	if !began && (within > 0 || g.CreatedAt.Before(end)) {
		line.Given = g.Units
	}
	// usable is what of the grant could be used at an instant, when so much was withdrawn by then.
	usable := func(at, ends time.Time, used, withdrawn int64) int64 {
		if !at.Before(ends) {
			return 0
		}
		return g.Units - used - withdrawn
	}
	ends := firstEnd(g, entries)
	var opening, all int64 // withdrawn before the month, and before its end
	endsAtFrom := ends
	for _, e := range entries {
		if !e.At.Before(end) {
			break
		}
		switch e.Kind {
		case quartet.EntryExpiry:
			ends = untilOf(g, &e)
		case quartet.EntryWithdrawn:
			all += e.Units
			if !e.At.Before(from) && e.At.Before(ends) {
				line.Withdrawn += e.Units
			}
		default:
		}
		if e.At.Before(from) {
			opening, endsAtFrom = all, ends
		}
	}
	line.ExpiresAt = ends
	if began {
		line.Opening = usable(from, endsAtFrom, before, opening)
	}
	if began || line.Given > 0 {
		line.Closing = usable(end, ends, before+within, all)
	}
	// What is left to be told is what time took away, or gave back.
	if rest := line.Closing - line.Opening - line.Given + line.Used + line.Withdrawn; rest > 0 {
		line.Restored = rest
	} else {
		line.Expired = -rest
	}
	return line
}

// firstEnd is when a grant was to end as it began. Rows from before ends were written down
// leave it untold: then it is where the first entry that tells moved it, or where it is now.
func firstEnd(g *quartet.Grant, entries []quartet.Entry) time.Time {
	for i := range entries {
		if e := &entries[i]; (e.Kind == quartet.EntryGranted || e.Kind == quartet.EntryExpiry) && !e.Until.IsZero() {
			return e.Until
		}
	}
	return g.ExpiresAt
}

func untilOf(g *quartet.Grant, e *quartet.Entry) time.Time {
	if e.Until.IsZero() {
		return g.ExpiresAt
	}
	return e.Until
}
