package job_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/obs"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// bench is a runner on a store of its own, in a bubble whose clock moves when all wait.
type bench struct {
	t      *testing.T
	store  *store.Store
	runner *job.Runner
	log    *bytes.Buffer
	poll   time.Duration // 0: as in earnest
	stop   context.CancelFunc
	ended  chan struct{}
}

// inBubble runs a story. handle tells the runner how to do what; days go by faster with a
// longer poll.
func inBubble(t *testing.T, handle func(*bench), story func(*bench), poll ...time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{t: t, store: s, log: &bytes.Buffer{}, ended: make(chan struct{})}
		for _, p := range poll {
			b.poll = p
		}
		b.runner = b.another()
		handle(b)
		ctx, stop := context.WithCancel(t.Context())
		b.stop = stop
		go func() {
			defer close(b.ended)
			b.runner.Run(ctx)
		}()
		story(b)
		stop()
		<-b.ended
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (b *bench) another() *job.Runner {
	return job.New(job.Options{Store: b.store, Now: time.Now, Log: obs.NewLogger(b.log, "debug", "json"), Poll: b.poll, First: []string{"refund", "close"}})
}

func (b *bench) put(kind, key string, in time.Duration) {
	b.t.Helper()
	now := time.Now()
	if err := b.store.PutJobs(b.t.Context(), job.At(kind, key, now.Add(in), now)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) find(kind, key string) quartet.Job {
	b.t.Helper()
	list, err := b.store.Jobs(b.t.Context(), "", "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(j quartet.Job) bool { return j.Kind == kind && j.Key == key })
	if i < 0 {
		b.t.Fatalf("there is no job %s %s", kind, key)
	}
	return list[i]
}

// want lets time pass and compares where a job stands.
func (b *bench) want(kind, key string, after time.Duration, state quartet.JobState, tries int) quartet.Job {
	b.t.Helper()
	time.Sleep(after) // of the bubble: nobody waits
	j := b.find(kind, key)
	if j.State != state || j.Tries != tries {
		b.t.Fatalf("%s %s is %s after %d tries (%s), want %s after %d", kind, key, j.State, j.Tries, j.Error, state, tries)
	}
	return j
}

func TestRunner_DoesAJobOnceWhenItsTimeHasCome(t *testing.T) {
	var keys []string
	inBubble(t, func(b *bench) {
		b.runner.Handle("mail.send", func(_ context.Context, key string) error { keys = append(keys, key); return nil })
	}, func(b *bench) {
		b.put("mail.send", "now", 0)
		b.put("mail.send", "later", time.Minute)
		b.want("mail.send", "now", time.Millisecond, quartet.JobDone, 1) // it was told at once
		b.want("mail.send", "later", time.Minute-2*time.Millisecond, quartet.JobWaiting, 0)
		j := b.want("mail.send", "later", time.Second, quartet.JobDone, 1)
		if j.Ended.IsZero() || j.Error != "" {
			t.Errorf("got %+v", j)
		}
		b.put("mail.send", "now", 0) // it was asked for before
		b.want("mail.send", "now", time.Hour, quartet.JobDone, 1)
		if !slices.Equal(keys, []string{"now", "later"}) {
			t.Errorf("did %v", keys)
		}
	})
}

func TestRunner_TriesAgainWithGrowingWaitsAndGivesUp(t *testing.T) {
	var at []time.Time
	inBubble(t, func(b *bench) {
		b.runner.Handle("refund.send", func(context.Context, string) error {
			at = append(at, time.Now())
			return errors.New("the provider says no to 6222021234567890123")
		})
	}, func(b *bench) {
		b.put("refund.send", "r", 0)
		j := b.want("refund.send", "r", 48*time.Hour, quartet.JobDead, 25)
		if j.Ended.IsZero() || strings.Contains(j.Error, "6222") || !strings.Contains(j.Error, "the provider says no") {
			t.Errorf("got %+v", j)
		}
		for i, least := range []time.Duration{4 * time.Second, 8 * time.Second, 16 * time.Second} {
			if wait := at[i+1].Sub(at[i]); wait < least || wait > 2*least+10*time.Second {
				t.Errorf("wait %d was %v", i, wait)
			}
		}
		if wait := at[24].Sub(at[23]); wait < 48*time.Minute || wait > 73*time.Minute {
			t.Errorf("the last wait was %v", wait)
		}
		if strings.Contains(b.log.String(), "6222") || strings.Count(b.log.String(), "a job is dead") != 1 {
			t.Errorf("the log says\n%s", b.log)
		}
		desk := job.NewDesk(b.store, time.Now)
		if err := desk.Restart(b.t.Context(), "zhang", j.ID); err != nil {
			t.Fatal(err)
		}
		b.want("refund.send", "r", time.Millisecond, quartet.JobWaiting, 26) // told at once, and not dead at its first failure
	}, 10*time.Second)
}

func TestRunner_GivesUpAtOnceWhatCannotSucceed(t *testing.T) {
	for _, code := range []quartet.ErrorCode{quartet.ErrInvalid, quartet.ErrNotFound, quartet.ErrUnsupported} {
		inBubble(t, func(b *bench) {
			b.runner.Handle("k", func(context.Context, string) error {
				return fmt.Errorf("no: %w", quartet.Errorf(code, "there is none"))
			})
		}, func(b *bench) {
			b.put("k", "1", 0)
			b.want("k", "1", time.Hour, quartet.JobDead, 1)
		})
	}
}

func TestRunner_LaterIsNoFailureHoweverOften(t *testing.T) {
	n := 0
	inBubble(t, func(b *bench) {
		b.runner.Handle("payment.watch", func(context.Context, string) error {
			if n++; n%2 == 0 {
				return errors.New("between")
			}
			return job.Later{In: time.Minute, Why: "nobody has paid yet"}
		})
	}, func(b *bench) {
		b.put("payment.watch", "p", 0)
		time.Sleep(2 * time.Hour)
		j := b.find("payment.watch", "p")
		if j.State != quartet.JobWaiting || j.Tries < 100 || j.Failed > 1 {
			t.Errorf("got %+v", j)
		}
	})
}

func TestRunner_TakesAPanicForAFailure(t *testing.T) {
	n := 0
	inBubble(t, func(b *bench) {
		b.runner.Handle("k", func(context.Context, string) error {
			if n++; n == 1 {
				panic("6222021234567890123")
			}
			return nil
		})
	}, func(b *bench) {
		b.put("k", "1", 0)
		b.want("k", "1", time.Minute, quartet.JobDone, 2)
		if !strings.Contains(b.log.String(), "a job panicked") || strings.Contains(b.log.String(), "6222") {
			t.Errorf("the log says\n%s", b.log)
		}
	})
}

func TestRunner_LeavesWhatItDoesNotKnowToOthers(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.runner.Handle("known", func(context.Context, string) error { return nil })
	}, func(b *bench) {
		for i := range 20 { // more than there are places
			b.put("unknown", fmt.Sprint(i), 0)
		}
		b.put("known", "1", 0)
		b.want("known", "1", time.Millisecond, quartet.JobDone, 1)
		b.want("unknown", "0", time.Hour, quartet.JobWaiting, 0)
		if b.log.Len() != 0 {
			t.Errorf("the log says\n%s", b.log)
		}
	})
}

func TestRunner_DoesSeveralAtOnceAndNoMoreThanEight(t *testing.T) {
	var inside, most atomic.Int64
	inBubble(t, func(b *bench) {
		for _, kind := range []string{"slow", "slower"} {
			b.runner.Handle(kind, func(context.Context, string) error {
				n := inside.Add(1)
				defer inside.Add(-1)
				most.Store(max(most.Load(), n))
				time.Sleep(10 * time.Second)
				return nil
			})
		}
	}, func(b *bench) {
		for i := range 10 {
			b.put("slow", fmt.Sprint(i), 0)
			b.put("slower", fmt.Sprint(i), 0)
		}
		time.Sleep(30*time.Second + 100*time.Millisecond) // three rounds, each begun at once
		for i := range 10 {
			b.want("slow", fmt.Sprint(i), 0, quartet.JobDone, 1)
			b.want("slower", fmt.Sprint(i), 0, quartet.JobDone, 1)
		}
		if most.Load() != 8 {
			t.Errorf("%d at once", most.Load())
		}
	})
}

// A provider that does not answer holds up the jobs that ask it, and no others.
func TestRunner_GivesOneKindHalfOfThePlacesAtMost(t *testing.T) {
	var inside, most atomic.Int64
	inBubble(t, func(b *bench) {
		b.runner.Handle("watch", func(ctx context.Context, _ string) error {
			most.Store(max(most.Load(), inside.Add(1)))
			defer inside.Add(-1)
			<-ctx.Done()
			return ctx.Err()
		})
		b.runner.Handle("settle", func(context.Context, string) error { return nil })
	}, func(b *bench) {
		for i := range 20 {
			b.put("watch", fmt.Sprint(i), 0)
		}
		time.Sleep(3 * time.Second)
		b.put("settle", "1", 0)
		b.want("settle", "1", time.Millisecond, quartet.JobDone, 1)
		if most.Load() != 4 {
			t.Errorf("%d of one kind at once", most.Load())
		}
	})
}

// However many others are under way, of each kind that comes first one job finds a place.
func TestRunner_KeepsAPlaceForEachKindThatComesFirst(t *testing.T) {
	stuck := func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	inBubble(t, func(b *bench) {
		for _, kind := range []string{"watch", "mail", "report", "refund"} {
			b.runner.Handle(kind, stuck)
		}
		b.runner.Handle("close", func(context.Context, string) error { return nil })
	}, func(b *bench) {
		for i := range 10 {
			for _, kind := range []string{"watch", "mail", "report"} {
				b.put(kind, fmt.Sprint(i), 0)
			}
		}
		time.Sleep(3 * time.Second)
		for i := range 10 {
			b.put("refund", fmt.Sprint(i), 0)
		}
		b.want("refund", "0", time.Millisecond, quartet.JobRunning, 1)
		b.put("close", "1", time.Second)
		b.want("close", "1", 2*time.Second, quartet.JobDone, 1)
	}, time.Second)
}

// One provider that does not answer holds up refunds and the closing of orders alike: of all
// other kinds together one job still finds a place.
func TestRunner_KeepsAPlaceForWhatDoesNotComeFirst(t *testing.T) {
	stuck := func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	inBubble(t, func(b *bench) {
		b.runner.Handle("refund", stuck)
		b.runner.Handle("close", stuck)
		b.runner.Handle("mail", func(context.Context, string) error { return nil })
	}, func(b *bench) {
		for i := range 10 {
			b.put("refund", fmt.Sprint(i), 0)
			b.put("close", fmt.Sprint(i), 0)
		}
		time.Sleep(3 * time.Second)
		b.put("mail", "1", 0)
		b.want("mail", "1", time.Millisecond, quartet.JobDone, 1)
	})
}

// What a process was doing when it was killed need not wait for the end of its lease, if no
// other process can be doing it.
func TestRunner_TakesBackTheLeasesOfItsFormerLife(t *testing.T) {
	for _, alone := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b := &bench{t: t, store: s, log: &bytes.Buffer{}}
			b.put("refund.send", "r", 0)
			now := time.Now()
			if list, err := s.ClaimJobs(t.Context(), []string{"refund.send"}, now, now.Add(30*time.Second), 1); err != nil || len(list) != 1 {
				t.Fatalf("%v %v", list, err)
			}
			next := job.New(job.Options{Store: s, Now: time.Now, Log: obs.NewLogger(b.log, "debug", "json"), Alone: alone})
			next.Handle("refund.send", func(context.Context, string) error { return nil })
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				next.Run(ctx)
			}()
			if alone {
				b.want("refund.send", "r", time.Second, quartet.JobDone, 2)
			} else {
				b.want("refund.send", "r", 29*time.Second, quartet.JobRunning, 1)
				b.want("refund.send", "r", 2*time.Second, quartet.JobDone, 2)
			}
			stop()
			<-ended
		})
	}
}

