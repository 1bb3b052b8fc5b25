package sourcebook_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/seal"
	"quartet/internal/source"
	"quartet/internal/sourcebook"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

const secret = "planted-secret-5aabf06d"

// book is a book over SQLite, with a clock of its own. It refuses the spec "bad", and sources
// ask where their credential url says.
type book struct {
	*sourcebook.Book
	store *store.Store
	now   time.Time
}

func newBook(t *testing.T) *book {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &book{store: st, now: time.Date(2026, 11, 26, 9, 0, 0, 0, quartet.Shanghai)}
	b.Book = sourcebook.New(st, ring, func() time.Time { return b.now }, func(s quartet.Source, credentials map[string]string) (sourcebook.Facts, error) {
		if s.Spec == "bad" {
			return sourcebook.Facts{}, quartet.Errorf(quartet.ErrInvalid, "it cannot be read")
		}
		return sourcebook.Facts{Address: credentials["url"]}, nil
	})
	return b
}

func (b *book) add(t *testing.T, name string) quartet.Source {
	t.Helper()
	s, err := b.Add(t.Context(), "wang", quartet.Source{Name: name, Kind: quartet.SourceSim, On: true}, map[string]string{"appcode": secret})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// told are the newest entries of the audit, oldest first, from the given number on.
func (b *book) told(t *testing.T, after int) []string {
	t.Helper()
	entries, err := b.store.AuditEntries(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i := len(entries) - 1 - after; i >= 0; i-- {
		e := entries[i]
		lines = append(lines, strings.Join([]string{e.Actor, e.Action, e.Subject, e.Detail}, "|"))
	}
	return lines
}

func TestChange_TellsWhatChangedAndNoSecret(t *testing.T) {
	b := newBook(t)
	b.add(t, "acme")
	b.now = b.now.Add(time.Minute)
	price, _ := quartet.ParsePrice("2026-12-01/card,name=0.10")
	if _, err := b.Change(t.Context(), "li", "acme", func(s *quartet.Source) {
		s.Name, s.Kind, s.Spec = "other", quartet.SourceRegistry, "script"
		s.Terms.Timeout, s.Terms.Prices = 3*time.Second, []quartet.Price{{Cost: 22_000}, price}
	}, map[string]string{"appcode": secret + "2"}); err != nil {
		t.Fatal(err)
	}
	got, err := b.Find(t.Context(), "acme")
	if err != nil || got.Kind != quartet.SourceSim || got.Spec != "script" || !got.ChangedAt.Equal(b.now) || got.CreatedAt.Equal(b.now) {
		t.Errorf("%+v, %v", got, err)
	}
	credentials, err := b.Credentials(got)
	if err != nil || credentials["appcode"] != secret+"2" {
		t.Errorf("the credentials are not the new ones, %v", err)
	}
	if slots, err := b.Slots(got); err != nil || len(slots) != 1 || slots[0] != "appcode" {
		t.Errorf("%v, %v", slots, err)
	}
	lines := strings.Join(b.told(t, 0), "\n")
	want := "wang|source.add|acme|sim, on\n" +
		"li|source.change|acme|spec sha256 21a0270b7f66a1e4c25933f13a1e5a1bbb4757578072930c8189131f9c6aaae1, credentials, timeout none → 3s, price none → 0.22; 2026-12-01/name,card=0.10"
	if lines != want {
		t.Errorf("the audit tells\n%s\nwant\n%s", lines, want)
	}
	if strings.Contains(lines, secret) || bytes.Contains(got.Sealed, []byte(secret)) {
		t.Error("a secret is told")
	}
}

func TestChange_TellsWhereElementsGoNow(t *testing.T) {
	b := newBook(t)
	if _, err := b.Add(t.Context(), "li", quartet.Source{Name: "acme", Kind: quartet.SourceSim}, map[string]string{"url": "https://a.example"}); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"https://b.example", ""} {
		if _, err := b.Change(t.Context(), "li", "acme", func(*quartet.Source) {}, map[string]string{"url": url}); err != nil {
			t.Fatal(err)
		}
		if s, err := b.Find(t.Context(), "acme"); err != nil {
			t.Error(err)
		} else if got, err := b.Facts(s); got.Address != url || err != nil {
			t.Errorf("its facts are %+v, %v", got, err)
		}
	}
	got := strings.Join(b.told(t, 0), "\n")
	want := "li|source.add|acme|sim, off, address https://a.example\n" +
		"li|source.change|acme|credentials, address https://a.example → https://b.example\n" +
		"li|source.change|acme|credentials, address https://b.example → none"
	if got != want {
		t.Errorf("the audit tells\n%s\nwant\n%s", got, want)
	}
}

func TestChange_RefusesAndWritesNothing(t *testing.T) {
	b := newBook(t)
	b.add(t, "acme")
	before := len(b.told(t, 0))
	for name, change := range map[string]func(*quartet.Source){
		"a spec that cannot be read": func(s *quartet.Source) { s.Spec = "bad" },
		"terms that cannot be":       func(s *quartet.Source) { s.Terms.Share = 101 },
		"a burst alone":              func(s *quartet.Source) { s.Terms.Rate.Burst = 5 },
	} {
		if _, err := b.Change(t.Context(), "li", "acme", change, nil); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Change(t.Context(), "li", "nobody", func(*quartet.Source) {}, nil); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Error(err)
	}
	if _, err := b.Change(t.Context(), "li", "acme", func(*quartet.Source) {}, nil); err != nil {
		t.Error(err)
	}
	if lines := b.told(t, before); len(lines) > 0 {
		t.Errorf("written all the same: %v", lines)
	}
}

func TestPolicy_WritesEachChangeOnce(t *testing.T) {
	b := newBook(t)
	b.add(t, "acme")
	b.add(t, "other")
	before := len(b.told(t, 0))
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return b.Order(ctx, "li", quartet.OrderCheapest) },
		func(ctx context.Context) error { return b.Order(ctx, "li", quartet.OrderCheapest) },
		func(ctx context.Context) error { return b.Pin(ctx, "li", "a1", "acme") },
		func(ctx context.Context) error { return b.Pin(ctx, "li", "a1", "acme") },
		func(ctx context.Context) error { return b.Pin(ctx, "li", "a1", "other") },
		func(ctx context.Context) error { return b.Unpin(ctx, "li", "a1") },
		func(ctx context.Context) error { return b.Unpin(ctx, "li", "a1") },
	} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Pin(t.Context(), "li", "a1", "nobody"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Error(err)
	}
	if err := b.Order(t.Context(), "li", "random"); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Error(err)
	}
	got := strings.Join(b.told(t, before), "\n")
	want := "li|source.order|cheapest|priority → cheapest\nli|source.pin|a1|none → acme\nli|source.pin|a1|acme → other\nli|source.unpin|a1|other → none"
	if got != want {
		t.Errorf("the audit tells\n%s\nwant\n%s", got, want)
	}
	if p, err := b.Policy(t.Context()); err != nil || p.Order != quartet.OrderCheapest || len(p.Pins) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// script is a source that does as it is told.
