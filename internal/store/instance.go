package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const (
	marketColumns   = `name, sealed, created_at, rotated_at, off_at`
	instanceColumns = `id, market, sale, buyer, plan_id, trial, account_id, credential_id, order_id, grant_id, state, refund, told_at, steps, created_at`
	eventColumns    = `id, market, event, hash, sealed, action, state, instance_id, outcome, answer, received_at, ended_at`
)

// AddMarket adds a market. ErrConflict: its name is taken.
func (s *Store) AddMarket(ctx context.Context, m quartet.Market, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO market (`+marketColumns+`) VALUES ($1, $2, $3, $4, $5)`, m.Name, m.Sealed, micros(m.Created), micros(m.Rotated), micros(m.Off))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "there is a market of that name already; give it a new secret, or choose another name")
		}
		return err
	})
}

// ChangeMarket writes the secret of a market and whether it is off. ErrNotFound.
func (s *Store) ChangeMarket(ctx context.Context, m quartet.Market, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE market SET sealed = $2, rotated_at = $3, off_at = $4 WHERE name = $1`, m.Name, m.Sealed, micros(m.Rotated), micros(m.Off))
		return mustTouch(res, err, "market")
	})
}

// Market finds a market, or ErrNotFound.
func (s *Store) Market(ctx context.Context, name string) (quartet.Market, error) {
	return one(ctx, s.reader, "market", scanMarket, `SELECT `+marketColumns+` FROM market WHERE name = $1`, name)
}

// Markets lists the markets by name.
func (s *Store) Markets(ctx context.Context) ([]quartet.Market, error) {
	return collect(ctx, s.reader, scanMarket, `SELECT `+marketColumns+` FROM market ORDER BY name`)
}

// PutMarketEvent keeps a message, with the job that does it if whoever took it does not live
// to do so, and with the instance that it asks for, if it names one. It gives the message
// that stands under its event: itself, or an earlier one. It is durable when this returns.
func (s *Store) PutMarketEvent(ctx context.Context, e quartet.MarketEvent, wanted quartet.Instance, handle quartet.Job) (standing quartet.MarketEvent, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO market_event (`+eventColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '', $8, 0) ON CONFLICT (market, event) DO NOTHING`,
			e.ID, e.Market, e.Event, e.Hash, e.Sealed, string(e.Action), string(quartet.MarketEventReceived), micros(e.Received))
		if err != nil {
			return err
		}
		standing, err = one(ctx, tx, "message", scanMarketEvent, `SELECT `+eventColumns+` FROM market_event WHERE market = $1 AND event = $2`, e.Market, e.Event)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if wanted.ID != "" {
			if _, err := tx.ExecContext(ctx, `INSERT INTO instance (`+instanceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', $9, 0, $10, 0, $11) ON CONFLICT (market, sale) DO NOTHING`,
				wanted.ID, wanted.Market, wanted.Sale, wanted.Buyer, wanted.Plan, bit(wanted.Trial), wanted.Account, wanted.Credential,
				string(quartet.InstanceProvisioning), micros(wanted.Told), micros(wanted.Created)); err != nil {
				return err
			}
		}
		return enqueue(ctx, tx, handle)
	})
	return standing, err
}

// MarketEvent finds a message by our id, or ErrNotFound.
func (s *Store) MarketEvent(ctx context.Context, id string) (quartet.MarketEvent, error) {
	return one(ctx, s.reader, "message", scanMarketEvent, `SELECT `+eventColumns+` FROM market_event WHERE id = $1`, id)
}

