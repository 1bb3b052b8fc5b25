package batch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// cardOf is an invented card that differs for every row.
func cardOf(row int) string {
	body := fmt.Sprintf("6211%014d", row)
	return body + string(quartet.LuhnDigit(body))
}

// try does every job of batches that waits, as far as the process lives. Jobs that failed with
// it wait for the next one.
func (w *world) try() (some bool) {
	list, err := w.store.Jobs(context.Background(), quartet.JobWaiting, "", 100)
	must(w.t, err)
	for i := range list {
		do := w.desk.Jobs()[list[i].Kind]
		if do == nil || w.life.over() {
			continue
		}
		claimed, err := w.store.ClaimJobs(context.Background(), []string{list[i].Kind}, time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour), 1)
		must(w.t, err)
		for _, j := range claimed {
			some = true
			err := do(context.Background(), j.Key)
			j.State, j.Ended = quartet.JobDone, time.Now()
			if later, again := errors.AsType[job.Later](err); again || w.life.over() {
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

// restart is another process on the same store, a while later: what was held is given up by then.
func (w *world) restart() {
	w.t.Helper()
	_ = w.ledger.Close()
	must(w.t, w.store.Close())
	w.skew += time.Minute
	w.open()
	_, err := w.ledger.Sweep(context.Background())
	must(w.t, err)
}

// Wherever processes are killed: every row comes to one end, is asked about once, and is charged
// once if it has a verdict; the units never exceed the ceiling; and the book holds.
func TestBatch_IsExactWhereverItIsKilled(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, local := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, local %t", engine, local), func(t *testing.T) {
				t.Parallel()
				const lives = 20
				for seed := range uint64(lives) {
					t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
						var db store.Options
						if engine == "postgres" {
							db.URL = storetest.Postgres(t)
						}
						killed(t, rand.New(rand.NewPCG(seed, 1)), local, db)
					})
				}
			})
		}
	}
}

func killed(t *testing.T, r *rand.Rand, local bool, db store.Options) {
	t.Helper()
	const rows = 20
	w := newWorld(t, wants{units: 1000, local: local, atOnce: 1 + r.IntN(6), db: db})
	var file strings.Builder
	file.WriteString(heading)
	for i := range rows {
		file.WriteString(line(cardOf(i)) + "\n")
	}
	ceiling := r.Int64N(rows + 6)
	b := w.upload(file.String())
	lives := make([]int, r.IntN(7)) // how many writes each process lives for
	for i := range lives {
		lives[i] = 1 + r.IntN(40)
	}
	lives = slices.Concat(lives, []int{0}) // and the last one lives on
	begun := false
	for _, writes := range lives {
		w.life.end(writes, r.IntN(2) == 0)
		for range 50 {
			some := w.try()
			now := w.find(b.ID)
			if w.life.over() {
				break
			}
			if now.State == quartet.BatchChecked && !begun {
				w.start(b, ceiling)
				begun, some = true, true
			}
			if !some {
				break
			}
		}
		if writes > 0 {
			w.restart()
		}
	}
	b = w.find(b.ID)
	c := b.Count
	if done := b.State == quartet.BatchDone && c.Ready() == 0; c.Sent != 0 || c.Reserved != 0 || !done && b.Why != quartet.PausedCeiling {
		t.Fatalf("it is %s %s: %+v", b.State, b.Why, c)
	}
	used := w.used()
	if used != c.Charged || used > ceiling || c.Matched != c.Charged {
		t.Fatalf("%d units were used, %d counted, the ceiling is %d: %+v", used, c.Charged, ceiling, c)
	}
	list, err := w.store.BatchRows(context.Background(), b.ID, 0, 1000)
	must(t, err)
	for _, row := range list {
		asked := w.source.of(cardOf(int(row.Row - 1)))
		switch {
		case asked > 1, row.State == quartet.RowReady && asked > 0, row.State == quartet.RowAnswered && row.Verdict != quartet.NoVerdict && asked != 1:
			t.Fatalf("row %d is %s and was asked about %d times", row.Row, row.State, asked)
		case row.State == quartet.RowSent:
			t.Fatalf("row %d has no end", row.Row)
		}
	}
	if len(list) != rows {
		t.Fatalf("%d rows", len(list))
	}
	if c.Unknown > 0 { // by hand alone, and then they have an end like others
		ceiling := int64(1000)
		_, err := w.desk.AskAgain(context.Background(), "tester", "acc", b.ID, false, &ceiling)
		must(t, err)
		w.work()
		if b = w.find(b.ID); b.State != quartet.BatchDone || b.Count.Matched+b.Count.Refused != rows || w.used() != b.Count.Charged {
			t.Fatalf("asked again it is %s %+v", b.State, b.Count)
		}
	}
}
