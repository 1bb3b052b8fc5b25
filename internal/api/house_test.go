package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/alert"
	"quartet/internal/announcement"
	"quartet/internal/api"
	"quartet/internal/audit"
	"quartet/internal/batch"
	"quartet/internal/billing"
	"quartet/internal/document"
	"quartet/internal/firm"
	"quartet/internal/guard"
	"quartet/internal/incident"
	"quartet/internal/invoice"
	"quartet/internal/invoice/manual"
	"quartet/internal/job"
	"quartet/internal/market"
	"quartet/internal/notify"
	"quartet/internal/obs"
	"quartet/internal/operator"
	work "quartet/internal/password"
	"quartet/internal/product"
	"quartet/internal/quota"
	"quartet/internal/rating"
	routing "quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/settlement"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/support"
	"quartet/internal/today"
	"quartet/internal/token"
	"quartet/internal/transfer"
	"quartet/internal/usage"
	"quartet/internal/web"
	"quartet/internal/webhook"
)

const password = "four words in a row"

// light is the work of passwords that nobody wants to steal.
var light = work.Work{MemoryKiB: 64, Iterations: 1}

// house is the API on a store of its own, over HTTP.
type house struct {
	t     *testing.T
	store *store.Store
	desk  *account.Desk
	o     api.Options
	url   string
	dir   string // of the store
	log   *bytes.Buffer

	billing   *billing.Desk
	approved  firms // by account
	transfers *transfer.Desk
	invoices  *invoice.Desk
	bills     bills
	ledger    *quota.Ledger
	numbers   *quartet.SeqNoCipher
	support   *support.Desk
	batches   *batch.Desk
	meter     *today.Meter

	mu        sync.Mutex
	now       time.Time
	standings map[string]quartet.Standing // by the id of an operator or a person
	meanwhile func()                      // what happens while a password is worked on
}

