package reconcile

import (
	"context"

	"quartet"
)

// mine is one of our attempts, as little of it as is needed.
type mine struct {
	no      quartet.SeqNo
	place   int64
	at      int64 // Unix microseconds
	charged quartet.Charged
	cost    quartet.Millifen
	month   bool // of the month that is compared
	seen    bool // a row of the statement belongs to it
	sameRef int32
	sameNo  int32 // the one before with the same number; -1 for none
}

// ours is the attempts that rows are looked up in.
type ours struct {
	list []mine
	refs map[string]int32
	nos  map[quartet.SeqNo]int32
}

// edge is how far beyond the month attempts are looked at, so that what a supplier counts
// to its last or first day is found by the supplier's number too.
const edge = 3 * 24 * 60 * 60

func readOurs(ctx context.Context, store Store, o Options) (*ours, error) {
	all := &ours{refs: map[string]int32{}, nos: map[quartet.SeqNo]int32{}}
	err := store.SourceAttempts(ctx, o.Source, o.From-edge, o.To+edge, func(p quartet.PlacedAttempt) error {
		all.add(&p, p.SeqNo.Second >= o.From && p.SeqNo.Second < o.To)
		return nil
	})
	return all, err
}

func (o *ours) add(p *quartet.PlacedAttempt, month bool) {
	i := int32(len(o.list))
	m := mine{no: p.SeqNo, place: p.Place, at: p.At.UnixMicro(), charged: p.Charged, cost: p.Cost, month: month, sameRef: -1, sameNo: -1}
	if p.Reference != "" {
		if before, ok := o.refs[p.Reference]; ok {
			m.sameRef = before
		}
		o.refs[p.Reference] = i
	}
	if before, ok := o.nos[p.SeqNo]; ok {
		m.sameNo = before
	}
	o.nos[p.SeqNo] = i
	o.list = append(o.list, m)
}

// find gives the attempt that a number names, one that no row has named before if there is
// one; nil for none. The earliest of several is the first to be named.
func (o *ours) find(number string, no quartet.SeqNo, isNo bool) *mine {
	if i, ok := o.refs[number]; ok {
		return o.unseen(i, func(m *mine) int32 { return m.sameRef })
	}
	if i, ok := o.nos[no]; ok && isNo {
		return o.unseen(i, func(m *mine) int32 { return m.sameNo })
	}
	return nil
}

func (o *ours) unseen(i int32, before func(*mine) int32) *mine {
	found := &o.list[i]
	for i >= 0 {
		m := &o.list[i]
		if !m.seen || found.seen {
			found = m
		}
		i = before(m)
	}
	return found
}

// fetch looks a call of another time up and keeps its attempts to this source.
func (o *ours) fetch(ctx context.Context, store Store, source string, no quartet.SeqNo) (found bool, err error) {
	list, err := store.Attempts(ctx, no)
	for place, a := range list {
		if a.Source == source && a.Skipped == "" {
			o.add(&quartet.PlacedAttempt{Attempt: a, SeqNo: no, Place: int64(place)}, false)
			found = true
		}
	}
	return found, err
}
