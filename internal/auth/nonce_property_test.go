package auth_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet/internal/auth"
	"quartet/internal/web"
)

const mostOf = 64 // nonces in the memory under test

// Whatever comes in whichever order, nonces pass once in their time and again after it, and
// what each credential holds is counted right.
func TestNonces_DoAsAListOfTimesDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, until := auth.NewNonces(mostOf), map[int64]int64{}
		latest, puts := time.Unix(1_795_578_400, 0), 0
		for range rapid.IntRange(1, 150).Draw(t, "acts") {
			latest = latest.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 300, 1000, 9000, 40_000}).Draw(t, "pause")) * time.Millisecond)
			now := latest.Add(-time.Duration(rapid.IntRange(0, 29_000).Draw(t, "late")) * time.Millisecond)
			owner := fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "owner"))
			f := rapid.Int64Range(1, 60).Draw(t, "nonce")
			end := now.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "life")) * time.Millisecond)
			if rapid.IntRange(0, 5).Draw(t, "remembered") == 0 {
				n.Remember(owner, f, end)
				until[f] = max(until[f], end.Unix())
				puts++
				continue
			}
			known, was := until[f]
			switch g := n.Use(owner, f, end, now); {
			case was && known >= now.Unix():
				if g != web.NonceUsed {
					t.Fatalf("%d is used until %d and came at %d: %q", f, known, now.Unix(), g.Text().Message)
				}
			case g == web.NoGateway:
				until[f] = max(until[f], end.Unix())
				puts++
			case g != web.CredentialThrottled || puts < mostOf/2:
				t.Fatalf("%d of %d, at %d: %q", f, puts, now.Unix(), g.Text().Message)
			}
		}
		for i := range 3 { // when all are over, each credential has its share
			latest = latest.Add(time.Hour)
			share(t, n, fmt.Sprint(i), latest)
		}
	})
}

// share fills half of the memory for somebody else and a quarter for owner, who gets no more.
func share(t *rapid.T, n *auth.Nonces, owner string, now time.Time) {
	for i := range mostOf / 2 {
		if g := n.Use("else"+owner, int64(1000+i), now, now); g != web.NoGateway {
			t.Fatalf("another one, %d: %q", i, g.Text().Message)
		}
	}
	for i := range mostOf/4 + 1 {
		want := web.NoGateway
		if i == mostOf/4 {
			want = web.CredentialThrottled
		}
		if g := n.Use(owner, int64(2000+i), now, now); g != want {
			t.Fatalf("%s, %d: %q", owner, i, g.Text().Message)
		}
	}
}
