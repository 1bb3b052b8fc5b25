package verify_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/guard"
	"quartet/internal/quota"
	"quartet/internal/reuse"
	"quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/source"
	"quartet/internal/source/sim"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/verify"
	"quartet/internal/web"
)

const (
	appKey    = "204000001"
	appSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	appCode   = "0123456789abcdef0123456789abcdef"
	key       = "fedcba9876543210fedcba9876543210"
	path      = "/communication/personal/1887"
	goodName  = "张三"
	goodID    = "110101199003078670"
	goodPhone = "13800138000"
)

// Cards of the script. All are invented.
const (
	cardMatch       = "6200000000000000018"
	cardMismatch    = "6200000000000000026"
	cardLost        = "6200000000000000034"
	cardUnreachable = "6200000000000000042"
	cardTimeout     = "6200000000000000059"
	cardPanic       = "6200000000000000067"
	cardFailed      = "6200000000000000075"
	cardUnsupported = "6200000000000000083"
	cardNoRecord    = "6200000000000000091"
	cardUnknown     = "6200000000000000109"
	cardBusy        = "6200000000000000117"
	cardRejected    = "6200000000000000125"
	cardFrequency   = "6200000000000000133"
	cardSlow        = "6200000000000000141"
	cardStranger    = "6200000000000000158"
	cardVague       = "6200000000000000166"
)

const script = `
default: {verdict: match}
cards:
  "` + cardMismatch + `": {verdict: mismatch, reason: mobile_mismatch}
  "` + cardLost + `": {verdict: undetermined, reason: card_lost}
  "` + cardUnreachable + `": {fault: unreachable}
  "` + cardTimeout + `": {fault: timeout}
  "` + cardPanic + `": {fault: panic}
  "` + cardFailed + `": {fault: failed}
  "` + cardUnsupported + `": {fault: unsupported}
  "` + cardNoRecord + `": {fault: no_record}
  "` + cardUnknown + `": {fault: not_understood}
  "` + cardBusy + `": {fault: busy}
  "` + cardRejected + `": {fault: rejected}
  "` + cardFrequency + `": {fault: frequency}
  "` + cardSlow + `": {verdict: match, delay: 300ms}
  "` + cardStranger + `": {verdict: mismatch, differs: [name, id, mobile]}
  "` + cardVague + `": {verdict: mismatch, reason: holder_mismatch}
`

// world is a road over a real store, behind a real HTTP server.
type world struct {
	t        *testing.T
	store    *store.Store
	ledger   *quota.Ledger
	service  *verify.Service
	callers  *auth.Directory
	router   *route.Router
	numbers  *quartet.SeqNoCipher
	url      string
	accounts []quartet.Account
	creds    []quartet.Credential
	log      *witness
}

// witness keeps what the road logs.
type witness struct {
	mu     sync.Mutex
	events []web.Event
	faults []string
}

func (w *witness) Call(e *web.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, *e)
}

func (w *witness) Fault(_, what string, stack []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, what+string(stack))
}

type uncounted struct{}

func (uncounted) Call(quartet.Code, int64, time.Duration) {}
func (uncounted) Gateway(string)                          {}

type options struct {
	local    bool
	guard    guard.Config
	units    int64
	ledger   func(*quota.Ledger) verify.Ledger
	deadline time.Duration
	failures quartet.Rate
	now      func() time.Time
	proxies  *web.Proxies
	inQuery  bool
	source   source.Source // nil: a simulator
	reuse    *reuse.Memory
}

