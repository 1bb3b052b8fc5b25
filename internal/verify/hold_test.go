package verify_test

import (
	"context"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/verify"
)

// supplier says one thing, and counts how often and under which number it was asked.
type supplier struct {
	err   error // nil: a match
	wait  time.Duration
	on    func() // when it is asked; nil: nothing
	asked atomic.Int64
	order atomic.Pointer[string]
}

func (s *supplier) Verify(_ context.Context, q source.Query) (source.Answer, error) {
	s.asked.Add(1)
	s.order.Store(&q.Order)
	if s.on != nil {
		s.on()
	}
	time.Sleep(s.wait)
	return source.Answer{Verdict: quartet.Match, Charged: quartet.ChargedYes, Reference: "their-7", Code: "0000"}, s.err
}

// refuses charges for an answer that it could not give, so another one may be asked.
func refuses() *supplier {
	return &supplier{err: &source.Error{Kind: source.Busy, Sent: true, Retry: true, Charged: quartet.ChargedYes, Code: "9001"}}
}

// bought is what a supplier costs here, a question.
const bought = 12_000

func supplierEntry(name string, s source.Source, priority int) route.Entry {
	return route.Entry{Asker: s, Source: quartet.Source{
		Name: name, Kind: quartet.SourceSim, On: true,
		Terms: quartet.Terms{Priority: priority, Failures: 1000, Prices: []quartet.Price{{Cost: bought}}},
	}}
}

// twoSuppliers is a road where first is asked first, and second after it.
func twoSuppliers(t *testing.T, first, second source.Source, o options) *world {
	t.Helper()
	w := newWorld(t, o)
	w.router.Replace([]route.Entry{supplierEntry("first", first, 1), supplierEntry("second", second, 2)}, quartet.Policy{Order: quartet.OrderPriority})
	return w
}

// bill is an attempt as the house's books see it.
type bill struct {
	Source  string
	Charged string
	Cost    quartet.Millifen
	Note    string
}

// bills are the attempts of the one call of the log.
func (w *world) bills() (code string, list []bill) {
	w.t.Helper()
	rows := w.rows()
	if len(rows) != 1 {
		w.t.Fatalf("%d rows, want one: %+v", len(rows), rows)
	}
	attempts, err := w.store.Attempts(context.Background(), rows[0].SeqNo)
	must(w.t, err)
	for _, a := range attempts {
		list = append(list, bill{a.Source, a.Charged.String(), a.Cost, a.Note})
	}
	return rows[0].Code.String(), list
}

func (w *world) wantBills(code string, want ...bill) {
	w.t.Helper()
	gotCode, got := w.bills()
	if diff := cmp.Diff(want, got); diff != "" || gotCode != code {
		w.t.Errorf("the row says %s, want %s; its attempts (-want +got):\n%s", gotCode, code, diff)
	}
}

// meddling is a ledger in whose acts a test has a hand.
type meddling struct {
	verify.Ledger
	reserve func(next func() error) error
	move    func(next func() error) error
	settle  func(next func() error) error
	mute    bool // rows of refusals are lost
	holds   atomic.Int64
}

func (m *meddling) Reserve(ctx context.Context, h quartet.Hold) (got quartet.Hold, err error) {
	m.holds.Add(1)
	err = through(m.reserve, func() (err error) { got, err = m.Ledger.Reserve(ctx, h); return err })
	return got, err
}

func (m *meddling) Move(ctx context.Context, h quartet.Hold) error {
	return through(m.move, func() error { return m.Ledger.Move(ctx, h) })
}

func (m *meddling) Settle(ctx context.Context, h quartet.Hold, c *quartet.Call, units int64, claim quartet.Claim) error {
	return through(m.settle, func() error { return m.Ledger.Settle(ctx, h, c, units, claim) })
}

func (m *meddling) Record(c quartet.Call) {
	if !m.mute {
		m.Ledger.Record(c)
	}
}

func through(meddle func(func() error) error, next func() error) error {
	if meddle == nil {
		return next()
	}
	return meddle(next)
}

