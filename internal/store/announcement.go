package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// held reports whether accounts hold units of a product, or have ordered some that they may
// pay yet.
func held(ctx context.Context, q querier, product string, now time.Time) (bool, error) {
	found, err := collect(ctx, q, scanInt, `SELECT 1 WHERE EXISTS (SELECT 1 FROM quota_grant WHERE `+holding+` AND product_id IN ('', $2))
		OR EXISTS (SELECT 1 FROM shop_order WHERE product_id = $2 AND state = 'open')`, micros(now), product)
	return len(found) > 0, err
}

const announcementColumns = `id, kind, title, title_en, words, words_en, published_at, published_by, effective_at, applied_at, withdrawn_at, withdrawn_by`

const changeColumns = `announcement_id, kind, state, product_id, charge_match, charge_mismatch, charge_undetermined, plan_id, next_plan_id, next_name, next_units, next_price, next_months, until_before`

func scanAnnouncement(row scanner) (quartet.Announcement, error) {
	var (
		a                                        quartet.Announcement
		kind                                     string
		published, effective, applied, withdrawn int64
	)
	err := row.Scan(&a.ID, &kind, &a.Title, &a.TitleEN, &a.Text, &a.TextEN, &published, &a.By, &effective, &applied, &withdrawn, &a.WithdrawnBy)
	a.Kind = quartet.AnnouncementKind(kind)
	a.Published, a.Effective, a.Applied, a.Withdrawn = fromMicros(published), fromMicros(effective), fromMicros(applied), fromMicros(withdrawn)
	return a, err
}

// PublishAnnouncement writes an announcement, what it changes, its job and its circular. Plans
// bear their dates from now on; charge tables wait for the job. ErrNotFound: there is no such
// product or plan. ErrConflict: another change of the same thing waits, the plan ends before,
// or the next plan's id is taken.
func (s *Store) PublishAnnouncement(ctx context.Context, a quartet.Announcement, c quartet.Circular, e quartet.AuditEntry) error {
	var jobs []quartet.Job
	if len(a.Changes) > 0 {
		jobs = []quartet.Job{a.Job()}
	}
	err := s.event(ctx, e, jobs, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO announcement (`+announcementColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, '')`,
			a.ID, string(a.Kind), a.Title, a.TitleEN, a.Text, a.TextEN, micros(a.Published), a.By, micros(a.Effective)); err != nil {
			return err
		}
		for _, product := range a.Products {
			if err := s.lockProduct(ctx, tx, product); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO announcement_product (product_id, announcement_id) VALUES ($1, $2)`, product, a.ID); err != nil {
				return err
			}
		}
		for i := range a.Changes {
			if err := s.announceChange(ctx, tx, &a, int64(i+1), a.Changes[i]); err != nil {
				return err
			}
		}
		return insertCircular(ctx, tx, &c)
	})
	if err == nil {
		s.nudge()
	}
	return err
}

func (s *Store) announceChange(ctx context.Context, tx *sql.Tx, a *quartet.Announcement, place int64, c quartet.AnnouncedChange) error {
	if c.Plan != "" {
		old, err := one(ctx, tx, "plan", scanPlan, `SELECT `+planColumns+` FROM plan WHERE id = $1`+s.dialect.forLock, c.Plan)
		if err != nil {
			return err
		}
		c.Until = old.Until
		if err := endPlan(ctx, tx, c.Plan, a.Effective, a.Published); err != nil {
			return err
		}
		if !old.Until.IsZero() && old.Until.Before(a.Effective) {
			return quartet.Errorf(quartet.ErrConflict, "plan %s ends before that anyway", c.Plan)
		}
	}
	if c.Kind == quartet.ChangePlanFollow {
		if err := insertPlan(ctx, tx, c.Next); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO announced_change (`+changeColumns+`, place) VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		a.ID, string(c.Kind), c.Product, c.Charge.Match, c.Charge.Mismatch, c.Charge.Undetermined, c.Plan,
		c.Next.ID, c.Next.Name, c.Next.Units, int64(c.Next.Price), c.Next.Months, micros(c.Until), place)
	if isUnique(err) {
		return quartet.Errorf(quartet.ErrConflict, "another change of the same thing is announced and waits; withdraw it first, or wait until it took effect")
	}
	return err
}

// DecideAnnouncement takes an announcement on: decide gets it under lock and says what it
// becomes, applied or withdrawn, and who hears of it. Applied, its charge tables are in
// force for calls that begin from then on; withdrawn, its plans are sold as if it had never been.
// All of it is one transaction. One that decide leaves as it is stays so. ErrNotFound.
func (s *Store) DecideAnnouncement(ctx context.Context, id string, decide func(quartet.Announcement) (quartet.Announcement, quartet.Circular, quartet.AuditEntry, error)) (a quartet.Announcement, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list, err := collect(ctx, tx, scanAnnouncement, `SELECT `+announcementColumns+` FROM announcement WHERE id = $1`+s.dialect.forLock, id)
		if err == nil && len(list) == 0 {
			err = quartet.Errorf(quartet.ErrNotFound, "there is no such announcement")
		}
		if err == nil {
			err = announced(ctx, tx, list)
		}
		if err != nil {
			return err
		}
		next, circular, e, err := decide(list[0])
		a = list[0]
		if err != nil || next.Applied.Equal(a.Applied) && next.Withdrawn.Equal(a.Withdrawn) {
			return err
		}
		a = next
		if _, err := tx.ExecContext(ctx, `UPDATE announcement SET applied_at = $2, withdrawn_at = $3, withdrawn_by = $4 WHERE id = $1`, id, micros(a.Applied), micros(a.Withdrawn), a.WithdrawnBy); err != nil {
			return err
		}
		state, do := quartet.ChangeApplied, applyChange
		if !a.Withdrawn.IsZero() {
			state, do = quartet.ChangeWithdrawn, withdrawChange
		}
		for i := range a.Changes {
			a.Changes[i].State = state
			if err := do(ctx, tx, &a, &a.Changes[i]); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE announced_change SET state = $2 WHERE announcement_id = $1`, id, string(state)); err != nil {
			return err
		}
		if err := insertCircular(ctx, tx, &circular); err != nil {
			return err
		}
		return s.changed(ctx, tx, e)
	})
	if err == nil {
		s.nudge()
	}
	return a, err
}

