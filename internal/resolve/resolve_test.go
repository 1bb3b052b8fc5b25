package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"quartet"
	"quartet/internal/resolve"
	"quartet/internal/source"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// supplier answers inquiries by a function, and notes them.
type supplier struct {
	mu     sync.Mutex
	asked  []source.Inquiry
	atOnce int
	most   int
	tell   func(i source.Inquiry) (source.Finding, error)
}

func (s *supplier) Inquire(_ context.Context, i source.Inquiry) (source.Finding, error) {
	s.mu.Lock()
	s.asked = append(s.asked, i)
	s.atOnce++
	s.most = max(s.most, s.atOnce)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.atOnce--
		s.mu.Unlock()
	}()
	return s.tell(i)
}

func (s *supplier) orders() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.asked {
		list = append(list, i.Order)
	}
	return list
}

// world is a resolver over a real store, at a time that only the test moves.
type world struct {
	t       *testing.T
	store   *store.Store
	now     time.Time
	askers  map[string]source.Inquirer
	mu      sync.Mutex
	faults  []string
	resolve *resolve.Resolver
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	_, _, err = s.LeaseNode(t.Context(), "folder", "session", time.Now())
	must(t, err)
	p := quartet.FourElements()
	p.ID, p.Path, p.Need = "1888", "/communication/personal/1888", three
	must(t, s.CreateProduct(t.Context(), p, quartet.AuditEntry{}))
	w := &world{t: t, store: s, now: time.Now().Truncate(time.Second), askers: map[string]source.Inquirer{}}
	w.restart()
	return w
}

func (w *world) restart() {
	w.resolve = resolve.New(resolve.Options{
		Store: w.store, Number: number, Now: func() time.Time { return w.now },
		Asker: func(name string) source.Inquirer { return w.askers[name] },
		Fault: func(_, what string, _ []byte) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.faults = append(w.faults, what)
		},
	})
}

func number(no quartet.SeqNo) string { return fmt.Sprintf("Q%d", no.N) }

// three is what the product 1888 of these worlds compares.
const three = quartet.NeedName | quartet.NeedID | quartet.NeedCard

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call writes a call with attempts that began now.
func (w *world) call(n uint64, attempts ...quartet.Attempt) quartet.SeqNo {
	w.t.Helper()
	c := w.row(n, attempts...)
	w.write(c)
	return c.SeqNo
}

func (w *world) row(n uint64, attempts ...quartet.Attempt) quartet.Call {
	for i := range attempts {
		attempts[i].At = w.now
	}
	return quartet.Call{SeqNo: quartet.SeqNo{Second: w.now.Unix(), N: n}, At: w.now, Account: "a", Product: "1888", Code: quartet.CodeDeadline, Attempts: attempts}
}

func (w *world) write(list ...quartet.Call) {
	w.t.Helper()
	must(w.t, w.store.Commit(w.t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings { return quartet.Postings{Calls: list} }))
}

// lost is an attempt of which nobody knows.
func lost(name string) quartet.Attempt {
	return quartet.Attempt{Source: name, Sent: true, Failure: "timeout", Cost: 12_000}
}

func (w *world) run(want int) {
	w.t.Helper()
	if n, err := w.resolve.Run(w.t.Context()); n != want || err != nil {
		w.t.Errorf("resolved %d, %v; want %d", n, err, want)
	}
}

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

func (w *world) attempt(no quartet.SeqNo, place int) quartet.Attempt {
	w.t.Helper()
	list, err := w.store.Attempts(w.t.Context(), no)
	must(w.t, err)
	return list[place]
}

func TestRun_WritesWhatTheSupplierTells(t *testing.T) {
	w := newWorld(t)
	w.askers["shumai"] = &supplier{tell: func(i source.Inquiry) (source.Finding, error) {
		switch i.Order {
		case "Q1":
			return source.Finding{}, nil
		case "Q2":
			return source.Finding{Arrived: true, Answer: source.Answer{
				Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Charged: quartet.ChargedYes, Reference: "R2", Code: "2",
			}}, nil
		case "Q3":
			return source.Finding{Arrived: true, Answer: source.Answer{Charged: quartet.ChargedNo}}, nil
		default:
			return source.Finding{Arrived: true}, nil // it does not say whether it charges
		}
	}}
	known := lost("shumai")
	known.Reference, known.Code, known.Note = "R3", "3", "hedged"
	never, yes, no, open := w.call(1, lost("shumai")), w.call(2, quartet.Attempt{Source: "other", Skipped: "off"}, lost("shumai")), w.call(3, known), w.call(4, lost("shumai"))
	w.pass(2 * time.Minute)
	w.run(3)

	check := func(what string, a quartet.Attempt, want string) {
		t.Helper()
		if got := fmt.Sprintf("%s %s %s %s %s %s (%s)", a.Charged, a.Verdict, a.Reason, a.Failure, a.Reference, a.Code, a.Note); got != want {
			t.Errorf("%s: %s\nwant %s", what, got, want)
		}
	}
	check("it never arrived", w.attempt(never, 0), "no none  timeout   (told afterwards)")
	check("it has a verdict", w.attempt(yes, 1), "yes mismatch mobile_mismatch timeout R2 2 (told afterwards)")
	check("it arrived and is not charged", w.attempt(no, 0), "no none  timeout R3 3 (hedged, told afterwards)")
	check("nobody says", w.attempt(open, 0), "unknown none  timeout   ()")
	if n := w.resolve.Open(); n != 1 {
		t.Errorf("%d are open, want 1", n)
	}
	c, err := w.store.FindCall(t.Context(), yes)
	if must(t, err); c.Code != quartet.CodeDeadline || c.Verdict != quartet.NoVerdict || c.Charged != 0 {
		t.Errorf("the buyer's answer changed: %+v", c)
	}
}

