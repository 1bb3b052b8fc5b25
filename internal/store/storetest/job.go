package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"quartet"
)

func waiting(id string, due time.Duration) quartet.Job {
	return quartet.Job{ID: id, Kind: "k", Key: "key of " + id, State: quartet.JobWaiting, NextAt: after(due), Created: base}
}

func running(j quartet.Job, tries int, lease time.Duration) quartet.Job {
	j.State, j.Tries, j.Lease = quartet.JobRunning, tries, after(lease)
	return j
}

func jobs(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	kinds := []string{"k", "l"}
	early, late, future, strange := waiting("b", 0), waiting("a", time.Minute), waiting("c", time.Hour), waiting("d", 0)
	strange.Kind = "unknown"
	must(t, s.PutJobs(ctx, late, early, future, strange))
	twin := waiting("z", time.Hour)
	twin.Key = early.Key
	must(t, s.PutJobs(ctx, twin))
	same(t, "newest first, and one of a kind and key", value(s.Jobs(ctx, "", "", 9))(t), []quartet.Job{strange, future, early, late})
	same(t, "behind one", value(s.Jobs(ctx, quartet.JobWaiting, "c", 1))(t), []quartet.Job{early})

	none := value(s.ClaimJobs(ctx, kinds, after(-time.Second), after(time.Hour), 9))(t)
	same(t, "none is due", len(none), 0)
	same(t, "no kind is known", len(value(s.ClaimJobs(ctx, nil, after(2*time.Hour), after(3*time.Hour), 9))(t)), 0)
	got := value(s.ClaimJobs(ctx, kinds, after(2*time.Minute), after(3*time.Minute), 1))(t)
	same(t, "the one that waits longest", got, []quartet.Job{running(early, 1, 3*time.Minute)})
	got = value(s.ClaimJobs(ctx, kinds, after(2*time.Minute), after(4*time.Minute), 9))(t)
	same(t, "the other one that is due and known", got, []quartet.Job{running(late, 1, 4*time.Minute)})
	same(t, "all are leased", len(value(s.ClaimJobs(ctx, kinds, after(2*time.Minute), after(4*time.Minute), 9))(t)), 0)

	first := running(early, 1, 3*time.Minute)
	must(t, s.RenewJob(ctx, first, after(5*time.Minute)))
	got = value(s.ClaimJobs(ctx, kinds, after(4*time.Minute), after(6*time.Minute), 9))(t)
	second := running(late, 2, 6*time.Minute)
	second.Failed = 1
	same(t, "the one whose lease is over and was not renewed", got, []quartet.Job{second})
	stale := running(late, 1, 4*time.Minute)
	wantCode(t, "the late renewal", s.RenewJob(ctx, stale, after(time.Hour)), quartet.ErrConflict)
	stale.State, stale.Ended = quartet.JobDone, after(4*time.Minute)
	wantCode(t, "the late end", s.EndJob(ctx, stale), quartet.ErrConflict)

	first.State, first.Ended, first.Lease = quartet.JobDone, after(5*time.Minute), time.Time{}
	must(t, s.EndJob(ctx, first))
	wantCode(t, "an end twice", s.EndJob(ctx, first), quartet.ErrConflict)
	same(t, "done", value(s.Jobs(ctx, quartet.JobDone, "", 9))(t), []quartet.Job{first})
	second.State, second.NextAt, second.Error, second.Failed, second.Lease = quartet.JobWaiting, after(10*time.Minute), "the line is busy", 2, time.Time{}
	must(t, s.EndJob(ctx, second))
	got = value(s.ClaimJobs(ctx, kinds, after(10*time.Minute), after(11*time.Minute), 9))(t)
	third := running(second, 3, 11*time.Minute)
	same(t, "again at its time, with what was said of it", got, []quartet.Job{third})
	third.State, third.Ended, third.Lease = quartet.JobDead, after(10*time.Minute), time.Time{}
	must(t, s.EndJob(ctx, third))
	same(t, "a dead one is not claimed", len(value(s.ClaimJobs(ctx, kinds, after(30*time.Minute), after(31*time.Minute), 9))(t)), 0)
	same(t, "counted", value(s.JobCounts(ctx))(t), map[quartet.JobState]int64{quartet.JobDone: 1, quartet.JobDead: 1, quartet.JobWaiting: 2})

	entry := quartet.AuditEntry{ID: "e", At: base, Actor: "zhang", Action: "job.restart", Subject: third.ID}
	for _, id := range []string{first.ID, future.ID, "nobody"} {
		wantCode(t, "restarting "+id, s.RestartJob(ctx, id, after(20*time.Minute), entry), quartet.ErrNotFound)
	}
	same(t, "nobody did that", len(value(s.AuditEntries(ctx, 9))(t)), 0)
	must(t, s.RestartJob(ctx, third.ID, after(20*time.Minute), entry))
	same(t, "who restarted it", len(value(s.AuditEntries(ctx, 9))(t)), 1)
	third.State, third.NextAt, third.Failed, third.Ended = quartet.JobWaiting, after(20*time.Minute), 0, time.Time{}
	same(t, "it is tried anew", value(s.ClaimJobs(ctx, kinds, after(20*time.Minute), after(21*time.Minute), 9))(t), []quartet.Job{running(third, 4, 21*time.Minute)})
}

// racingJobs: however many claim at once, each job has one that does it.
func racingJobs(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	const claimers, each = 4, 15
	var list []quartet.Job
	for i := range claimers * each {
		list = append(list, waiting(fmt.Sprintf("j%03d", i), 0))
	}
	must(t, s.PutJobs(ctx, list...))
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		got = map[string]int{}
	)
	for range claimers {
		wg.Go(func() {
			for range claimers * each { // some come when nothing is left
				claimed, err := s.ClaimJobs(ctx, []string{"k"}, base, after(time.Minute), 3)
				if err != nil || len(claimed) > 3 {
					t.Errorf("%d jobs, %v", len(claimed), err)
					return
				}
				mu.Lock()
				for _, j := range claimed {
					got[j.ID]++
				}
				mu.Unlock()
				if len(claimed) == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, j := range list {
		if got[j.ID] != 1 {
			t.Errorf("%s was given to %d", j.ID, got[j.ID])
		}
	}
}

// nudges: whoever waits for jobs hears at once of what was committed, and of nothing else.
func nudges(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	heard := func() bool {
		select {
		case <-s.JobsWritten():
			return true
		default:
			return false
		}
	}
	same(t, "before", heard(), false)
	must(t, s.PutJobs(ctx, waiting("a", 0), waiting("b", 0)))
	must(t, s.PutJobs(ctx, waiting("c", 0)))
	same(t, "once for all", []bool{heard(), heard()}, []bool{true, false})
	wantCode(t, "a restart in vain", s.RestartJob(ctx, "a", base, quartet.AuditEntry{}), quartet.ErrNotFound)
	same(t, "what was not done", heard(), false)
}

func freedJobs(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	a, b := waiting("a", 0), waiting("b", 0)
	must(t, s.PutJobs(ctx, a, b))
	held := value(s.ClaimJobs(ctx, []string{"k"}, base, after(time.Hour), 1))(t)
	same(t, "freed", value(s.FreeJobs(ctx))(t), int64(1))
	again := running(a, 2, time.Hour)
	again.Failed = 1
	same(t, "due again at once", value(s.ClaimJobs(ctx, []string{"k"}, base, after(time.Hour), 1))(t), []quartet.Job{again})
	done := held[0]
	done.State, done.Ended = quartet.JobDone, base
	wantCode(t, "the end of what the former life did", s.EndJob(ctx, done), quartet.ErrConflict)
}
