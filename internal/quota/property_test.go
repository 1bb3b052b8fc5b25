package quota_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
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

func TestLedger_AnyInterleavingKeepsTheBookExact(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				options := store.Options{Dir: t.TempDir()}
				if engine == "postgres" {
					options = store.Options{URL: pgtest.Shared(t).NewDatabase(t)}
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
					"settle":       func(rt *rapid.T) { m.endHold(rt, true) },
					"release":      func(rt *rapid.T) { m.endHold(rt, false) },
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
			})
		})
	}
}