// TestRun_AsksUnderOurNumberAndTheirs and only about what may be asked.
func TestRun_AsksUnderOurNumberAndTheirs(t *testing.T) {
	w := newWorld(t)
	s := &supplier{tell: func(source.Inquiry) (source.Finding, error) { return source.Finding{}, nil }}
	w.askers["shumai"] = s
	referred := lost("shumai")
	referred.Reference = "their-7"
	unsent := lost("shumai")
	unsent.Sent = false
	w.call(1, referred)
	w.call(2, lost("cannot be asked"), unsent, quartet.Attempt{Source: "shumai", Sent: true, Charged: quartet.ChargedYes})
	began := w.now
	w.pass(2 * time.Minute)
	w.run(1)
	if len(s.asked) != 1 || s.asked[0].Order != "Q1" || s.asked[0].Reference != "their-7" || !s.asked[0].At.Equal(began) {
		t.Errorf("asked %+v", s.asked)
	}
	if n := w.resolve.Open(); n != 1 {
		t.Errorf("%d are open, want the one that nobody can be asked about", n)
	}
}

// TestRun_AsksAboutTheElementsOfTheProduct, since a supplier's words may mean another thing of
// three elements than of four.
func TestRun_AsksAboutTheElementsOfTheProduct(t *testing.T) {
	w := newWorld(t)
	s := &supplier{tell: func(source.Inquiry) (source.Finding, error) {
		return source.Finding{Arrived: true, Answer: source.Answer{Verdict: quartet.Match, Charged: quartet.ChargedYes}}, nil
	}}
	w.askers["shumai"] = s
	gone := w.row(2, lost("shumai"))
	gone.Product = "1999"
	known := w.call(1, lost("shumai"))
	w.write(gone)
	w.pass(2 * time.Minute)
	w.run(2)
	for i := range s.asked {
		if want := map[string]quartet.ElementSet{"Q1": three, "Q2": 0}[s.asked[i].Order]; s.asked[i].Need != want {
			t.Errorf("%s: asked about %v, want %v", s.asked[i].Order, s.asked[i].Need, want)
		}
	}
	if a := w.attempt(known, 0); a.Verdict != quartet.Match || a.Charged != quartet.ChargedYes {
		t.Errorf("it became %+v", a)
	}
	if a := w.attempt(gone.SeqNo, 0); a.Verdict != quartet.NoVerdict || a.Charged != quartet.ChargedYes {
		t.Errorf("nobody knows what was asked, and it became %+v", a)
	}
}

func TestRun_WaitsLongerAndLongerAndGivesUpAfterADay(t *testing.T) {
	w := newWorld(t)
	began := w.now
	var at []time.Duration
	s := &supplier{}
	s.tell = func(source.Inquiry) (source.Finding, error) {
		at = append(at, w.now.Sub(began))
		return source.Finding{}, errors.New("not now")
	}
	w.askers["shumai"] = s
	no := w.call(1, lost("shumai"))
	for range 26 * 60 {
		w.run(0)
		w.pass(time.Minute)
	}
	want := []int{1, 2, 4, 8, 16, 32, 64, 124, 184}
	for i, minutes := range want {
		if i >= len(at) || at[i] != time.Duration(minutes)*time.Minute {
			t.Fatalf("asked after %v, want after %v minutes", at, want)
		}
	}
	if last := at[len(at)-1]; last > 24*time.Hour || last < 22*time.Hour {
		t.Errorf("the last inquiry came after %s", last)
	}
	if a := w.attempt(no, 0); a.Charged != quartet.ChargedUnknown {
		t.Errorf("nobody told, but it says %s", a.Charged)
	}
}

func TestRun_BeginsAnewAfterARestart(t *testing.T) {
	w := newWorld(t)
	s := &supplier{tell: func(source.Inquiry) (source.Finding, error) { return source.Finding{}, errors.New("not now") }}
	w.askers["shumai"] = s
	w.call(1, lost("shumai"))
	w.pass(time.Hour)
	w.run(0)
	w.run(0) // it waits
	w.restart()
	w.run(0)
	if len(s.asked) != 2 {
		t.Errorf("asked %d times, want 2", len(s.asked))
	}
}

