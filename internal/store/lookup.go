package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// lookups answers many lookups of the registry with one statement: whatever has gathered
// while the last statement was under way goes together, as acts do in the committer. One
// caller alone waits for one round trip.
type lookups struct {
	mu      sync.Mutex
	waiting map[int64][]*lookup // by generation
	running bool                // a statement is under way
}

type lookup struct {
	key   [16]byte
	value []byte
	live  bool
	err   error
	done  chan struct{}
}

const (
	maxLookups = 256 // in one statement
	// lookupTimeout bounds a statement whose callers may be gone.
	lookupTimeout = 10 * time.Second
)

// get waits for the answer, or for ctx to end; the statement then goes on for the others.
func (l *lookups) get(ctx context.Context, db *sql.DB, gen int64, key [16]byte) (value []byte, live bool, err error) {
	one := &lookup{key: key, done: make(chan struct{})}
	l.mu.Lock()
	if l.waiting == nil {
		l.waiting = map[int64][]*lookup{}
	}
	l.waiting[gen] = append(l.waiting[gen], one)
	if !l.running {
		l.running = true
		go l.run(context.WithoutCancel(ctx), db)
	}
	l.mu.Unlock()
	select {
	case <-one.done:
		return one.value, one.live, one.err
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// run answers until nobody waits.
func (l *lookups) run(ctx context.Context, db *sql.DB) {
	for {
		gen, batch := l.take()
		if batch == nil {
			return
		}
		l.ask(ctx, db, gen, batch)
		for _, one := range batch {
			close(one.done)
		}
	}
}

func (l *lookups) take() (gen int64, batch []*lookup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for gen, all := range l.waiting {
		n := min(len(all), maxLookups)
		if batch, l.waiting[gen] = all[:n:n], all[n:]; n == len(all) {
			delete(l.waiting, gen)
		}
		return gen, batch
	}
	l.running = false
	return 0, nil
}

// ask sees the records and whether their generation is the active one in one statement.
func (l *lookups) ask(ctx context.Context, db *sql.DB, gen int64, batch []*lookup) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	keys := make([][]byte, len(batch))
	for i, one := range batch {
		keys[i] = one.key[:]
	}
	rows, err := db.QueryContext(ctx, `
		SELECT wanted.place, record.value FROM registry_generation AS generation
		CROSS JOIN unnest($2::bytea[]) WITH ORDINALITY AS wanted (card, place)
		LEFT JOIN registry_record AS record ON record.generation = generation.id AND record.card = wanted.card
		WHERE generation.id = $1 AND generation.is_active = 1`, gen, keys)
	if err == nil {
		err = l.read(rows, batch)
	}
	if err != nil {
		for _, one := range batch {
			one.value, one.live, one.err = nil, false, classify(err)
		}
	}
}

func (l *lookups) read(rows *sql.Rows, batch []*lookup) error {
	defer rows.Close()
	for rows.Next() {
		var (
			place int
			value []byte
		)
		if err := rows.Scan(&place, &value); err != nil {
			return err
		}
		batch[place-1].value, batch[place-1].live = value, true
	}
	return rows.Err()
}
