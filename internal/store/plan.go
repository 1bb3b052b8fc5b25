package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const planColumns = `id, product_id, name, units, price, months, trial, from_at, until_at`

// Plans lists all plans, in the order of product, price and id.
func (s *Store) Plans(ctx context.Context) ([]quartet.Plan, error) {
	return collect(ctx, s.reader, scanPlan, `SELECT `+planColumns+` FROM plan ORDER BY product_id, price, from_at, id`)
}

func scanPlan(row scanner) (quartet.Plan, error) {
	var (
		p                  quartet.Plan
		trial, from, until int64
	)
	err := row.Scan(&p.ID, &p.Product, &p.Name, &p.Units, &p.Price, &p.Months, &trial, &from, &until)
	p.Trial, p.From, p.Until = trial == 1, fromMicros(from), fromMicros(until)
	return p, err
}

func insertPlan(ctx context.Context, tx *sql.Tx, p quartet.Plan) error {
	var known int64
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM product WHERE id = $1`, p.Product).Scan(&known); err != nil {
		return err
	}
	if known == 0 {
		return &quartet.Error{Code: quartet.ErrNotFound, Field: "product", Message: "there is no product of that id; `quartet product list` shows them"}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO plan (`+planColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, p.Product, p.Name, p.Units, int64(p.Price), p.Months, bit(p.Trial), micros(p.From), micros(p.Until))
	if isUnique(err) {
		return &quartet.Error{Code: quartet.ErrConflict, Field: "id", Message: "there is a plan of that id already, and what it sells never changes; choose another id"}
	}
	return err
}

// SeedPlans gives a house that has no plan its first ones. Where there is one it does nothing.
func (s *Store) SeedPlans(ctx context.Context, plans []quartet.Plan) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var standing int64
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM plan`).Scan(&standing); err != nil || standing > 0 {
			return err
		}
		for _, p := range plans {
			if err := insertPlan(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// CreatePlan adds a plan. ErrNotFound: it is of no product; ErrConflict: its id is taken.
func (s *Store) CreatePlan(ctx context.Context, p quartet.Plan, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error { return insertPlan(ctx, tx, p) })
}

// PlanCheck says whether what is about to happen to a plan may, when it is told whether accounts
// hold units of its product.
type PlanCheck = func(p quartet.Plan, held bool) error

// EndPlan sets the instant from which a plan is not sold any more, if check lets it. ErrConflict:
// it ended before now, or would end before it begins.
func (s *Store) EndPlan(ctx context.Context, id string, until, now time.Time, check PlanCheck, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.checkPlan(ctx, tx, id, now, check); err != nil {
			return err
		}
		return endPlan(ctx, tx, id, until, now)
	})
}

// FollowPlan ends a plan at the instant at which the next one begins, if check lets it.
func (s *Store) FollowPlan(ctx context.Context, id string, next quartet.Plan, now time.Time, check PlanCheck, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.checkPlan(ctx, tx, id, now, check); err != nil {
			return err
		}
		if err := endPlan(ctx, tx, id, next.From, now); err != nil {
			return err
		}
		return insertPlan(ctx, tx, next)
	})
}

// checkPlan keeps a plan from changing, and asks whether it may be changed. One that is not there
// is for endPlan to tell.
func (s *Store) checkPlan(ctx context.Context, tx *sql.Tx, id string, now time.Time, check PlanCheck) error {
	list, err := collect(ctx, tx, scanPlan, `SELECT `+planColumns+` FROM plan WHERE id = $1`+s.dialect.forLock, id)
	if err != nil || len(list) == 0 {
		return err
	}
	some, err := held(ctx, tx, list[0].Product, now)
	if err != nil {
		return err
	}
	return check(list[0], some)
}

func endPlan(ctx context.Context, tx *sql.Tx, id string, until, now time.Time) error {
	res, err := tx.ExecContext(ctx, `UPDATE plan SET until_at = $2 WHERE id = $1 AND from_at < $2 AND (until_at = 0 OR until_at > $3)`, id, micros(until), micros(now))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return quartet.Errorf(quartet.ErrConflict, "there is no plan of that id that could end then: it ended before, or begins later")
}