func (m *meddling) over(l *quota.Ledger) verify.Ledger { m.Ledger = l; return m }

func fails(code quartet.ErrorCode) func(func() error) error {
	return func(func() error) error { return quartet.Errorf(code, "made to fail") }
}

// TestHold_ThatCannotBeMovedAsksNobodyMore lets the first supplier refuse, so that the
// second one's turn comes, and the ledger fail just then.
func TestHold_ThatCannotBeMovedAsksNobodyMore(t *testing.T) {
	for _, c := range []struct {
		name, want string
		code       quartet.ErrorCode
	}{
		{"not committed", "10019", quartet.ErrUnavailable},
		{"of unknown outcome", "10019", quartet.ErrUnknownOutcome},
		{"too late", "10003", quartet.ErrTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			second := &supplier{}
			m := &meddling{move: fails(c.code)}
			w := twoSuppliers(t, refuses(), second, options{ledger: m.over})
			if a := w.do(request{body: form(cardMatch)}); a.code() != c.want {
				t.Errorf("answered %s, want %s", a.body, c.want)
			}
			if second.asked.Load() != 0 {
				t.Error("the second supplier was asked")
			}
			if used := w.used(); used != 0 { // and no unit is held
				t.Errorf("used %d", used)
			}
			w.wantBills(c.want, bill{"first", "yes", bought, ""})
		})
	}
}

// TestHold_ThatIsGoneKeepsWhatWasSpent lets the sweeper come in the middle of a call, as it
// does when a node was frozen: the row is the sweeper's, and the call tells it what the
// suppliers said.
func TestHold_ThatIsGoneKeepsWhatWasSpent(t *testing.T) {
	for _, at := range []string{"the move", "the settle"} {
		t.Run(at, func(t *testing.T) {
			var w *world
			sweepFirst := func(next func() error) error { w.sweep(); return next() }
			m, second := &meddling{}, &supplier{}
			want := []bill{{"first", "yes", bought, quartet.NoteAfterwards}}
			if at == "the move" {
				m.move = sweepFirst
			} else {
				m.settle = sweepFirst
				want = append(want, bill{"second", "yes", bought, quartet.NoteAfterwards})
			}
			w = twoSuppliers(t, refuses(), second, options{ledger: m.over})
			if a := w.do(request{body: form(cardMatch)}); a.code() != "10003" {
				t.Errorf("answered %s, want 10003", a.body)
			}
			if n := second.asked.Load(); int(n) != len(want)-1 {
				t.Errorf("the second supplier was asked %d times", n)
			}
			if used := w.used(); used != 0 {
				t.Errorf("used %d", used)
			}
			w.wantBills("10003", want...)
		})
	}
}

// TestHold_OfADeadProcessNamesAllWhoMayCharge loses the end of the call, its row too.
func TestHold_OfADeadProcessNamesAllWhoMayCharge(t *testing.T) {
	m := &meddling{settle: fails(quartet.ErrUnavailable), mute: true}
	w := twoSuppliers(t, refuses(), &supplier{}, options{ledger: m.over})
	w.do(request{body: form(cardMatch)})
	w.sweep()
	w.wantBills("10003", bill{"first", "unknown", bought, ""}, bill{"second", "unknown", bought, ""})
}

func TestHold_ThatCannotBeSettledKeepsWhatWasSpent(t *testing.T) {
	m := &meddling{settle: fails(quartet.ErrUnavailable)}
	w := twoSuppliers(t, refuses(), &supplier{}, options{ledger: m.over})
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10019" {
		t.Errorf("answered %s", a.body)
	}
	w.sweep() // its row was there before, and knows more
	w.wantBills("10019", bill{"first", "yes", bought, ""}, bill{"second", "yes", bought, ""})
	if used := w.used(); used != 0 {
		t.Errorf("used %d", used)
	}
}

