package registry

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"

	"quartet"
)

// The keys of the Pebble store. Numbers are four bytes, big-endian, so that the rows of
// a generation lie together.
//
//	a                    number of the active generation
//	n                    number of the newest generation
//	g <number>           a generation: its key id and its marker
//	r <number> <key>     a record
const (
	prefixActive     = 'a'
	prefixNewest     = 'n'
	prefixGeneration = 'g'
	prefixRecord     = 'r'

	// swapping is the active generation while one replaces another: the rows of the old
	// one may be gone already, so nobody may conclude anything from their absence.
	swapping = -1

	recordKeyLen = 1 + 4 + 16
	blockCache   = 64 << 20
	memTable     = 32 << 20
	maxTable     = 1 << 30 // bytes; twenty million records
	bytesEach    = 45      // of a record on disk, to guess their number from
)

// PebbleOptions says where and how.
type PebbleOptions struct {
	Dir        string
	TableBytes int64 // most memory for a copy of the records; 0 means 1 GiB
	Log        *slog.Logger
}

// Pebble is the backend of one node: an ordered key-value store in a folder that one
// process owns. Safe for concurrent use.
type Pebble struct {
	db     *pebble.DB
	log    engineLog
	most   int64                 // bytes of a table
	active atomic.Int64          // 0: none; or swapping
	table  atomic.Pointer[table] // of the active generation, from the first lookup on

	closing atomic.Bool
	filling sync.WaitGroup // the goroutine that fills a table

	mu          sync.Mutex // over all changes
	generations map[int64]*generation
	newest      int64
}

type generation struct {
	Key    string `json:"key"`
	Marker []byte `json:"marker,omitempty"`
}

// OpenPebble opens the folder and makes it when absent. It is ErrLocked while another
// process has it open.
func OpenPebble(o PebbleOptions) (*Pebble, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, &quartet.Error{
			Code: quartet.ErrInternal, Cause: err,
			Message: fmt.Sprintf("cannot make the registry folder %s: %v", o.Dir, err),
		}
	}
	db, err := pebble.Open(o.Dir, settings(o))
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, fs.ErrExist) {
		return nil, &quartet.Error{
			Code: quartet.ErrLocked, Cause: err,
			Message: fmt.Sprintf("another process has the registry %s open", o.Dir),
		}
	}
	if err != nil {
		return nil, &quartet.Error{
			Code: quartet.ErrInternal, Cause: err,
			Message: fmt.Sprintf("cannot open the registry %s: %v", o.Dir, err),
		}
	}
	p := &Pebble{db: db, log: engineLog{cmp.Or(o.Log, slog.New(slog.DiscardHandler))}, most: cmp.Or(o.TableBytes, maxTable), generations: map[int64]*generation{}}
	if err := p.load(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return p, nil
}

// settings: records are random bytes, so compression gains nothing; bloom filters spare
// the read of absent cards; big memtables make fewer, larger files of an import.
func settings(o PebbleOptions) *pebble.Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	opts := &pebble.Options{
		CacheSize:                   blockCache,
		FormatMajorVersion:          pebble.FormatNewest,
		MemTableSize:                memTable,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       8,
		L0StopWritesThreshold:       64,
		LBaseMaxBytes:               256 << 20,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		Logger:                      engineLog{o.Log},
	}
	for i := range opts.Levels {
		opts.Levels[i].IndexBlockSize = 1 << 20 // one level of index: a read less
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		opts.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	}
	for i := range opts.TargetFileSizes {
		opts.TargetFileSizes[i] = 32 << 20
	}
	return opts
}

// Close flushes and closes the store. Nobody may look up any more.
func (p *Pebble) Close() error {
	p.mu.Lock()
	p.closing.Store(true)
	p.mu.Unlock()
	p.filling.Wait()
	p.dropTable()
	return p.db.Close()
}

// RegistryGenerations implements Backend.
func (p *Pebble) RegistryGenerations(context.Context) ([]quartet.Generation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []quartet.Generation
	for id := range p.newest + 1 { // numbers are few
		if g, ok := p.generations[id]; ok {
			out = append(out, quartet.Generation{
				ID: id, Key: g.Key, Active: id == p.active.Load(),
				Marker: append([]byte(nil), g.Marker...),
			})
		}
	}
	return out, nil
}

// RegistryBegin implements Backend.
func (p *Pebble) RegistryBegin(_ context.Context, key string, marker []byte) (int64, error) {
	defer p.endWhereBroken()
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.db.NewBatch()
	defer func() { _ = b.Close() }()
	gone := p.others(p.active.Load())
	id := p.newest + 1
	err := errors.Join(p.remove(b, gone),
		b.Set([]byte{prefixNewest}, number(nil, id), nil),
		setGeneration(b, id, &generation{Key: key, Marker: marker}),
		b.Commit(pebble.Sync))
	if err != nil {
		return 0, err
	}
	p.forget(gone)
	p.newest, p.generations[id] = id, &generation{Key: key, Marker: marker}
	return id, nil
}

// RegistryPut implements Backend. It does not wait for the disk: the write-ahead log
// keeps the order of calls.
func (p *Pebble) RegistryPut(_ context.Context, gen int64, keys, values [][]byte, marker []byte) error {
	defer p.endWhereBroken()
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.generations[gen]
	if !ok {
		return errGone()
	}
	b := p.db.NewBatchWithSize(len(keys) * 64)
	defer func() { _ = b.Close() }()
	for i := range keys {
		op := b.SetDeferred(recordKeyLen, len(values[i]))
		putRecordKey(op.Key, gen, keys[i])
		copy(op.Value, values[i])
		if err := op.Finish(); err != nil {
			return err
		}
	}
	next := &generation{Key: g.Key, Marker: marker}
	if err := errors.Join(setGeneration(b, gen, next), b.Commit(pebble.NoSync)); err != nil {
		return err
	}
	p.generations[gen] = next
	if t := p.table.Load(); t != nil && t.gen == gen {
		for i := range keys {
			t.put(keys[i], values[i], true)
		}
	}
	return nil
}

