package webhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/webhook"
)

// house is a desk on a real store, with a clock of its own.
type house struct {
	t       *testing.T
	store   *store.Store
	desk    *webhook.Desk
	now     time.Time
	notices []string
}

func newHouse(t *testing.T, o webhook.Options) *house {
	t.Helper()
	return newHouseOn(t, o, store.Options{Dir: storetest.Folder(t)})
}

func newHouseOn(t *testing.T, o webhook.Options, on store.Options) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)}
	s, err := store.Open(t.Context(), on)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	must(t, err)
	o.Store, o.Ring, o.Now, o.Version = s, ring, func() time.Time { return h.now }, "test"
	o.Notice = func(_ context.Context, account string, right quartet.Right, kind, about, subject, text string) (quartet.Telling, error) {
		h.notices = append(h.notices, account+" "+string(right)+" "+kind)
		return quartet.Telling{Notes: []quartet.InboxNote{{ID: about + kind, Account: account, Kind: kind, About: about, Subject: subject, Text: text, Created: h.now}}}, nil
	}
	h.store, h.desk = s, webhook.New(o)
	for _, id := range []string{"acme", "other"} {
		must(t, s.CreateAccount(t.Context(), quartet.Account{ID: id, Name: id, CreatedAt: h.now}, quartet.AuditEntry{}))
	}
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

// work runs the deliveries that are due, as the runner of jobs does.
func (h *house) work() {
	h.t.Helper()
	jobs, err := h.store.ClaimJobs(h.t.Context(), []string{quartet.JobDeliver}, h.now, h.now.Add(time.Minute), 100)
	must(h.t, err)
	for _, j := range jobs {
		err := h.desk.Deliver(h.t.Context(), j.Key)
		later, again := errors.AsType[job.Later](err)
		switch {
		case again:
			j.State, j.NextAt = quartet.JobWaiting, h.now.Add(later.In)
		case err != nil:
			h.t.Fatal(err)
		default:
			j.State, j.Ended = quartet.JobDone, h.now
		}
		must(h.t, h.store.EndJob(h.t.Context(), j))
	}
}

// pass lets time go by, a minute at a time.
func (h *house) pass(d time.Duration) {
	h.t.Helper()
	for end := h.now.Add(d); h.now.Before(end); {
		h.now = h.now.Add(time.Minute)
		h.work()
	}
}

// receiver is a program of a buyer.
type receiver struct {
	*httptest.Server

	status atomic.Int64
	answer string

	mu   sync.Mutex
	took []taken
}

type taken struct {
	event, signature, body string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.status.Store(http.StatusOK)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		text, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.took = append(r.took, taken{req.Header.Get("Quartet-Event-Id"), req.Header.Get(webhook.SignatureHeader), string(text)})
		if s := int(r.status.Load()); s >= 300 && s < 400 {
			w.Header().Set("Location", r.URL+"/elsewhere")
		}
		w.WriteHeader(int(r.status.Load()))
		_, _ = io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []taken {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.took)
}

func (h *house) add(url string) (quartet.Webhook, string) {
	h.t.Helper()
	w, secret, err := h.desk.Add(h.t.Context(), "person zhang", "acme", url)
	must(h.t, err)
	return w, secret
}

// tell sends an event to the webhooks of the account.
func (h *house) tell(event string) {
	h.t.Helper()
	list, err := h.desk.Deliveries(h.t.Context(), "acme", "alert.remaining", event, h.now, map[string]int{"value": 7})
	must(h.t, err)
	must(h.t, h.store.Tell(h.t.Context(), quartet.Telling{Deliveries: list}))
}

