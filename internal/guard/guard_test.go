package guard_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/guard"
	"quartet/internal/seal"
)

// noon is in the middle of a day in Shanghai, and still night before in UTC.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, quartet.Shanghai)

var hasher = seal.NewHasher([32]byte{1})

func fingerprint(parts ...string) quartet.Fingerprint { return hasher.Sum(parts...) }

// call makes one call from admission to end and reports whether it was admitted.
func call(g *guard.Guard, params, card quartet.Fingerprint, at time.Time, v quartet.Verdict) bool {
	pass, ok := g.Admit(params, card, at)
	if ok {
		g.Done(pass, true, v)
	}
	return ok
}

// limits are those that keep a card below what banks tolerate.
func limits() guard.Config {
	return guard.Config{Enabled: true, Identical: 10, Mismatches: 3, Calls: 10}
}

// admitted makes the same call until it is refused, at most 50 times.
func admitted(g *guard.Guard, params, card quartet.Fingerprint, at time.Time, v quartet.Verdict) int {
	for n := range 50 {
		if !call(g, params, card, at, v) {
			return n
		}
	}
	return 50
}

func TestGuard_RefusesTheEleventhCallWithIdenticalParameters(t *testing.T) {
	t.Parallel()
	g := guard.New(limits())
	params := fingerprint("alice", "same")
	if n := admitted(g, params, quartet.Fingerprint{}, noon, quartet.Match); n != 10 {
		t.Errorf("%d calls with the same parameters, want 10", n)
	}
	if !call(g, fingerprint("bob", "same"), quartet.Fingerprint{}, noon, quartet.Match) {
		t.Error("another account is refused for what the first did")
	}
}

func TestGuard_ClosesACardAfterThreeMismatchesInARow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		verdicts []quartet.Verdict
		open     bool
	}{
		{"two mismatches", []quartet.Verdict{2, 2}, true},
		{"three mismatches", []quartet.Verdict{2, 2, 2}, false},
		{"a match between them", []quartet.Verdict{2, 2, 1, 2, 2}, true},
		{"an undetermined one between them", []quartet.Verdict{2, 2, 3, 2}, false},
		{"a refusal between them", []quartet.Verdict{2, 0, 2, 0, 2}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, card := guard.New(limits()), fingerprint("card")
			for i, v := range c.verdicts {
				if !call(g, fingerprint("p", string(rune('a'+i))), card, noon, v) {
					t.Fatalf("call %d was refused", i+1)
				}
			}
			if got := call(g, fingerprint("p", "last"), card, noon, quartet.Match); got != c.open {
				t.Errorf("the next call is admitted: %v, want %v", got, c.open)
			}
		})
	}
}

// locked makes a call of which the supplier says that the card was asked about too often.
func locked(t *testing.T, g *guard.Guard, card quartet.Fingerprint, at time.Time) {
	t.Helper()
	pass, ok := g.Admit(fingerprint("p"), card, at)
	if !ok {
		t.Fatal("the call was refused")
	}
	g.CloseCard(pass)
	g.Done(pass, true, quartet.NoVerdict)
}

func TestGuard_ACardThatASupplierFindsAskedTooOftenIsClosedUntilMidnight(t *testing.T) {
	t.Parallel()
	g, card := guard.New(limits()), fingerprint("card")
	beside, _ := g.Admit(fingerprint("b"), card, noon)
	locked(t, g, card, noon)
	g.Done(beside, true, quartet.Match) // which opens no card that is locked
	if call(g, fingerprint("q"), card, noon.Add(11*time.Hour), quartet.Match) {
		t.Error("the card is asked about again")
	}
	if !call(g, fingerprint("q"), fingerprint("other"), noon, quartet.Match) {
		t.Error("another card is closed as well")
	}
	if !call(g, fingerprint("q"), card, noon.Add(12*time.Hour), quartet.Match) {
		t.Error("the card is still closed at 00:00")
	}
	unbound := limits()
	unbound.Mismatches = 0
	g = guard.New(unbound)
	locked(t, g, card, noon)
	if !call(g, fingerprint("q"), card, noon, quartet.Match) {
		t.Error("a guard that closes no card closed one")
	}
}

func TestGuard_ALockOfYesterdayClosesNothing(t *testing.T) {
	t.Parallel()
	g, card := guard.New(limits()), fingerprint("card")
	late, _ := g.Admit(fingerprint("p"), card, noon)
	call(g, fingerprint("q"), card, noon.Add(12*time.Hour), quartet.Match)
	g.CloseCard(late)
	g.Done(late, true, quartet.NoVerdict)
	if !call(g, fingerprint("q"), card, noon.Add(12*time.Hour), quartet.Match) {
		t.Error("the card was closed")
	}
}

func TestGuard_ReckonsDaysInShanghai(t *testing.T) {
	t.Parallel()
	g, card := guard.New(limits()), fingerprint("card")
	midnight := time.Date(2026, 11, 26, 0, 0, 0, 0, quartet.Shanghai)
	evening := midnight.Add(-time.Microsecond)
	for i, v := range []quartet.Verdict{2, 2, 2} {
		call(g, fingerprint("p", string(rune('a'+i))), card, noon, v)
	}
	if call(g, fingerprint("q"), card, evening.UTC(), quartet.Match) {
		t.Error("the card opened before 00:00")
	}
	if !call(g, fingerprint("q"), card, midnight.UTC(), quartet.Match) {
		t.Error("the card is still closed at 00:00")
	}
	if n := admitted(g, fingerprint("r"), fingerprint("other"), midnight.Add(8*time.Hour), quartet.Match); n != 10 {
		t.Errorf("%d calls on the new day, want 10", n)
	}
	if n := admitted(g, fingerprint("r"), fingerprint("other"), midnight.Add(24*time.Hour-1), quartet.Match); n != 0 {
		t.Errorf("%d more calls before the next midnight, want none", n)
	}
}