func newHouse(t *testing.T, change ...func(*house)) *house {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keyring"))
	if err != nil {
		t.Fatal(err)
	}
	dir := storetest.Folder(t)
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Macs: ring.Macs("audit")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h := &house{t: t, dir: dir, store: s, log: &bytes.Buffer{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, quartet.Shanghai), standings: map[string]quartet.Standing{}}
	h.desk = account.New(s, ring, h.clock)
	for _, id := range []string{"buyer", "other"} {
		if _, err := h.desk.Open(t.Context(), "test", id, "Buyer "+id); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutProduct(t.Context(), quartet.FourElements(), quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	operators := operator.NewOfWork(s, ring, h.clock, light)
	if _, err := operators.Add(t.Context(), "test", "zhang", quartet.RoleAdministrator, password); err != nil {
		t.Fatal(err)
	}
	catalogue := product.New(s, quartet.DefaultLead, h.clock)
	pages := product.NewPages(s, catalogue, h.clock)
	if err := pages.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.LeaseNode(t.Context(), "folder", "session", h.clock()); err != nil {
		t.Fatal(err)
	}
	plans := billing.NewCatalogue(s, quartet.DefaultLead, h.clock)
	if err := plans.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	ledger, err := quota.New(t.Context(), s, quota.Options{Now: h.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ledger.Close() })
	h.approved = firms{"buyer": "firm 1", "other": "firm 1"}
	h.billing = billing.New(s, ledger, h.approved, h.clock)
	h.ledger = ledger
	h.transfers = transfer.New(s, ring, h.billing, nil, h.clock)
	h.bills = bills{}
	applied := firm.New(s, ring, h.clock)
	h.invoices = invoice.New(invoice.Options{
		Store: s, Sealer: ring, Firms: applied, Post: notify.New(s, ring, notify.Options{House: "test"}, h.clock), Channels: []invoice.Channel{manual.New(s)}, Now: h.clock,
	})
	h.o = api.Options{
		Log: obs.NewLogger(h.log, "debug", "json"), Now: h.clock, Version: "test", Proxies: web.NewProxies(nil), Limiter: guard.NewRates(1000), Demo: true,
		Repeats: s, Hasher: seal.NewHasher(ring.Key(api.RepeatLabel)), Sealer: ring,
		Sessions: s, House: roll{h, operators}, People: roll{h, nil}, Operators: operators,
		Roster: operators, Audit: trail{s, ring}, Firms: applied, Reviews: applied,
		Accounts: h.desk, Credentials: h.desk, Tokens: token.New(s, seal.NewHasher(ring.Key(token.Label)).Sum, h.clock), Products: catalogue, Jobs: job.NewDesk(s, h.clock),
		Plans: plans, Orders: h.billing, Refunds: h.billing, Units: h.billing, Adjustments: h.billing,
		Markets:      market.New(market.Options{Store: s, Accounts: h.desk, Billing: h.billing, Sealer: ring, Now: h.clock}),
		BankAccounts: h.transfers, Transfers: h.transfers, Payouts: h.transfers, Pages: pages, Ratings: rating.New(s, h.clock),
		Invoices: h.invoices, InvoiceTitles: h.invoices, InvoiceWork: h.invoices, RedLetters: h.invoices,
		Settlements: settlement.New(s, map[string]settlement.Biller{"alipay": h.bills}, h.clock),
	}
	h.numbers = quartet.NewSeqNoCipher([16]byte{1})
	h.o.Usage = usage.New(usage.Options{Store: s, Catalogue: s, Numbers: h.numbers, Now: h.clock})
	h.o.Paper = document.House{Name: "示例核验服务"}
	till(h)
	h.support = support.New(support.Options{
		Store: s, Ring: ring, SeqNos: h.numbers, Post: notify.New(s, ring, notify.Options{}, h.clock), Staff: operators, Now: h.clock,
		Lines: quartet.SupportLines{Phone: "010-5550 0100", Line400: "400-555-0100", Mail: "support@example.com", Hours: "工作日 9:00–18:00"},
		Beat:  50 * time.Millisecond,
	})
	t.Cleanup(h.support.Stop)
	hooks := webhook.New(webhook.Options{Store: s, Ring: ring, Now: h.clock, Version: "test"})
	alerts := alert.New(alert.Options{Store: s, Ledger: ledger, Hooks: hooks, Shop: h.billing, Now: h.clock})
	h.o.Alerts, h.o.Inbox, h.o.Webhooks, h.o.Repurchases = alerts, alerts, hooks, alerts
	h.o.Incidents = incident.New(s, h.clock)
	h.batches = batch.New(batch.Options{Store: s, Sealer: ring, Print: seal.NewHasher(ring.Key("batch")).Sum, Text: h.numbers.Text, Now: h.clock, MaxBytes: 1 << 20, MaxRows: 100, Alone: true})
	h.o.Batches, h.o.BatchRuns, h.o.BatchFiles = h.batches, h.batches, h.batches
	h.o.Announcements = announcement.New(announcement.Options{Store: s, Lead: quartet.DefaultLead, Now: h.clock})
	withSources(h, ring)
	h.meter = today.NewMeter(h.clock)
	h.o.Today, h.o.PaceOf = today.New(today.Options{Store: s, Meter: h.meter, Now: h.clock}), h.meter.PaceOf
	h.o.Health = func() []routing.Health {
		return []routing.Health{{Name: "registry", On: true, Breaker: routing.BreakerClosed}}
	}
	h.o.Tickets, h.o.Turns, h.o.Looks, h.o.Support = h.support, h.support, h.support, h.support
	for _, f := range change {
		f(h)
	}
	server := httptest.NewServer(api.New(h.o))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// trail is the audit with the key of its chain.
type trail struct {
	*store.Store

	ring *seal.Keyring
}

func (t trail) VerifyAudit(ctx context.Context, noted quartet.AuditPoint) (audit.Report, error) {
	return audit.Verify(ctx, t.Store, t.ring.Macs("audit"), noted)
}

// roll gives the standing that a test has written down, else the one that the house knows.
type roll struct {
	h    *house
	next api.Roll
}

func (r roll) Standing(ctx context.Context, s quartet.Session) (quartet.Standing, error) {
	r.h.mu.Lock()
	standing, ok := r.h.standings[s.Who]
	r.h.mu.Unlock()
	switch {
	case ok:
		return standing, nil
	case r.next == nil:
		return standing, quartet.Errorf(quartet.ErrNotFound, "nobody")
	}
	return r.next.Standing(ctx, s)
}

// stand writes down how somebody stands.
func (h *house) stand(who string, s quartet.Standing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.standings[who] = s
}

// browser is somebody who calls.
type browser struct {
	h       *house
	http    *http.Client
	session quartet.Session // of one that as made
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h: h, http: &http.Client{Jar: jar}}
}

// as is a browser where somebody of a role is signed in, by whatever door; a person acts
// for the account buyer.
func (h *house) as(role quartet.Role) *browser {
	h.t.Helper()
	return h.asOf("buyer", role)
}

// asOf is the same, for an account.
func (h *house) asOf(account string, role quartet.Role) *browser {
	h.t.Helper()
	who := uuid.NewString()
	h.stand(who, quartet.Standing{By: string(role) + " " + who, Name: string(role), Role: role})
	s := quartet.Session{
		ID: uuid.NewString(), Hash: api.HashOf(who), Who: who, Operator: role.OfHouse(), Factor: role.OfHouse(),
		CreatedAt: h.clock(), ProvedAt: h.clock(), SeenAt: h.clock(), EndsAt: h.clock().Add(time.Hour),
	}
	if role.OfAccount() {
		s.Account = account
	}
	if err := h.store.BeginSession(h.t.Context(), s, "", quartet.AuditEntry{}); err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	at, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	b.http.Jar.SetCookies(at, []*http.Cookie{{Name: "quartet", Value: who, Path: "/"}})
	b.session = s
	return b
}

// by is how the audit names who is signed in.
func (b *browser) by() string { return b.h.standings[b.session.Who].By }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
	web.Problem
}

func (b *browser) ask(method, path, body string, headers ...string) answer {
	b.h.t.Helper()
	req, err := http.NewRequest(method, b.h.url+path, strings.NewReader(body))
	if err != nil {
		b.h.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.http.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if resp.Header.Get("Content-Type") == web.ProblemType {
		if err := json.Unmarshal(text, &a.Problem); err != nil {
			b.h.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
		if a.Status != a.status {
			b.h.t.Errorf("%s %s: status %d, the problem says %d", method, path, a.status, a.Status)
		}
	}
	b.compare(method, path, body, a)
	return a
}

// want asks and fails the test at another status.
func (b *browser) want(status int, method, path, body string, headers ...string) answer {
	b.h.t.Helper()
	a := b.ask(method, path, body, headers...)
	if a.status != status {
		b.h.t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.text, status)
	}
	return a
}

func (b *browser) signIn(name, password string) answer {
	b.h.t.Helper()
	body, err := json.Marshal(map[string]string{"name": name, "password": password})
	if err != nil {
		b.h.t.Fatal(err)
	}
	return b.ask(http.MethodPost, "/api/v1/session/operator", string(body))
}

// read decodes the body of an answer.
func read[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.text), &v); err != nil {
		t.Fatalf("%v\n%s", err, a.text)
	}
	return v
}

