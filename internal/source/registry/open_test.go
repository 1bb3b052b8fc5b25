package registry_test

import (
	"path/filepath"
	"testing"
	"time"

	"quartet"
	"quartet/internal/seal"
	"quartet/internal/source"
	"quartet/internal/source/registry"
)

// today is the day on which all tests happen.
func today() time.Time { return time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC) }

func newRing(tb testing.TB) *seal.Keyring {
	tb.Helper()
	ring, err := seal.Create(filepath.Join(tb.TempDir(), "keyring.json"))
	if err != nil {
		tb.Fatal(err)
	}
	return ring
}

// open gives an empty registry in a folder of its own.
func open(tb testing.TB) (*seal.Keyring, *registry.Registry, string) {
	tb.Helper()
	ring, dir := newRing(tb), tb.TempDir()
	return ring, registry.New(ring, openPebble(tb, dir)), dir
}

func openPebble(tb testing.TB, dir string) *registry.Pebble {
	tb.Helper()
	p, err := registry.OpenPebble(registry.PebbleOptions{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Error(err)
		}
	})
	return p
}

// ask makes the question about a person, who must be valid.
func ask(tb testing.TB, p quartet.Raw) source.Query {
	tb.Helper()
	e, f := quartet.Parse(p, quartet.NeedAll, today())
	if len(f.Reject) > 0 {
		tb.Fatalf("the invented person breaks rules: %v", f.Reject)
	}
	return source.Query{Elements: e, Need: quartet.NeedAll}
}