func TestGuard_CountsCallsInFlight(t *testing.T) {
	t.Parallel()
	g, card := guard.New(limits()), fingerprint("card")
	var passes []guard.Pass
	for i := range 3 {
		pass, ok := g.Admit(fingerprint("p", string(rune('a'+i))), card, noon)
		if !ok {
			t.Fatalf("call %d was refused", i+1)
		}
		passes = append(passes, pass)
	}
	if call(g, fingerprint("q"), card, noon, quartet.Match) {
		t.Error("a fourth call was admitted beside three that could all be mismatches")
	}
	g.Done(passes[0], true, quartet.Match)
	if !call(g, fingerprint("q"), card, noon, quartet.Match) {
		t.Error("with two in flight the card is still closed")
	}
	// Those that never left count for nothing.
	g.Done(passes[1], false, quartet.NoVerdict)
	g.Done(passes[2], false, quartet.NoVerdict)
	if n := admitted(g, fingerprint("r"), card, noon, quartet.Match); n != 8 {
		t.Errorf("%d calls are left after two, want 8", n)
	}
}

// A call read before midnight may be admitted after one that was read later. Its own day is
// over; it must not use up anything of the new one.
func TestGuard_ALateCallOfYesterdayLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	limits := guard.Config{Enabled: true, Identical: 3, Mismatches: 2, Calls: 3}
	midnight := time.Date(2026, 11, 26, 0, 0, 0, 0, quartet.Shanghai)
	for _, sent := range []bool{true, false} {
		g, params, card := guard.New(limits), fingerprint("p"), fingerprint("card")
		call(g, params, card, midnight, quartet.Match)
		late, ok := g.Admit(params, card, midnight.Add(-time.Second))
		if !ok {
			t.Fatal("the late call was refused")
		}
		g.Done(late, sent, quartet.Mismatch)
		if n := admitted(g, params, card, midnight, quartet.Match); n != 2 {
			t.Errorf("sent %v: %d calls are left of three after one, want 2", sent, n)
		}
		if !call(g, fingerprint("q"), fingerprint("other"), midnight, quartet.Match) {
			t.Error("another card was refused")
		}
	}
}

func TestGuard_ZeroIsNoLimitAndAZeroFingerprintIsNotCounted(t *testing.T) {
	t.Parallel()
	unlimited := guard.New(guard.Config{Enabled: true})
	if n := admitted(unlimited, fingerprint("p"), fingerprint("card"), noon, quartet.Mismatch); n != 50 {
		t.Errorf("without limits %d calls", n)
	}
	g := guard.New(limits())
	if n := admitted(g, quartet.Fingerprint{}, quartet.Fingerprint{}, noon, quartet.Mismatch); n != 50 {
		t.Errorf("without fingerprints %d calls", n)
	}
}

func TestGuard_SwitchedOffRefusesNothingAndRemembersNothing(t *testing.T) {
	t.Parallel()
	off := limits()
	off.Enabled = false
	g := guard.New(off)
	locked(t, g, fingerprint("card"), noon)
	for range 20 {
		g.Replay(quartet.Call{At: noon, Params: fingerprint("p"), Card: fingerprint("card"), Sent: true, Verdict: quartet.Mismatch})
	}
	if n := admitted(g, fingerprint("p"), fingerprint("card"), noon, quartet.Mismatch); n != 50 {
		t.Errorf("it refused after %d calls", n)
	}
}

func TestReplay_CountsOnlyCallsOfTheDayThatWereSent(t *testing.T) {
	t.Parallel()
	g := guard.New(limits())
	params, card := fingerprint("p"), fingerprint("card")
	row := quartet.Call{At: noon, Params: params, Card: card, Sent: true, Verdict: quartet.Match}
	yesterday, unsent := row, row
	yesterday.At = noon.Add(-24 * time.Hour)
	unsent.Sent = false
	for range 4 {
		g.Replay(yesterday)
		g.Replay(unsent)
	}
	g.Replay(row)
	g.Replay(yesterday) // out of order: its day is over all the same
	if n := admitted(g, params, card, noon, quartet.Match); n != 9 {
		t.Errorf("%d calls are left after one of ten, want 9", n)
	}
}

func TestGuard_NeverExceedsALimitUnderConcurrency(t *testing.T) {
	t.Parallel()
	g := guard.New(guard.Config{Enabled: true, Identical: 25_000, Calls: 20_000})
	params, card := fingerprint("p"), fingerprint("card")
	var (
		wg    sync.WaitGroup
		asked atomic.Int64
	)
	for worker := range 16 {
		wg.Go(func() {
			for i := range 5000 {
				pass, ok := g.Admit(params, card, noon)
				if !ok {
					continue
				}
				sent := (worker+i)%3 == 0
				if sent {
					asked.Add(1)
				}
				g.Done(pass, sent, quartet.Match)
			}
		})
	}
	wg.Wait()
	// Whatever was given back is there to be used again, and not a call more.
	left := int64(0)
	for call(g, params, card, noon, quartet.Match) {
		left++
	}
	if asked.Load()+left != 20_000 {
		t.Errorf("%d calls and %d afterwards, want 20000 together", asked.Load(), left)
	}
}