// TestRun_LeavesASupplierThatCannotTellAlone, and asks the others.
func TestRun_LeavesASupplierThatCannotTellAlone(t *testing.T) {
	w := newWorld(t)
	down := &supplier{tell: func(source.Inquiry) (source.Finding, error) { return source.Finding{}, errors.New("down") }}
	well := &supplier{tell: func(source.Inquiry) (source.Finding, error) { return source.Finding{}, nil }}
	mad := &supplier{tell: func(source.Inquiry) (source.Finding, error) { panic("of 6200000000000000018") }}
	w.askers["down"], w.askers["well"], w.askers["mad"] = down, well, mad
	for n := range uint64(40) {
		w.call(n+1, lost("down"), lost("well"), lost("mad"))
	}
	w.pass(2 * time.Minute)
	w.run(40)
	for name, s := range map[string]*supplier{"down": down, "mad": mad} { // a few may be under way at once
		if n := len(s.asked); n < 3 || n > 6 {
			t.Errorf("the one that is %s was asked %d times", name, n)
		}
	}
	if len(w.faults) != len(mad.asked) || w.faults[0] != "resolve: a source panicked with a string" {
		t.Errorf("faults %q", w.faults)
	}
	if n := w.resolve.Open(); n != 80 {
		t.Errorf("%d are open, want 80", n)
	}
}

// TestRun_GoesThroughMoreThanAPageOldestFirstAndFewAtOnce has calls of three attempts, so
// that pages end in the middle of one.
func TestRun_GoesThroughMoreThanAPageOldestFirstAndFewAtOnce(t *testing.T) {
	w := newWorld(t)
	s := &supplier{tell: func(source.Inquiry) (source.Finding, error) {
		time.Sleep(time.Millisecond)
		return source.Finding{}, nil
	}}
	w.askers["shumai"] = s
	const count = 200
	var list []quartet.Call
	for n := range uint64(count) {
		list = append(list, w.row(n+1, lost("shumai"), lost("shumai"), lost("shumai")))
	}
	w.write(list...)
	w.pass(2 * time.Minute)
	w.run(3 * count)
	if s.most > 4 {
		t.Errorf("%d at once", s.most)
	}
	// When one is asked about, no older ones wait but those that are with the three others: such
	// may be late for as long as the machine likes.
	left := [count + 1]int{}
	for n := 1; n <= count; n++ {
		left[n] = 3
	}
	for i, order := range s.orders() {
		var n, older int
		if _, err := fmt.Sscanf(order, "Q%d", &n); err != nil || n < 1 || n > count {
			t.Fatalf("inquiry %d was about %s", i, order)
		}
		left[n]--
		for _, of := range left[:n] {
			older += of
		}
		if older > 3 {
			t.Fatalf("inquiry %d was about %s, and %d older ones waited", i, order, older)
		}
	}
	if w.resolve.Open() != 0 {
		t.Errorf("%d are open", w.resolve.Open())
	}
}

// racing resolves each attempt just before the resolver does, as its own call may.
type racing struct{ *store.Store }

func (r racing) ResolveAttempt(ctx context.Context, o quartet.OpenAttempt, a quartet.Attempt) error {
	own := a
	own.Charged, own.Note = quartet.ChargedYes, "its own"
	return errors.Join(r.Store.ResolveAttempt(ctx, o, own), r.Store.ResolveAttempt(ctx, o, a))
}

func TestRun_LeavesWhatWasResolvedMeanwhileAsItIs(t *testing.T) {
	w := newWorld(t)
	w.askers["shumai"] = &supplier{tell: func(source.Inquiry) (source.Finding, error) { return source.Finding{}, nil }}
	no := w.call(1, lost("shumai"))
	w.pass(2 * time.Minute)
	r := resolve.New(resolve.Options{
		Store: racing{w.store}, Number: number, Now: func() time.Time { return w.now },
		Asker: func(name string) source.Inquirer { return w.askers[name] },
	})
	if _, err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := w.attempt(no, 0); a.Charged != quartet.ChargedYes || a.Note != "its own" {
		t.Errorf("it became %+v", a)
	}
}

func TestRun_EndsWithItsContextAndLearnsNothingFromThat(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.askers["shumai"] = &supplier{tell: func(source.Inquiry) (source.Finding, error) {
		cancel()
		return source.Finding{}, nil
	}}
	no := w.call(1, lost("shumai"))
	w.pass(2 * time.Minute)
	_, _ = w.resolve.Run(ctx)
	if a := w.attempt(no, 0); a.Charged != quartet.ChargedUnknown {
		t.Errorf("it says %s", a.Charged)
	}
}
