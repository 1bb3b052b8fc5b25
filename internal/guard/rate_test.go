package guard_test

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/guard"
)

func take(t rapid.TB, l guard.Limiter, key string, r quartet.Rate, at time.Time) time.Duration {
	wait, err := l.Take(nil, key, r, at) //nolint:staticcheck // memory asks nobody
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

func TestRates_LetABurstPassAndThenSoManyASecond(t *testing.T) {
	t.Parallel()
	l, now, r := guard.NewRates(10), time.Unix(1000, 0), quartet.Rate{QPS: 10, Burst: 3}
	for i := range 3 {
		if wait := take(t, l, "a", r, now); wait != 0 {
			t.Fatalf("call %d of the burst waits %v", i+1, wait)
		}
	}
	wait := take(t, l, "a", r, now)
	if wait < 99*time.Millisecond || wait > 101*time.Millisecond {
		t.Errorf("the fourth waits %v, want a tenth of a second", wait)
	}
	if wait := take(t, l, "b", r, now); wait != 0 {
		t.Errorf("another key waits %v", wait)
	}
	if wait := take(t, l, "a", r, now.Add(wait+time.Millisecond)); wait != 0 {
		t.Errorf("after its wait it waits %v more", wait)
	}
}

func TestRates_WithoutALimitNobodyWaits(t *testing.T) {
	t.Parallel()
	l := guard.NewRates(10)
	for range 1000 {
		if wait := take(t, l, "a", quartet.Rate{}, time.Unix(1000, 0)); wait != 0 {
			t.Fatal(wait)
		}
	}
}

func TestRates_FollowAChangeOfTheRate(t *testing.T) {
	t.Parallel()
	l, now := guard.NewRates(10), time.Unix(1000, 0)
	for range 2 {
		take(t, l, "a", quartet.Rate{QPS: 1}, now)
	}
	if wait := take(t, l, "a", quartet.Rate{QPS: 1}, now); wait == 0 {
		t.Fatal("three at once pass one a second")
	}
	later := now.Add(time.Second)
	for i := range 5 {
		if wait := take(t, l, "a", quartet.Rate{QPS: 1000, Burst: 5}, later.Add(time.Duration(i)*time.Millisecond)); wait != 0 {
			t.Errorf("call %d after the rate was raised waits %v", i, wait)
		}
	}
}

func TestRates_AreBounded(t *testing.T) {
	t.Parallel()
	l, now, r := guard.NewRates(4), time.Unix(1000, 0), quartet.Rate{QPS: 1}
	take(t, l, "kept", r, now)
	for i := range 4 {
		take(t, l, string(rune('a'+i)), r, now)
	}
	if wait := take(t, l, "kept", r, now); wait == 0 {
		t.Error("a key of the generation before was forgotten")
	}
	for i := range 16 {
		take(t, l, string(rune('A'+i)), r, now)
	}
	if wait := take(t, l, "kept", r, now); wait != 0 {
		t.Error("a key that nobody used for two generations is still there")
	}
}

// However calls come, in any window no more pass than the burst and the rate give.
func TestRates_NeverLetMorePassThanTheyGive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := quartet.Rate{QPS: rapid.IntRange(1, 50).Draw(t, "qps"), Burst: rapid.IntRange(0, 20).Draw(t, "burst")}
		l, now := guard.NewRates(4), time.Unix(1000, 0)
		var passed []time.Time
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 300), 1, 200).Draw(t, "gaps in ms") {
			now = now.Add(time.Duration(gap) * time.Millisecond)
			if take(t, l, "a", r, now) == 0 {
				passed = append(passed, now)
			}
		}
		for i := range passed {
			for j := i; j < len(passed); j++ {
				span := passed[j].Sub(passed[i]).Seconds()
				if most := float64(r.AtOnce()) + span*float64(r.QPS); float64(j-i+1) > most+1e-6 {
					t.Fatalf("%d calls within %.3f s, at most %.3f may pass", j-i+1, span, most)
				}
			}
		}
	})
}

// A call is dated by its head, and its body may take long: it comes to the limit after calls
// that are dated later.
func TestRates_GiveNothingTwiceForACallThatComesLate(t *testing.T) {
	t.Parallel()
	l, now, r := guard.NewRates(4), time.Unix(1000, 0), quartet.Rate{QPS: 1, Burst: 5}
	passed := 0
	for range 20 {
		for _, at := range []time.Time{now, now.Add(-19 * time.Second)} {
			if take(t, l, "a", r, at) == 0 {
				passed++
			}
		}
	}
	if passed != r.Burst {
		t.Errorf("%d passed at one instant, want the burst of %d", passed, r.Burst)
	}
}

func TestAddressKey_TakesAnIPv6NetworkForOneCaller(t *testing.T) {
	t.Parallel()
	key := func(s string) string { return guard.AddressKey(netip.MustParseAddr(s)) }
	if key("2001:db8::1") != key("2001:db8::ffff:1:2:3") || key("2001:db8::1") == key("2001:db8:0:1::1") {
		t.Error("a /64 is not one caller")
	}
	if key("192.0.2.1") == key("192.0.2.2") || key("::ffff:192.0.2.1") != key("192.0.2.1") {
		t.Error("an IPv4 address is not one caller")
	}
}

func TestDays_CountUntilMidnightInShanghai(t *testing.T) {
	t.Parallel()
	var d guard.Days
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, quartet.Shanghai)
	d.Replay(quartet.Call{Credential: "c", At: noon.Add(-time.Hour)})
	d.Replay(quartet.Call{Credential: "c", At: noon.Add(-24 * time.Hour)}) // of yesterday
	if wait := d.Take("c", 2, noon); wait != 0 {
		t.Errorf("the second of two waits %v", wait)
	}
	if wait := d.Take("c", 2, noon); wait != 12*time.Hour {
		t.Errorf("the third of two waits %v, want until midnight", wait)
	}
	if wait := d.Take("other", 2, noon); wait != 0 {
		t.Error("another credential waits")
	}
	midnight := noon.Add(12 * time.Hour)
	if wait := d.Take("c", 1, midnight); wait != 0 {
		t.Error("the first of the next day waits")
	}
	if wait := d.Take("c", 1, midnight.Add(-time.Millisecond)); wait == 0 {
		t.Error("one that was read before midnight passes beside the new day's limit")
	}
	if wait := d.Take("c", 2, midnight.Add(-time.Millisecond)); wait != 0 {
		t.Error("one that was read before midnight does not pass where the new day has room")
	}
	if wait := d.Take("c", 2, midnight); wait == 0 {
		t.Error("a latecomer made the new day be forgotten")
	}
}
