package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const ticketColumns = `id, number, account_id, person_id, subject, category, priority, state, live, call_second, call_n, assignee, opening, created_at, answered_at, solved_at, closed_at,
	last, files, buyer_seen, buyer_told, buyer_sent, support_seen, support_told, support_sent, stars, word, rated_at, queue_rank, queue_since, notes`

func ticketArgs(t *quartet.Ticket) []any {
	place := t.Place()
	return []any{
		t.ID, t.Number, t.Account, t.Person, bytesOf(t.Subject), string(t.Category), string(t.Priority), string(t.State), bit(t.Live), t.SeqNo.Second, int64(t.SeqNo.N), t.Assignee,
		printOf(t.Opening), micros(t.Created), micros(t.Answered), micros(t.Solved), micros(t.Closed),
		t.Last, t.Files, t.Buyer.Seen, t.Buyer.Told, t.Buyer.Sent, t.Support.Seen, t.Support.Told, t.Support.Sent, t.Stars, bytesOf(t.Word), micros(t.Rated),
		place.Rank, place.Since, t.Notes,
	}
}

func scanTicket(row scanner) (quartet.Ticket, error) {
	var (
		t                                                   quartet.Ticket
		category, priority, state                           string
		opening                                             []byte
		live, n, created, answered, solved, closed, ratedAt int64
		place                                               quartet.TicketPlace
	)
	err := row.Scan(&t.ID, &t.Number, &t.Account, &t.Person, &t.Subject, &category, &priority, &state, &live, &t.SeqNo.Second, &n, &t.Assignee, &opening, &created, &answered, &solved, &closed,
		&t.Last, &t.Files, &t.Buyer.Seen, &t.Buyer.Told, &t.Buyer.Sent, &t.Support.Seen, &t.Support.Told, &t.Support.Sent, &t.Stars, &t.Word, &ratedAt, &place.Rank, &place.Since, &t.Notes)
	t.Category, t.Priority, t.State, t.Live = quartet.TicketCategory(category), quartet.TicketPriority(priority), quartet.TicketState(state), live == 1
	t.SeqNo.N, t.Opening, t.Subject, t.Word = uint64(n), fromPrint(opening), someBytes(t.Subject), someBytes(t.Word)
	t.Created, t.Answered, t.Solved, t.Closed, t.Rated = fromMicros(created), fromMicros(answered), fromMicros(solved), fromMicros(closed), fromMicros(ratedAt)
	if t.Waits = (time.Time{}); place.Since > 0 {
		t.Waits = fromMicros(place.Since)
	}
	return t, err
}

// OpenTicket opens a ticket with its first messages, unless one was opened by the same
// opening: then it gives that one. ErrLimited: so many of the account wait already.
// ErrConflict: the number is taken.
func (s *Store) OpenTicket(ctx context.Context, p quartet.TicketStep, most int) (opened quartet.Ticket, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		known, err := collect(ctx, tx, scanTicket, `SELECT `+ticketColumns+` FROM ticket WHERE opening = $1`, printOf(p.Ticket.Opening))
		if err != nil {
			return err
		}
		if len(known) > 0 {
			opened = known[0]
			return nil
		}
		// Whoever opens another one for the same account waits, and counts this one too.
		if err := s.lockAccount(ctx, tx, p.Ticket.Account); err != nil {
			return err
		}
		var waiting int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM ticket WHERE account_id = $1 AND state IN ('open', 'waiting_for_buyer', 'waiting_for_support')`, p.Ticket.Account).Scan(&waiting); err != nil {
			return err
		}
		if waiting >= most {
			return quartet.Errorf(quartet.ErrLimited, "%d tickets of this account are not solved yet; write to one of them, or say that it is solved", waiting)
		}
		opened = p.Ticket
		_, err = tx.ExecContext(ctx, `INSERT INTO ticket (`+ticketColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)`, ticketArgs(&p.Ticket)...)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "another ticket was opened at the same instant; try again")
		}
		if err != nil {
			return err
		}
		return s.postTicket(ctx, tx, &p)
	})
	s.nudgeFor(err, &p)
	return opened, err
}

func (s *Store) nudgeFor(err error, p *quartet.TicketStep) {
	if err == nil && len(p.Jobs)+len(p.Mails) > 0 {
		s.nudge()
	}
}

