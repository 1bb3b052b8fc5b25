package quota_test

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// restart stops in order and begins anew.
func (m *machine) restart(t *rapid.T) {
	if err := m.l.Close(); err != nil {
		t.Fatal(err)
	}
	m.store.Close()
	m.start()
}

// crash ends the process at the commit of a batch, before the database has it or after. Its
// callers were never answered: what became of their calls only the database knows, and the
// next process must find it whole.
func (m *machine) crash(t *rapid.T) {
	landed := rapid.Bool().Draw(t, "landed")
	m.store.kill(landed)
	list := make([]quartet.Call, rapid.IntRange(1, 6).Draw(t, "callers"))
	var wg sync.WaitGroup
	for i := range list {
		list[i] = newCall(accounts[i%2])
		wg.Go(func() {
			if err := m.l.Charge(context.Background(), &list[i], 1, quartet.Claim{}); quartet.CodeOf(err) != quartet.ErrUnknownOutcome {
				m.t.Errorf("a killed process has answered: %v", err)
			}
		})
	}
	wg.Wait()
	dead, ledger := m.store, m.l
	m.start()
	if ledger.Close() == nil {
		t.Fatal("a killed process was well")
	}
	dead.Close()
	rows := calls(m.t, m.store.Store)
	for _, c := range list {
		row, there := rows[c.SeqNo]
		if there && !landed {
			t.Fatalf("call %v was written by a process that was dead", c.SeqNo)
		}
		if there {
			m.model.grants[row.Grant].Used++
			m.model.served[c.SeqNo] = true
		}
	}
}

func (m *machine) check(t *rapid.T) {
	grants, err := m.store.Grants(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]quartet.Grant{}
	for _, g := range grants {
		got[g.ID] = g
	}
	want := map[string]quartet.Grant{}
	for id, g := range m.model.grants {
		want[id] = *g
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Fatalf("the grants (-model +book):\n%s", diff)
	}
	r, err := quota.Audit(context.Background(), m.store.Store, true)
	if err != nil || len(r.Differences) > 0 {
		t.Fatalf("audit: %v %v", r.Differences, err)
	}
}

// checkAsked: every supplier that a call may have been with is named, on the hold or, once
// that was given up, on the row.
func (m *machine) checkAsked(t *rapid.T) {
	standing, err := m.store.Holds(context.Background(), math.MaxInt64, 0)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[quartet.SeqNo][]quartet.Asked{}
	for _, h := range standing {
		asked[h.SeqNo] = h.Asked
	}
	for _, h := range m.model.holds {
		if !slices.Equal(asked[h.SeqNo], h.Asked) {
			t.Fatalf("hold %v is with %v, the book says %v", h.SeqNo, h.Asked, asked[h.SeqNo])
		}
	}
	for _, h := range m.model.swept {
		attempts, err := m.store.Attempts(context.Background(), h.SeqNo)
		if err != nil {
			t.Fatal(err)
		}
		var named []quartet.Asked
		for _, a := range attempts {
			if !a.Sent || a.Charged != quartet.ChargedUnknown {
				t.Fatalf("call %v was given up, and an attempt says %+v", h.SeqNo, a)
			}
			named = append(named, quartet.Asked{Source: a.Source, Cost: a.Cost})
		}
		if !slices.Equal(named, h.Asked) {
			t.Fatalf("call %v was given up while it was with %v, its row names %v", h.SeqNo, h.Asked, named)
		}
	}
}

func TestLedger_AnyInterleavingKeepsTheBookExact(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				options := store.Options{Dir: storetest.Folder(t)}
				if engine == "postgres" {
					options = store.Options{URL: storetest.Postgres(t)}
				}
				m := &machine{t: t, now: time.Now().Truncate(time.Microsecond), open: func() *store.Store { return openStore(t, options) }}
				m.model.grants, m.model.served = map[string]*quartet.Grant{}, map[quartet.SeqNo]bool{}
				m.start()
				defer func() { m.l.Close(); m.store.Close() }()
				for _, a := range accounts {
					if err := m.store.CreateAccount(context.Background(), quartet.Account{ID: a, Name: a, CreatedAt: m.now}, quartet.AuditEntry{}); err != nil {
						rt.Fatal(err)
					}
				}
				rt.Repeat(map[string]func(*rapid.T){
					"give": m.give, "charge": m.charge, "charge more": m.charge, "reserve": m.reserve, "burst": m.burst,
					"settle":  func(rt *rapid.T) { m.endHold(rt, true) },
					"release": func(rt *rapid.T) { m.endHold(rt, false) },
					"move":    m.move, "move again": m.moveAgain,
					"settle again": m.endAgain, "sweep": m.sweep, "time passes": m.pass,
					"withdraw": m.withdraw, "freeze or thaw": m.turn, "move the expiry": m.moveExpiry,
					"restart": m.restart, "crash": m.crash,
					"": m.check,
				})
				rows := calls(t, m.store.Store)
				for no := range m.model.served {
					if rows[no].Charged != 1 {
						rt.Fatalf("call %v was acknowledged, its row says %+v", no, rows[no])
					}
				}
				m.checkAsked(rt)
			})
		})
	}
}
