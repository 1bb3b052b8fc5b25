package registry_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"quartet/internal/source"
	"quartet/internal/source/registry"
)

func TestBig(t *testing.T) {
	n, _ := strconv.ParseInt(os.Getenv("BIG"), 10, 64)
	cache, _ := strconv.ParseInt(os.Getenv("CACHE"), 10, 64)
	ring := newRing(t)
	p, err := registry.OpenPebble(registry.PebbleOptions{Dir: t.TempDir(), CacheBytes: cache << 20})
	if err != nil { t.Fatal(err) }
	defer p.Close()
	reg := registry.New(ring, p)
	start := time.Now()
	if _, err := reg.Synth(t.Context(), registry.Synth{Count: n, Seed: 1}); err != nil { t.Fatal(err) }
	took := time.Since(start)
	st, err := reg.Stat(t.Context())
	fmt.Printf("import %d in %v: %.0f/s; stat %+v\n", n, took, float64(n)/took.Seconds(), st)
	queries := make([]source.Query, 1<<19)
	for i := range queries {
		at := int64(uint64(i) * 2654435761 % uint64(n))
		if i%10 == 9 { at += n }
		queries[i] = ask(t, registry.Person(1, at))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	runtime.GC()
	for range 3 {
		start = time.Now()
		for i := range queries { reg.Verify(ctx, queries[i]) }
		took = time.Since(start)
		fmt.Printf("lookup: %v each, %.0f/s\n", took/time.Duration(len(queries)), float64(len(queries))/took.Seconds())
	}
}