// StepTicket shows decide a ticket, locked, and writes what it decides; it gives the first
// message of it. One that was written before under the same key is given as it is, and
// nothing is decided. decide may be called again; it does nothing but decide. ErrNotFound.
func (s *Store) StepTicket(ctx context.Context, id string, key quartet.Fingerprint, decide func(quartet.Ticket) (quartet.TicketStep, error)) (said quartet.TicketMessage, err error) {
	var p quartet.TicketStep
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		p, said = quartet.TicketStep{}, quartet.TicketMessage{}
		t, err := one(ctx, tx, "ticket", scanTicket, `SELECT `+ticketColumns+` FROM ticket WHERE id = $1`+s.dialect.forLock, id)
		if err != nil {
			return err
		}
		if !key.IsZero() {
			before, err := collect(ctx, tx, scanTicketMessage, `SELECT `+ticketMessageColumns+` FROM ticket_message WHERE ticket_id = $1 AND said_key = $2`, id, printOf(key))
			if err != nil {
				return err
			}
			if len(before) > 0 {
				said = before[0]
				return nil
			}
		}
		if p, err = decide(t); err != nil || p.Untouched {
			return err
		}
		n, place := &p.Ticket, p.Ticket.Place()
		res, err := tx.ExecContext(ctx, `UPDATE ticket SET category = $3, priority = $4, state = $5, live = $6, assignee = $7, answered_at = $8, solved_at = $9, closed_at = $10, last = $11, files = $12,
			buyer_told = $13, buyer_sent = $14, support_told = $15, support_sent = $16, stars = $17, word = $18, rated_at = $19, queue_rank = $21, queue_since = $22, notes = $23 WHERE id = $1 AND state = $2 AND last = $20`,
			id, string(t.State), string(n.Category), string(n.Priority), string(n.State), bit(n.Live), n.Assignee, micros(n.Answered), micros(n.Solved), micros(n.Closed), n.Last, n.Files,
			n.Buyer.Told, n.Buyer.Sent, n.Support.Told, n.Support.Sent, n.Stars, bytesOf(n.Word), micros(n.Rated), t.Last, place.Rank, place.Since, n.Notes)
		if err := mustChange(res, err, "this ticket has changed meanwhile; look at it again"); err != nil {
			return err
		}
		if len(p.Messages) > 0 {
			said = p.Messages[0]
		}
		return s.postTicket(ctx, tx, &p)
	})
	s.nudgeFor(err, &p)
	return said, err
}

// postTicket writes what hangs on a ticket that was written.
func (s *Store) postTicket(ctx context.Context, tx *sql.Tx, p *quartet.TicketStep) error {
	for i := range p.Messages {
		m := &p.Messages[i]
		if _, err := tx.ExecContext(ctx, `INSERT INTO ticket_message (`+ticketMessageColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
			m.Ticket, m.Place, m.ID, string(m.Side), bit(m.Internal), m.By, printOf(m.Key), bytesOf(m.Sealed), bit(m.Scrubbed),
			m.File.ID, m.File.Kind, m.File.Size, m.File.Width, m.File.Height, micros(m.At), m.Notes); err != nil {
			return err
		}
	}
	if p.File != nil {
		if _, err := tx.ExecContext(ctx, `INSERT INTO ticket_file (id, ticket_id, sealed) VALUES ($1, $2, $3)`, p.Messages[0].File.ID, p.Ticket.ID, p.File); err != nil {
			return err
		}
	}
	if err := post(ctx, tx, p.Mails...); err != nil {
		return err
	}
	if err := enqueue(ctx, tx, p.Jobs...); err != nil {
		return err
	}
	return s.audit(ctx, tx, p.Entry)
}

// Ticket finds a ticket, or ErrNotFound.
func (s *Store) Ticket(ctx context.Context, id string) (quartet.Ticket, error) {
	return one(ctx, s.reader, "ticket", scanTicket, `SELECT `+ticketColumns+` FROM ticket WHERE id = $1`, id)
}

const ticketsSQL = `SELECT ` + ticketColumns + ` FROM ticket
	WHERE ($1 = '' OR account_id = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR category = $3) AND ($4 = '' OR assignee = $4) AND ($5 = 0 OR assignee = '')
		AND ($6 = '' OR number = $6) AND (CAST($7 AS BIGINT) = 0 AND CAST($8 AS BIGINT) = 0 OR call_second = $7 AND call_n = $8)`

func ticketFilterArgs(f *quartet.TicketFilter, more ...any) []any {
	return append([]any{f.Account, string(f.State), string(f.Category), f.Assignee, bit(f.Unassigned), f.Number, f.SeqNo.Second, int64(f.SeqNo.N)}, more...)
}

