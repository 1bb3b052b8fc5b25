package quota_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

// model is what the book must say, kept by the test from what it was told.
type model struct {
	grants map[string]*quartet.Grant
	holds  []quartet.Hold
	ended  []quartet.Hold
	swept  []quartet.Hold
	served map[quartet.SeqNo]bool // charged, as acknowledged
}

// machine drives one ledger through any interleaving of acts and crashes.
type machine struct {
	t     *testing.T
	open  func() *store.Store
	store *failing
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
	m.store = &failing{Store: m.open()}
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
		Product: rapid.SampledFrom([]string{"", "1887", "1979"}).Draw(t, "product"),
		Units:   rapid.Int64Range(1, 5).Draw(t, "units"), Trial: rapid.Bool().Draw(t, "trial"), Priority: rapid.Int64Range(-1, 1).Draw(t, "priority"),
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
		usable := g.Fits("1887") && g.Left() > 0 && g.FrozenAt.IsZero() && m.now.Before(g.ExpiresAt)
		if g.Account == account && usable && (best == nil || quartet.CompareGrants(*g, *best) < 0) {
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
		if m.l.Left(account, "1887", m.now) == "" {
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

// move notes another supplier on a hold, which stands as before.
func (m *machine) move(t *rapid.T) {
	if len(m.model.holds) == 0 {
		return // no hold stands
	}
	h := &m.model.holds[rapid.IntRange(0, len(m.model.holds)-1).Draw(t, "hold")]
	h.Asked = append(slices.Clip(h.Asked), quartet.Asked{Source: fmt.Sprintf("s%d", len(h.Asked)), Cost: quartet.Millifen(rapid.Int64Range(0, 9).Draw(t, "cost"))})
	if err := m.l.Move(context.Background(), *h); err != nil {
		t.Fatal(err)
	}
}

// moveAgain moves a hold that has ended: nobody more may be asked.
func (m *machine) moveAgain(t *rapid.T) {
	if len(m.model.ended) == 0 {
		return // no hold has ended
	}
	h := rapid.SampledFrom(m.model.ended).Draw(t, "hold")
	if err := m.l.Move(context.Background(), h); quartet.CodeOf(err) != quartet.ErrHoldGone {
		t.Fatalf("a move of what has ended: %v, want hold gone", err)
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
		m.model.swept = append(m.model.swept, h)
	}
	want := len(m.model.holds) - len(kept)
	m.model.holds = kept
	if n, err := m.l.Sweep(context.Background()); err != nil || n != want {
		t.Fatalf("swept %d, %v; want %d", n, err, want)
	}
}

// some is a grant of the model, or nil.
func (m *machine) some(t *rapid.T) *quartet.Grant {
	if len(m.model.grants) == 0 {
		return nil
	}
	return m.model.grants[rapid.SampledFrom(slices.Sorted(maps.Keys(m.model.grants))).Draw(t, "grant")]
}

func (m *machine) withdraw(t *rapid.T) {
	g := m.some(t)
	if g == nil {
		return
	}
	units := rapid.Int64Range(1, 5).Draw(t, "units")
	err := m.l.Withdraw(context.Background(), g.ID, units, "refund")
	if units > g.Left() {
		if quartet.CodeOf(err) != quartet.ErrConflict {
			t.Fatalf("withdraw %d of %d: %v, want conflict", units, g.Left(), err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	g.Withdrawn += units
}

// turn freezes a grant, or thaws it.
func (m *machine) turn(t *rapid.T) {
	g := m.some(t)
	if g == nil {
		return
	}
	there, back, then := m.l.Freeze, m.l.Thaw, m.now
	if !g.FrozenAt.IsZero() {
		there, back, then = back, there, time.Time{}
	}
	if err := back(context.Background(), g.ID, "again"); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Fatalf("what is so already: %v, want conflict", err)
	}
	if err := there(context.Background(), g.ID, "turned"); err != nil {
		t.Fatal(err)
	}
	g.FrozenAt = then
}

func (m *machine) moveExpiry(t *rapid.T) {
	g := m.some(t)
	if g == nil {
		return
	}
	at := m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "minutes")) * time.Minute)
	if !at.After(g.ExpiresAt) {
		return // an end is moved later only
	}
	if err := m.l.SetExpiry(context.Background(), g.ID, at, "moved"); err != nil {
		t.Fatal(err)
	}
	g.ExpiresAt = at
}

func (m *machine) pass(t *rapid.T) {
	m.mu.Lock()
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second)
	m.mu.Unlock()
}
