package quota

import (
	"slices"
	"time"

	"quartet"
)

// judge decides the acts of one batch, in order, each on its own, on the rows as they
// stand under lock. It does no I/O: the same book and acts give the same postings.
type judge struct {
	now       time.Time
	closedDay int64

	byID      map[string]*quartet.Grant
	byAccount map[string][]*quartet.Grant // in the order of use
	holds     map[quartet.SeqNo]*quartet.Hold
	claims    map[quartet.Fingerprint]quartet.SeqNo // idempotency keys in force → the call that has each
	touched   map[string]bool                       // grants whose row changes
	watches   []watch
	out       quartet.Postings
}

// newJudge begins with the calls of a batch that is over, to use their memory again.
func newJudge(book quartet.Book, now time.Time, closedDay int64, calls []quartet.Call) *judge {
	j := &judge{
		now: now, closedDay: closedDay,
		byID:      make(map[string]*quartet.Grant, len(book.Grants)),
		byAccount: make(map[string][]*quartet.Grant, len(book.Grants)),
		touched:   make(map[string]bool, len(book.Grants)),
		out:       quartet.Postings{Calls: calls[:0]},
	}
	for i := range book.Grants {
		g := &book.Grants[i]
		if j.byID[g.ID] != nil {
			continue // read for its account and for its id
		}
		j.byID[g.ID] = g
		j.byAccount[g.Account] = append(j.byAccount[g.Account], g)
	}
	for _, list := range j.byAccount {
		slices.SortFunc(list, func(a, b *quartet.Grant) int { return quartet.CompareGrants(*a, *b) })
	}
	if len(book.Holds) > 0 {
		j.holds = make(map[quartet.SeqNo]*quartet.Hold, len(book.Holds))
		for i := range book.Holds {
			j.holds[book.Holds[i].SeqNo] = &book.Holds[i]
		}
	}
	for _, c := range book.Claims {
		if !c.Code.Valid() || now.Before(c.ExpiresAt) { // an open hold bears it, or a verdict is kept
			j.claim(c.Key, c.SeqNo)
		}
	}
	return j
}

func (j *judge) postings() quartet.Postings {
	for id := range j.touched {
		j.out.Changed = append(j.out.Changed, *j.byID[id])
	}
	j.crossed()
	return j.out
}

// grants gives the state of every grant that was seen or opened.
func (j *judge) grants() []quartet.Grant {
	list := make([]quartet.Grant, 0, len(j.byID)+len(j.out.Opened))
	for _, g := range j.byID {
		list = append(list, *g)
	}
	return append(list, j.out.Opened...)
}

var (
	errExhausted = quartet.Errorf(quartet.ErrExhausted, "no unit is left; buy or grant more")
	errExpired   = quartet.Errorf(quartet.ErrExpired, "the units of this account have expired; buy or grant more")
	errHoldGone  = quartet.Errorf(quartet.ErrHoldGone, "the hold was resolved before; the verdict must be discarded")
	errClaimed   = quartet.Errorf(quartet.ErrUnavailable, "another call of this idempotency key came first; ask again, and its answer is repeated; nothing was charged")
	errDayClosed = quartet.Errorf(quartet.ErrUnavailable, "the day of this call is closed; nothing was charged")
)

func (j *judge) act(a *act) error {
	switch a.kind {
	case actCharge:
		return j.charge(a)
	case actReserve:
		return j.reserve(a)
	case actMove:
		return j.move(a)
	case actSettle:
		return j.settle(a)
	case actRelease:
		return j.release(a)
	case actSweep:
		return j.sweep(a)
	case actRecord:
		j.record(a)
		return nil
	case actChange:
		return j.change(a)
	case actBarrier:
		return nil
	default:
		return quartet.Errorf(quartet.ErrInternal, "quota: unknown act")
	}
}

