package registry

import (
	"context"
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// RegistryGet implements Backend.
func (p *Pebble) RegistryGet(_ context.Context, gen int64, key [16]byte, dst []byte) ([]byte, bool, error) {
	dst, err := p.get(gen, key[:], dst)
	// Looked at after the read: rows of a generation go only after it has ceased to be the
	// active one, so an absent row of a live generation is truly absent.
	return dst, p.active.Load() == gen, err
}

// get asks the table, and the engine while there is none.
func (p *Pebble) get(gen int64, key, dst []byte) ([]byte, error) {
	t := p.table.Load()
	if t == nil || t.gen != gen {
		p.startTable(gen)
	} else if t.ready.Load() {
		if found, ok := t.get(key, dst); ok {
			return found, nil
		}
	}
	var row [recordKeyLen]byte
	putRecordKey(row[:], gen, key)
	value, closer, err := p.db.Get(row[:])
	if errors.Is(err, pebble.ErrNotFound) {
		return dst, nil
	}
	if err != nil {
		return dst, err
	}
	dst = append(dst, value...)
	return dst, closer.Close()
}

// startTable begins to fill a table with the active generation, in the background. A
// change that is under way is not waited for: a later lookup starts it.
func (p *Pebble) startTable(gen int64) {
	if !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	if t := p.table.Load(); p.active.Load() != gen || t != nil && t.gen == gen || p.closing.Load() {
		return
	}
	size, err := p.db.EstimateDiskUsage(bounds(gen))
	if err != nil {
		return
	}
	t := newTable(gen, int64(size)/bytesEach, p.most)
	p.table.Store(t) // from now on every change of the generation goes into it
	p.filling.Go(func() { p.fill(t) })
}

// fill copies what the engine holds, except where a newer change came first.
func (p *Pebble) fill(t *table) {
	low, high := bounds(t.gen)
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: low, UpperBound: high})
	if err != nil {
		t.drop()
		return
	}
	for ok := it.First(); ok && !t.over.Load() && !p.closing.Load(); ok = it.Next() {
		t.put(it.Key()[recordKeyLen-16:], it.Value(), false)
	}
	whole := it.Error() == nil && !t.over.Load() && !p.closing.Load()
	if err := it.Close(); err != nil || !whole {
		t.drop() // what cannot be read is for the lookups to find out
		return
	}
	t.ready.Store(true)
}

// dropTable follows the end of a generation.
func (p *Pebble) dropTable() {
	if t := p.table.Swap(nil); t != nil {
		t.drop()
	}
}
