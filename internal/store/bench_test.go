package store_test

import (
	"fmt"
	"testing"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
)

// BenchmarkCalls finds the calls of an account that has few, among three million of another
// one in one day, and those of that other one.
func BenchmarkCalls(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) { benchmarkCalls(b, engine) })
	}
}

func benchmarkCalls(b *testing.B, engine string) {
	const (
		many, batch = 3_000_000, 10_000
		begun, day  = 20_000 * 24 * quartet.HourSeconds, 24 * quartet.HourSeconds
	)
	ctx, o := b.Context(), store.Options{Dir: b.TempDir()}
	if engine == "postgres" {
		o = store.Options{URL: pgtest.New(b).NewDatabase(b)}
	}
	s := leased(b, o)
	for i := 0; i < many; i += batch {
		calls := make([]quartet.Call, 0, batch+1)
		for j := i; j < i+batch; j++ {
			calls = append(calls, quartet.Call{
				SeqNo: quartet.SeqNo{Second: begun + int64(j)*day/many, N: uint64(j + 1)}, Account: "busy", Credential: "cred", Product: "1887",
				Code: quartet.CodeOK, Verdict: quartet.Match, Source: "registry", Charged: 1, Grant: "grant",
			})
		}
		if i%(3*batch) == 0 {
			calls = append(calls, calls[batch/2])
			calls[batch].Account, calls[batch].SeqNo.N = "quiet", 1<<32
		}
		if err := commit(ctx, s, quartet.Postings{Calls: calls}); err != nil {
			b.Fatal(err)
		}
	}
	for _, account := range []string{"quiet", "busy", ""} {
		for _, code := range []quartet.Code{0, quartet.CodeDeadline} {
			f := quartet.CallFilter{Account: account, Code: code, Limit: 50}
			b.Run(fmt.Sprintf("%s%d", account, code), func(b *testing.B) {
				for range b.N {
					if _, err := s.LatestCalls(ctx, f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	b.Run("quiet/export", func(b *testing.B) {
		for range b.N {
			if err := s.Calls(ctx, quartet.CallFilter{Account: "quiet"}, func(quartet.Call) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
