package batch_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/batch"
	"quartet/internal/guard"
	"quartet/internal/job"
	"quartet/internal/quota"
	"quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/source"
	"quartet/internal/source/registry"
	"quartet/internal/source/sim"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/verify"
	"quartet/internal/web"
)

const (
	goodName  = "张三"
	goodID    = "110101199003078670"
	goodPhone = "13800138000"
)

// Cards of the script. All are invented.
const (
	cardMatch    = "6200000000000000018"
	cardMismatch = "6200000000000000026"
	cardLost     = "6200000000000000034"
	cardNoRecord = "6200000000000000091"
	cardUnknown  = "6200000000000000109"
)

const script = `
default: {verdict: match}
cards:
  "` + cardMismatch + `": {verdict: mismatch, reason: mobile_mismatch}
  "` + cardLost + `": {verdict: undetermined, reason: card_lost}
  "` + cardNoRecord + `": {fault: no_record}
`

// wants are what a world is made of.
type wants struct {
	units  int64
	local  bool // the registry answers, not a supplier
	atOnce int
	rows   int64
	source source.Source // nil: a simulator
	db     store.Options
	ledger func(*quota.Ledger) verify.Ledger
	limits quartet.Limits
	slice  time.Duration
}

// asked counts how often a source was asked about each card.
type asked struct {
	source.Source

	mu    sync.Mutex
	cards map[string]int
}

func (a *asked) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	a.mu.Lock()
	a.cards[q.Elements.Card.Reveal()]++
	a.mu.Unlock()
	return a.Source.Verify(ctx, q)
}

func (a *asked) of(card string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cards[card]
}

// world is a desk of batches over a real road and a real store, with one buyer.
type world struct {
	t       *testing.T
	wants   wants
	dir     string
	ring    *seal.Keyring
	skew    time.Duration // of every clock
	life    *life         // of the process that stands on the store now
	source  *asked
	store   *store.Store
	ledger  *quota.Ledger
	callers *auth.Directory
	service *verify.Service
	desk    *batch.Desk
	hasher  *seal.Hasher
}

func newWorld(t *testing.T, o wants) *world {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keyring"))
	must(t, err)
	w := &world{t: t, wants: o, dir: storetest.Folder(t), ring: ring, hasher: seal.NewHasher([32]byte{1})}
	if o.source == nil {
		parsed, err := sim.Parse([]byte(script))
		must(t, err)
		o.source = sim.New(parsed)
	}
	w.source = &asked{Source: o.source, cards: map[string]int{}}
	w.open()
	ctx := t.Context()
	for _, id := range []string{"acc", "other"} {
		must(t, w.store.CreateAccount(ctx, quartet.Account{ID: id, Name: "buyer " + id, CreatedAt: time.Now()}, quartet.AuditEntry{}))
	}
	must(t, w.store.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	for _, c := range []quartet.Credential{
		{ID: "c1", Account: "acc", Kind: quartet.KindAppCode, Hash: w.hasher.Sum("appcode", "one"), Sealed: []byte("x"), CreatedAt: time.Now(), Limits: o.limits},
		{ID: "test", Account: "acc", Kind: quartet.KindAppCode, Hash: w.hasher.Sum("appcode", "two"), Sealed: []byte("x"), CreatedAt: time.Now(), Test: true},
		{ID: "theirs", Account: "other", Kind: quartet.KindAppCode, Hash: w.hasher.Sum("appcode", "three"), Sealed: []byte("x"), CreatedAt: time.Now()},
	} {
		must(t, w.store.CreateCredential(ctx, c, quartet.AuditEntry{}))
	}
	if o.units > 0 {
		must(t, w.ledger.Give(ctx, quartet.Grant{ID: "grant", Account: "acc", Units: o.units, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(48 * time.Hour)}, "test"))
	}
	w.reload()
	return w
}

// open opens the database and what stands on it, as a process does that starts.
func (w *world) open() {
	t := w.t
	t.Helper()
	db := w.wants.db
	if db.URL == "" {
		db.Dir = w.dir
	}
	s, err := store.Open(context.Background(), db)
	must(t, err)
	_, newest, err := s.LeaseNode(context.Background(), "folder", time.Now().String(), time.Now())
	must(t, err)
	w.life = &life{Store: s}
	l, err := quota.New(context.Background(), w.life, quota.Options{Now: w.clock})
	must(t, err)
	w.store, w.ledger, w.callers = s, l, auth.New(w.hasher, func(sealed []byte, _ string) ([]byte, error) { return sealed, nil })
	kind := quartet.SourceSim
	if w.wants.local {
		kind = quartet.SourceRegistry
	}
	router := route.New([]route.Entry{{Source: quartet.Source{Name: "sim", Kind: kind, On: true, Terms: quartet.Terms{Failures: 1_000_000}}, Asker: w.source}}, route.Options{})
	var ledger verify.Ledger = l
	if w.wants.ledger != nil {
		ledger = w.wants.ledger(l)
	}
	numbers := quartet.NewSeqNoCipher([16]byte{7})
	w.service = verify.New(verify.Options{
		Ledger: ledger, Router: router, Guard: guard.New(guard.Config{}), Callers: w.callers, Limiter: guard.NewRates(100), Strangers: guard.NewRates(100),
		Issuer: quartet.NewSeqNoIssuer(0, max(newest, w.clock().Unix()-1), w.clock), Numbers: numbers, Now: w.clock,
		Params: seal.NewHasher([32]byte{2}), Card: seal.NewHasher([32]byte{3}), Claims: seal.NewHasher([32]byte{4}),
		Log: witness{}, Metrics: silent{}, Deadline: 2 * time.Second,
	})
	w.desk = batch.New(batch.Options{
		Store: w.life, Sealer: w.ring, Print: seal.NewHasher([32]byte{5}).Sum, Text: numbers.Text, Road: w.service, Now: w.clock,
		AtOnce: w.wants.atOnce, MaxRows: w.wants.rows, Alone: true, Slice: w.wants.slice,
	})
	t.Cleanup(func() { _ = l.Close(); _ = s.Close() })
	w.reload()
}

// clock is what time every process of this world thinks it is.
func (w *world) clock() time.Time { return time.Now().Add(w.skew) }

func (w *world) reload() {
	w.t.Helper()
	accounts, err := w.store.Accounts(context.Background())
	must(w.t, err)
	credentials, err := w.store.Credentials(context.Background(), "")
	must(w.t, err)
	products, err := w.store.Products(context.Background())
	must(w.t, err)
	w.callers.Replace(accounts, credentials)
	w.service.SetProducts(products)
}

type silent struct{}

func (silent) Call(quartet.Code, int64, time.Duration) {}
func (silent) Gateway(string)                          {}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// work does the jobs of batches until none is left that can be done.
func (w *world) work() {
	w.t.Helper()
	for range 200 {
		if !w.once() {
			return
		}
	}
	w.t.Fatal("the jobs never end")
}

// once does every job that waits, and tells whether there was one.
func (w *world) once() (some bool) {
	w.t.Helper()
	list, err := w.store.Jobs(context.Background(), quartet.JobWaiting, "", 100)
	must(w.t, err)
	for _, j := range list {
		do := w.desk.Jobs()[j.Kind]
		if do == nil {
			continue
		}
		some = true
		claimed, err := w.store.ClaimJobs(context.Background(), []string{j.Kind}, time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour), 1)
		must(w.t, err)
		for _, j := range claimed {
			err := do(context.Background(), j.Key)
			j.State, j.Ended = quartet.JobDone, time.Now()
			if later, again := errors.AsType[job.Later](err); again {
				j.State, j.Ended, j.NextAt = quartet.JobWaiting, time.Time{}, time.Now()
				_ = later
			} else if err != nil {
				w.t.Fatalf("job %s %s: %v", j.Kind, j.Key, err)
			}
			must(w.t, w.store.EndJob(context.Background(), j))
		}
	}
	return some
}