func applyChange(ctx context.Context, tx *sql.Tx, _ *quartet.Announcement, c *quartet.AnnouncedChange) error {
	if c.Kind != quartet.ChangeChargeTable { // plans bear their dates already
		return nil
	}
	res, err := tx.ExecContext(ctx, `UPDATE product SET charge_match = $2, charge_mismatch = $3, charge_undetermined = $4 WHERE id = $1`,
		c.Product, c.Charge.Match, c.Charge.Mismatch, c.Charge.Undetermined)
	return mustTouch(res, err, "product")
}

// withdrawChange gives a plan its end back, unless that was moved meanwhile, and takes the one
// that was to follow out of the list: nobody could order it yet.
func withdrawChange(ctx context.Context, tx *sql.Tx, a *quartet.Announcement, c *quartet.AnnouncedChange) error {
	if c.Plan == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE plan SET until_at = $3 WHERE id = $1 AND until_at = $2`, c.Plan, micros(a.Effective), micros(c.Until)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM plan WHERE id = $1 AND from_at = $2 AND NOT EXISTS (SELECT 1 FROM shop_order WHERE plan_id = $1)`, c.Next.ID, micros(a.Effective))
	return err
}

// Announcement finds an announcement, or ErrNotFound.
func (s *Store) Announcement(ctx context.Context, id string) (quartet.Announcement, error) {
	a, err := one(ctx, s.reader, "announcement", scanAnnouncement, `SELECT `+announcementColumns+` FROM announcement WHERE id = $1`, id)
	if err != nil {
		return a, err
	}
	list := []quartet.Announcement{a}
	err = announced(ctx, s.reader, list)
	return list[0], err
}

// Announcements lists announcements, newest first, at most limit: those that touch a product,
// or all for ""; before is the id of one behind which the list goes on.
func (s *Store) Announcements(ctx context.Context, product, before string, limit int) ([]quartet.Announcement, error) {
	list, err := collect(ctx, s.reader, scanAnnouncement, `SELECT `+announcementColumns+` FROM announcement
		WHERE ($1 = '' OR id < $1) AND ($2 = '' OR NOT EXISTS (SELECT 1 FROM announcement_product AS p WHERE p.announcement_id = announcement.id)
			OR EXISTS (SELECT 1 FROM announcement_product AS p WHERE p.announcement_id = announcement.id AND p.product_id = $2))
		ORDER BY id DESC LIMIT $3`, before, product, limit)
	if err != nil {
		return nil, err
	}
	return list, announced(ctx, s.reader, list)
}

// announced reads which products announcements touch, and what they change.
func announced(ctx context.Context, q querier, list []quartet.Announcement) error {
	ids, at := make([]any, len(list)), make(map[string]*quartet.Announcement, len(list))
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	touched, err := productsOf(ctx, q, `SELECT announcement_id, product_id FROM announcement_product WHERE announcement_id IN (`, ids)
	if err != nil || len(list) == 0 {
		return err
	}
	for id, products := range touched {
		at[id].Products = products
	}
	type change struct {
		quartet.AnnouncedChange

		of string
	}
	changes, err := collect(ctx, q, func(row scanner) (c change, err error) {
		var (
			kind, state string
			before      int64
			n           = &c.Next
		)
		err = row.Scan(&c.of, &kind, &state, &c.Product, &c.Charge.Match, &c.Charge.Mismatch, &c.Charge.Undetermined, &c.Plan, &n.ID, &n.Name, &n.Units, &n.Price, &n.Months, &before)
		c.Kind, c.State, c.Until = quartet.ChangeKind(kind), quartet.ChangeState(state), fromMicros(before)
		if n.ID != "" {
			n.Product, n.Trial, n.From = c.Product, n.Price == 0, at[c.of].Effective
		}
		return c, err
	}, `SELECT `+changeColumns+` FROM announced_change WHERE announcement_id IN (`+placeholders(1, len(ids))+`) ORDER BY announcement_id, place`, ids...)
	for i := range changes {
		a := at[changes[i].of]
		a.Changes = append(a.Changes, changes[i].AnnouncedChange)
	}
	return err
}