func TestDeliver_SignsWithBothSecretsWhileTheyOverlap(t *testing.T) {
	h, r := newHouse(t, webhook.Options{Private: true}), newReceiver(t)
	w, first := h.add(r.URL)
	h.now = h.now.Add(time.Nanosecond) // times are told to the microsecond, as all over the API
	h.tell("e1")
	h.work()
	_, second, err := h.desk.Rotate(t.Context(), "person zhang", "acme", w.ID, time.Hour)
	must(t, err)
	_, _, err = h.desk.Rotate(t.Context(), "person zhang", "acme", w.ID, time.Hour)
	wantCode(t, "rotated again while the first one is good", err, quartet.ErrConflict)
	if until := h.now.Add(time.Hour).UTC().Format(time.RFC3339); err == nil || !strings.Contains(err.Error(), until) {
		t.Errorf("%v does not say until %s", err, until)
	}
	h.tell("e2")
	h.work()
	h.now = h.now.Add(time.Hour)
	h.tell("e3")
	h.work()
	got := r.got()
	if len(got) != 3 || got[0].body != `{"id":"e1","type":"alert.remaining","created_at":"2026-03-02T04:00:00Z","account_id":"acme","data":{"value":7}}` {
		t.Fatalf("got %+v", got)
	}
	signed := []time.Time{h.now.Add(-time.Hour), h.now.Add(-time.Hour), h.now}
	for i, good := range [][]bool{{true, false}, {true, true}, {false, true}} {
		for j, secret := range []string{first, second} {
			if is := verify(got[i].signature, got[i].body, secret, signed[i]) == nil; is != good[j] {
				t.Errorf("event %d is signed by secret %d: %v", i+1, j+1, is)
			}
		}
	}
	_, third, err := h.desk.Rotate(t.Context(), "person zhang", "acme", w.ID, time.Hour) // the overlap is over
	must(t, err)
	_, fourth, err := h.desk.Rotate(t.Context(), "person zhang", "acme", w.ID, 0) // somebody knows them: at once
	must(t, err)
	h.tell("e4")
	h.work()
	last := r.got()[3]
	for i, secret := range []string{second, third, fourth} {
		if is := verify(last.signature, last.body, secret, h.now) == nil; is != (i == 2) {
			t.Errorf("after an end at once secret %d signs: %v", i+2, is)
		}
	}
	if verify(got[0].signature, got[0].body+" ", first, signed[0]) == nil {
		t.Error("another body passes")
	}
}

func TestDeliver_CatchesUpAfterAnHourUnderOneID(t *testing.T) {
	for engine, on := range map[string]func(t *testing.T) store.Options{
		"SQLite":     func(t *testing.T) store.Options { return store.Options{Dir: storetest.Folder(t)} },
		"PostgreSQL": func(t *testing.T) store.Options { return store.Options{URL: storetest.Postgres(t)} },
	} {
		t.Run(engine, func(t *testing.T) { catchesUp(t, newHouseOn(t, webhook.Options{Private: true}, on(t))) })
	}
}

func catchesUp(t *testing.T, h *house) {
	t.Helper()
	r := newReceiver(t)
	w, _ := h.add(r.URL)
	r.status.Store(http.StatusServiceUnavailable)
	for _, event := range []string{"e1", "e2", "e3"} {
		h.tell(event)
	}
	h.work()
	h.pass(time.Hour)
	r.status.Store(http.StatusNoContent)
	before := len(r.got())
	h.pass(time.Hour)
	var after []string
	for _, took := range r.got()[before:] {
		after = append(after, took.event)
	}
	slices.Sort(after)
	if !slices.Equal(after, []string{"e1", "e2", "e3"}) {
		t.Errorf("caught up with %v", after)
	}
	list, err := h.desk.Log(t.Context(), "acme", w.ID, "", 9)
	must(t, err)
	for _, d := range list {
		if d.State != quartet.DeliveryDelivered || d.Tries < 5 || d.Tries > 14 {
			t.Errorf("%+v", d)
		}
	}
	if w, err := h.store.Webhook(t.Context(), w.ID); err != nil || !w.Failing.IsZero() {
		t.Errorf("the webhook is %+v, %v", w, err)
	}
}