// RefuseMarketEvent writes that a message can never be done, and why. What has ended before
// stays as it is, and the entry is not written again.
func (s *Store) RefuseMarketEvent(ctx context.Context, id, instance, why string, now time.Time, e quartet.AuditEntry) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE market_event SET state = $2, instance_id = $3, answer = $4, ended_at = $5 WHERE id = $1 AND state = $6`,
			id, string(quartet.MarketEventRefused), instance, why, micros(now), string(quartet.MarketEventReceived))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.audit(ctx, tx, e)
	})
}

// Instance finds an instance, or ErrNotFound.
func (s *Store) Instance(ctx context.Context, id string) (quartet.Instance, error) {
	return one(ctx, s.reader, "instance", scanInstance, `SELECT `+instanceColumns+` FROM instance WHERE id = $1`, id)
}

// Instances lists instances, newest first, at most limit: of a market, or of all for "".
func (s *Store) Instances(ctx context.Context, market string, limit int) ([]quartet.Instance, error) {
	return collect(ctx, s.reader, scanInstance, `SELECT `+instanceColumns+` FROM instance WHERE ($1 = '' OR market = $1) ORDER BY created_at DESC, id DESC LIMIT $2`, market, limit)
}

// StepInstance writes a step that changes nothing but the instance. ErrConflict: the
// instance is not any more what the step was decided on.
func (s *Store) StepInstance(ctx context.Context, step quartet.InstanceStep, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error { return stepInstance(ctx, tx, &step) })
}

func stepInstance(ctx context.Context, tx *sql.Tx, step *quartet.InstanceStep) error {
	i := &step.Instance
	res, err := tx.ExecContext(ctx, `UPDATE instance SET order_id = $3, grant_id = $4, state = $5, refund = $6, told_at = $7, steps = steps + 1 WHERE id = $1 AND steps = $2`,
		i.ID, i.Steps, i.Order, i.Grant, string(i.State), bit(i.Refund), micros(i.Told))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "another message changed this instance meanwhile; send this one again")
	}
	if step.Event == "" {
		return nil
	}
	res, err = tx.ExecContext(ctx, `UPDATE market_event SET state = $2, instance_id = $3, outcome = $4, ended_at = $5 WHERE id = $1 AND state = $6`,
		step.Event, string(quartet.MarketEventHandled), i.ID, string(i.State), micros(step.At), string(quartet.MarketEventReceived))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "this message was done meanwhile; send it again for its answer")
	}
	return nil
}

// lockInstance reads the instance whose order this is. It is changed under the lock of its
// order alone from the time that it has one.
func (s *Store) lockInstance(ctx context.Context, tx *sql.Tx, order string) (quartet.Instance, error) {
	return one(ctx, tx, "instance", scanInstance, `SELECT `+instanceColumns+` FROM instance WHERE order_id = $1`+s.dialect.forLock, order)
}

func scanMarket(row scanner) (quartet.Market, error) {
	var (
		m                     quartet.Market
		created, rotated, off int64
	)
	err := row.Scan(&m.Name, &m.Sealed, &created, &rotated, &off)
	m.Created, m.Rotated, m.Off = fromMicros(created), fromMicros(rotated), fromMicros(off)
	return m, err
}

func scanInstance(row scanner) (quartet.Instance, error) {
	var (
		i                            quartet.Instance
		state                        string
		trial, refund, told, created int64
	)
	err := row.Scan(&i.ID, &i.Market, &i.Sale, &i.Buyer, &i.Plan, &trial, &i.Account, &i.Credential, &i.Order, &i.Grant, &state, &refund, &told, &i.Steps, &created)
	i.Trial, i.Refund, i.State = trial == 1, refund == 1, quartet.InstanceState(state)
	i.Told, i.Created = fromMicros(told), fromMicros(created)
	return i, err
}

func scanMarketEvent(row scanner) (quartet.MarketEvent, error) {
	var (
		e                      quartet.MarketEvent
		action, state, outcome string
		received, ended        int64
	)
	err := row.Scan(&e.ID, &e.Market, &e.Event, &e.Hash, &e.Sealed, &action, &state, &e.Instance, &outcome, &e.Answer, &received, &ended)
	e.Action, e.State, e.Outcome = quartet.MarketAction(action), quartet.MarketEventState(state), quartet.InstanceState(outcome)
	e.Received, e.Ended = fromMicros(received), fromMicros(ended)
	return e, err
}
