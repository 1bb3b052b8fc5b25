package audit_test

import (
	"testing"
	"time"

	"quartet/internal/audit"
)

func TestSparing_TellsOnceASecondOfEachKindHowManyThereWere(t *testing.T) {
	var s audit.Sparing
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	tell := func(kind, want string) {
		t.Helper()
		if told, due := s.Tell(kind, "wrong", now); told != want || due != (want != "") {
			t.Errorf("%s: %q, %v; want %q", kind, told, due, want)
		}
	}
	tell("a", "wrong")
	tell("a", "")
	tell("b", "wrong")
	now = now.Add(time.Second - 1)
	tell("a", "")
	now = now.Add(1)
	tell("a", "wrong (and 2 others just before)")
	now = now.Add(time.Second)
	tell("a", "wrong")
	now = now.Add(-time.Hour) // the clock stepped back
	tell("a", "wrong")
}