// plain opens what nobody sealed.
func plain(sealed []byte, _ string) ([]byte, error) { return sealed, nil }

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	ctx := context.Background()
	if o.units == 0 {
		o.units = 1000
	}
	if o.deadline == 0 {
		o.deadline = 200 * time.Millisecond
	}
	s, err := store.Open(ctx, store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	_, _, err = s.LeaseNode(ctx, "folder", "session", time.Now())
	must(t, err)
	l, err := quota.New(ctx, s, quota.Options{})
	must(t, err)
	t.Cleanup(func() { l.Close() })

	hasher := seal.NewHasher([32]byte{1})
	w := &world{t: t, store: s, ledger: l, callers: auth.New(hasher, plain), numbers: quartet.NewSeqNoCipher([16]byte{7}), log: &witness{}}
	w.accounts = []quartet.Account{{ID: "acc", Name: "buyer", CreatedAt: time.Now()}}
	must(t, s.CreateAccount(ctx, w.accounts[0], quartet.AuditEntry{}))
	must(t, l.Give(ctx, quartet.Grant{ID: "grant", Account: "acc", Units: o.units, ExpiresAt: time.Now().Add(48 * time.Hour)}, "test"))
	w.creds = []quartet.Credential{
		{ID: "c1", Account: "acc", Kind: quartet.KindAppCode, Hash: hasher.Sum("appcode", appCode)},
		{ID: "c2", Account: "acc", Kind: quartet.KindKey, Hash: hasher.Sum("key", key)},
		{ID: "c3", Account: "acc", Kind: quartet.KindAppKey, Hash: hasher.Sum("appkey", appKey), Sealed: []byte(appSecret)},
	}
	w.callers.Replace(w.accounts, w.creds)
	parsed, err := sim.Parse([]byte(script))
	must(t, err)
	if o.source == nil {
		o.source = sim.New(parsed)
	}
	kind := quartet.SourceSim
	if o.local {
		kind = quartet.SourceRegistry
	}
	w.router = route.New([]route.Entry{{
		Source: quartet.Source{Name: "sim", Kind: kind, On: true, Terms: quartet.Terms{Failures: 1000}}, Asker: o.source,
	}}, route.Options{})
	ledger := verify.Ledger(l)
	if o.ledger != nil {
		ledger = o.ledger(l)
	}
	w.service = verify.New(verify.Options{
		Ledger: ledger, Router: w.router, Guard: guard.New(o.guard), Reuse: o.reuse, Callers: w.callers, Signatures: auth.NewSignatures(w.callers, hasher, auth.NewNonces(1000)),
		Limiter: guard.NewRates(100), Strangers: guard.NewRates(100), Failures: o.failures, Proxies: o.proxies, AppCodeInQuery: o.inQuery,
		Issuer: quartet.NewSeqNoIssuer(0, 0, time.Now), Numbers: w.numbers,
		Params: seal.NewHasher([32]byte{2}), Card: seal.NewHasher([32]byte{3}), Claims: seal.NewHasher([32]byte{4}),
		Log: w.log, Metrics: uncounted{}, Deadline: o.deadline, Now: o.now,
	})
	w.service.SetProducts([]quartet.Product{quartet.FourElements()})
	server := httptest.NewServer(w.service)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// request is one HTTP request; the zero fields are those of an ordinary good call.
type request struct {
	method, path, auth, contentType, body string
	header                                map[string]string
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (a answer) code() string {
	_, rest, _ := strings.Cut(a.body, `{"code":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

func (w *world) do(r request) answer {
	w.t.Helper()
	if r.method == "" {
		r.method = http.MethodPost
	}
	if r.path == "" {
		r.path = path
	}
	if r.contentType == "" {
		r.contentType = "application/x-www-form-urlencoded; charset=UTF-8"
	}
	req, err := http.NewRequest(r.method, w.url+r.path, strings.NewReader(r.body))
	must(w.t, err)
	if r.contentType != "-" {
		req.Header.Set("Content-Type", r.contentType)
	}
	switch r.auth {
	case "":
		req.Header.Set("Authorization", "APPCODE "+appCode)
	case "-":
	default:
		req.Header.Set("Authorization", r.auth)
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	must(w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(w.t, err)
	return answer{res.StatusCode, string(body), res.Header}
}

func form(card string, more ...string) string {
	v := url.Values{"acc_no": {card}, "idcard": {goodID}, "mobile": {goodPhone}, "name": {goodName}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Add(more[i], more[i+1])
	}
	return v.Encode()
}

func (w *world) used() int64 {
	w.t.Helper()
	r, err := quota.Audit(context.Background(), w.store, true)
	must(w.t, err)
	if len(r.Differences) > 0 {
		w.t.Fatalf("the audit fails: %v", r.Differences)
	}
	if r.Held != 0 {
		w.t.Errorf("%d units are still held", r.Held)
	}
	return r.Used
}

var _ source.Source = (*sim.Sim)(nil)