// TestHold_MadeTooLateAsksNobody holds the unit back until the call's time is over. Of that
// time there is plenty for what comes before, on a slow machine too.
func TestHold_MadeTooLateAsksNobody(t *testing.T) {
	t.Parallel()
	const deadline = 4 * time.Second
	for _, late := range []string{"the reserve", "the move"} {
		t.Run(late, func(t *testing.T) {
			t.Parallel()
			slow := func(next func() error) error {
				err := next()
				time.Sleep(deadline)
				return err
			}
			m, first, second := &meddling{}, refuses(), &supplier{}
			if late == "the reserve" {
				m.reserve = slow
			} else {
				m.move = slow
			}
			w := twoSuppliers(t, first, second, options{ledger: m.over, deadline: deadline})
			if a := w.do(request{body: form(cardMatch)}); a.code() != "10003" {
				t.Errorf("answered %s, want 10003", a.body)
			}
			var want []bill
			if late == "the move" {
				want = append(want, bill{"first", "yes", bought, ""})
			}
			if n := first.asked.Load(); int(n) != len(want) || second.asked.Load() != 0 {
				t.Errorf("asked %d and %d times", n, second.asked.Load())
			}
			if used := w.used(); used != 0 {
				t.Errorf("used %d", used)
			}
			w.wantBills("10003", want...)
		})
	}
}

func TestHold_APanicOfTheProgramFreesItAndForgetsNobodyWhoMayCharge(t *testing.T) {
	m := &meddling{move: func(func() error) error { panic("moving " + goodName) }}
	second := &supplier{}
	w := twoSuppliers(t, refuses(), second, options{ledger: m.over})
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10004" {
		t.Errorf("answered %s, want 10004", a.body)
	}
	if used := w.used(); used != 0 || second.asked.Load() != 0 {
		t.Errorf("used %d, the second was asked %d times", used, second.asked.Load())
	}
	w.wantBills("10004", bill{"first", "unknown", bought, ""}) // the second one's turn never came
}

// TestHold_ThatWaitsToBeMovedWaitsNoLongerThanTheCall lets the call's time end while the act
// is in the queue: it is withdrawn, and the hold names only who was asked.
func TestHold_ThatWaitsToBeMovedWaitsNoLongerThanTheCall(t *testing.T) {
	var w *world
	var named []quartet.Asked
	m, second := &meddling{}, &supplier{}
	m.move = func(next func() error) error {
		time.Sleep(250 * time.Millisecond)
		err := next()
		holds, _ := w.store.Holds(context.Background(), math.MaxInt64, 0)
		for _, h := range holds {
			named = append(named, h.Asked...)
		}
		return err
	}
	w = twoSuppliers(t, refuses(), second, options{ledger: m.over})
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10003" {
		t.Errorf("answered %s, want 10003", a.body)
	}
	if diff := cmp.Diff([]quartet.Asked{{Source: "first", Cost: bought}}, named); diff != "" || second.asked.Load() != 0 {
		t.Errorf("asked the second %d times; the hold names (-want +got):\n%s", second.asked.Load(), diff)
	}
	w.wantBills("10003", bill{"first", "yes", bought, ""})
}

// TestHold_AVerdictThatComesTooLateKeepsWhatItCost lets the house's clock pass the deadline
// while the supplier answers; the machine's own speed does not matter.
func TestHold_AVerdictThatComesTooLateKeepsWhatItCost(t *testing.T) {
	var late atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	w := newWorld(t, options{deadline: time.Minute, now: clock})
	s := &supplier{on: func() { late.Store(int64(2 * time.Minute)) }}
	w.router.Replace([]route.Entry{supplierEntry("late", s, 1)}, quartet.Policy{Order: quartet.OrderPriority})
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10003" {
		t.Errorf("answered %s, want 10003", a.body)
	}
	w.wantBills("10003", bill{"late", "yes", bought, ""})
	if used := w.used(); used != 0 {
		t.Errorf("used %d", used)
	}
}

