package storetest

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"quartet"
)

func repeats(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	first := quartet.Repeat{Key: quartet.Fingerprint{1}, ID: "first", Claimed: base}
	same(t, "a key that is free", value(s.ClaimRepeat(ctx, first, after(-time.Hour)))(t), first)
	second := first
	second.ID, second.Claimed = "second", after(time.Minute)
	same(t, "one that is held", value(s.ClaimRepeat(ctx, second, after(-time.Hour)))(t), first)

	second.Status = 201
	wantCode(t, "an answer of who does not hold it", s.AnswerRepeat(ctx, second), quartet.ErrConflict)
	must(t, s.FreeRepeat(ctx, second)) // nor does it free the key
	first.Content, first.Status, first.Kind, first.Sealed = quartet.Fingerprint{2}, 201, "application/json", []byte("sealed")
	must(t, s.AnswerRepeat(ctx, first))
	wantCode(t, "two answers", s.AnswerRepeat(ctx, first), quartet.ErrConflict)
	must(t, s.FreeRepeat(ctx, first)) // what is answered stays so
	s = open(t)
	same(t, "the answer, after a restart", value(s.ClaimRepeat(ctx, second, base))(t), first)

	second.Status, second.Sealed = 0, nil
	same(t, "one that is too old", value(s.ClaimRepeat(ctx, second, after(time.Second)))(t), second)
	must(t, s.FreeRepeat(ctx, second))
	third := second
	third.ID, third.Claimed = "third", after(2*time.Minute)
	same(t, "one that was freed", value(s.ClaimRepeat(ctx, third, base))(t), third)

	for i := range 450 { // more than a chunk
		value(s.ClaimRepeat(ctx, quartet.Repeat{Key: quartet.Fingerprint{3, byte(i), byte(i >> 8)}, ID: strconv.Itoa(i), Claimed: base}, base))(t)
	}
	must(t, s.PruneRepeats(ctx, after(time.Minute)))
	again := quartet.Repeat{Key: quartet.Fingerprint{3, 7}, ID: "again", Claimed: after(time.Hour)}
	same(t, "one that was forgotten", value(s.ClaimRepeat(ctx, again, base))(t), again)
	again.Key = third.Key
	same(t, "one that is not old enough", value(s.ClaimRepeat(ctx, again, base))(t), third)
}

// Of many that send one key at once, one alone may act.
func racingRepeats(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		held = map[string]int{}
		own  int
	)
	for i := range 16 {
		all.Go(func() {
			mine := quartet.Repeat{Key: quartet.Fingerprint{9}, ID: strconv.Itoa(i), Claimed: base}
			holder, err := s.ClaimRepeat(ctx, mine, after(-time.Hour))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			held[holder.ID]++
			if holder.ID == mine.ID {
				own++
			}
		})
	}
	all.Wait()
	if len(held) != 1 || own != 1 {
		t.Errorf("the key is held by %v, and %d of them may act", held, own)
	}
}