func (w *world) upload(file string, more ...func(*batch.Order)) quartet.Batch {
	w.t.Helper()
	o := batch.Order{Account: "acc", Product: "1887", Name: "first"}
	for _, f := range more {
		f(&o)
	}
	b, err := w.desk.Upload(w.t.Context(), "tester", o, strings.NewReader(file))
	must(w.t, err)
	return b
}

// checked is a file whose check is done.
func (w *world) checked(file string, more ...func(*batch.Order)) quartet.Batch {
	w.t.Helper()
	b := w.upload(file, more...)
	w.work()
	return w.find(b.ID)
}

func (w *world) find(id string) quartet.Batch {
	w.t.Helper()
	b, err := w.store.Batch(context.Background(), id)
	must(w.t, err)
	return b
}

func (w *world) start(b quartet.Batch, ceiling int64) {
	w.t.Helper()
	_, err := w.desk.Start(context.Background(), "tester", "acc", b.ID, "c1", ceiling)
	must(w.t, err)
}

// results are the rows of the file of results, by the names of their columns.
func (w *world) results(id string) []map[string]string {
	w.t.Helper()
	var out bytes.Buffer
	must(w.t, w.desk.Results(context.Background(), "tester", batch.Results{Account: "acc", ID: id, Format: batch.CSV}, &out))
	return table(w.t, out.String())
}

func table(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	must(t, err)
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, head := range all[0] {
			row[head] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// used is how many units the book says were used; the book holds.
func (w *world) used() int64 {
	w.t.Helper()
	r, err := quota.Audit(context.Background(), w.store, true)
	must(w.t, err)
	if len(r.Differences) > 0 {
		w.t.Fatalf("the audit fails: %v", r.Differences)
	}
	return r.Used
}

// people is a file of so many invented people.
func people(t *testing.T, n int64) string {
	t.Helper()
	var b strings.Builder
	must(t, registry.WritePeople(&b, n, 3))
	return b.String()
}

// line is a row of a file about somebody with this card.
func line(card string) string { return strings.Join([]string{goodName, goodID, card, goodPhone}, ",") }

const heading = "姓名,身份证号,银行卡号,手机号\n"

// witness is the log of a road that nobody reads.
type witness struct{}

func (witness) Call(*web.Event)              {}
func (witness) Fault(string, string, []byte) {}