func TestRunner_HoldsALongJobWhileItRunsAndCutsItAtItsDeadline(t *testing.T) {
	var mu sync.Mutex
	var ends []time.Duration
	inBubble(t, func(b *bench) {
		b.runner.Handle("endless", func(ctx context.Context, _ string) error {
			begun := time.Now()
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			ends = append(ends, time.Since(begun))
			return ctx.Err()
		})
	}, func(b *bench) {
		other := b.another()
		other.Handle("endless", func(context.Context, string) error { t.Error("somebody else did it"); return nil })
		ctx, stop := context.WithCancel(b.t.Context())
		ended := make(chan struct{})
		b.put("endless", "1", 0)
		b.want("endless", "1", time.Second, quartet.JobRunning, 1)
		go func() {
			defer close(ended)
			other.Run(ctx)
		}()
		b.want("endless", "1", 118*time.Second, quartet.JobRunning, 1)
		stop()
		<-ended
		b.want("endless", "1", 2*time.Second, quartet.JobWaiting, 1)
		if len(ends) != 1 || ends[0] != 2*time.Minute {
			t.Errorf("it ended after %v", ends)
		}
	})
}

func TestRunner_EndsAJobWhoseLeaseSomebodyElseHas(t *testing.T) {
	ended := false
	inBubble(t, func(b *bench) {
		b.runner.Handle("k", func(ctx context.Context, _ string) error {
			<-ctx.Done()
			ended = true
			return nil
		})
	}, func(b *bench) {
		b.put("k", "1", 0)
		b.want("k", "1", time.Second, quartet.JobRunning, 1)
		now := time.Now()
		if _, err := b.store.ClaimJobs(b.t.Context(), []string{"k"}, now.Add(time.Hour), now.Add(2*time.Hour), 1); err != nil { // one whose clock is ahead
			t.Fatal(err)
		}
		b.want("k", "1", 11*time.Second, quartet.JobRunning, 2)
		if !ended || !strings.Contains(b.log.String(), "taken over") {
			t.Errorf("ended: %v\n%s", ended, b.log)
		}
	})
}

