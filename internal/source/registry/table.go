package registry

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// table holds the records of one generation in memory, so that a lookup is a few cache
// lines rather than a walk through the storage engine. It is a copy: the engine has every
// record, and answers while a table is being filled or where one would not fit.
//
// Keys are keyed hashes, so their own bits spread them evenly: the first ones choose the
// shard, the next ones the slot in it, and a slot that is taken sends on to the next.
// Records that come in order fill it from front to back. Safe for concurrent use.
type table struct {
	gen    int64
	most   int64        // bytes it may take
	size   atomic.Int64 // bytes it takes
	ready  atomic.Bool  // it holds every record of the generation
	over   atomic.Bool  // it was dropped
	shards [tableShards]tableShard
}

type tableShard struct {
	mu    sync.RWMutex
	slots []byte // slotLen each; one whose status is 0 is free. Off the collector's heap; nil: dropped.
	used  int
}

const (
	tableShards = 1 << shardBits
	shardBits   = 6
	slotLen     = 16 + valueLen
	minSlots    = 16
)

// newTable makes room for so many records, and makes more when more come.
func newTable(gen, records, most int64) *table {
	t := &table{gen: gen, most: most}
	slots := int(records / tableShards * 21 / 16)                         // three quarters full: room for chance
	slots = max(minSlots, min(slots, int(most/tableShards/slotLen)*9/10)) // the guess may be too high
	for i := range t.shards {
		if !t.grow(&t.shards[i], slots) {
			t.drop()
			break
		}
	}
	return t
}

// place gives the shard of a key and where in the shard it begins to look, as a fraction
// of 2^64.
func (t *table) place(key []byte) (s *tableShard, at uint64) {
	word := binary.BigEndian.Uint64(key)
	return &t.shards[word>>(64-shardBits)], word << shardBits
}

// slot finds the slot of a key: the one that has it, or the free one where it would go.
func (s *tableShard) slot(key []byte, at uint64) []byte {
	count := len(s.slots) / slotLen
	high, _ := bits.Mul64(at, uint64(count))
	for i := int(high); ; i++ {
		if i == count {
			i = 0
		}
		slot := s.slots[i*slotLen : (i+1)*slotLen : (i+1)*slotLen]
		if slot[16] == 0 || bytes.Equal(slot[:16], key) {
			return slot
		}
	}
}

// get appends the value under a key, or nothing where there is none. It is false when the
// table has been dropped.
func (t *table) get(key, dst []byte) ([]byte, bool) {
	s, at := t.place(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.slots == nil {
		return dst, false
	}
	if slot := s.slot(key, at); slot[16] != 0 {
		dst = append(dst, slot[16:]...)
	}
	return dst, true
}

// put keeps a record. One that is there already gives way only when over is set. A table
// that cannot keep a record is dropped whole, since it must hold all or be asked nothing.
func (t *table) put(key, value []byte, over bool) {
	s, at := t.place(key)
	s.mu.Lock()
	gone := s.slots == nil
	fits := !gone && len(value) == valueLen && value[0] != 0 && t.room(s)
	if fits {
		slot := s.slot(key, at)
		switch {
		case slot[16] == 0:
			copy(slot, key)
			copy(slot[16:], value)
			s.used++
		case over:
			copy(slot[16:], value)
		}
	}
	s.mu.Unlock()
	if !fits && !gone {
		t.drop()
	}
}

// room keeps a shard at most five sixths full.
func (t *table) room(s *tableShard) bool {
	count := len(s.slots) / slotLen
	return s.used < count*5/6 || t.grow(s, count+count/2)
}

// grow moves a shard to more slots. It is false when there is no memory for them.
func (t *table) grow(s *tableShard, slots int) bool {
	n := slots * slotLen
	if t.size.Add(int64(n-len(s.slots))) > t.most {
		t.size.Add(int64(len(s.slots) - n))
		return false
	}
	fresh, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.size.Add(int64(len(s.slots) - n))
		return false
	}
	old := s.slots
	s.slots = fresh
	for i := 0; i < len(old); i += slotLen {
		if record := old[i : i+slotLen]; record[16] != 0 {
			_, at := t.place(record)
			copy(s.slot(record[:16], at), record)
		}
	}
	release(old)
	return true
}

// release gives memory of Mmap back.
func release(slots []byte) {
	if slots != nil {
		_ = unix.Munmap(slots)
	}
}

// drop gives the memory back. Whoever asks later is sent to the storage engine.
func (t *table) drop() {
	t.over.Store(true)
	t.ready.Store(false)
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		release(s.slots)
		s.slots, s.used = nil, 0
		s.mu.Unlock()
	}
}
