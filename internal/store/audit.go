package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// Macs makes the macs that chain the audit, each under a key that has an id.
type Macs interface {
	// Active is the id of the key for new macs.
	Active() string
	// Mac is a mac under the key of that id; false: it is not there.
	Mac(key string, text []byte) ([]byte, bool)
}

// unkeyed chains without a key: whoever can write can chain as well. Its id tells so, and
// no keyring has a key of that id.
type unkeyed struct{}

func (unkeyed) Active() string { return "unkeyed" }

func (unkeyed) Mac(_ string, text []byte) ([]byte, bool) {
	sum := sha256.Sum256(text)
	return sum[:], true
}

// auditStore is the actor of what the store itself writes.
const auditStore = "the store"

// audit writes who does what a transaction does, as the last thing in it: it locks the head
// of the chain, and who waits for that lock must hold up nobody who has it. An entry without
// an action is not written.
func (s *Store) audit(ctx context.Context, tx *sql.Tx, e quartet.AuditEntry) error {
	if e.Action == "" {
		return nil
	}
	if e.Origin == "" {
		e.Origin = quartet.TokenOrigin(ctx, quartet.Origin(ctx))
	}
	head, whole, err := s.readHead(ctx, tx)
	if err != nil {
		return err
	}
	if !whole {
		if head, err = s.chainBroken(ctx, tx, head, e.ID+"-broken", e.At); err != nil {
			return err
		}
	}
	if head, err = s.chain(ctx, tx, head, e); err != nil {
		return err
	}
	return s.writeHead(ctx, tx, head)
}

// chainBroken writes that the end was found changed. Whoever changed it is not helped by a
// new one over it: the chain keeps that it was found so, and goes on, since a house that
// cannot be run protects nothing.
func (s *Store) chainBroken(ctx context.Context, tx *sql.Tx, head quartet.AuditPoint, id string, at time.Time) (quartet.AuditPoint, error) {
	return s.chain(ctx, tx, head, quartet.AuditEntry{
		ID: id, At: at, Actor: auditStore, Action: quartet.AuditBroken,
		Detail: "the end of the audit was changed by somebody else; entries may be missing before this one",
	})
}

// readHead locks and reads the end of the chain. It is not whole when its seal is not the
// store's, or an entry stands behind it; then the entry of the last place is the end.
func (s *Store) readHead(ctx context.Context, tx *sql.Tx) (_ quartet.AuditPoint, whole bool, err error) {
	head, err := scanHead(tx.QueryRowContext(ctx, `SELECT place, mac, key_id, seal FROM audit_head WHERE id = 1`+s.dialect.forLock))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return quartet.AuditPoint{}, false, err
	}
	seal, held := s.macs.Mac(head.Key, head.Text())
	sealed := err == nil && held && hex.EncodeToString(seal) == head.Seal
	var last quartet.AuditPoint
	err = tx.QueryRowContext(ctx, `SELECT place, mac FROM audit_entry WHERE place > 0 ORDER BY place DESC LIMIT 1`).Scan(&last.Place, &last.Mac)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return quartet.AuditPoint{}, false, err
	}
	if sealed && last.Place <= head.Place {
		return head.AuditPoint, true, nil
	}
	return last, false, nil
}

// chain writes an entry behind the end, and gives the new end.
func (s *Store) chain(ctx context.Context, tx *sql.Tx, head quartet.AuditPoint, e quartet.AuditEntry) (quartet.AuditPoint, error) {
	l, err := s.link(head, e)
	if err != nil {
		return head, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_entry (id, at, actor, action, subject, detail, origin, before_json, after_json, place, key_id, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.ID, micros(e.At), e.Actor, e.Action, e.Subject, e.Detail, e.Origin, e.Before, e.After, l.Place, l.Key, l.Mac)
	return quartet.AuditPoint{Place: l.Place, Mac: l.Mac}, err
}

func (s *Store) link(head quartet.AuditPoint, e quartet.AuditEntry) (quartet.AuditLink, error) {
	e.At = fromMicros(micros(e.At))
	l := quartet.AuditLink{Place: head.Place + 1, Key: s.macs.Active(), Entry: e}
	mac, held := s.macs.Mac(l.Key, l.Text(head.Mac))
	if !held { // cannot happen: it is the active one
		return l, quartet.Errorf(quartet.ErrUnavailable, "store: the key of the audit is missing")
	}
	l.Mac = hex.EncodeToString(mac)
	return l, nil
}

func (s *Store) writeHead(ctx context.Context, tx *sql.Tx, end quartet.AuditPoint) error {
	head := quartet.AuditHead{AuditPoint: end, Key: s.macs.Active()}
	seal, _ := s.macs.Mac(head.Key, head.Text())
	_, err := tx.ExecContext(ctx, `INSERT INTO audit_head (id, place, mac, key_id, seal) VALUES (1, $1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET place = excluded.place, mac = excluded.mac, key_id = excluded.key_id, seal = excluded.seal`,
		head.Place, head.Mac, head.Key, hex.EncodeToString(seal))
	return err
}

// chainOld chains, once, the entries that are older than the chain, in order of time, and
// writes that it did: an entry of that kind at any other time means that somebody took the
// chain away. Where begun says that the chain was begun before, it chains none of them, since
// whoever took their places away wrote them anew as well, and writes that it is broken.
func (s *Store) chainOld(ctx context.Context, begun bool) error {
	var place int64
	err := s.reader.QueryRowContext(ctx, `SELECT place FROM audit_head WHERE id = 1`).Scan(&place)
	if errors.Is(err, sql.ErrNoRows) || err == nil && place >= 0 {
		return nil
	}
	if err != nil {
		return classify(err)
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var chained int64
		if err := tx.QueryRowContext(ctx, `SELECT place FROM audit_head WHERE id = 1`+s.dialect.forLock).Scan(&place); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM audit_entry WHERE place > 0`).Scan(&chained); err != nil {
			return err
		}
		if place >= 0 || chained > 0 { // another process was quicker, or it is not a beginning
			return nil
		}
		if begun {
			now := time.Now()
			head, err := s.chainBroken(ctx, tx, quartet.AuditPoint{}, fmt.Sprintf("begun-before-%d", now.UnixMicro()), now)
			if err != nil {
				return err
			}
			return s.writeHead(ctx, tx, head)
		}
		old, err := collect(ctx, tx, scanAudit, `SELECT `+auditColumns+` FROM audit_entry ORDER BY at, id`)
		if err != nil {
			return err
		}
		var head quartet.AuditPoint
		for _, e := range old {
			l, err := s.link(head, e)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE audit_entry SET place = $2, key_id = $3, mac = $4 WHERE id = $1`, e.ID, l.Place, l.Key, l.Mac); err != nil {
				return err
			}
			head = quartet.AuditPoint{Place: l.Place, Mac: l.Mac}
		}
		if len(old) > 0 {
			e := quartet.AuditEntry{
				ID: fmt.Sprintf("begin-%d", time.Now().UnixMicro()), At: time.Now(), Actor: auditStore, Action: quartet.AuditBegun,
				Detail: fmt.Sprintf("the chain begins; the %d entries before this one are older and vouched for from now on alone", len(old)),
			}
			if head, err = s.chain(ctx, tx, head, e); err != nil {
				return err
			}
		}
		return s.writeHead(ctx, tx, head)
	})
}

