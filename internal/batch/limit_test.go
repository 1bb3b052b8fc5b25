package batch_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/batch"
	"quartet/internal/source"
)

// file is a file of so many people, each with a card of its own.
func file(rows int) string {
	var b strings.Builder
	b.WriteString(heading)
	for i := range rows {
		b.WriteString(line(cardOf(i)) + "\n")
	}
	return b.String()
}

func (w *world) stands(t *testing.T, id string, state quartet.BatchState, why string, charged int64) quartet.Batch {
	t.Helper()
	b := w.find(id)
	if b.State != state || b.Why != why || b.Count.Charged != charged || b.Count.Sent != 0 || b.Count.Reserved != 0 {
		t.Errorf("it is %s %s %+v, want it %s %s with %d units", b.State, b.Why, b.Count, state, why, charged)
	}
	if used := w.used(); used != charged {
		t.Errorf("%d units were used", used)
	}
	return b
}

func TestRun_PausesAtTheCeilingAndGoesOnUnderAnotherOne(t *testing.T) {
	t.Parallel()
	for _, local := range []bool{false, true} {
		w := newWorld(t, wants{units: 100, local: local, atOnce: 7})
		b := w.checked(file(30))
		w.start(b, 13)
		w.work()
		w.stands(t, b.ID, quartet.BatchPaused, quartet.PausedCeiling, 13)
		less, more := int64(12), int64(30)
		if _, err := w.desk.Resume(t.Context(), "tester", "acc", b.ID, &less); quartet.CodeOf(err) != quartet.ErrConflict {
			t.Errorf("a ceiling below what was charged: %v", err)
		}
		_, err := w.desk.Resume(t.Context(), "tester", "acc", b.ID, &more)
		must(t, err)
		w.work()
		w.stands(t, b.ID, quartet.BatchDone, "", 30)
	}
}

func TestRun_PausesWithoutUnitsAndLosesNoRow(t *testing.T) {
	t.Parallel()
	for _, local := range []bool{false, true} {
		w := newWorld(t, wants{units: 10, local: local, atOnce: 8})
		b := w.checked(file(25))
		w.start(b, 1000)
		w.work()
		w.stands(t, b.ID, quartet.BatchPaused, quartet.PausedUnits, 10)
		must(t, w.ledger.Give(t.Context(), quartet.Grant{ID: "more", Account: "acc", Units: 50, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}, "test"))
		_, err := w.desk.Resume(t.Context(), "tester", "acc", b.ID, nil)
		must(t, err)
		w.work()
		if b = w.stands(t, b.ID, quartet.BatchDone, "", 25); b.Count.Matched != 25 {
			t.Errorf("%+v", b.Count)
		}
	}
}

func TestRun_KeepsToWhatItsCredentialMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 100, atOnce: 8, limits: quartet.Limits{Daily: 6}})
	b := w.checked(file(9))
	w.start(b, 100)
	w.work()
	w.stands(t, b.ID, quartet.BatchPaused, quartet.PausedDay, 6)

	w = newWorld(t, wants{units: 100, atOnce: 8, limits: quartet.Limits{Products: []string{"other"}}})
	b = w.checked(file(2))
	w.start(b, 100)
	w.work()
	w.stands(t, b.ID, quartet.BatchPaused, quartet.PausedCredential, 0)

	w = newWorld(t, wants{units: 100, atOnce: 8, limits: quartet.Limits{Rate: quartet.Rate{QPS: 40, Burst: 2}}})
	b = w.checked(file(9))
	w.start(b, 100)
	w.work()
	w.stands(t, b.ID, quartet.BatchDone, "", 9)
}

func TestRun_InTheSandboxCostsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{})
	b := w.checked(file(5))
	_, err := w.desk.Start(t.Context(), "tester", "acc", b.ID, "test", 0)
	must(t, err)
	w.work()
	if b = w.stands(t, b.ID, quartet.BatchDone, "", 0); b.Count.Finished() != 5 {
		t.Errorf("%+v", b.Count)
	}
}

func TestRun_PausesWhenTheProductIsSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 9})
	b := w.checked(file(5))
	p := quartet.FourElements()
	p.On = false
	must(t, w.store.PutProduct(t.Context(), p, quartet.AuditEntry{}))
	w.reload()
	w.start(b, 9)
	w.work()
	w.stands(t, b.ID, quartet.BatchPaused, quartet.PausedProduct, 0)
}

