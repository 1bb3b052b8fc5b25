package quota_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
)

// model is what the book must say, kept by the test from what it was told.
type model struct {
	grants map[string]*quartet.Grant
	holds  []quartet.Hold
	ended  []quartet.Hold
	served map[quartet.SeqNo]bool // charged, as acknowledged
}

// machine drives one ledger through any interleaving of acts and crashes.
type machine struct {
	t     *testing.T
	open  func() *store.Store
	store *store.Store
	l     *quota.Ledger
	now   time.Time
	mu    sync.Mutex
	model model
	next  int
}

func (m *machine) clock() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *machine) start() {
	m.store = m.open()
	l, err := quota.New(context.Background(), m.store, quota.Options{Now: m.clock})
	if err != nil {
		m.t.Fatal(err)
	}
	m.l = l
}

var accounts = []string{"a", "b"}

func (m *machine) give(t *rapid.T) {
	m.next++
	g := quartet.Grant{
		ID: fmt.Sprintf("g%d", m.next), Account: rapid.SampledFrom(accounts).Draw(t, "account"),
		Units: rapid.Int64Range(1, 5).Draw(t, "units"), Trial: rapid.Bool().Draw(t, "trial"), Priority: rapid.Int64Range(-1, 1).Draw(t, "priority"),
		CreatedAt: m.now, ExpiresAt: m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "minutes")) * time.Minute),
	}
	if err := m.l.Give(context.Background(), g, "given"); err != nil {
		t.Fatal(err)
	}
	m.model.grants[g.ID] = &g
}

// first is the grant that must give the next unit of an account, or nil.
func (m *machine) first(account string) *quartet.Grant {
	var best *quartet.Grant
	for _, g := range m.model.grants {
		if g.Account == account && g.Usable(m.now) && (best == nil || quartet.CompareGrants(*g, *best) < 0) {
			best = g
		}
	}
	return best
}

func (m *machine) charge(t *rapid.T) {
	account := rapid.SampledFrom(accounts).Draw(t, "account")
	want := m.first(account)
	c := newCall(account)
	err := m.l.Charge(context.Background(), &c, 1, quartet.Claim{})
	if want == nil {
		if code := quartet.CodeOf(err); code != quartet.ErrExhausted && code != quartet.ErrExpired {
			t.Fatalf("charge with nothing left: %v", err)
		}
		if m.l.Left(account, m.now) == "" {
			t.Fatal("Left promises a unit that the judge refuses")
		}
		return
	}
	if err != nil || c.Grant != want.ID {
		t.Fatalf("charge used %q, %v; want %q", c.Grant, err, want.ID)
	}
	want.Used++
	m.model.served[c.SeqNo] = true
}

func (m *machine) reserve(t *rapid.T) {
	account := rapid.SampledFrom(accounts).Draw(t, "account")
	want := m.first(account)
	h := newHold(account)
	h.Deadline = m.now.Add(time.Minute)
	h, err := m.l.Reserve(context.Background(), h)
	if want == nil {
		if err == nil {
			t.Fatal("a hold with nothing left")
		}
		return
	}
	if err != nil || h.Grant != want.ID {
		t.Fatalf("hold on %q, %v; want %q", h.Grant, err, want.ID)
	}
	want.Held++
	m.model.holds = append(m.model.holds, h)
}

