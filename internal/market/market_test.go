package market_test

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/billing"
	"quartet/internal/market"
	"quartet/internal/quota"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// noon is when every test begins: an ordinary day in Shanghai.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)

// house sells at a market, yun.
type house struct {
	*market.Desk
	store    *store.Store
	ledger   *quota.Ledger
	accounts *account.Desk
	billing  *billing.Desk
	ring     *seal.Keyring
	secret   string
	now      time.Time
	calls    uint64
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := openHouse(t, storetest.Folder(t))
	t.Cleanup(h.close)
	return h
}

func openHouse(t testing.TB, dir string) *house {
	t.Helper()
	ctx := context.Background()
	h := &house{now: noon}
	clock := func() time.Time { return h.now }
	var err error
	h.store, err = store.Open(ctx, store.Options{Dir: dir})
	must(t, err)
	_, _, err = h.store.LeaseNode(ctx, "folder", "session", noon)
	must(t, err)
	must(t, h.store.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	must(t, billing.NewCatalogue(h.store, quartet.DefaultLead, clock).Seed(ctx))
	h.ring, err = seal.Create(filepath.Join(dir, "ring"))
	must(t, err)
	h.ledger, err = quota.New(ctx, h.store, quota.Options{Now: clock})
	must(t, err)
	h.accounts = account.New(h.store, h.ring, clock)
	h.billing = billing.New(h.store, h.ledger, nil, clock)
	h.Desk = h.desk(h.billing)
	_, h.secret, err = h.Add(ctx, "zhao", "yun")
	must(t, err)
	return h
}

// desk is a desk of the same house that gives what was sold through b.
func (h *house) desk(b market.Billing) *market.Desk {
	return market.New(market.Options{Store: h.store, Accounts: h.accounts, Billing: b, Sealer: h.ring, Now: func() time.Time { return h.now }})
}

func (h *house) close() {
	_ = h.ledger.Close()
	_ = h.store.Close()
}

// msg is a message, as a market writes it.
type msg map[string]any

func created(event, order string) msg {
	return msg{"event_id": event, "action": "create", "order_id": order, "buyer_id": "b1", "buyer_name": "武当科技", "plan_id": "1887-1200", "expires_on": "2027-03-02"}
}

func about(action, event, order string) msg {
	return msg{"event_id": event, "action": action, "order_id": order}
}

func (m msg) with(name string, value any) msg {
	out := maps.Clone(m)
	out[name] = value
	return out
}

func (m msg) body(t testing.TB) []byte {
	t.Helper()
	text, err := json.Marshal(m)
	must(t, err)
	return text
}

func (h *house) signed(t testing.TB, m msg) market.Signed {
	t.Helper()
	at := strconv.FormatInt(h.now.Unix(), 10)
	body := m.body(t)
	return market.Signed{Timestamp: at, Signature: market.Sign(h.secret, at, body), Body: body}
}

func (h *house) send(t testing.TB, m msg) (market.Answer, error) {
	t.Helper()
	return h.Take(context.Background(), "yun", h.signed(t, m))
}

// done sends a message that is done.
func (h *house) done(t testing.TB, m msg) market.Answer {
	t.Helper()
	a, err := h.send(t, m)
	must(t, err)
	return a
}

func (h *house) instance(t testing.TB, id string) quartet.Instance {
	t.Helper()
	in, err := h.store.Instance(context.Background(), id)
	must(t, err)
	return in
}

func (h *house) grants(t testing.TB) []quartet.Grant {
	t.Helper()
	list, err := h.store.Grants(context.Background(), "")
	must(t, err)
	return list
}

func (h *house) grant(t testing.TB, id string) quartet.Grant {
	t.Helper()
	for _, g := range h.grants(t) {
		if g.ID == id {
			return g
		}
	}
	t.Fatalf("there is no grant %q", id)
	return quartet.Grant{}
}

// call uses a unit of an account.
func (h *house) call(account string) error {
	h.calls++
	c := quartet.Call{
		SeqNo: quartet.SeqNo{Second: h.now.Unix(), N: h.calls}, At: h.now, Account: account, Credential: "c", Product: "1887",
		Code: quartet.CodeOK, Verdict: quartet.Match, Source: "registry",
	}
	return h.ledger.Charge(context.Background(), &c, 1, quartet.Claim{})
}

// actions counts the entries of the audit.
func (h *house) actions(t testing.TB, action string) int {
	t.Helper()
	list, err := h.store.AuditEntries(context.Background(), 1000)
	must(t, err)
	n := 0
	for _, e := range list {
		if e.Action == action {
			n++
		}
	}
	return n
}

func (h *house) audited(t testing.TB) {
	t.Helper()
	r, err := quota.Audit(context.Background(), h.store, true)
	must(t, err)
	for _, d := range r.Differences {
		t.Errorf("audit: %s", d)
	}
}