// Audit writes an entry of what changed nothing, such as a secret that was shown. It is
// durable when Audit returns, so that who sees something can be made to wait for it.
func (s *Store) Audit(ctx context.Context, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(context.Context, *sql.Tx) error { return nil })
}

const auditColumns = `id, at, actor, action, subject, detail, origin, before_json, after_json`

// AuditEntries lists the last entries, newest first, at most limit.
func (s *Store) AuditEntries(ctx context.Context, limit int) ([]quartet.AuditEntry, error) {
	return collect(ctx, s.reader, scanAudit, `SELECT `+auditColumns+` FROM audit_entry ORDER BY place DESC, id DESC LIMIT $1`, limit)
}

// AuditLinks lists links that are searched for, before a place, or the last ones for 0, newest
// first, at most limit.
func (s *Store) AuditLinks(ctx context.Context, search quartet.AuditSearch, before int64, limit int) ([]quartet.AuditLink, error) {
	args := []any{limit}
	where := "place > 0"
	and := func(format string, value any) {
		args = append(args, value)
		where += " AND " + strings.ReplaceAll(format, "?", "$"+strconv.Itoa(len(args)))
	}
	// Only what bounds is written: so each search has an index of its own, but that of a noun of actions, which walks.
	if before > 0 {
		and("place < ?", before)
	}
	if search.Actor != "" {
		and("actor = ?", search.Actor)
	}
	if search.Action != "" {
		and("(action = ? OR action LIKE ? || '.%')", search.Action)
	}
	if !search.From.IsZero() {
		and("at >= ?", micros(search.From))
	}
	if !search.To.IsZero() {
		and("at < ?", micros(search.To))
	}
	return collect(ctx, s.reader, scanLink, `SELECT place, key_id, mac, `+auditColumns+` FROM audit_entry WHERE `+where+` ORDER BY place DESC LIMIT $1`, args...)
}

// AuditTrail gives all links in order of their places, and the head, as they are at one
// instant. Entries without a place come first. It ends with the first error of each.
func (s *Store) AuditTrail(ctx context.Context, each func(quartet.AuditLink) error) (quartet.AuditHead, error) {
	var head quartet.AuditHead
	err := s.atOnce(ctx, func(q querier) error {
		heads, err := collect(ctx, q, scanHead, `SELECT place, mac, key_id, seal FROM audit_head`)
		if err != nil {
			return err
		}
		if len(heads) == 1 {
			head = heads[0]
		}
		for _, which := range []string{`place <= 0 ORDER BY id`, `place > 0 ORDER BY place`} {
			if err := stream(ctx, q, each, `SELECT place, key_id, mac, `+auditColumns+` FROM audit_entry WHERE `+which); err != nil {
				return err
			}
		}
		return nil
	})
	return head, err
}

func stream(ctx context.Context, q querier, each func(quartet.AuditLink) error, query string) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanLink(rows)
		if err != nil {
			return classify(err)
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

func scanAudit(row scanner) (quartet.AuditEntry, error) {
	var (
		e  quartet.AuditEntry
		at int64
	)
	err := row.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Subject, &e.Detail, &e.Origin, &e.Before, &e.After)
	e.At = fromMicros(at)
	return e, err
}

func scanLink(row scanner) (l quartet.AuditLink, err error) {
	l.Entry, err = scanAudit(placed{row, []any{&l.Place, &l.Key, &l.Mac}})
	return l, err
}

func scanHead(row scanner) (h quartet.AuditHead, err error) {
	err = row.Scan(&h.Place, &h.Mac, &h.Key, &h.Seal)
	return h, err
}