// claimed reports whether an idempotency key is in force for another call.
func (j *judge) claimed(key quartet.Fingerprint, by quartet.SeqNo) bool {
	owner, taken := j.claims[key]
	return taken && owner != by
}

func (j *judge) claim(key quartet.Fingerprint, by quartet.SeqNo) {
	if key.IsZero() {
		return
	}
	if j.claims == nil {
		j.claims = make(map[quartet.Fingerprint]quartet.SeqNo)
	}
	j.claims[key] = by
}

// next finds the grant that gives the next units of an account for a product.
func (j *judge) next(account, product string, units int64) (*quartet.Grant, error) {
	late := false
	for _, g := range j.byAccount[account] {
		if !g.Fits(product) || g.Left() < units || !g.FrozenAt.IsZero() {
			continue
		}
		if !j.now.Before(g.ExpiresAt) {
			late = true
			continue
		}
		return g, nil
	}
	if late {
		return nil, errExpired
	}
	return nil, errExhausted
}

func (j *judge) charge(a *act) error {
	a.call.Charged, a.call.Grant = 0, ""
	if j.claimed(a.claim.Key, a.call.SeqNo) {
		return errClaimed
	}
	if a.units > 0 {
		if quartet.DayOf(a.call.SeqNo.Second) <= j.closedDay {
			return errDayClosed
		}
		g, err := j.next(a.call.Account, a.call.Product, a.units)
		if err != nil {
			return err
		}
		g.Used += a.units
		j.touched[g.ID] = true
		a.call.Charged, a.call.Grant = a.units, g.ID
	}
	j.out.Calls = append(j.out.Calls, a.call)
	j.keep(a)
	return nil
}

func (j *judge) reserve(a *act) error {
	if j.claimed(a.hold.Claim.Key, a.hold.SeqNo) {
		return errClaimed
	}
	g, err := j.next(a.hold.Account, a.hold.Product, a.units)
	if err != nil {
		return err
	}
	g.Held += a.units
	j.touched[g.ID] = true
	a.hold.Grant = g.ID
	j.out.Held = append(j.out.Held, a.hold)
	j.claim(a.hold.Claim.Key, a.hold.SeqNo)
	return nil
}

// move notes whom the call may be with from now on.
func (j *judge) move(a *act) error {
	h := j.holds[a.hold.SeqNo]
	if h == nil {
		return errHoldGone
	}
	h.Asked = a.hold.Asked
	j.out.Moved = append(j.out.Moved, *h)
	return nil
}

// gone answers an act whose hold does not stand any more, or ended earlier in this batch.
// What its sources said is told to the row that the sweeper left open.
func (j *judge) gone(a *act) error {
	j.out.Told = append(j.out.Told, a.call)
	return errHoldGone
}

// record writes a refusal. One whose hold could not be ended may come after the sweeper: then
// it tells that row what its sources said.
func (j *judge) record(a *act) {
	if !a.tellsOfCost() {
		j.out.Calls = append(j.out.Calls, a.call)
		return
	}
	j.out.Unresolved = append(j.out.Unresolved, a.call)
	j.out.Told = append(j.out.Told, a.call)
}

// end takes a hold that stands off its grant.
func (j *judge) end(h *quartet.Hold) (*quartet.Grant, error) {
	g := j.byID[h.Grant]
	if g == nil {
		return nil, quartet.Errorf(quartet.ErrUnavailable, "quota: the hold's grant was not read")
	}
	delete(j.holds, h.SeqNo)
	delete(j.claims, h.Claim.Key)
	g.Held -= h.Units
	j.touched[g.ID] = true
	j.out.Ended = append(j.out.Ended, h.SeqNo)
	return g, nil
}

