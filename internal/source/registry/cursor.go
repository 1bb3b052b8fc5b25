package registry

import (
	"bytes"
	"errors"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// cursors keeps iterators for lookups. Pebble's own Get sets one up for every read, which
// costs several times the read itself. A cursor sees the store as it was when it was
// made, so every change makes the older ones useless.
type cursors struct {
	db     *pebble.DB
	spare  chan *cursor
	change atomic.Int64 // how often the store has changed
}

type cursor struct {
	it     *pebble.Iterator
	change int64
	uses   int
	key    [recordKeyLen]byte
}

const (
	spareCursors = 16
	// maxUses bounds how long a cursor holds files that compaction has replaced.
	maxUses = 1000
)

func newCursors(db *pebble.DB) cursors {
	return cursors{db: db, spare: make(chan *cursor, spareCursors)}
}

// take gives a cursor that sees every change before now.
func (p *cursors) take() (*cursor, error) {
	change := p.change.Load() // before the iterator is made: it may see more, never less
	for {
		select {
		case c := <-p.spare:
			if c.change == change {
				return c, nil
			}
			if err := c.it.Close(); err != nil {
				return nil, err
			}
		default:
			it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefixRecord}, UpperBound: []byte{prefixRecord + 1}})
			return &cursor{it: it, change: change}, err
		}
	}
}

// give takes a cursor back.
func (p *cursors) give(c *cursor) error {
	if c.uses++; c.uses < maxUses && c.change == p.change.Load() {
		select {
		case p.spare <- c:
			return nil
		default:
		}
	}
	return c.it.Close()
}

// changed follows every change: lookups that begin after it see it. Idle cursors are
// closed, so that they hold nothing of the past.
func (p *cursors) changed() error {
	p.change.Add(1)
	var err error
	for {
		select {
		case c := <-p.spare:
			err = errors.Join(err, c.it.Close())
		default:
			return err
		}
	}
}

// find appends the value under a key, or nothing where there is none.
func (c *cursor) find(gen int64, key [16]byte, dst []byte) ([]byte, error) {
	putRecordKey(c.key[:], gen, key[:])
	if !c.it.SeekPrefixGE(c.key[:]) {
		return dst, c.it.Error()
	}
	if bytes.Equal(c.it.Key(), c.key[:]) {
		dst = append(dst, c.it.Value()...)
	}
	return dst, nil
}
