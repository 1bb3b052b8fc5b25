package verify_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/guard"
	"quartet/internal/reuse"
	"quartet/internal/route"
	"quartet/internal/source/sim"
)

// reusing is a road whose product gives verdicts again for ten minutes, and its supplier.
func reusing(t *testing.T, o options) (*world, *sim.Sim) {
	t.Helper()
	parsed, err := sim.Parse([]byte(script))
	must(t, err)
	asked := sim.New(parsed)
	o.reuse, o.source = reuse.New(1000), asked
	t.Cleanup(o.reuse.Close)
	w := newWorld(t, o)
	w.product(10 * time.Minute)
	return w, asked
}

// product puts the product in force that gives verdicts again for so long.
func (w *world) product(life time.Duration) {
	p := quartet.FourElements()
	p.Reuse, p.Detail = life, quartet.DetailElement
	w.service.SetProducts([]quartet.Product{p})
}

func number(a answer) string {
	_, rest, _ := strings.Cut(a.body, `"seqNo":"`)
	return rest[:quartet.SeqNoLen]
}

func reused(a answer) bool { return a.header.Get("X-Quartet-Reused") == "true" }

func TestReuse_GivesTheVerdictAgainUnderItsOwnNumberAndCharges(t *testing.T) {
	w, asked := reusing(t, options{})
	first := w.do(request{body: form(cardMismatch)})
	again := w.do(request{body: form(cardMismatch[:4] + " " + cardMismatch[4:])}) // the same once normalised
	if asked.Total() != 1 {
		t.Errorf("the supplier was asked %d times", asked.Total())
	}
	if reused(first) || !reused(again) {
		t.Errorf("marked: first %v, again %v", reused(first), reused(again))
	}
	if first.code() != "10000" || number(first) == number(again) || strings.Replace(first.body, number(first), "", 1) != strings.Replace(again.body, number(again), "", 1) {
		t.Errorf("first %s, again %s", first.body, again.body)
	}
	if used := w.used(); used != 2 {
		t.Errorf("used %d, want 2", used)
	}
	rows := w.rows()
	if len(rows) != 2 || rows[0].Reused || !rows[1].Reused {
		t.Fatalf("rows %+v", rows)
	}
	c := rows[1]
	if c.Source != "sim" || c.Sent || c.Charged != 1 || c.Reason != quartet.ReasonMobileMismatch || c.Differs != rows[0].Differs || c.Params != rows[0].Params {
		t.Errorf("its row: %+v", c)
	}
	if list, err := w.store.Attempts(context.Background(), c.SeqNo); err != nil || len(list) != 0 {
		t.Errorf("attempts %v, %v", list, err)
	}
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	if len(w.log.events) != 2 || w.log.events[0].Reused || !w.log.events[1].Reused {
		t.Errorf("the log tells %+v", w.log.events)
	}
}

func TestReuse_IsNotForThese(t *testing.T) {
	other := quartet.Account{ID: "acc2", Name: "other", CreatedAt: time.Now()}
	for _, c := range []struct {
		name, card string
		local      bool
		between    func(w *world)
		body       string // of the second call; empty: the same
	}{
		{name: "a product that does not", card: cardMatch, between: func(w *world) { w.product(0) }},
		{name: "an undetermined verdict", card: cardLost},
		{name: "a refusal", card: cardBusy},
		{name: "another mobile", card: cardMatch, body: strings.Replace(form(cardMatch), goodPhone, "13900000001", 1)},
		{name: "the registry alone", card: cardMatch, local: true},
		{name: "a house that changed", card: cardMatch, between: func(w *world) { w.service.Reuse.Forget() }},
		{name: "another purpose", card: cardMatch, between: func(w *world) {
			w.accounts[0].Purpose = "payroll"
			w.callers.Replace(w.accounts, w.creds)
		}},
		{name: "another account", card: cardMatch, between: func(w *world) {
			must(w.t, w.store.CreateAccount(context.Background(), other, quartet.AuditEntry{}))
			must(w.t, w.ledger.Give(context.Background(), quartet.Grant{ID: "grant2", Account: other.ID, Units: 5, ExpiresAt: time.Now().Add(time.Hour)}, "test"))
			w.accounts, w.creds[0].Account = append(w.accounts, other), other.ID
			w.callers.Replace(w.accounts, w.creds)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, asked := reusing(t, options{local: c.local})
			first := w.do(request{body: form(c.card)})
			if c.between != nil {
				c.between(w)
			}
			body := form(c.card)
			if c.body != "" {
				body = c.body
			}
			again := w.do(request{body: body})
			if asked.Total() != 2 || reused(first) || reused(again) {
				t.Errorf("asked %d times, marked %v", asked.Total(), reused(again))
			}
			if first.code() != again.code() {
				t.Errorf("first %s, again %s", first.body, again.body)
			}
		})
	}
}

// TestReuse_EndsWithItsMinutes counts them from the first verdict, however often it is given
// again.
func TestReuse_EndsWithItsMinutes(t *testing.T) {
	begun := time.Now()
	now := begun
	w, asked := reusing(t, options{deadline: time.Minute, now: func() time.Time { return now }})
	for _, c := range []struct {
		after time.Duration
		asked int
	}{{0, 1}, {6 * time.Minute, 1}, {10*time.Minute - 1, 1}, {10 * time.Minute, 2}, {19 * time.Minute, 2}, {21 * time.Minute, 3}} {
		now = begun.Add(c.after)
		if a := w.do(request{body: form(cardMatch)}); a.code() != "10000" || asked.Total() != c.asked {
			t.Errorf("after %s: %s, asked %d times, want %d", c.after, a.body, asked.Total(), c.asked)
		}
	}
}

