package route

import (
	"cmp"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/source"
)

// table is the sources as they were last told; it never changes.
type table struct {
	members []*member // in the order of priority, local ones first among equals
	policy  quartet.Policy
	local   bool // all that are on are local
	fixed   bool // the order is the same for every question
	shares  int  // of newcomers, together

	users atomic.Int64 // the router, as long as the table is in force, and each question that it is used for
}

// asker counts the tables of which an asker is part, and closes it when there is none.
type asker struct {
	closer io.Closer
	tables atomic.Int64
}

// New makes a router over sources.
func New(entries []Entry, o Options) *Router {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.IntN
	}
	r := &Router{opts: o, tallies: map[string]*tally{}}
	r.Replace(entries, o.Policy)
	return r
}

// Replace puts sources and policy in force for every later question. A source keeps its
// counts. It keeps its breaker and its limits as well if neither they nor what describes it
// changed. An asker that is not in force any more is closed when the last question leaves it.
func (r *Router) Replace(entries []Entry, p quartet.Policy) {
	r.replacing.Lock()
	defer r.replacing.Unlock()
	before := r.table.Load()
	t := &table{policy: p}
	t.users.Store(1)
	suppliers := false
	for i := range entries {
		m := r.newMember(entries[i], before)
		if m.On {
			t.local = t.local || m.Kind.Local()
			suppliers = suppliers || !m.Kind.Local()
		}
		t.shares += m.Terms.Share
		t.members = append(t.members, m)
	}
	t.local = t.local && !suppliers
	slices.SortStableFunc(t.members, func(a, b *member) int {
		return cmp.Or(cmp.Compare(a.Terms.Priority, b.Terms.Priority), localFirst(a, b))
	})
	t.fixed = t.fixedOrder()
	r.table.Store(t)
	if before != nil {
		before.leave()
	}
}

// newMember makes the member of a new table. The caller holds r.replacing.
func (r *Router) newMember(e Entry, before *table) *member {
	m := &member{Entry: e, tally: r.tallyOf(e.Name)}
	if scoped, ok := e.Asker.(source.Scoped); ok {
		m.scope = scoped.Scope()
	}
	m.inquirer, _ = e.Asker.(source.Inquirer)
	closer, closes := e.Asker.(io.Closer)
	closes = closes && !e.Kind.Local()
	if before != nil {
		for _, old := range before.members {
			if old.Name != e.Name {
				continue
			}
			if sameLimits(&old.Source, &e.Source) {
				m.limits = old.limits
			}
			if closes && old.asker != nil && same(old.Asker, e.Asker) {
				m.asker = old.asker
			}
		}
	}
	if m.limits == nil {
		m.limits = newLimits(&e.Source)
	}
	if closes && m.asker == nil {
		m.asker = &asker{closer: closer}
	}
	if m.asker != nil {
		m.asker.tables.Add(1)
	}
	return m
}

func same(a, b source.Source) bool { return reflect.ValueOf(a).Comparable() && a == b }

// tallyOf gives the counts of a source. The caller holds r.replacing.
func (r *Router) tallyOf(name string) *tally {
	if r.tallies[name] == nil {
		r.tallies[name] = &tally{}
	}
	return r.tallies[name]
}

// enter gives the table in force, whose askers stay open until leave.
func (r *Router) enter() *table {
	for {
		t := r.table.Load()
		for n := t.users.Load(); n > 0; n = t.users.Load() {
			if t.users.CompareAndSwap(n, n+1) {
				return t
			}
		} // replaced, and left by all: there is a newer one
	}
}

// leave lets the table go. Whoever is the last to leave one that was replaced closes the
// askers that no other table has; nobody could use the error.
func (t *table) leave() {
	if t.users.Add(-1) > 0 {
		return
	}
	for _, m := range t.members {
		if m.asker != nil && m.asker.tables.Add(-1) == 0 {
			_ = m.asker.closer.Close()
		}
	}
}
