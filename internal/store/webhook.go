package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const webhookColumns = `id, account_id, url, secret, secret_at, old_secret, old_until, failing_since, disabled_at, disabled_why, created_at, created_by`

func scanWebhook(row scanner) (quartet.Webhook, error) {
	var (
		w                                           quartet.Webhook
		secret, until, failing, disabled, createdAt int64
	)
	err := row.Scan(&w.ID, &w.Account, &w.URL, &w.Secret, &secret, &w.Old, &until, &failing, &disabled, &w.Why, &createdAt, &w.By)
	w.Secret, w.Old = someBytes(w.Secret), someBytes(w.Old)
	w.SecretAt, w.OldUntil, w.Failing, w.Disabled, w.Created = fromMicros(secret), fromMicros(until), fromMicros(failing), fromMicros(disabled), fromMicros(createdAt)
	return w, err
}

// Webhooks lists the webhooks of an account, oldest first.
func (s *Store) Webhooks(ctx context.Context, account string) ([]quartet.Webhook, error) {
	return collect(ctx, s.reader, scanWebhook, `SELECT `+webhookColumns+` FROM webhook WHERE account_id = $1 ORDER BY id`, account)
}

// Webhook finds a webhook, or ErrNotFound.
func (s *Store) Webhook(ctx context.Context, id string) (quartet.Webhook, error) {
	return one(ctx, s.reader, "webhook", scanWebhook, `SELECT `+webhookColumns+` FROM webhook WHERE id = $1`, id)
}

// AddWebhook writes a webhook of an account that has fewer than most. ErrConflict: it has not.
func (s *Store) AddWebhook(ctx context.Context, w quartet.Webhook, most int64, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := collect(ctx, tx, scanInt, `SELECT 1 FROM account WHERE id = $1`+s.dialect.forLock, w.Account); err != nil {
			return err
		}
		n, err := collect(ctx, tx, scanInt, `SELECT count(*) FROM webhook WHERE account_id = $1`, w.Account)
		if err != nil {
			return err
		}
		if n[0] >= most {
			return quartet.Errorf(quartet.ErrConflict, "this account has %d webhooks, which is the most; remove or change one", n[0])
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO webhook (`+webhookColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			w.ID, w.Account, w.URL, bytesOf(w.Secret), micros(w.SecretAt), bytesOf(w.Old), micros(w.OldUntil), micros(w.Failing), micros(w.Disabled), w.Why, micros(w.Created), w.By)
		return err
	})
}

// ChangeWebhook lets change make something else of a webhook of an account, under lock, and
// writes it. ErrNotFound.
func (s *Store) ChangeWebhook(ctx context.Context, account, id string, change func(*quartet.Webhook) error, e quartet.AuditEntry) (w quartet.Webhook, err error) {
	err = s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		w, err = one(ctx, tx, "webhook", scanWebhook, `SELECT `+webhookColumns+` FROM webhook WHERE id = $1 AND account_id = $2`+s.dialect.forLock, id, account)
		if err != nil {
			return err
		}
		if err := change(&w); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE webhook SET url = $2, secret = $3, secret_at = $4, old_secret = $5, old_until = $6, failing_since = $7, disabled_at = $8, disabled_why = $9 WHERE id = $1`,
			w.ID, w.URL, bytesOf(w.Secret), micros(w.SecretAt), bytesOf(w.Old), micros(w.OldUntil), micros(w.Failing), micros(w.Disabled), w.Why)
		return err
	})
	return w, err
}

// RemoveWebhook removes a webhook of an account with what was sent to it. ErrNotFound.
func (s *Store) RemoveWebhook(ctx context.Context, account, id string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM webhook WHERE id = $1 AND account_id = $2`, id, account)
		if err := mustTouch(res, err, "webhook"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM webhook_try WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE webhook_id = $1)`, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM webhook_delivery WHERE webhook_id = $1`, id)
		return err
	})
}

const deliveryColumns = `id, webhook_id, account_id, event_id, kind, body, replays, state, tries, created_at, ended_at`

func insertDelivery(ctx context.Context, tx *sql.Tx, d *quartet.Delivery) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO webhook_delivery (`+deliveryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		d.ID, d.Webhook, d.Account, d.Event, d.Kind, d.Body, d.Replays, string(d.State), d.Tries, micros(d.Created), micros(d.Ended)); err != nil {
		return err
	}
	return enqueue(ctx, tx, d.Job())
}

