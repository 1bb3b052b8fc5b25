package announcement_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
)

// identities knows accounts by a table.
type identities map[string]string

func (i identities) Identity(_ context.Context, account string) (string, error) {
	return i[account], nil
}

// promised is an announcement as a buyer would remember it.
type promised struct {
	id        string
	table     quartet.ChargeTable
	published time.Time
	effective time.Time
	withdrawn bool
}

// Whatever operators do, in whatever order and however late jobs come: at no instant is a call
// charged by a table that is dearer than the one before, while units were held, unless that very
// table was announced the lead before.
func TestCalls_AreNeverChargedByATableThatWasNotAnnounced(t *testing.T) {
	h := newHouse(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		var (
			ctx   = context.Background()
			id    = fmt.Sprintf("p%d", n)
			p     = quartet.FourElements()
			ends  time.Time // of what is held
			known []promised
		)
		p.ID, p.Path = id, "/"+id
		if _, err := h.catalogue.Add(ctx, "zhang", p); err != nil {
			rt.Fatal(err)
		}
		was := p.Charge
		now := func() quartet.ChargeTable {
			p, err := h.catalogue.Find(ctx, id)
			if err != nil {
				rt.Fatal(err)
			}
			return p.Charge
		}
		table := func(rt *rapid.T) quartet.ChargeTable {
			return quartet.ChargeTable{
				Match: rapid.Int64Range(0, 2).Draw(rt, "match"), Mismatch: rapid.Int64Range(0, 2).Draw(rt, "mismatch"), Undetermined: rapid.Int64Range(0, 2).Draw(rt, "undetermined"),
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"give": func(*rapid.T) {
				ends = h.clock().Add(20 * day)
				if err := h.ledger.Give(ctx, quartet.Grant{ID: fmt.Sprintf("%s-%d", id, ends.UnixNano()), Account: "acme", Product: id, Units: 5, ExpiresAt: ends}, "bought"); err != nil {
					rt.Skip(err) // the same instant
				}
			},
			"set": func(rt *rapid.T) {
				to := table(rt)
				_, err := h.catalogue.Change(ctx, "zhang", id, func(p *quartet.Product) { p.Charge = to })
				worse := to.DearerThan(was) && h.clock().Before(ends)
				if (quartet.CodeOf(err) == quartet.ErrConflict) != worse {
					rt.Fatalf("from %s to %s, held %v: %v", was, to, h.clock().Before(ends), err)
				}
			},
			"publish": func(rt *rapid.T) {
				to := table(rt)
				at := h.clock().Add(time.Duration(rapid.IntRange(0, 12).Draw(rt, "days")) * day)
				a, err := h.desk.Publish(ctx, "zhang", quartet.Announcement{
					Kind: quartet.AnnounceChargeTable, Title: "计费调整", Text: "调整", Effective: at,
					Changes: []quartet.AnnouncedChange{{Kind: quartet.ChangeChargeTable, Product: id, Charge: to}},
				})
				if err == nil {
					known = append(known, promised{a.ID, to, a.Published, a.Effective, false})
				}
			},
			"withdraw": func(rt *rapid.T) {
				if len(known) == 0 {
					rt.Skip()
				}
				k := &known[len(known)-1]
				if _, err := h.desk.Withdraw(ctx, "li", k.id); err == nil {
					if !h.clock().Before(k.effective) {
						rt.Fatalf("withdrawn after it took effect: %+v", k)
					}
					k.withdrawn = true
				}
			},
			"pass": func(rt *rapid.T) { h.pass(time.Duration(rapid.IntRange(1, 120).Draw(rt, "hours")) * time.Hour) },
			"apply": func(rt *rapid.T) { // a job that came early, late, or again
				if len(known) == 0 {
					rt.Skip()
				}
				_ = h.desk.Apply(ctx, known[rapid.IntRange(0, len(known)-1).Draw(rt, "which")].id)
			},
			"": func(rt *rapid.T) {
				is, at := now(), h.clock()
				defer func() { was = is }()
				if !is.DearerThan(was) || !at.Before(ends) {
					return
				}
				for _, k := range known {
					if !k.withdrawn && k.table == is && !at.Before(k.effective) && !k.effective.Before(k.published.Add(time.Duration(lead))) {
						return
					}
				}
				rt.Fatalf("at %v calls cost %s after %s, of which nobody was told: %+v", at, is, was, known)
			},
		})
		h.pass(300 * day) // what is held has ended
	})
}