// RegistryActivate implements Backend. A new generation is compacted before it takes
// over, so that lookups start on one sorted run.
func (p *Pebble) RegistryActivate(ctx context.Context, gen int64, marker []byte) error {
	defer p.endWhereBroken()
	if p.active.Load() != gen {
		low, high := bounds(gen)
		if err := p.db.Compact(ctx, low, high, true); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.generations[gen]
	if !ok {
		return errGone()
	}
	b := p.db.NewBatch()
	defer func() { _ = b.Close() }()
	gone := p.others(gen)
	if p.active.Load() == gen {
		gone = nil // the one being filled beside it has nothing to do with this
	}
	next := &generation{Key: g.Key, Marker: marker}
	before := p.active.Swap(swapping)
	err := errors.Join(p.remove(b, gone),
		b.Set([]byte{prefixActive}, number(nil, gen), nil),
		setGeneration(b, gen, next),
		b.Commit(pebble.Sync)) // and with it whatever was written before
	if err != nil {
		p.active.Store(before)
		return err
	}
	p.generations[gen] = next
	p.active.Store(gen)
	p.forget(gone)
	if before != gen {
		p.dropTable()
	}
	_, err = p.db.AsyncFlush() // lets the space of removed rows go
	return err
}

// RegistryStat implements Backend.
func (p *Pebble) RegistryStat(ctx context.Context, gen int64) (records, bytes int64, err error) {
	defer p.endWhereBroken()
	low, high := bounds(gen)
	if err := p.db.Flush(); err != nil {
		return 0, 0, err
	}
	size, err := p.db.EstimateDiskUsage(low, high)
	if err != nil {
		return 0, 0, err
	}
	it, err := p.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: low, UpperBound: high})
	if err != nil {
		return 0, 0, err
	}
	for ok := it.First(); ok; ok = it.Next() {
		if records++; records%4096 == 0 && ctx.Err() != nil {
			return 0, 0, errors.Join(ctx.Err(), it.Close())
		}
	}
	return records, int64(size), errors.Join(it.Error(), it.Close())
}

// load reads the generations at the start.
func (p *Pebble) load() error {
	it, err := p.db.NewIter(&pebble.IterOptions{UpperBound: []byte{prefixRecord}})
	if err != nil {
		return err
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		key, value := it.Key(), it.Value()
		switch {
		case key[0] == prefixActive && len(value) == 4:
			p.active.Store(int64(binary.BigEndian.Uint32(value)))
		case key[0] == prefixNewest && len(value) == 4:
			p.newest = int64(binary.BigEndian.Uint32(value))
		case key[0] == prefixGeneration && len(key) == 5:
			g := &generation{}
			err = json.Unmarshal(value, g)
			p.generations[int64(binary.BigEndian.Uint32(key[1:]))] = g
		default:
			err = quartet.Errorf(quartet.ErrInternal, "the registry holds an entry of a kind not known here; it was written by a newer release")
		}
	}
	return errors.Join(err, it.Error(), it.Close())
}

// others lists the generations that are not keep.
func (p *Pebble) others(keep int64) []int64 {
	var out []int64
	for id := range p.generations {
		if id != keep {
			out = append(out, id)
		}
	}
	return out
}

func (p *Pebble) remove(b *pebble.Batch, gone []int64) error {
	var err error
	for _, id := range gone {
		low, high := bounds(id)
		err = errors.Join(err,
			b.Delete(number([]byte{prefixGeneration}, id), nil),
			b.DeleteRange(low, high, nil))
	}
	return err
}

func (p *Pebble) forget(gone []int64) {
	for _, id := range gone {
		delete(p.generations, id)
	}
}

func setGeneration(b *pebble.Batch, id int64, g *generation) error {
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	return b.Set(number([]byte{prefixGeneration}, id), data, nil)
}

func number(dst []byte, id int64) []byte { return binary.BigEndian.AppendUint32(dst, uint32(id)) }

// bounds are the first key of a generation's records and the first after them.
func bounds(gen int64) (low, high []byte) {
	return number([]byte{prefixRecord}, gen), number([]byte{prefixRecord}, gen+1)
}

func putRecordKey(dst []byte, gen int64, key []byte) {
	dst[0] = prefixRecord
	binary.BigEndian.PutUint32(dst[1:5], uint32(gen))
	copy(dst[5:], key)
}

func errGone() error {
	return quartet.Errorf(quartet.ErrConflict, "this build of the registry was given up for a later one")
}

// endWhereBroken ends the process when the engine panicked, as it does when it cannot write:
// whoever recovered would go on with an engine whose locks are taken for good.
func (p *Pebble) endWhereBroken() {
	if fault := recover(); fault != nil {
		p.log.Fatalf("%v", fault)
	}
}

// engineLog hands on what the storage engine says. Its running commentary is dropped.
type engineLog struct{ log *slog.Logger }

func (engineLog) Infof(string, ...any) {}

func (l engineLog) Errorf(format string, args ...any) {
	l.log.Error("registry storage", "detail", fmt.Sprintf(format, args...))
}

// Fatalf is called when the engine cannot write: what it holds in memory would drift from
// the disk. So the process ends, and recovery is reading.
func (l engineLog) Fatalf(format string, args ...any) {
	l.log.Error("registry storage cannot go on; the process ends", "detail", fmt.Sprintf(format, args...))
	time.Sleep(lastWords)
	os.Exit(1)
}

// lastWords is the time that the log takes to write a line out.
const lastWords = 200 * time.Millisecond