func (j *judge) settle(a *act) error {
	h := j.holds[a.hold.SeqNo]
	if h == nil {
		return j.gone(a)
	}
	if a.units > h.Units {
		return quartet.Errorf(quartet.ErrInvalid, "quota: a hold of %d units cannot settle %d", h.Units, a.units)
	}
	if a.units > 0 && quartet.DayOf(a.call.SeqNo.Second) <= j.closedDay {
		return errDayClosed
	}
	g, err := j.end(h)
	if err != nil {
		return err
	}
	g.Used += a.units
	a.call.Charged, a.call.Grant = a.units, g.ID
	j.out.Calls = append(j.out.Calls, a.call)
	j.keep(a)
	return nil
}

func (j *judge) release(a *act) error {
	h := j.holds[a.hold.SeqNo]
	if h == nil {
		return j.gone(a)
	}
	g, err := j.end(h)
	if err != nil {
		return err
	}
	a.call.Charged, a.call.Grant = 0, g.ID
	j.out.Calls = append(j.out.Calls, a.call)
	return nil
}

// sweep gives a hold up. Whom the call may be with is what the hold says now: it may have
// been moved since the sweeper saw it.
func (j *judge) sweep(a *act) error {
	h := j.holds[a.hold.SeqNo]
	if h == nil {
		return errHoldGone
	}
	g, err := j.end(h)
	if err != nil {
		return err
	}
	a.call.Charged, a.call.Grant = 0, g.ID
	a.call.Attempts = forsaken(h, j.now)
	j.out.Unresolved = append(j.out.Unresolved, a.call)
	return nil
}

// keep stores the verdict for a repeat of the same idempotency key.
func (j *judge) keep(a *act) {
	if a.claim.Key.IsZero() {
		return
	}
	c := a.claim
	c.SeqNo, c.Code, c.Verdict, c.Reason, c.Differs = a.call.SeqNo, a.call.Code, a.call.Verdict, a.call.Reason, a.call.Differs
	j.out.Claims = append(j.out.Claims, c)
	j.claim(c.Key, c.SeqNo)
}

// change applies what people do to a grant. Used never falls; nothing goes below zero.
func (j *judge) change(a *act) error {
	e := a.entry
	if e.Kind == quartet.EntryGranted {
		j.out.Opened = append(j.out.Opened, a.grant)
		j.out.Entries = append(j.out.Entries, e)
		return nil
	}
	g := j.byID[a.grant.ID]
	if g == nil {
		return quartet.Errorf(quartet.ErrNotFound, "there is no grant of that id; `quartet grant list` shows them")
	}
	if g.FrozenFor != "" && g.Market() != "" {
		return quartet.Errorf(quartet.ErrConflict, "market %s sold this grant and has ended it; only a renewal there changes it", g.Market())
	}
	if g.FrozenFor != "" { // what goes back is reckoned from it as it stands
		return quartet.Errorf(quartet.ErrConflict, "a refund of this grant is open or done, and it alone changes the grant; wait for it, or reject it or give it up")
	}
	switch e.Kind {
	case quartet.EntryWithdrawn:
		if order := g.Order(); order != "" && !g.Trial {
			return quartet.Errorf(quartet.ErrConflict, "these units were bought; they go back by a refund of order %s", order)
		}
		if e.Units > g.Left() {
			return quartet.Errorf(quartet.ErrConflict, "only %d units of this grant are free; withdraw at most so many", g.Left())
		}
		g.Withdrawn += e.Units
	case quartet.EntryFrozen:
		if !g.FrozenAt.IsZero() {
			return quartet.Errorf(quartet.ErrConflict, "this grant is frozen already")
		}
		g.FrozenAt = e.At
	case quartet.EntryThawed:
		if g.FrozenAt.IsZero() {
			return quartet.Errorf(quartet.ErrConflict, "this grant is not frozen")
		}
		g.FrozenAt = time.Time{}
	case quartet.EntryExpiry:
		g.ExpiresAt = a.expiry
	default:
		return quartet.Errorf(quartet.ErrInvalid, "quota: unknown kind of entry")
	}
	a.grant = *g
	j.touched[g.ID] = true
	j.out.Entries = append(j.out.Entries, e)
	return nil
}