func (b *browser) cookies() []*http.Cookie {
	at, err := url.Parse(b.h.url)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return b.http.Jar.Cookies(at)
}

// copy is a browser that has the same cookies.
func (b *browser) copy() *browser {
	c := b.h.browser()
	at, err := url.Parse(b.h.url)
	if err != nil {
		b.h.t.Fatal(err)
	}
	c.http.Jar.SetCookies(at, b.cookies())
	return c
}

// behindProxy makes the API believe what this machine says of whom it asks for.
func behindProxy(h *house) {
	h.o.Proxies = web.NewProxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")})
}

// audit is the last entries, newest first.
func (h *house) audit(t *testing.T, n int) []quartet.AuditEntry {
	t.Helper()
	list, err := h.store.AuditEntries(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wantAudit compares the last entries, newest first.
func (h *house) wantAudit(t *testing.T, want ...string) {
	t.Helper()
	got := make([]string, len(want))
	for i, e := range h.audit(t, len(want)) {
		got[i] = e.Actor + " " + e.Action
	}
	if !slices.Equal(got, want) {
		t.Errorf("the audit says %q, want %q", got, want)
	}
}

// slowly lets something happen while a password is worked on.
type slowly struct {
	api.Operators

	h *house
}

func (s slowly) ProvePassword(ctx context.Context, by, operator, password string) error {
	if f := s.h.meanwhile; f != nil {
		f()
	}
	return s.Operators.ProvePassword(ctx, by, operator, password)
}

// broken is a desk that fails in a way that nobody foresaw.
type broken struct{ api.Accounts }

func (broken) Rows(context.Context, quartet.AccountFilter) ([]quartet.AccountRow, error) {
	return nil, errors.New("the disk says 6222021234567890123")
}

func (broken) Account(context.Context, string) (quartet.Account, error) {
	return quartet.Account{}, errors.New("the disk says 6222021234567890123")
}
