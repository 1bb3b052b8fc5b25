//go:build linux

package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

func TestSQLite_FullDiskRefusesTheBatchAndTakesTheNextWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	o := store.Options{Dir: storetest.Folder(t)}
	s := leased(t, o)
	heal := storetest.Break(t, o.Dir, storetest.Full)
	lost, kept := newCall(), newCall()
	for range 3 {
		wantCode(t, "a batch", commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{lost}}), quartet.ErrUnavailable)
		wantCode(t, "a batch of nothing", commit(t.Context(), s, quartet.Postings{}), quartet.ErrUnavailable)
		wantCode(t, "a change", s.CreateAccount(t.Context(), quartet.Account{ID: "a", Name: "a"}, quartet.AuditEntry{}), quartet.ErrUnavailable)
		wantCode(t, "a renewal", s.RenewNode(t.Context(), time.Now()), quartet.ErrUnavailable)
	}
	heal()
	if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{kept}}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*store.Store{s, open(t, o)} {
		if isThere(t, s, lost) || !isThere(t, s, kept) {
			t.Error("the refused call is there, or the other is not")
		}
	}
}

// While another process keeps the file, whoever stands in line is refused with whoever is first:
// not each after five seconds of their own, a call behind every chore.
func TestSQLite_ThatAnotherKeepsRefusesAllInLineAtOnce(t *testing.T) {
	t.Parallel()
	o := store.Options{Dir: storetest.Folder(t)}
	s := leased(t, o)
	other := besideSQLite(t, o.Dir)
	exec(t, other, `BEGIN IMMEDIATE`)
	begun := time.Now()
	var line sync.WaitGroup
	for i := range 12 {
		line.Go(func() {
			err := s.CreateAccount(t.Context(), quartet.Account{ID: fmt.Sprint(i), Name: fmt.Sprint(i)}, quartet.AuditEntry{})
			wantCode(t, "a change", err, quartet.ErrUnavailable)
		})
	}
	line.Go(func() {
		wantCode(t, "a batch", commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}), quartet.ErrUnavailable)
	})
	line.Wait()
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("thirteen were refused within %v: they waited one after the other", took)
	}
	exec(t, other, `ROLLBACK`)
	if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
		t.Errorf("a call after it: %v", err)
	}
}

func TestSQLite_ThatCannotWriteOrFlushIsWrittenNoMore(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]storetest.Disk{"write": storetest.Unwritable, "flush": storetest.Unflushable} {
		for _, first := range []string{"batch", "change"} {
			t.Run(name+" of a "+first, func(t *testing.T) {
				t.Parallel()
				o := store.Options{Dir: storetest.Folder(t)}
				s := leased(t, o)
				before, after := newCall(), newCall()
				if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{before}}); err != nil {
					t.Fatal(err)
				}
				heal := storetest.Break(t, o.Dir, fault)
				batch := func() error { return commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{after}}) }
				change := func() error {
					return s.CreateAccount(t.Context(), quartet.Account{ID: "a", Name: "a"}, quartet.AuditEntry{})
				}
				if first == "change" {
					wantCode(t, "a change", change(), quartet.ErrInternal)
				}
				wantCode(t, "a batch", batch(), quartet.ErrInternal)
				heal()
				wantCode(t, "a batch, when the disk is good again", batch(), quartet.ErrInternal)
				wantCode(t, "a change, when the disk is good again", change(), quartet.ErrInternal)
				if err := s.Close(); err != nil {
					t.Log(err)
				}
				s = leased(t, o)
				if !isThere(t, s, before) || isThere(t, s, after) {
					t.Error("what was committed is gone, or what failed is there")
				}
				if err := batch(); err != nil {
					t.Errorf("a process that has read the file anew: %v", err)
				}
			})
		}
	}
}

func TestSQLite_HeldByAnotherWriterRefusesTheBatchInTime(t *testing.T) {
	t.Parallel()
	o := store.Options{Dir: storetest.Folder(t)}
	s := leased(t, o)
	other := besideSQLite(t, o.Dir)
	exec(t, other, `BEGIN IMMEDIATE`)
	c := newCall()
	err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{c}})
	wantCode(t, "a batch", err, quartet.ErrUnavailable)
	exec(t, other, `ROLLBACK`)
	if isThere(t, s, c) {
		t.Error("the call is there")
	}
	if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{c}}); err != nil {
		t.Errorf("when the other is done: %v", err)
	}
}

// ending ends when it was looked at so often, as one that is cancelled between two writes.
type ending struct {
	context.Context //nolint:containedctx // it is one

	looks int
}

func (e *ending) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return e.Context.Err()
}

// What a bill said before stands until all of the one that comes over it is written.
func TestSQLite_ABillThatIsCutOffLosesNoNumber(t *testing.T) {
	t.Parallel()
	s := leased(t, store.Options{Dir: storetest.Folder(t)})
	var (
		bill    []quartet.BillLine
		numbers []string
	)
	for i := range 450 {
		numbers = append(numbers, fmt.Sprintf("p%03d", i))
		bill = append(bill, quartet.BillLine{Kind: quartet.BillPaid, Number: numbers[i], Amount: 5, At: time.Now()})
	}
	put := func(ctx context.Context) error {
		return s.PutSettlement(ctx, quartet.Settlement{Provider: "alipay", Day: "2026-03-01", Compared: time.Now(), Lines: 450}, bill, quartet.AuditEntry{})
	}
	if err := put(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(bill)
	cut := 0
	for looks := 0; ; looks++ {
		err := put(&ending{t.Context(), looks})
		if billed, err := s.BilledOtherwise(t.Context(), "alipay", "2026-03-02", numbers); err != nil || len(billed) != len(numbers) {
			t.Fatalf("cut off at %d, %d numbers are left: %v", looks, len(billed), err)
		}
		if err == nil {
			break
		}
		cut++
	}
	if cut < 4 {
		t.Errorf("it was cut off %d times", cut)
	}
}
