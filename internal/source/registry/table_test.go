package registry_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"testing"

	"quartet/internal/source/registry"
)

// TestPebble_AnswersTheNewestValueHoweverMuchItKeepsInMemory changes records under the eyes
// of readers, while the copy in memory is being filled, has grown, or has been given up for
// want of room. No reader may see a value older than one that was put before it asked.
func TestPebble_AnswersTheNewestValueHoweverMuchItKeepsInMemory(t *testing.T) {
	for name, most := range map[string]int64{"nothing": 1, "until it is full": 900_000, "everything": 0} {
		t.Run(name, func(t *testing.T) {
			const count, versions = 20_000, 4
			p, err := registry.OpenPebble(registry.PebbleOptions{Dir: t.TempDir(), TableBytes: most})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			gen, err := p.RegistryBegin(t.Context(), "00000000", nil)
			if err != nil {
				t.Fatal(err)
			}
			keys := invented(count)
			put := func(list [][]byte, version byte) {
				t.Helper()
				values := make([][]byte, len(list))
				for i, k := range list {
					values[i] = slices.Concat([]byte{version}, k[:12], k[:12])
				}
				if err := p.RegistryPut(t.Context(), gen, list, values, nil); err != nil {
					t.Fatal(err)
				}
			}
			put(keys[:count/4], 1) // the rest comes while readers read
			if err := p.RegistryActivate(t.Context(), gen, nil); err != nil {
				t.Fatal(err)
			}
			read := func(least byte, list [][]byte) {
				for _, k := range list {
					value, live, err := p.RegistryGet(t.Context(), gen, [16]byte(k), nil)
					if err != nil || !live || len(value) != 25 || value[0] < least || !bytes.Equal(value[1:13], k[:12]) {
						t.Errorf("a record put as version %d reads as %x, %v, %v", least, value, live, err)
						return
					}
				}
			}
			var readers sync.WaitGroup
			for version := byte(1); version <= versions; version++ {
				for part := range 4 {
					list := keys[part*count/4 : (part+1)*count/4]
					put(list, version)
					readers.Go(func() { read(version, list) })
				}
			}
			readers.Wait()
			read(versions, keys)
			if value, live, err := p.RegistryGet(t.Context(), gen, sha16(count), nil); len(value) > 0 || !live || err != nil {
				t.Errorf("a card that was never put: %x, %v, %v", value, live, err)
			}
		})
	}
}

// invented are distinct keys, evenly spread, in ascending order.
func invented(count int) [][]byte {
	keys := make([][]byte, count)
	for i := range keys {
		k := sha16(i)
		keys[i] = k[:]
	}
	slices.SortFunc(keys, bytes.Compare)
	return keys
}

func sha16(i int) [16]byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return [16]byte(sum[:16])
}
