package store

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"time"

	"quartet"
)

const codeColumns = `id, purpose, channel, address_hash, address_sealed, person_id, hash, tries, created_at, expires_at, used_at`

// PutCode writes a code and the message that carries it.
func (s *Store) PutCode(ctx context.Context, c quartet.SentCode, m quartet.Message) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO sent_code (`+codeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			c.ID, string(c.Purpose), string(c.Channel), printOf(c.Address.Hash), bytesOf(c.Address.Sealed), c.Person, printOf(c.Hash), c.Tries,
			micros(c.Created), micros(c.Expires), micros(c.Used)); err != nil {
			return err
		}
		return post(ctx, tx, m)
	})
}

// TryCode counts one try of a code before anybody looks whether it is right. ErrNotFound,
// ErrReplayed (used), ErrExpired, ErrLimited (tried too often).
func (s *Store) TryCode(ctx context.Context, id string, now time.Time) (c quartet.SentCode, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		found, err := collect(ctx, tx, scanCode, `UPDATE sent_code SET tries = tries + 1 WHERE id = $1 AND tries < $2 AND used_at = 0 AND expires_at > $3 RETURNING `+codeColumns,
			id, quartet.MaxCodeTries, micros(now))
		if err != nil {
			return err
		}
		if len(found) > 0 {
			c = found[0]
			return nil
		}
		c, err = one(ctx, tx, "code", scanCode, `SELECT `+codeColumns+` FROM sent_code WHERE id = $1`, id)
		switch {
		case err != nil:
			return err
		case !c.Used.IsZero():
			return errCodeUsed
		case !now.Before(c.Expires):
			return quartet.Errorf(quartet.ErrExpired, "the time of this code is over; ask for a new one")
		default:
			return quartet.Errorf(quartet.ErrLimited, "this code was tried too often; ask for a new one")
		}
	})
	return c, err
}

var errCodeUsed = quartet.Errorf(quartet.ErrReplayed, "this code was used already; ask for a new one")

// useCode uses a code up: of two changes that name it, one is made.
func useCode(ctx context.Context, tx *sql.Tx, id string, now int64) error {
	res, err := tx.ExecContext(ctx, `UPDATE sent_code SET used_at = $2 WHERE id = $1 AND used_at = 0 AND expires_at > $2`, id, now)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errCodeUsed
	}
	return nil
}

func scanCode(row scanner) (quartet.SentCode, error) {
	var (
		c                      quartet.SentCode
		purpose, channel       string
		address, sealed, hash  []byte
		created, expires, used int64
	)
	err := row.Scan(&c.ID, &purpose, &channel, &address, &sealed, &c.Person, &hash, &c.Tries, &created, &expires, &used)
	c.Purpose, c.Channel, c.Address, c.Hash = quartet.Purpose(purpose), quartet.Channel(channel), contactOf(address, sealed), fromPrint(hash)
	c.Created, c.Expires, c.Used = fromMicros(created), fromMicros(expires), fromMicros(used)
	return c, err
}

// Try counts one try of each throttle and says how often each was tried. What is over its
// bound goes on being counted; its time does not grow by that.
func (s *Store) Try(ctx context.Context, now time.Time, throttles ...quartet.Throttle) (tried []quartet.Tried, err error) {
	order := make([]int, len(throttles))
	for i := range order {
		order[i] = i
	}
	// Always in the same order, so that two at once do not wait for each other.
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(throttles[a].Key[:], throttles[b].Key[:]) })
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		tried = make([]quartet.Tried, len(throttles))
		for _, i := range order {
			t := throttles[i]
			var until int64
			if err := tx.QueryRowContext(ctx, `INSERT INTO throttle (id, times, until_at) VALUES ($1, 1, $2)
				ON CONFLICT (id) DO UPDATE SET
					times = CASE WHEN throttle.until_at <= $3 THEN 1 ELSE throttle.times + 1 END,
					until_at = CASE WHEN throttle.until_at <= $3 THEN excluded.until_at ELSE throttle.until_at END
				RETURNING times, until_at`, t.Key[:], micros(now.Add(t.Span)), micros(now)).Scan(&tried[i].Times, &until); err != nil {
				return err
			}
			tried[i].Until = fromMicros(until)
		}
		return nil
	})
	return tried, err
}

// Tried tells how often each was tried within its time, without counting.
func (s *Store) Tried(ctx context.Context, now time.Time, keys ...quartet.Fingerprint) ([]quartet.Tried, error) {
	tried := make([]quartet.Tried, len(keys))
	for i, key := range keys {
		found, err := collect(ctx, s.reader, func(row scanner) (t quartet.Tried, err error) {
			var until int64
			err = row.Scan(&t.Times, &until)
			t.Until = fromMicros(until)
			return t, err
		}, `SELECT times, until_at FROM throttle WHERE id = $1 AND until_at > $2`, key[:], micros(now))
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			tried[i] = found[0]
		}
	}
	return tried, nil
}

// Forgive forgets what was counted under forget, and takes one try back of each of back.
func (s *Store) Forgive(ctx context.Context, forget, back []quartet.Fingerprint) error {
	order := slices.Concat(forget, back)
	// As Try does, so that neither waits for the other.
	slices.SortFunc(order, func(a, b quartet.Fingerprint) int { return bytes.Compare(a[:], b[:]) })
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, key := range slices.Compact(order) {
			do := `UPDATE throttle SET times = times - 1 WHERE id = $1 AND times > 0`
			if slices.Contains(forget, key) {
				do = `DELETE FROM throttle WHERE id = $1`
			}
			if _, err := tx.ExecContext(ctx, do, key[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// PutCeremony remembers a step of a proof.
func (s *Store) PutCeremony(ctx context.Context, c quartet.Ceremony) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO ceremony (id, kind, person_id, sealed, expires_at) VALUES ($1, $2, $3, $4, $5)`,
			c.ID[:], c.Kind, c.Person, bytesOf(c.Sealed), micros(c.Expires))
		return err
	})
}

