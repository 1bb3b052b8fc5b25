package registry_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/registry"
)

// BenchmarkVerify asks a warm registry of 10^5 people, one question in ten for a card
// that it does not hold.
func BenchmarkVerify(b *testing.B) {
	const count = 100_000
	_, reg, _ := open(b)
	if _, err := reg.Synth(b.Context(), registry.Synth{Count: count, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	queries := make([]source.Query, 1<<14)
	for i := range queries {
		at := int64(i) * 7919 % count
		if i%10 == 9 {
			at += count
		}
		queries[i] = ask(b, registry.Person(1, at))
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, _ = reg.Verify(ctx, queries[i%len(queries)])
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}

// BenchmarkImport reads a CSV file of 10^6 people, from its first byte until all is
// durable and compacted.
func BenchmarkImport(b *testing.B) {
	const count = 1_000_000
	path := filepath.Join(b.TempDir(), "people.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(registry.WritePeople(f, count, 1), f.Close()); err != nil {
		b.Fatal(err)
	}
	_, reg, _ := open(b)
	for b.Loop() {
		sum, err := reg.Import(b.Context(), registry.Import{Rows: openFile(b, path), Replace: true, Now: today})
		if err != nil || sum.Loaded != count {
			b.Fatalf("loaded %+v, %v", sum, err)
		}
	}
	b.ReportMetric(count*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	stat, err := reg.Stat(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(stat.BytesEach, "bytes/record")
}

// BenchmarkSynth loads invented people, without the final compaction's share growing
// with b.N.
func BenchmarkSynth(b *testing.B) {
	_, reg, _ := open(b)
	if _, err := reg.Synth(b.Context(), registry.Synth{Count: int64(max(b.N, 1)), Seed: 1}); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPerson(b *testing.B) {
	var p quartet.Raw
	i := int64(0)
	for b.Loop() {
		p = registry.Person(1, i)
		i++
	}
	_ = p
}