func TestRunner_LetsTriesEndWhenItStopsAndCutsOffTheRest(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.runner.Handle("quick", func(context.Context, string) error { time.Sleep(3 * time.Second); return nil })
		b.runner.Handle("endless", func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() })
	}, func(b *bench) {
		b.put("quick", "1", 0)
		b.put("endless", "1", 0)
		time.Sleep(time.Second)
		b.put("quick", "2", 10*time.Millisecond)
		begun := time.Now()
		b.stop()
		<-b.ended
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it stopped after %v", took)
		}
		b.want("quick", "1", 0, quartet.JobDone, 1)
		b.want("quick", "2", time.Hour, quartet.JobWaiting, 0)
		if j := b.want("endless", "1", 0, quartet.JobWaiting, 1); j.Failed != 0 || !j.NextAt.Before(time.Now()) {
			t.Errorf("what was cut off: %+v", j)
		}
	})
}

// What ends the process at each try must end too.
func TestRunner_GivesUpAJobOfWhichNothingIsEverHeard(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.runner.Handle("other", func(context.Context, string) error { return nil })
	}, func(b *bench) {
		b.put("k", "1", 0)
		for i := range 26 {
			now := time.Now()
			if list, err := b.store.ClaimJobs(b.t.Context(), []string{"k"}, now, now.Add(time.Second), 1); err != nil || len(list) != 1 || list[0].Failed != i {
				t.Fatalf("claim %d: %v %v", i, list, err)
			}
			time.Sleep(time.Second)
		}
		second := b.another()
		second.Handle("k", func(context.Context, string) error { t.Error("it was tried again"); return nil })
		ctx, stop := context.WithCancel(b.t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			second.Run(ctx)
		}()
		b.want("k", "1", time.Minute, quartet.JobDead, 27)
		stop()
		<-ended
	})
}