// Ceremony finds one whose time is not over, or ErrNotFound.
func (s *Store) Ceremony(ctx context.Context, id quartet.Fingerprint, now time.Time) (quartet.Ceremony, error) {
	return one(ctx, s.reader, "proof under way", scanCeremony, `SELECT id, kind, person_id, sealed, expires_at FROM ceremony WHERE id = $1 AND expires_at > $2`, id[:], micros(now))
}

// TakeCeremony finds one and forgets it: of two who take it, one gets it.
func (s *Store) TakeCeremony(ctx context.Context, id quartet.Fingerprint, now time.Time) (c quartet.Ceremony, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err = one(ctx, tx, "proof under way", scanCeremony, `DELETE FROM ceremony WHERE id = $1 AND expires_at > $2 RETURNING id, kind, person_id, sealed, expires_at`, id[:], micros(now))
		return err
	})
	return c, err
}

func scanCeremony(row scanner) (quartet.Ceremony, error) {
	var (
		c       quartet.Ceremony
		id      []byte
		expires int64
	)
	err := row.Scan(&id, &c.Kind, &c.Person, &c.Sealed, &expires)
	c.ID, c.Sealed, c.Expires = fromPrint(id), someBytes(c.Sealed), fromMicros(expires)
	return c, err
}

// What is over is kept so long, for whoever looks into it.
const (
	codesKept    = 24 * time.Hour
	unsentKept   = 72 * time.Hour
	messagesKept = 90 * 24 * time.Hour
)

// TidyPeople forgets what is over: ceremonies, counts, codes; and erases what was not sent
// in its time.
func (s *Store) TidyPeople(ctx context.Context, now time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, do := range []struct {
			query  string
			before time.Time
		}{
			{`DELETE FROM ceremony WHERE expires_at <= $1`, now},
			{`DELETE FROM throttle WHERE until_at <= $1`, now},
			{`DELETE FROM sent_code WHERE expires_at <= $1`, now.Add(-codesKept)},
			{`DELETE FROM message WHERE created_at <= $1`, now.Add(-messagesKept)},
		} {
			if _, err := tx.ExecContext(ctx, do.query, micros(do.before)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE message SET sealed = $1 WHERE sent_at = 0 AND (created_at <= $2 OR expires_at > 0 AND expires_at <= $3)`,
			[]byte{}, micros(now.Add(-unsentKept)), micros(now))
		return err
	})
}
