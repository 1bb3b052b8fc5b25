package registry_test

import (
	"errors"
	"testing"

	"quartet/internal/source/registry"
)

func TestStat_CountsWhatIsInForce(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, ring := newRegistry(t, b)
		stat := func() registry.Stat {
			t.Helper()
			s, err := r.Stat(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if got := stat(); got != (registry.Stat{}) {
			t.Errorf("an empty registry holds %+v", got)
		}
		load(t, r, registry.Import{Rows: &rows{list: people(40, 20_000)}})
		first := stat()
		if first.Records != 20_000 || first.Key != ring.ID() || first.Generation == 0 || first.Unfinished != 0 {
			t.Errorf("holds %+v", first)
		}
		if first.Bytes < 20_000*(16+25) || first.BytesEach != float64(first.Bytes)/20_000 {
			t.Errorf("takes %d bytes, %f each", first.Bytes, first.BytesEach)
		}
		if b.url == "" && first.BytesEach > 64 {
			t.Errorf("takes %f bytes a record, want at most 64", first.BytesEach)
		}

		// Half of these are there already.
		load(t, r, registry.Import{Rows: &rows{list: people(40, 30_000)[10_000:]}})
		if got := stat(); got.Records != 30_000 || got.Generation != first.Generation {
			t.Errorf("after more rows it holds %+v, want 30000 in generation %d", got, first.Generation)
		}

		broken := registry.Import{
			Rows: &rows{list: people(41, 20_000), breakAt: 20_000, atBreak: func() { written(t, r) }}, Source: "file", Replace: true,
		}
		if _, err := r.Import(t.Context(), broken); !errors.Is(err, errBreak) {
			t.Fatalf("got %v, want the break", err)
		}
		got := stat()
		if got.Records != 30_000 || got.Generation != first.Generation || got.Unfinished <= first.Generation || got.UnfinishedRows == 0 {
			t.Errorf("beside an import that broke off it holds %+v", got)
		}
	})
}