type script struct {
	needs []quartet.ElementSet
	do    func(ctx context.Context, q source.Query) (source.Answer, error)
}

func (s script) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	return s.do(ctx, q)
}
func (s script) Scope() source.Scope { return source.Scope{Needs: s.needs} }

func person() quartet.Raw {
	return quartet.Raw{Name: "王小明", ID: "110101199001011237", Card: "6200000000000000018", Mobile: "13900000001"}
}

func TestTest_AsksOnceUnderANumberThatNoCallHas(t *testing.T) {
	b := newBook(t)
	s := b.add(t, "acme")
	s.Terms.Prices = []quartet.Price{{Cost: 22_000}, {Need: quartet.NeedCard | quartet.NeedName, Cost: 10_000}}
	s.Terms.Timeout = time.Second
	before := len(b.told(t, 0))
	var asked []source.Query
	told := ""
	asker := script{needs: []quartet.ElementSet{quartet.NeedCard | quartet.NeedName, quartet.NeedCard}, do: func(ctx context.Context, q source.Query) (source.Answer, error) {
		asked = append(asked, q)
		told = strings.Join(b.told(t, before), "\n")
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Second {
			t.Errorf("it has time until %v", end)
		}
		return source.Answer{Verdict: quartet.Match, Charged: quartet.ChargedYes}, nil
	}}
	r, err := b.Test(t.Context(), "li", sourcebook.Trial{Source: s, Asker: asker, Raw: person(), Whom: "somebody", Within: time.Hour})
	if err != nil || r.Failure != nil || r.Answer.Verdict != quartet.Match || r.Cost != 10_000 {
		t.Errorf("%+v, %v", r, err)
	}
	if len(asked) != 1 || asked[0].Need != quartet.NeedCard|quartet.NeedName || asked[0].Order != r.Order {
		t.Fatalf("asked %v", len(asked))
	}
	if len(r.Order) != quartet.SeqNoLen {
		t.Errorf("the order number is %s", r.Order)
	}
	if n, err := quartet.NewSeqNoCipher([16]byte{1}).Parse(r.Order); err == nil {
		t.Errorf("a call could have the order number %s: %v", r.Order, n)
	}
	if want := "li|source.test|acme|somebody, name,card, order " + r.Order; told != want {
		t.Errorf("before it was asked the audit told %q, want %q", told, want)
	}
	if got, want := b.told(t, before+1), "li|source.tested|acme|order "+r.Order+": match, charged yes"; strings.Join(got, "\n") != want {
		t.Errorf("afterwards the audit tells %q, want %q", got, want)
	}
}

