package verify_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/source"
	"quartet/internal/verify"
)

// unsettled is a ledger that cannot end a hold.
type unsettled struct {
	verify.Ledger
	code quartet.ErrorCode
}

func (u unsettled) Settle(context.Context, quartet.Hold, *quartet.Call, int64, quartet.Claim) error {
	return quartet.Errorf(u.code, "made to fail")
}

func (u unsettled) Release(context.Context, quartet.Hold, *quartet.Call) error {
	return quartet.Errorf(u.code, "made to fail")
}

// TestRoad_WhatCannotBeSettledIsAnsweredAsItsRowSays ends the holds later, as the sweeper
// does, and compares what the caller heard with what the log of calls tells.
func TestRoad_WhatCannotBeSettledIsAnsweredAsItsRowSays(t *testing.T) {
	for _, c := range []struct {
		name, card string
		code       quartet.ErrorCode
		want       string
	}{
		{"a verdict that could not be committed", cardMatch, quartet.ErrUnavailable, "10019"},
		{"a verdict whose hold is gone", cardMatch, quartet.ErrHoldGone, "10003"},
		{"a refusal that could not be committed", cardNoRecord, quartet.ErrUnavailable, "10015"},
		{"a refusal whose hold is gone", cardNoRecord, quartet.ErrHoldGone, "10003"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, options{ledger: func(l *quota.Ledger) verify.Ledger { return unsettled{l, c.code} }})
			if a := w.do(request{body: form(c.card)}); a.code() != c.want {
				t.Errorf("answered %s, want %s", a.body, c.want)
			}
			w.sweep()
			rows := w.rows()
			if len(rows) != 1 || rows[0].Code.String() != c.want || rows[0].Charged != 0 {
				t.Errorf("rows %+v, want one of %s, uncharged", rows, c.want)
			}
			if used := w.used(); used != 0 {
				t.Errorf("used %d", used)
			}
		})
	}
}

func TestRoad_AnUnknownOutcomeIsNotAnswered(t *testing.T) {
	for name, w := range map[string]*world{
		"charge": newWorld(t, options{local: true, ledger: func(l *quota.Ledger) verify.Ledger { return failing{l, quartet.ErrUnknownOutcome} }}),
		"settle": newWorld(t, options{ledger: func(l *quota.Ledger) verify.Ledger { return unsettled{l, quartet.ErrUnknownOutcome} }}),
	} {
		if status := w.unanswered(form(cardMatch)); status != 0 {
			t.Errorf("%s: answered %d", name, status)
		}
	}
}

// panicking is a ledger with a fault in the program.
type panicking struct{ verify.Ledger }

func (panicking) Charge(_ context.Context, _ *quartet.Call, _ int64, _ quartet.Claim) error {
	panic("charging " + goodName)
}

func TestRoad_APanicIsNotAnsweredAndToldByItsTypeAlone(t *testing.T) {
	w := newWorld(t, options{local: true, ledger: func(l *quota.Ledger) verify.Ledger { return panicking{l} }})
	if status := w.unanswered(form(cardMatch)); status != 0 {
		t.Errorf("answered %d", status)
	}
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	if len(w.log.faults) != 1 || !strings.Contains(w.log.faults[0], "panic with a string") || strings.Contains(w.log.faults[0], goodName) {
		t.Errorf("the log tells %q", w.log.faults)
	}
}

func TestRoad_PastItsDeadlineNoVerdictIsCharged(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local, deadline: 50 * time.Millisecond})
		if a := w.do(request{body: form(cardSlow)}); a.code() != "10003" {
			t.Errorf("answered %s", a.body)
		}
		if used := w.used(); used != 0 {
			t.Errorf("used %d", used)
		}
	}
}

// deaf is a source that takes its time whatever its caller has left.
type deaf struct{}

func (deaf) Verify(context.Context, source.Query) (source.Answer, error) {
	time.Sleep(1100 * time.Millisecond)
	return source.Answer{Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile}, nil
}

func TestRoad_AVerdictThatComesTooLateIsNone(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local, deadline: time.Second, source: deaf{}})
		if a := w.do(request{body: form(cardMatch)}); a.code() != "10003" {
			t.Errorf("local %v: answered %s", local, a.body)
		}
		if used := w.used(); used != 0 {
			t.Errorf("local %v: used %d", local, used)
		}
		for _, c := range w.rows() {
			if c.Verdict != quartet.NoVerdict || c.Reason != quartet.ReasonNone || c.Differs != 0 || !c.Sent {
				t.Errorf("local %v: its row: %+v", local, c)
			}
		}
	}
}

// TestRoad_AClientThatIsGoneIsChargedForItsRowAlone breaks calls off while a source thinks.
// From a supplier the verdict comes all the same and is charged with its row; of the
// registry nothing was asked that costs, so nothing is charged.
func TestRoad_AClientThatIsGoneIsChargedForItsRowAlone(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local, deadline: 2 * time.Second})
		ctx, leave := context.WithTimeout(t.Context(), 100*time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, strings.NewReader(form(cardSlow)))
		must(t, err)
		req.Header.Set("Authorization", "APPCODE "+appCode)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			t.Fatal("the source was faster than the client")
		}
		leave()
		rows := w.rows()
		for end := time.Now().Add(5 * time.Second); len(rows) == 0 && time.Now().Before(end); rows = w.rows() {
			time.Sleep(20 * time.Millisecond)
		}
		var charged int64
		for _, r := range rows {
			charged += r.Charged
		}
		if want := map[bool]int64{true: 0, false: 1}[local]; len(rows) != 1 || charged != want || w.used() != want {
			t.Errorf("local %v: rows %+v, used %d, want %d", local, rows, w.used(), want)
		}
	}
}

// unanswered sends a call that must not be answered, and gives the status if it is.
func (w *world) unanswered(body string) int {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(body))
	must(w.t, err)
	req.Header.Set("Authorization", "APPCODE "+appCode)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// rows are the calls of the log, after all that was queued.
func (w *world) rows() (list []quartet.Call) {
	w.t.Helper()
	must(w.t, w.ledger.Check(context.Background()))
	must(w.t, w.store.Calls(context.Background(), quartet.CallFilter{}, func(c quartet.Call) error {
		list = append(list, c)
		return nil
	}))
	return list
}

// sweep ends every hold, as a sweeper does after its deadline.
func (w *world) sweep() {
	w.t.Helper()
	must(w.t, w.ledger.Check(context.Background()))
	late, err := quota.New(context.Background(), w.store, quota.Options{Now: func() time.Time { return time.Now().Add(time.Minute) }})
	must(w.t, err)
	_, err = late.Sweep(context.Background())
	must(w.t, err)
	must(w.t, late.Close())
}
