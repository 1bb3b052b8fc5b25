package quartet_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
)

func TestSeqNoIssuer_IsUniqueAcrossRestartsAndClockSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_800_000_000, 0)
		clock := func() time.Time { return now }
		seen := map[quartet.SeqNo]bool{}
		newest := int64(0)
		issuer := quartet.NewSeqNoIssuer(3, now.Unix(), clock)
		t.Repeat(map[string]func(*rapid.T){
			"issue": func(t *rapid.T) {
				for range rapid.IntRange(1, 5).Draw(t, "n") {
					no := issuer.Next()
					if seen[no] {
						t.Fatalf("%v comes twice", no)
					}
					if no.Node() != 3 {
						t.Fatalf("node %d", no.Node())
					}
					seen[no] = true
					newest = max(newest, no.Second)
				}
			},
			"clock steps": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(-30, 60).Draw(t, "seconds")) * time.Second)
			},
			"restart": func(*rapid.T) {
				issuer = quartet.NewSeqNoIssuer(3, max(now.Unix(), newest), clock)
			},
		})
	})
}

func TestSeqNoIssuer_ConcurrentCallersNeverShareANumber(t *testing.T) {
	issuer := quartet.NewSeqNoIssuer(0, 0, time.Now)
	var (
		mu   sync.Mutex
		seen = map[quartet.SeqNo]bool{}
		wg   sync.WaitGroup
	)
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				no := issuer.Next()
				mu.Lock()
				if seen[no] {
					t.Errorf("%v comes twice", no)
				}
				seen[no] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