// Whoever wanted to know may be gone by the time the source answers.
func TestTest_TellsTheAuditWhatCameOfIt(t *testing.T) {
	b := newBook(t)
	s := b.add(t, "acme")
	before := len(b.told(t, 0))
	for _, failure := range []*source.Error{
		{Kind: source.Unreachable, Cause: errors.New("6200000000000000018")},
		{Kind: source.Timeout, Sent: true, Cause: errors.New("6200000000000000018")},
	} {
		ctx, leave := context.WithCancel(t.Context())
		r, err := b.Test(ctx, "li", sourcebook.Trial{Source: s, Raw: person(), Within: time.Hour, Asker: script{do: func(context.Context, source.Query) (source.Answer, error) {
			leave()
			return source.Answer{}, failure
		}}})
		if err != nil || r.Failure != failure {
			t.Errorf("%+v, %v", r, err)
		}
	}
	lines := b.told(t, before)
	if len(lines) != 4 || !strings.HasSuffix(lines[1], ": unreachable, not sent, charged no") || !strings.HasSuffix(lines[3], ": timeout, charged unknown") {
		t.Errorf("the audit tells %q", lines)
	}
	for _, planted := range []string{"王小明", "1101011990", "62000000", "139000000"} {
		if strings.Contains(strings.Join(lines, ""), planted) {
			t.Errorf("the audit tells %s", planted)
		}
	}
}

func TestTest_TellsHowASourceFails(t *testing.T) {
	b := newBook(t)
	s := b.add(t, "acme")
	for _, tt := range []struct {
		name string
		do   func(context.Context, source.Query) (source.Answer, error)
		want source.Kind
	}{
		{"by its contract", func(context.Context, source.Query) (source.Answer, error) {
			return source.Answer{}, &source.Error{Kind: source.Busy, Sent: true}
		}, source.Busy},
		{"by another error", func(context.Context, source.Query) (source.Answer, error) {
			return source.Answer{}, errors.New("6200000000000000018")
		}, source.NotUnderstood},
		{"without a verdict", func(context.Context, source.Query) (source.Answer, error) { return source.Answer{}, nil }, source.NotUnderstood},
		{"by a panic", func(context.Context, source.Query) (source.Answer, error) { panic("6200000000000000018") }, source.NotUnderstood},
		{"by silence", func(ctx context.Context, _ source.Query) (source.Answer, error) {
			<-ctx.Done()
			return source.Answer{}, &source.Error{Kind: source.Timeout, Sent: true, Cause: ctx.Err()}
		}, source.Timeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := b.Test(t.Context(), "li", sourcebook.Trial{Source: s, Asker: script{do: tt.do}, Raw: person(), Within: 50 * time.Millisecond})
			if err != nil || r.Failure == nil || r.Failure.Kind != tt.want {
				t.Fatalf("%+v, %v", r.Failure, err)
			}
			if c := r.Failure.Cause; c != nil && strings.Contains(c.Error(), "62000000") {
				t.Errorf("it tells %v", c)
			}
		})
	}
}

func TestTest_SendsNothingThatBreaksARule(t *testing.T) {
	b := newBook(t)
	s := b.add(t, "acme")
	before := len(b.told(t, 0))
	asker := script{needs: []quartet.ElementSet{quartet.NeedAll}, do: func(context.Context, source.Query) (source.Answer, error) {
		t.Error("it was asked")
		return source.Answer{}, nil
	}}
	wrong, short := person(), person()
	wrong.ID = "110101199001011238"
	short.Mobile = ""
	for name, trial := range map[string]sourcebook.Trial{
		"a wrong check digit": {Source: s, Asker: asker, Raw: wrong, Whom: "somebody"},
		"an element too few":  {Source: s, Asker: asker, Raw: short, Whom: "somebody"},
		"other elements":      {Source: s, Asker: asker, Raw: person(), Need: quartet.NeedCard | quartet.NeedName},
	} {
		_, err := b.Test(t.Context(), "li", trial)
		if quartet.CodeOf(err) != quartet.ErrInvalid || strings.Contains(err.Error(), "1990") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if lines := b.told(t, before); len(lines) > 0 {
		t.Errorf("the audit tells %v", lines)
	}
}

// One damaged record must not take the others with it, and can be mended.
func TestList_ToldOfASourceWhoseSealDoesNotOpen(t *testing.T) {
	b := newBook(t)
	b.add(t, "whole")
	damaged := quartet.Source{Name: "damaged", Kind: quartet.SourceSim, Sealed: []byte("not what was sealed here, and long enough"), CreatedAt: b.now, ChangedAt: b.now}
	if err := b.store.CreateSource(t.Context(), damaged, quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	list, err := b.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if _, err := b.Credentials(list[0]); err == nil {
		t.Error("what cannot be opened has credentials")
	}
	if _, err := b.Change(t.Context(), "wang", "damaged", func(s *quartet.Source) { s.Spec = "default: {}" }, map[string]string{"appcode": secret}); err != nil {
		t.Fatal(err)
	}
	s, err := b.Find(t.Context(), "damaged")
	if err != nil || s.Spec != "default: {}" {
		t.Errorf("%q, %v", s.Spec, err)
	}
}