func TestDeliver_GivesUpAfterADayAndDisablesAfterDays(t *testing.T) {
	h, r := newHouse(t, webhook.Options{Private: true}), newReceiver(t)
	w, _ := h.add(r.URL)
	r.status.Store(http.StatusInternalServerError)
	h.tell("e1")
	h.work()
	h.pass(25 * time.Hour)
	state := func(want quartet.DeliveryState) quartet.Delivery {
		t.Helper()
		list, err := h.desk.Log(t.Context(), "acme", w.ID, "", 9)
		if err != nil || list[0].State != want {
			t.Fatalf("%+v, %v, want %s", list, err, want)
		}
		return list[0]
	}
	failed := state(quartet.DeliveryFailed)
	if lasted := failed.Ended.Sub(failed.Created); lasted < 22*time.Hour || lasted > 24*time.Hour || failed.Tries < 20 {
		t.Errorf("gave up after %v and %d tries", lasted, failed.Tries)
	}
	h.pass(48 * time.Hour)
	h.tell("e2")
	h.work()
	h.tell("e3") // to no webhook: it is disabled now
	h.pass(time.Hour)
	if !slices.Equal(h.notices, []string{"acme credential.write webhook.disabled"}) {
		t.Errorf("told %v", h.notices)
	}
	if notes, err := h.store.InboxNotes(t.Context(), "acme", "zhang", "", 9); err != nil || len(notes) != 1 {
		t.Errorf("the inbox holds %+v, %v", notes, err)
	}
	if state(quartet.DeliveryFailed).Event != "e2" {
		t.Error("a disabled webhook was told")
	}
	_, err := h.desk.Replay(t.Context(), "person zhang", "acme", w.ID, failed.ID)
	wantCode(t, "replay to a disabled webhook", err, quartet.ErrConflict)
	_, err = h.desk.Change(t.Context(), "person zhang", "acme", w.ID, w.URL, true)
	must(t, err)
	r.status.Store(http.StatusOK)
	again, err := h.desk.Replay(t.Context(), "person zhang", "acme", w.ID, failed.ID)
	must(t, err)
	_, err = h.desk.Replay(t.Context(), "person zhang", "acme", w.ID, again.ID)
	wantCode(t, "replay of what is under way", err, quartet.ErrConflict)
	h.work()
	last := r.got()[len(r.got())-1]
	if d := state(quartet.DeliveryDelivered); last.event != "e1" || last.body != failed.Body || d.Replays != failed.ID {
		t.Errorf("replayed %+v as %+v", last, d)
	}
}

func TestDeliver_TakesOnly2xxForAnAnswerAndFollowsNothing(t *testing.T) {
	h, r := newHouse(t, webhook.Options{Private: true}), newReceiver(t)
	r.answer = "card 6222021234567890123 \x00\x07\xff\n" + strings.Repeat("长", 1000)
	for status, taken := range map[int]bool{200: true, 202: true, 204: true, 301: false, 302: false, 307: false, 400: false, 410: false, 429: false, 500: false} {
		w, secret := h.add(r.URL)
		r.status.Store(int64(status))
		before := len(r.got())
		d, err := h.desk.Test(t.Context(), "person zhang", "acme", w.ID)
		must(t, err)
		h.work()
		d, tries, err := h.desk.Show(t.Context(), "acme", w.ID, d.ID)
		must(t, err)
		if came := len(r.got()) - before; came != 1 || len(tries) != 1 || tries[0].Status != status || (tries[0].Fault == "") != taken || (d.State == quartet.DeliveryDelivered) != taken {
			t.Errorf("%d: %d came, %+v, %+v", status, came, d, tries)
		}
		if a := tries[0].Answer; len(a) > 500 || strings.Contains(a, "6222021234567890123") || strings.ContainsAny(a, "\x00\x07\n") || strings.Contains(a, secret) {
			t.Errorf("%d: kept %q", status, a)
		}
		must(t, h.desk.Remove(t.Context(), "person zhang", "acme", w.ID))
	}
}