// Tickets lists tickets that fit, newest first. Ids are in the order of time.
func (s *Store) Tickets(ctx context.Context, f quartet.TicketFilter) ([]quartet.Ticket, error) {
	return collect(ctx, s.reader, scanTicket, ticketsSQL+` AND ($9 = '' OR id < $9) ORDER BY id DESC LIMIT $10`, ticketFilterArgs(&f, f.Before, f.Limit)...)
}

// TicketQueue lists tickets that fit as they stand in the queue of support, behind a place.
func (s *Store) TicketQueue(ctx context.Context, f quartet.TicketFilter, behind quartet.TicketPlace) ([]quartet.Ticket, error) {
	return collect(ctx, s.reader, scanTicket, ticketsSQL+` AND (queue_rank, queue_since, id) > ($9, $10, $11) ORDER BY queue_rank, queue_since, id LIMIT $12`,
		ticketFilterArgs(&f, behind.Rank, behind.Since, behind.ID, f.Limit)...)
}

const ticketMessageColumns = `ticket_id, place, id, side, internal, written_by, said_key, sealed, scrubbed, file_id, file_kind, file_size, file_width, file_height, created_at, notes`

func scanTicketMessage(row scanner) (quartet.TicketMessage, error) {
	var (
		m                      quartet.TicketMessage
		side                   string
		key                    []byte
		internal, scrubbed, at int64
	)
	err := row.Scan(&m.Ticket, &m.Place, &m.ID, &side, &internal, &m.By, &key, &m.Sealed, &scrubbed, &m.File.ID, &m.File.Kind, &m.File.Size, &m.File.Width, &m.File.Height, &at, &m.Notes)
	m.Side, m.Internal, m.Key, m.Scrubbed, m.At = quartet.TicketSide(side), internal == 1, fromPrint(key), scrubbed == 1, fromMicros(at)
	return m, err
}

// TicketMessages lists what was said to a ticket behind a place, in order, at most limit;
// what is internal only if it is asked for: else the place is counted as buyers count.
func (s *Store) TicketMessages(ctx context.Context, ticket string, after int64, internal bool, limit int) ([]quartet.TicketMessage, error) {
	return collect(ctx, s.reader, scanTicketMessage, `SELECT `+ticketMessageColumns+` FROM ticket_message
		WHERE ticket_id = $1 AND place > $2 AND ($3 = 1 OR internal = 0 AND place - notes > $2) ORDER BY place LIMIT $4`, ticket, after, bit(internal), limit)
}

// TicketFile gives the message that a file came with, and its sealed bytes. ErrNotFound.
func (s *Store) TicketFile(ctx context.Context, ticket, file string) (quartet.TicketMessage, []byte, error) {
	m, err := one(ctx, s.reader, "file", scanTicketMessage, `SELECT `+ticketMessageColumns+` FROM ticket_message WHERE ticket_id = $1 AND file_id = $2 AND file_id <> ''`, ticket, file)
	if err != nil {
		return m, nil, err
	}
	sealed, err := one(ctx, s.reader, "file", func(row scanner) (b []byte, err error) {
		err = row.Scan(&b)
		return b, err
	}, `SELECT sealed FROM ticket_file WHERE id = $1 AND ticket_id = $2`, file, ticket)
	return m, sealed, err
}

// SeeTicket writes how far a side has read. It never goes back.
func (s *Store) SeeTicket(ctx context.Context, ticket string, side quartet.TicketSide, place int64) error {
	text := `UPDATE ticket SET support_seen = $2 WHERE id = $1 AND support_seen < $2`
	if side == quartet.SideBuyer {
		text = `UPDATE ticket SET buyer_seen = $2 WHERE id = $1 AND buyer_seen < $2`
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, text, ticket, place)
		return err
	})
}

// CloseSolved closes tickets that were solved before an instant, and tells how many.
func (s *Store) CloseSolved(ctx context.Context, before, now time.Time) (n int64, err error) {
	some, err := collect(ctx, s.reader, scanText, `SELECT id FROM ticket WHERE state = 'solved' AND solved_at < $1 LIMIT 1`, micros(before))
	if err != nil || len(some) == 0 {
		return 0, err
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE ticket SET state = 'closed', closed_at = $2 WHERE state = 'solved' AND solved_at < $1`, micros(before), micros(now))
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}
