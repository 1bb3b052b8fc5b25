package quota_test

import (
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// What comes while the ledger closes is written or refused, and never a panic.
func TestClose_BesideActsThatCome(t *testing.T) {
	t.Parallel()
	s := openStore(t, store.Options{Dir: storetest.Folder(t)})
	served := 0
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		l, err := quota.New(t.Context(), s, quota.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		start := make(chan struct{})
		list, errs := make([]quartet.Call, 4), make([]error, 4)
		for i := range list {
			list[i] = newCall("a")
			wg.Go(func() { <-start; errs[i] = l.Charge(t.Context(), &list[i], 0, quartet.Claim{}) })
		}
		wg.Go(func() { <-start; _ = l.Close() })
		close(start)
		wg.Wait()
		for _, err := range errs {
			switch quartet.CodeOf(err) {
			case "":
				served++
			case quartet.ErrUnavailable:
			default:
				t.Fatal(err)
			}
		}
	}
	if n := len(calls(t, s)); n != served {
		t.Errorf("%d rows, but %d were told so", n, served)
	}
}
