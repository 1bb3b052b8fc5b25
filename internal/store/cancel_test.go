package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// Whoever changes something may give up at any instant: in the queue, in the transaction,
// at its commit. Nobody else notices, and what he was told is what stands.
func TestSQLite_AChangeGivenUpAtAnyInstantHarmsNobody(t *testing.T) {
	t.Parallel()
	s := leased(t, store.Options{Dir: storetest.Folder(t)})
	var (
		mu   sync.Mutex
		told = map[string]error{}
		wg   sync.WaitGroup
		end  = time.Now().Add(3 * time.Second)
	)
	wg.Go(func() {
		for time.Now().Before(end) {
			if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
				t.Errorf("a batch beside: %v", err)
				return
			}
		}
	})
	for person := range 4 {
		wg.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				id := fmt.Sprintf("%d-%d", person, i)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%300)*10*time.Microsecond)
				err := s.CreateAccount(ctx, quartet.Account{ID: id, Name: id}, quartet.AuditEntry{})
				cancel()
				mu.Lock()
				told[id] = err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	list, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there, saw := map[string]bool{}, map[quartet.ErrorCode]int{}
	for _, a := range list {
		there[a.ID] = true
	}
	for id, err := range told {
		code := quartet.CodeOf(err)
		saw[code]++
		if code != "" && code != quartet.ErrUnavailable || there[id] != (err == nil) {
			t.Fatalf("told %q (%v), but it is there: %v", code, err, there[id])
		}
	}
	if saw[""] == 0 || saw[quartet.ErrUnavailable] == 0 {
		t.Errorf("%v; want both outcomes", saw)
	}
}
