package batch_test

import (
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store/storetest"
)

func TestBatch_GoesFromFileToResults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 100})
	b := w.checked(heading + line(cardMatch) + "\n" + line(cardMismatch) + "\n" + line(cardLost) + "\n" + line(cardMatch) + "\n,110101199003078670," + cardMatch + ",13800138000\n" + line(cardNoRecord) + "\n")
	if b.State != quartet.BatchChecked || b.Count != (quartet.BatchCount{Rows: 6, Broken: 1, Duplicates: 1}) {
		t.Fatalf("checked: %s %s %+v", b.State, b.Why, b.Count)
	}
	if w.used() != 0 {
		t.Error("the check has cost units")
	}
	w.start(b, 10)
	w.work()
	b = w.find(b.ID)
	if b.State != quartet.BatchDone || b.Count != (quartet.BatchCount{Rows: 6, Broken: 1, Duplicates: 1, Matched: 1, Mismatched: 1, Undetermined: 1, Refused: 1, Charged: 2}) {
		t.Fatalf("done: %s %s %+v", b.State, b.Why, b.Count)
	}
	if got := w.used(); got != 2 {
		t.Errorf("%d units were used", got)
	}
	rows := w.results(b.ID)
	var got []string
	for _, r := range rows {
		got = append(got, strings.Join([]string{r["序号"], r["状态"], r["结果说明"], r["返回码"], r["计费次数"], r["重复于"]}, " "))
	}
	want := []string{"1 answered 一致 10000 1 ", "2 answered 不一致 10000 1 ", "3 answered 异常 10000 0 ", "4 duplicate 一致 10000 0 1", "5 broken  10008 0 ", "6 answered  10015 0 "}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, r := range rows {
		for _, cell := range r {
			for _, secret := range []string{goodName, goodID, cardMatch, goodPhone} {
				if strings.Contains(cell, secret) {
					t.Errorf("a result holds %q", cell)
				}
			}
		}
	}
}

// A batch whose job was given up says so, and goes on when somebody lets it.
func TestBatch_WhoseJobWasGivenUpPausesAndGoesOn(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			o := wants{units: 100}
			if engine == "postgres" {
				o.db.URL = storetest.Postgres(t)
			}
			w := newWorld(t, o)
			b := w.checked(heading + line(cardMatch) + "\n" + line(cardMismatch) + "\n")
			w.start(b, 10)
			must(t, w.desk.Rescue(t.Context()))
			if now := w.find(b.ID); now.State != quartet.BatchRunning {
				t.Fatalf("its job waits, and it is %s %s", now.State, now.Why)
			}
			w.givesUp(quartet.JobBatchRun)
			must(t, w.desk.Rescue(t.Context()))
			if now := w.find(b.ID); now.State != quartet.BatchPaused || now.Why != quartet.PausedFault {
				t.Fatalf("its job was given up, and it is %s %s", now.State, now.Why)
			}
			_, err := w.desk.Resume(t.Context(), "tester", "acc", b.ID, nil)
			must(t, err)
			w.work()
			must(t, w.desk.Rescue(t.Context()))
			if now := w.find(b.ID); now.State != quartet.BatchDone || now.Count.Charged != 2 {
				t.Errorf("let go on it is %s %s %+v", now.State, now.Why, now.Count)
			}
			// A file whose check was given up is no worse for it.
			c := w.upload(heading + line(cardMatch) + "\n")
			w.givesUp(quartet.JobBatchCheck)
			must(t, w.desk.Rescue(t.Context()))
			if now := w.find(c.ID); now.State != quartet.BatchFailed || !strings.Contains(now.Why, "no fault of the file") {
				t.Errorf("its check was given up, and it is %s %s", now.State, now.Why)
			}
		})
	}
}

// Rows that were on the road when the job of their batch was given up come to their ends, though
// the batch was cancelled: its people can be erased.
func TestBatch_WhoseJobWasGivenUpLeavesNoRowOnTheRoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wants{units: 100})
	b := w.checked(heading + line(cardMatch) + "\n" + line(cardMismatch) + "\n")
	w.start(b, 10)
	ctx, now := t.Context(), time.Now()
	b, _, err := w.store.DriveBatch(ctx, b.ID, "a driver that died", now, now, true)
	must(t, err)
	ready, err := w.store.ReadyRows(ctx, b.ID, 0, 1)
	must(t, err)
	ready[0].SeqNo, ready[0].Sent, ready[0].Most = quartet.SeqNo{Second: now.Add(-time.Hour).Unix(), N: 1}, now.Add(-time.Hour), 1
	_, _, err = w.store.StepBatch(ctx, b.ID, "a driver that died", b.Run, now.Add(time.Minute), nil, nil, ready)
	must(t, err)
	w.givesUp(quartet.JobBatchRun)
	_, err = w.desk.Cancel(ctx, "tester", "acc", b.ID)
	must(t, err)
	must(t, w.desk.Rescue(ctx))
	w.work()
	if now := w.find(b.ID); now.State != quartet.BatchCancelled || now.Count.Sent != 0 || now.Count.Charged != 0 {
		t.Fatalf("it is %s %+v", now.State, now.Count)
	}
	if now, err := w.desk.Erase(ctx, "tester", "acc", b.ID); err != nil || now.Erased.IsZero() {
		t.Errorf("its people are not erased: %v", err)
	}
}

// givesUp lets the job of a kind that waits be given up.
func (w *world) givesUp(kind string) {
	w.t.Helper()
	jobs, err := w.store.ClaimJobs(w.t.Context(), []string{kind}, time.Now().Add(time.Hour), time.Now().Add(2*time.Hour), 1)
	must(w.t, err)
	if len(jobs) != 1 {
		w.t.Fatalf("%d jobs wait", len(jobs))
	}
	jobs[0].State, jobs[0].Ended = quartet.JobDead, time.Now()
	must(w.t, w.store.EndJob(w.t.Context(), jobs[0]))
}