func scanDelivery(row scanner) (quartet.Delivery, error) {
	var (
		d              quartet.Delivery
		state          string
		created, ended int64
	)
	err := row.Scan(&d.ID, &d.Webhook, &d.Account, &d.Event, &d.Kind, &d.Body, &d.Replays, &state, &d.Tries, &created, &ended)
	d.State, d.Created, d.Ended = quartet.DeliveryState(state), fromMicros(created), fromMicros(ended)
	return d, err
}

// Delivery finds a delivery, or ErrNotFound.
func (s *Store) Delivery(ctx context.Context, id string) (quartet.Delivery, error) {
	return one(ctx, s.reader, "delivery", scanDelivery, `SELECT `+deliveryColumns+` FROM webhook_delivery WHERE id = $1`, id)
}

// Deliveries lists what was sent to a webhook, newest first, at most limit; before is the id
// of one behind which the list goes on. Ids are in the order of time.
func (s *Store) Deliveries(ctx context.Context, webhook, before string, limit int) ([]quartet.Delivery, error) {
	return collect(ctx, s.reader, scanDelivery, `SELECT `+deliveryColumns+` FROM webhook_delivery WHERE webhook_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, webhook, before, limit)
}

// DeliveryTries lists the attempts of a delivery, oldest first.
func (s *Store) DeliveryTries(ctx context.Context, delivery string) ([]quartet.DeliveryTry, error) {
	return collect(ctx, s.reader, func(row scanner) (t quartet.DeliveryTry, err error) {
		var at, latency, status int64
		err = row.Scan(&t.Delivery, &t.Place, &at, &latency, &status, &t.Fault, &t.Answer)
		t.At, t.Latency, t.Status = fromMicros(at), time.Duration(latency)*time.Microsecond, int(status)
		return t, err
	}, `SELECT delivery_id, place, at, latency_us, status, fault, answer FROM webhook_try WHERE delivery_id = $1 ORDER BY place`, delivery)
}

// Deliver writes an attempt of a delivery, what that makes of the delivery, and how its webhook
// does, with what people are told of it. The attempt gets the next place. ErrConflict: the
// delivery ended meanwhile.
func (s *Store) Deliver(ctx context.Context, d quartet.Delivery, try quartet.DeliveryTry, health func(*quartet.Webhook) quartet.Telling) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		w, err := one(ctx, tx, "webhook", scanWebhook, `SELECT `+webhookColumns+` FROM webhook WHERE id = $1`+s.dialect.forLock, d.Webhook)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE webhook_delivery SET state = $2, tries = tries + 1, ended_at = $3 WHERE id = $1 AND state = 'waiting'`, d.ID, string(d.State), micros(d.Ended))
		if err := mustChange(res, err, "this delivery has ended"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO webhook_try (delivery_id, place, at, latency_us, status, fault, answer)
			SELECT id, tries, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS TEXT) FROM webhook_delivery WHERE id = $1`,
			d.ID, micros(try.At), try.Latency.Microseconds(), try.Status, try.Fault, try.Answer); err != nil {
			return err
		}
		t := health(&w)
		if _, err := tx.ExecContext(ctx, `UPDATE webhook SET failing_since = $2, disabled_at = $3, disabled_why = $4 WHERE id = $1`, w.ID, micros(w.Failing), micros(w.Disabled), w.Why); err != nil {
			return err
		}
		return tell(ctx, tx, t)
	})
	if err == nil {
		s.nudge()
	}
	return err
}

// EndDelivery gives a delivery up that cannot be tried any more.
func (s *Store) EndDelivery(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE webhook_delivery SET state = 'failed', ended_at = $2 WHERE id = $1 AND state = 'waiting'`, id, micros(at))
		return err
	})
}

// maxAsked is how many deliveries of a webhook may wait when somebody asks for another one.
const maxAsked = 50

// AddDelivery writes a delivery that somebody asked for. ErrConflict: too many wait already.
func (s *Store) AddDelivery(ctx context.Context, d quartet.Delivery, e quartet.AuditEntry) error {
	err := s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		waiting, err := collect(ctx, tx, scanInt, `SELECT count(*) FROM webhook_delivery WHERE webhook_id = $1 AND state = 'waiting'`, d.Webhook)
		if err != nil {
			return err
		}
		if waiting[0] >= maxAsked {
			return quartet.Errorf(quartet.ErrConflict, "%d deliveries to this webhook are under way; wait until some have ended", waiting[0])
		}
		return insertDelivery(ctx, tx, &d)
	})
	if err == nil {
		s.nudge()
	}
	return err
}

// PruneDeliveries forgets deliveries that ended before an instant.
func (s *Store) PruneDeliveries(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM webhook_try WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE ended_at > 0 AND ended_at < $1)`, micros(before)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM webhook_delivery WHERE ended_at > 0 AND ended_at < $1`, micros(before))
		return err
	})
}