// TestReuse_KeepsNothingThatWasNotAccounted: what no buyer was given is given to nobody.
func TestReuse_KeepsNothingThatWasNotAccounted(t *testing.T) {
	for _, code := range []quartet.ErrorCode{quartet.ErrUnavailable, quartet.ErrHoldGone, quartet.ErrUnknownOutcome} {
		m := &meddling{settle: fails(code)}
		w, asked := reusing(t, options{ledger: m.over})
		if code == quartet.ErrUnknownOutcome {
			w.unanswered(form(cardMatch))
		} else {
			w.do(request{body: form(cardMatch)})
		}
		m.settle = nil
		if a := w.do(request{body: form(cardMatch)}); a.code() != "10000" || reused(a) || asked.Total() != 2 {
			t.Errorf("after %s: %s, asked %d times", code, a.body, asked.Total())
		}
	}
}

func TestReuse_CountsAsAnIdenticalRequestButNotForTheCard(t *testing.T) {
	w, asked := reusing(t, options{guard: guard.Config{Enabled: true, Identical: 10, Mismatches: 2, Calls: 3}})
	for i := range 10 {
		if a := w.do(request{body: form(cardMismatch)}); a.code() != "10000" {
			t.Errorf("call %d: %s", i+1, a.body)
		}
	}
	if a := w.do(request{body: form(cardMismatch)}); a.code() != "10020" {
		t.Errorf("one more: %s", a.body)
	}
	other := strings.Replace(form(cardMismatch), goodPhone, "13900000001", 1)
	if a := w.do(request{body: other}); a.code() != "10000" || asked.Total() != 2 { // the card's second
		t.Errorf("another person of the card: %s, asked %d times", a.body, asked.Total())
	}

	after := guard.New(guard.Config{Enabled: true, Identical: 10, Mismatches: 3, Calls: 3}) // a restart
	rows := w.rows()
	for _, c := range rows {
		after.Replay(c)
	}
	if _, ok := after.Admit(rows[0].Params, quartet.Fingerprint{}, time.Now()); ok {
		t.Error("after a restart the identical requests are forgotten")
	}
	if _, ok := after.Admit(quartet.Fingerprint{9}, rows[0].Card, time.Now()); !ok {
		t.Error("after a restart verdicts that were given again count for the card")
	}
}

// TestReuse_ARepeatOfAnIdempotencyKeyGoesFirst, and a verdict that is given again is kept
// under the key of its call.
func TestReuse_ARepeatOfAnIdempotencyKeyGoesFirst(t *testing.T) {
	w, _ := reusing(t, options{})
	keyed := func(key string) answer {
		return w.do(request{body: form(cardMatch), header: map[string]string{"Idempotency-Key": key}})
	}
	first, repeat := keyed("a"), keyed("a")
	if repeat.body != first.body || reused(repeat) || repeat.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("first %s, repeat %s %v", first.body, repeat.body, repeat.header)
	}
	second, repeat := keyed("b"), keyed("b")
	if !reused(second) || repeat.body != second.body || reused(repeat) || second.body == first.body {
		t.Errorf("second %s, repeat %s %v", second.body, repeat.body, repeat.header)
	}
	if used := w.used(); used != 2 {
		t.Errorf("used %d, want 2", used)
	}
}

func TestReuse_NeedsAUnitAndACommit(t *testing.T) {
	w, _ := reusing(t, options{units: 1})
	w.do(request{body: form(cardMatch)})
	if a := w.do(request{body: form(cardMatch)}); a.header.Get("X-Ca-Error-Code") != "B403MQ" {
		t.Errorf("without a unit: %d %s", a.status, a.body)
	}
	m := &meddling{}
	w, asked := reusing(t, options{ledger: m.over})
	w.do(request{body: form(cardMatch)})
	w.service.Ledger = failing{w.ledger, quartet.ErrUnavailable}
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10019" || reused(a) || asked.Total() != 1 {
		t.Errorf("without a commit: %s", a.body)
	}
	rows := w.rows()
	if c := rows[len(rows)-1]; c.Reused || c.Source != "" || c.Charged != 0 || c.Verdict != quartet.NoVerdict {
		t.Errorf("its row: %+v", c)
	}
}

func TestReuse_IsNotForWhatTheRegistrySaidBeforeASupplier(t *testing.T) {
	w, _ := reusing(t, options{})
	own := &supplier{}
	w.router.Replace([]route.Entry{
		{Asker: own, Source: quartet.Source{Name: "registry", Kind: quartet.SourceRegistry, On: true}}, supplierEntry("supplier", &supplier{}, 1),
	}, quartet.Policy{Order: quartet.OrderPriority})
	for range 2 {
		if a := w.do(request{body: form(cardMatch)}); a.code() != "10000" || reused(a) {
			t.Errorf("answered %s", a.body)
		}
	}
	if own.asked.Load() != 2 {
		t.Errorf("the registry was asked %d times", own.asked.Load())
	}
}
