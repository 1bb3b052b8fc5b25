package quota_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
)

// BenchmarkCharge is 64 callers on one hot account, without HTTP.
func BenchmarkCharge(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, batch := range []int{0, 1} {
			name := engine + "/grouped"
			if batch == 1 {
				name = engine + "/one-by-one"
			}
			b.Run(name, func(b *testing.B) { benchmarkCharge(b, engine, batch, 1, nil) })
		}
		// Of an account that bought often, without rules and with those that every account has.
		b.Run(engine+"/50-grants", func(b *testing.B) { benchmarkCharge(b, engine, 0, 50, nil) })
		b.Run(engine+"/watched", func(b *testing.B) { benchmarkCharge(b, engine, 0, 1, someLines) })
		b.Run(engine+"/watched-50-grants", func(b *testing.B) { benchmarkCharge(b, engine, 0, 50, someLines) })
	}
}

var someLines = []quartet.AlertLine{{Rule: "r1", Units: 100}, {Rule: "r2", Product: "1887", Units: 1000}}

func benchmarkCharge(b *testing.B, engine string, batch, grants int, lines []quartet.AlertLine) {
	ctx := context.Background()
	o := store.Options{Dir: b.TempDir()}
	if engine == "postgres" {
		o = store.Options{URL: pgtest.New(b).NewDatabase(b)}
	}
	s, err := store.Open(ctx, o)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.LeaseNode(ctx, "folder", "session", time.Now()); err != nil {
		b.Fatal(err)
	}
	l, err := quota.New(ctx, s, quota.Options{MaxBatch: batch})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if err := s.CreateAccount(ctx, quartet.Account{ID: "a", Name: "a", CreatedAt: time.Now()}, quartet.AuditEntry{}); err != nil {
		b.Fatal(err)
	}
	for i := range grants {
		if err := l.Give(ctx, quartet.Grant{ID: fmt.Sprint("g", i), Account: "a", Units: 1 << 39, ExpiresAt: time.Now().Add(time.Hour)}, ""); err != nil {
			b.Fatal(err)
		}
	}
	l.Watch(map[string][]quartet.AlertLine{"a": lines})
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c := newCall("a")
			if err := l.Charge(ctx, &c, 1, quartet.Claim{}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