func TestRun_ACancelledBatchKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 100, atOnce: 3})
	b := w.checked(file(10))
	w.start(b, 4)
	w.work()
	_, err := w.desk.Cancel(t.Context(), "tester", "acc", b.ID)
	must(t, err)
	w.work()
	w.stands(t, b.ID, quartet.BatchCancelled, "", 4)
	states := map[string]int{}
	for _, r := range w.results(b.ID) {
		states[r["状态"]]++
	}
	if states["answered"] != 4 || states["not_asked"] != 6 {
		t.Errorf("the rows are %v", states)
	}
	if _, err := w.desk.Resume(t.Context(), "tester", "acc", b.ID, nil); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("it goes on: %v", err)
	}
}

func TestStart_TakesNoCredentialOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 5})
	b := w.checked(file(2))
	for _, credential := range []string{"theirs", "nothing"} {
		if _, err := w.desk.Start(t.Context(), "tester", "acc", b.ID, credential, 5); quartet.CodeOf(err) != quartet.ErrNotFound {
			t.Errorf("%s: %v", credential, err)
		}
	}
	if _, err := w.desk.Start(t.Context(), "tester", "other", b.ID, "theirs", 5); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("by another account: %v", err)
	}
}

func TestTidy_ErasesInTimeAndLeavesNoPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 5})
	b := w.checked(file(3))
	w.start(b, 5)
	w.work()
	must(t, w.desk.Tidy(t.Context()))
	if w.find(b.ID).Erased.IsZero() != true {
		t.Error("it is erased too early")
	}
	w.skew = batch.StandardKeep + time.Minute
	must(t, w.desk.Tidy(t.Context()))
	if b = w.find(b.ID); b.Erased.IsZero() || b.Count.Matched != 3 || b.Parts != 0 {
		t.Errorf("it is %+v", b)
	}
	rows, err := w.store.BatchRows(t.Context(), b.ID, 0, 9)
	if _, part := w.store.BatchPart(t.Context(), b.ID, quartet.PartPeople, 0); err != nil || len(rows) != 0 || quartet.CodeOf(part) != quartet.ErrNotFound {
		t.Errorf("%d rows are left, %v, %v", len(rows), err, part)
	}
	if err := w.desk.Results(t.Context(), "tester", batch.Results{Account: "acc", ID: b.ID, Format: batch.CSV}, &strings.Builder{}); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("its results: %v", err)
	}
}

// Two accounts run at once, and one account's batches one after the other.
func TestRun_IsFairBetweenAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 100, atOnce: 4, slice: 20 * time.Millisecond})
	first, second := w.checked(file(10)), w.checked(file(10))
	w.start(first, 100)
	w.start(second, 100)
	w.work()
	for _, b := range []quartet.Batch{first, second} {
		if now := w.find(b.ID); now.State != quartet.BatchDone {
			t.Errorf("it is %s %+v", now.State, now.Count)
		}
	}
}

// refusing is a source that cannot be reached, and is slow to say so.
type refusing struct{}

func (refusing) Verify(context.Context, source.Query) (source.Answer, error) {
	time.Sleep(5 * time.Millisecond)
	return source.Answer{}, errors.New("nobody answers")
}

// However many drives it takes to find out.
func TestRun_PausesWhenRowsAreRefusedSlowly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 1000, atOnce: 8, slice: 20 * time.Millisecond, source: refusing{}})
	b := w.checked(file(300))
	w.start(b, 1000)
	w.work()
	if b = w.stands(t, b.ID, quartet.BatchPaused, quartet.PausedRefused, 0); b.Count.Refused < 100 || b.Count.Refused > 120 {
		t.Errorf("%d rows were refused", b.Count.Refused)
	}
	_, err := w.desk.Resume(t.Context(), "tester", "acc", b.ID, nil)
	must(t, err)
	w.work()
	if b = w.stands(t, b.ID, quartet.BatchPaused, quartet.PausedRefused, 0); b.Count.Refused < 200 || b.Count.Refused > 240 {
		t.Errorf("%d rows were refused after it was resumed", b.Count.Refused)
	}
}
