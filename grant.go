package quartet

import (
	"cmp"
	"strings"
	"time"
)

// Grant is a number of units that an account may use until a day. Units never
// changes, Used never falls; Held, Withdrawn, ExpiresAt and FrozenAt change only
// together with an entry. Used + Held + Withdrawn never exceeds Units.
type Grant struct {
	ID        string
	Account   string
	Product   string // it is used for calls of this product alone; empty: of any
	Units     int64
	Used      int64  // charged
	Held      int64  // set aside while a supplier is asked
	Withdrawn int64  // refunds and adjustments
	Trial     bool   // used first
	Priority  int64  // lower is used earlier
	Origin    string // what it was given for: an order (OriginOf, OriginAt) or "gift"
	Paid      Fen    // what was paid for all its units; 0 for a gift
	CreatedAt time.Time
	ExpiresAt time.Time // first instant at which it cannot be used any more
	FrozenAt  time.Time // zero: not frozen
	FrozenFor string    // the refund, or the market, for which it is frozen, which alone may change it; empty: none
}

// Left is the number of units that a new call may take, whatever the time.
func (g Grant) Left() int64 { return g.Units - g.Used - g.Held - g.Withdrawn }

// Fits reports whether it may be used for calls of a product.
func (g *Grant) Fits(product string) bool { return g.Product == "" || g.Product == product }

// What the origin of a grant that an order gave is made of.
const (
	boughtBy = "order "
	soldAt   = " at market "
)

// OriginOf is the origin of the grant that an order gives.
func OriginOf(order string) string { return boughtBy + order }

// OriginAt is the origin of the grant of an order that a cloud market sold: no payment stands
// behind it here, since the market takes the money.
func OriginAt(market, order string) string { return OriginOf(order) + soldAt + market }

// Order is the order that gave it; empty: it was not bought.
func (g Grant) Order() string {
	order, bought := strings.CutPrefix(g.Origin, boughtBy)
	if !bought {
		return ""
	}
	order, _, _ = strings.Cut(order, soldAt)
	return order
}

// Market is the cloud market that sold it, which alone renews and ends it; empty: none did.
func (g Grant) Market() string {
	order, bought := strings.CutPrefix(g.Origin, boughtBy)
	_, market, _ := strings.Cut(order, soldAt)
	if !bought {
		return ""
	}
	return market
}

// CompareGrants is the order of use: trial first, then priority, then earliest
// expiry, then oldest; the ID makes it total.
func CompareGrants(a, b Grant) int {
	if a.Trial != b.Trial {
		if a.Trial {
			return -1
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(a.Priority, b.Priority),
		a.ExpiresAt.Compare(b.ExpiresAt),
		a.CreatedAt.Compare(b.CreatedAt),
		cmp.Compare(a.ID, b.ID),
	)
}

// EntryKind says why a grant changed other than by a charged call.
type EntryKind string

// The kinds of entry.
const (
	EntryGranted   EntryKind = "granted"   // the grant began; Units is its size
	EntryWithdrawn EntryKind = "withdrawn" // Units were taken back
	EntryFrozen    EntryKind = "frozen"
	EntryThawed    EntryKind = "thawed"
	EntryExpiry    EntryKind = "expiry" // ExpiresAt moved
)

// Entry records a change of a grant that no call row explains.
type Entry struct {
	ID    string
	Grant string
	Kind  EntryKind
	Units int64
	Note  string // who and why
	At    time.Time
	Until time.Time // of EntryGranted and EntryExpiry: the end of the grant from then on; zero: an old row does not tell
}