func (m *machine) endHold(t *rapid.T, settle bool) {
	if len(m.model.holds) == 0 {
		return // no hold stands
	}
	i := rapid.IntRange(0, len(m.model.holds)-1).Draw(t, "hold")
	h := m.model.holds[i]
	m.model.holds = append(m.model.holds[:i:i], m.model.holds[i+1:]...)
	m.model.ended = append(m.model.ended, h)
	c := newCall(h.Account)
	c.SeqNo = h.SeqNo
	g := m.model.grants[h.Grant]
	g.Held--
	var err error
	if settle {
		g.Used++
		m.model.served[h.SeqNo] = true
		err = m.l.Settle(context.Background(), h, &c, 1, quartet.Claim{})
	} else {
		c.Code, c.Verdict = quartet.CodeNoRecord, quartet.NoVerdict
		err = m.l.Release(context.Background(), h, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) endAgain(t *rapid.T) {
	if len(m.model.ended) == 0 {
		return // no hold has ended
	}
	h := rapid.SampledFrom(m.model.ended).Draw(t, "hold")
	c := newCall(h.Account)
	c.SeqNo = h.SeqNo
	if err := m.l.Settle(context.Background(), h, &c, 1, quartet.Claim{}); quartet.CodeOf(err) != quartet.ErrHoldGone {
		t.Fatalf("a second settle: %v, want hold gone", err)
	}
}

// burst lets many callers race; the model learns only what they were told.
func (m *machine) burst(t *rapid.T) {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		told []quartet.Call
	)
	for i := range rapid.IntRange(2, 12).Draw(t, "callers") {
		wg.Go(func() {
			c := newCall(accounts[i%2])
			if m.l.Charge(context.Background(), &c, 1, quartet.Claim{}) == nil {
				mu.Lock()
				told = append(told, c)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, c := range told {
		m.model.grants[c.Grant].Used++
		m.model.served[c.SeqNo] = true
	}
}

func (m *machine) sweep(t *rapid.T) {
	kept := m.model.holds[:0:0]
	for _, h := range m.model.holds {
		if h.Deadline.After(m.now) {
			kept = append(kept, h)
			continue
		}
		m.model.grants[h.Grant].Held--
		m.model.ended = append(m.model.ended, h)
	}
	want := len(m.model.holds) - len(kept)
	m.model.holds = kept
	if n, err := m.l.Sweep(context.Background()); err != nil || n != want {
		t.Fatalf("swept %d, %v; want %d", n, err, want)
	}
}

// crash closes everything and opens it anew. What was acknowledged must stand.
func (m *machine) crash(*rapid.T) {
	m.l.Close()
	m.store.Close()
	m.start()
}

func (m *machine) pass(t *rapid.T) {
	m.mu.Lock()
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second)
	m.mu.Unlock()
}

func (m *machine) check(t *rapid.T) {
	grants, err := m.store.Grants(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range grants {
		want := m.model.grants[g.ID]
		if want == nil {
			continue // of an earlier run on the same database
		}
		if g.Used != want.Used || g.Held != want.Held || g.Withdrawn != want.Withdrawn {
			t.Fatalf("grant %s: used %d held %d withdrawn %d; the model says %d, %d, %d", g.ID, g.Used, g.Held, g.Withdrawn, want.Used, want.Held, want.Withdrawn)
		}
	}
	r, err := quota.Audit(context.Background(), m.store, true)
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
				m := &machine{t: t, now: time.Now(), open: func() *store.Store { return openStore(t, options) }}
				m.model.grants, m.model.served = map[string]*quartet.Grant{}, map[quartet.SeqNo]bool{}
				m.start()
				defer func() { m.l.Close(); m.store.Close() }()
				for _, a := range accounts {
					if err := m.store.CreateAccount(context.Background(), quartet.Account{ID: a, Name: a, CreatedAt: m.now}); err != nil {
						rt.Fatal(err)
					}
				}
				rt.Repeat(map[string]func(*rapid.T){
					"give": m.give, "charge": m.charge, "charge more": m.charge, "reserve": m.reserve, "burst": m.burst,
					"settle":       func(rt *rapid.T) { m.endHold(rt, true) },
					"release":      func(rt *rapid.T) { m.endHold(rt, false) },
					"settle again": m.endAgain, "sweep": m.sweep, "crash": m.crash, "time passes": m.pass,
					"": m.check,
				})
				rows := calls(t, m.store)
				for no := range m.model.served {
					if rows[no].Charged != 1 {
						rt.Fatalf("call %v was acknowledged, its row says %+v", no, rows[no])
					}
				}
			})
		})
	}
}
