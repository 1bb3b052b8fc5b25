package registry_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/source/registry"
)

// replaceRows is more than two chunks, so that much is written before the swap.
const replaceRows = 20_000

func TestImport_ReplacesTheRegistryInOneStepUnderLookups(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		ring := newRing(t)
		r, other := registry.New(ring, b), registry.New(ring, b) // other: a second node
		stays := registry.Person(4, 0)                           // in both, with another mobile
		moved := stays
		moved.Mobile = registry.Person(4, 1).Mobile
		load(t, r, registry.Import{Rows: &rows{list: append(people(4, 100), registry.Row{Line: 102, Raw: stays})}})

		stop, looked := make(chan struct{}), sync.WaitGroup{}
		for _, node := range []*registry.Registry{r, other} {
			looked.Go(func() { lookOn(t, node, stays, moved, stop) })
		}
		after := &looking{rows: rows{list: append(people(5, replaceRows), registry.Row{Line: 1, Raw: moved})}, at: replaceRows, look: func() {
			written(t, r)
			for _, node := range []*registry.Registry{r, other} {
				if verdict(t, node, registry.Person(4, 5)) != quartet.Match || verdict(t, node, registry.Person(5, 0)) != quartet.NoVerdict {
					t.Error("the old registry must answer until the new one is complete")
				}
			}
		}}
		load(t, r, registry.Import{Rows: after, Replace: true})
		for _, node := range []*registry.Registry{r, other} {
			if verdict(t, node, registry.Person(4, 5)) != quartet.NoVerdict || verdict(t, node, registry.Person(5, 0)) != quartet.Match {
				t.Error("the new registry must answer alone")
			}
		}
		close(stop)
		looked.Wait()
		stat, err := r.Stat(t.Context())
		if err != nil || stat.Records != replaceRows+1 || stat.Unfinished != 0 {
			t.Errorf("holds %+v, %v; want the new records alone", stat, err)
		}
		if left, err := b.RegistryGenerations(t.Context()); err != nil || len(left) != 1 || !left[0].Active {
			t.Errorf("there are %+v, %v; want the new generation alone", left, err)
		}
		load(t, r, registry.Import{Rows: &rows{list: people(6, 10)}, Replace: true})
		if records, _, err := b.RegistryStat(t.Context(), stat.Generation); err != nil || records != 0 {
			t.Errorf("%d records of a generation that was replaced are left, %v", records, err)
		}
	})
}

func TestImport_LeavesNobodyUnansweredWhileOneBuildFollowsAnother(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, _ := newRegistry(t, b)
		everywhere := people(4, 200) // in every build
		load(t, r, registry.Import{Rows: &rows{list: everywhere}, Replace: true})
		var lookups atomic.Int64
		stop, looked := make(chan struct{}), sync.WaitGroup{}
		for range 2 {
			looked.Go(func() {
				for {
					lookups.Add(1)
					select {
					case <-stop:
						return
					default:
					}
					if a, err := r.Verify(t.Context(), ask(t, everywhere[0].Raw)); err != nil || a.Verdict != quartet.Match {
						t.Errorf("got %v, %v (%v); want a match at any time", a.Verdict, err, errors.Unwrap(err))
						return
					}
				}
			})
		}
		for range 40 {
			load(t, r, registry.Import{Rows: &rows{list: everywhere}, Replace: true})
			// A lookup may be overtaken by one replacement, not by one after another.
			for before := lookups.Load(); lookups.Load() < before+100 && !t.Failed(); {
				runtime.Gosched()
			}
		}
		close(stop)
		looked.Wait()
	})
}

func TestBackend_GivesUpABuildForALaterOne(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		ctx := t.Context()
		begin := func() int64 {
			t.Helper()
			gen, err := b.RegistryBegin(ctx, "key", []byte("{}"))
			if err != nil {
				t.Fatal(err)
			}
			return gen
		}
		key, value := [16]byte{1}, []byte("value")
		first := begin()
		if err := b.RegistryPut(ctx, first, [][]byte{key[:]}, [][]byte{value}, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		second := begin()
		if second <= first {
			t.Errorf("generation %d follows %d", second, first)
		}
		for what, err := range map[string]error{
			"put":      b.RegistryPut(ctx, first, [][]byte{key[:]}, [][]byte{value}, []byte("{}")),
			"activate": b.RegistryActivate(ctx, first, []byte("{}")),
		} {
			if quartet.CodeOf(err) != quartet.ErrConflict {
				t.Errorf("%s of a build that was given up: %v, want a conflict", what, err)
			}
		}
		if err := b.RegistryActivate(ctx, second, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if got, live, err := b.RegistryGet(ctx, second, key, nil); err != nil || !live || len(got) != 0 {
			t.Errorf("got %q (live %v), %v; want nothing of the build that was given up", got, live, err)
		}
		if _, live, err := b.RegistryGet(ctx, first, key, nil); err != nil || live {
			t.Errorf("the build that was given up is live: %v, %v", live, err)
		}
		if records, _, err := b.RegistryStat(ctx, first); err != nil || records != 0 {
			t.Errorf("the build that was given up still has %d records, %v", records, err)
		}
	})
}

// lookOn asks for a person again and again: the old elements agree until the swap and
// the new ones from then on, and never is there nobody.
func lookOn(t *testing.T, r *registry.Registry, old, now quartet.Raw, stop <-chan struct{}) {
	swapped := false
	for {
		select {
		case <-stop:
			if !swapped {
				t.Error("the swap was not seen")
			}
			return
		default:
		}
		a, errA := r.Verify(t.Context(), ask(t, old))
		b, errB := r.Verify(t.Context(), ask(t, now))
		switch {
		case errA != nil || errB != nil:
			t.Errorf("lookups failed while the registry was replaced: %v, %v", errA, errB)
			return
		case a.Verdict == quartet.Match && swapped:
			t.Error("the old registry answered after the new one")
			return
		case b.Verdict == quartet.Match:
			swapped = true
		case a.Verdict != quartet.Match: // neither agrees
			t.Errorf("got %v and %v", a.Verdict, b.Verdict)
			return
		}
	}
}

// written waits until an import has written something, however slow the backend is.
func written(t *testing.T, r *registry.Registry) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(time.Millisecond) {
		if stat, err := r.Stat(t.Context()); err != nil || stat.UnfinishedRows > 0 {
			return
		}
	}
	t.Error("nothing was written")
}

// looking looks around before row at of an import.
type looking struct {
	rows
	at   int
	look func()
}

func (l *looking) Next() (registry.Row, error) {
	if l.next == l.at {
		l.look()
	}
	return l.rows.Next()
}