func TestWebhooks_AreTheirAccountsAlone(t *testing.T) {
	h, r := newHouse(t, webhook.Options{Private: true}), newReceiver(t)
	w, _ := h.add(r.URL)
	d, err := h.desk.Test(t.Context(), "person zhang", "acme", w.ID)
	must(t, err)
	ctx := t.Context()
	_, err = h.desk.Change(ctx, "x", "other", w.ID, r.URL, false)
	wantCode(t, "change", err, quartet.ErrNotFound)
	_, _, err = h.desk.Rotate(ctx, "x", "other", w.ID, 0)
	wantCode(t, "rotate", err, quartet.ErrNotFound)
	wantCode(t, "remove", h.desk.Remove(ctx, "x", "other", w.ID), quartet.ErrNotFound)
	_, err = h.desk.Test(ctx, "x", "other", w.ID)
	wantCode(t, "test", err, quartet.ErrNotFound)
	_, err = h.desk.Log(ctx, "other", w.ID, "", 9)
	wantCode(t, "log", err, quartet.ErrNotFound)
	_, _, err = h.desk.Show(ctx, "other", w.ID, d.ID)
	wantCode(t, "show", err, quartet.ErrNotFound)
	_, err = h.desk.Replay(ctx, "x", "other", w.ID, d.ID)
	wantCode(t, "replay", err, quartet.ErrNotFound)
	must(t, h.desk.Remove(ctx, "person zhang", "acme", w.ID))
	h.work() // what was under way goes with it
	if len(r.got()) != 0 {
		t.Error("a webhook that was removed is told")
	}
	_, _, err = h.desk.Rotate(ctx, "x", "acme", w.ID, 8*24*time.Hour)
	wantCode(t, "too long an overlap", err, quartet.ErrInvalid)
	for range 10 {
		h.add(r.URL)
	}
	_, _, err = h.desk.Add(ctx, "person zhang", "acme", r.URL)
	wantCode(t, "too many", err, quartet.ErrConflict)
}

// Webhooks that answer slowly leave places for other jobs, and those of one account leave one
// for those of another.
func TestDeliver_SpeaksToFewAtOnceAndToEachOneAtATime(t *testing.T) {
	h := newHouse(t, webhook.Options{Private: true})
	var at, most atomic.Int64
	leave, came := make(chan struct{}), make(chan struct{}, 99)
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if n := at.Add(1); n > most.Load() {
			most.Store(n)
		}
		came <- struct{}{}
		<-leave
		at.Add(-1)
	}))
	defer slow.Close()
	for range 6 {
		h.add(slow.URL)
	}
	h.tell("e1")
	h.tell("e2")
	jobs, err := h.store.ClaimJobs(t.Context(), []string{quartet.JobDeliver}, h.now, h.now.Add(time.Minute), 100)
	if err != nil || len(jobs) != 12 {
		t.Fatalf("%d deliveries, %v", len(jobs), err)
	}
	var tries sync.WaitGroup
	var later atomic.Int64
	for _, j := range jobs {
		tries.Go(func() {
			err := h.desk.Deliver(t.Context(), j.Key)
			if _, again := errors.AsType[job.Later](err); again {
				later.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 {
		<-came
	}
	for later.Load() < 10 {
		time.Sleep(time.Millisecond)
	}
	if n := at.Load(); n != 2 {
		t.Errorf("%d of one account are spoken to at once", n)
	}
	w, _, err := h.desk.Add(t.Context(), "person li", "other", slow.URL)
	must(t, err)
	d, err := h.desk.Test(t.Context(), "person li", "other", w.ID)
	must(t, err)
	tries.Go(func() {
		if err := h.desk.Deliver(t.Context(), d.ID); err != nil {
			t.Errorf("that of another account: %v", err)
		}
	})
	<-came
	close(leave)
	tries.Wait()
	if most.Load() != 3 {
		t.Errorf("%d were spoken to at once", most.Load())
	}
}