// TestHold_IsNotMadeForWhatTheRegistryAnswers has both kinds of source.
func TestHold_IsNotMadeForWhatTheRegistryAnswers(t *testing.T) {
	m, own, bought := &meddling{}, &supplier{}, &supplier{}
	w := newWorld(t, options{ledger: m.over, deadline: 2 * time.Second})
	w.mixed(own, bought)
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10000" {
		t.Errorf("answered %s", a.body)
	}
	if used := w.used(); used != 1 || m.holds.Load() != 0 || bought.asked.Load() != 0 {
		t.Errorf("used %d, %d holds, the supplier was asked %d times", used, m.holds.Load(), bought.asked.Load())
	}
	w.wantBills("10000", bill{"registry", "no", 0, ""})
}

// TestHold_WhatTheRegistryAnswersIsNotChargedToWhoHasLeft: nobody was asked who costs.
func TestHold_WhatTheRegistryAnswersIsNotChargedToWhoHasLeft(t *testing.T) {
	w := newWorld(t, options{deadline: 2 * time.Second})
	w.mixed(&supplier{wait: 300 * time.Millisecond}, &supplier{})
	w.leave(form(cardMatch))
	w.waitForRow()
	if used := w.used(); used != 0 {
		t.Errorf("used %d", used)
	}
}

// mixed puts a registry before a supplier.
func (w *world) mixed(own, bought source.Source) {
	registry := route.Entry{Asker: own, Source: quartet.Source{Name: "registry", Kind: quartet.SourceRegistry, On: true}}
	w.router.Replace([]route.Entry{registry, supplierEntry("supplier", bought, 1)}, quartet.Policy{Order: quartet.OrderPriority})
}

// leave makes a call and goes before it is answered.
func (w *world) leave(body string) {
	w.t.Helper()
	ctx, gone := context.WithTimeout(w.t.Context(), 100*time.Millisecond)
	defer gone()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, strings.NewReader(body))
	must(w.t, err)
	req.Header.Set("Authorization", "APPCODE "+appCode)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		w.t.Fatal("the answer was faster than the client")
	}
}

func (w *world) waitForRow() {
	w.t.Helper()
	for end := time.Now().Add(5 * time.Second); len(w.rows()) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("no row was written")
		}
	}
}

// believing says that only the registry is there, as it was when the call began.
type believing struct{ *route.Router }

func (believing) Local() bool { return true }

func TestHold_ASupplierEnabledInTheMiddleOfACallIsNotAskedForIt(t *testing.T) {
	s := &supplier{}
	w := newWorld(t, options{source: s})
	w.service.Router = believing{w.router}
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10019" {
		t.Errorf("answered %s, want 10019", a.body)
	}
	if s.asked.Load() != 0 || w.used() != 0 {
		t.Errorf("asked %d times", s.asked.Load())
	}
}

// TestFreeProduct_HoldsNothingAndKeepsItsRow: its caller leaves, and its verdict is kept
// all the same, since the supplier charges for it.
func TestFreeProduct_HoldsNothingAndKeepsItsRow(t *testing.T) {
	m := &meddling{}
	w := newWorld(t, options{ledger: m.over, deadline: 2 * time.Second})
	free := quartet.FourElements()
	free.Charge = quartet.ChargeTable{}
	w.service.SetProducts([]quartet.Product{free})
	w.router.Replace([]route.Entry{supplierEntry("supplier", &supplier{wait: 300 * time.Millisecond}, 1)}, quartet.Policy{Order: quartet.OrderPriority})
	w.leave(form(cardMatch))
	w.waitForRow()
	w.wantBills("10000", bill{"supplier", "yes", bought, ""})
	if used := w.used(); used != 0 || m.holds.Load() != 0 {
		t.Errorf("used %d, %d holds", used, m.holds.Load())
	}
}

func TestSupplier_IsAskedUnderTheNumberOfTheCall(t *testing.T) {
	s := &supplier{}
	w := newWorld(t, options{source: s})
	a := w.do(request{body: form(cardMatch)})
	if order := s.order.Load(); order == nil || len(*order) != quartet.SeqNoLen || !strings.Contains(a.body, `"seqNo":"`+*order+`"`) {
		t.Errorf("asked under %v, answered %s", order, a.body)
	}
}
