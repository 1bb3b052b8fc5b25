package reuse_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"quartet"
	"quartet/internal/reuse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newMemory(t *testing.T, most int) *reuse.Memory {
	t.Helper()
	m := reuse.New(most)
	t.Cleanup(m.Close)
	return m
}

func match(at time.Time) reuse.Verdict {
	return reuse.Verdict{Verdict: quartet.Match, Source: "shumai", At: at}
}

func TestMemory_GivesAVerdictAgainUntilItsTimeIsOver(t *testing.T) {
	m, now := newMemory(t, 100), time.Now()
	place := m.Place(quartet.Fingerprint{1})
	if _, ok := place.Find(time.Minute, now); ok {
		t.Error("found in an empty memory")
	}
	want := reuse.Verdict{Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile, Source: "shumai", At: now}
	place.Keep(want, time.Minute)
	if got, ok := place.Find(time.Minute, now.Add(time.Minute-1)); !ok || got != want {
		t.Errorf("found %+v, %v; want %+v", got, ok, want)
	}
	for what, late := range map[string]time.Time{"a minute later": now.Add(time.Minute), "before it was said": now.Add(-1)} {
		if _, ok := place.Find(time.Minute, late); ok {
			t.Errorf("found %s", what)
		}
	}
	if _, ok := place.Find(30*time.Second, now.Add(40*time.Second)); ok {
		t.Error("found after the product's shorter time")
	}
	if _, ok := m.Place(quartet.Fingerprint{2}).Find(time.Minute, now); ok {
		t.Error("found under another fingerprint")
	}
}

func TestMemory_LetsGoOfWhatIsOver(t *testing.T) {
	m, now := newMemory(t, 100), time.Now()
	m.Place(quartet.Fingerprint{1}).Keep(match(now), 20*time.Millisecond)
	for end := time.Now().Add(10 * time.Second); m.Len() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d verdicts are remembered", m.Len())
		}
	}
}

func TestMemory_KeepsMatchesAndMismatchesAlone(t *testing.T) {
	m, now := newMemory(t, 100), time.Now()
	place := m.Place(quartet.Fingerprint{1})
	for _, v := range []quartet.Verdict{quartet.NoVerdict, quartet.Undetermined} {
		place.Keep(reuse.Verdict{Verdict: v, At: now}, time.Minute)
	}
	place.Keep(match(now), 0)
	if _, ok := place.Find(time.Minute, now); ok {
		t.Error("found what is never given again")
	}
}

// TestForget_ReachesWhatIsOnItsWay: a question that was asked before the house changed
// leaves nothing behind after it.
func TestForget_ReachesWhatIsOnItsWay(t *testing.T) {
	m, now := newMemory(t, 100), time.Now()
	before := m.Place(quartet.Fingerprint{1})
	before.Keep(match(now), time.Minute)
	m.Forget()
	if n := m.Len(); n != 0 {
		t.Errorf("%d verdicts are remembered", n)
	}
	before.Keep(match(now), time.Minute)
	if _, ok := m.Place(quartet.Fingerprint{1}).Find(time.Minute, now); ok {
		t.Error("found what was asked before")
	}
}

func TestMemory_IsBounded(t *testing.T) {
	m, now := newMemory(t, 100), time.Now()
	for i := range 5000 {
		m.Place(quartet.Fingerprint{byte(i), byte(i >> 8)}).Keep(match(now), time.Hour)
	}
	for end := time.Now().Add(10 * time.Second); m.Len() > 100; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d verdicts are remembered", m.Len())
		}
	}
}
