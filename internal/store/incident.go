package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"quartet"
)

const incidentColumns = `id, kind, title, title_en, severity, state, watched, automatic, starts_at, ends_at, last, created_at, changed_at, ended_at`

func scanIncident(row scanner) (quartet.Incident, error) {
	var (
		i                                                quartet.Incident
		kind, severity, state                            string
		automatic, starts, ends, created, changed, ended int64
	)
	err := row.Scan(&i.ID, &kind, &i.Title, &i.TitleEN, &severity, &state, &i.Watched, &automatic, &starts, &ends, &i.Last, &created, &changed, &ended)
	i.Kind, i.Severity, i.State, i.Automatic = quartet.IncidentKind(kind), quartet.Severity(severity), quartet.IncidentState(state), automatic == 1
	i.Starts, i.Ends, i.Created, i.Changed, i.Ended = fromMicros(starts), fromMicros(ends), fromMicros(created), fromMicros(changed), fromMicros(ended)
	return i, err
}

// OpenIncident writes a new incident with its first update. ErrNotFound: there is no such
// product; ErrConflict: the house tells of an outage of its product already.
func (s *Store) OpenIncident(ctx context.Context, p quartet.IncidentStep) error {
	i := &p.Incident
	return s.incidentEvent(ctx, &p, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO incident (`+incidentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			i.ID, string(i.Kind), i.Title, i.TitleEN, string(i.Severity), string(i.State), i.Watched, bit(i.Automatic), micros(i.Starts), micros(i.Ends), i.Last,
			micros(i.Created), micros(i.Changed), micros(i.Ended))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "the house tells of an outage of this product already")
		}
		if err != nil {
			return err
		}
		for _, product := range i.Products {
			if err := s.lockProduct(ctx, tx, product); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO incident_product (product_id, incident_id) VALUES ($1, $2)`, product, i.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// incidentEvent writes an incident by f, and what every step of one writes.
func (s *Store) incidentEvent(ctx context.Context, p *quartet.IncidentStep, f func(ctx context.Context, tx *sql.Tx) error) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		u := &p.Update
		if _, err := tx.ExecContext(ctx, `INSERT INTO incident_update (incident_id, place, state, severity, words, words_en, written_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			u.Incident, u.Place, string(u.State), string(u.Severity), u.Text, u.TextEN, u.By, micros(u.At)); err != nil {
			return err
		}
		if err := insertCircular(ctx, tx, &p.Circular); err != nil {
			return err
		}
		return s.audit(ctx, tx, p.Entry)
	})
	if err == nil {
		s.nudge()
	}
	return err
}

// StepIncident takes an incident one step on: decide gets it as it stands, under lock, and
// says what it becomes and what is said of it. ErrNotFound.
func (s *Store) StepIncident(ctx context.Context, id string, decide func(quartet.Incident) (quartet.IncidentStep, error)) (quartet.Incident, error) {
	var p quartet.IncidentStep
	err := s.incidentEvent(ctx, &p, func(ctx context.Context, tx *sql.Tx) error {
		i, err := one(ctx, tx, "incident", scanIncident, `SELECT `+incidentColumns+` FROM incident WHERE id = $1`+s.dialect.forLock, id)
		if err != nil {
			return err
		}
		list := []quartet.Incident{i}
		if err := incidentProducts(ctx, tx, list); err != nil {
			return err
		}
		if p, err = decide(list[0]); err != nil {
			return err
		}
		next := &p.Incident
		_, err = tx.ExecContext(ctx, `UPDATE incident SET severity = $2, state = $3, automatic = $4, starts_at = $5, ends_at = $6, last = $7, changed_at = $8, ended_at = $9 WHERE id = $1`,
			id, string(next.Severity), string(next.State), bit(next.Automatic), micros(next.Starts), micros(next.Ends), next.Last, micros(next.Changed), micros(next.Ended))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "the house tells of another outage of this product meanwhile")
		}
		return err
	})
	return p.Incident, err
}

// Incident finds an incident, or ErrNotFound.
func (s *Store) Incident(ctx context.Context, id string) (quartet.Incident, error) {
	i, err := one(ctx, s.reader, "incident", scanIncident, `SELECT `+incidentColumns+` FROM incident WHERE id = $1`, id)
	if err != nil {
		return i, err
	}
	list := []quartet.Incident{i}
	err = incidentProducts(ctx, s.reader, list)
	return list[0], err
}

// Incidents lists incidents, newest first. Ids are in the order of time.
func (s *Store) Incidents(ctx context.Context, f quartet.IncidentFilter) ([]quartet.Incident, error) {
	list, err := collect(ctx, s.reader, scanIncident, `SELECT `+incidentColumns+` FROM incident
		WHERE ($1 = '' OR id < $1) AND ($2 = 0 OR ended_at = 0) AND ($3 = '' OR EXISTS (SELECT 1 FROM incident_product AS p WHERE p.incident_id = incident.id AND p.product_id = $3))
		ORDER BY id DESC LIMIT $4`, f.Before, bit(f.Open), f.Product, f.Limit)
	if err != nil {
		return nil, err
	}
	return list, incidentProducts(ctx, s.reader, list)
}

// incidentProducts reads which products incidents touch.
func incidentProducts(ctx context.Context, q querier, list []quartet.Incident) error {
	ids := make([]any, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	touched, err := productsOf(ctx, q, `SELECT incident_id, product_id FROM incident_product WHERE incident_id IN (`, ids)
	for i := range list {
		list[i].Products = touched[list[i].ID]
	}
	return err
}

// productsOf reads the products of things, by their ids: what query gives up to its list of ids.
func productsOf(ctx context.Context, q querier, query string, ids []any) (map[string][]string, error) {
	if len(ids) == 0 {
		return map[string][]string{}, nil
	}
	pairs, err := collect(ctx, q, func(row scanner) (pair [2]string, err error) {
		err = row.Scan(&pair[0], &pair[1])
		return pair, err
	}, query+placeholders(1, len(ids))+`)`, ids...)
	touched := make(map[string][]string, len(ids))
	for _, p := range pairs {
		touched[p[0]] = append(touched[p[0]], p[1])
	}
	for _, products := range touched {
		slices.Sort(products)
	}
	return touched, err
}

// IncidentUpdates lists what was said of an incident, oldest first.
func (s *Store) IncidentUpdates(ctx context.Context, incident string) ([]quartet.IncidentUpdate, error) {
	return collect(ctx, s.reader, func(row scanner) (u quartet.IncidentUpdate, err error) {
		var (
			state, severity string
			at              int64
		)
		err = row.Scan(&u.Incident, &u.Place, &state, &severity, &u.Text, &u.TextEN, &u.By, &at)
		u.State, u.Severity, u.At = quartet.IncidentState(state), quartet.Severity(severity), fromMicros(at)
		return u, err
	}, `SELECT incident_id, place, state, severity, words, words_en, written_by, at FROM incident_update WHERE incident_id = $1 ORDER BY place`, incident)
}

// maxSupply bounds how many of the newest calls are looked at, so that a look costs the same in
// a busy house.
const maxSupply = 100_000

// Supply tells, of each product that was called since an instant, what became of its newest
// calls as far as sources had a part in them.
func (s *Store) Supply(ctx context.Context, since time.Time) ([]quartet.Supply, error) {
	failed := quartet.SupplyFailed()
	args := []any{since.Unix(), maxSupply, int64(quartet.CodeOK), int64(quartet.CodeNoRecord)}
	for _, c := range failed {
		args = append(args, int64(c))
	}
	return collect(ctx, s.reader, func(row scanner) (p quartet.Supply, err error) {
		err = row.Scan(&p.Product, &p.Answered, &p.Failed)
		return p, err
	}, `SELECT product_id, count(*) FILTER (WHERE code IN ($3, $4)), count(*) FILTER (WHERE code IN (`+placeholders(5, len(failed))+`))
		FROM (SELECT product_id, code FROM call WHERE second >= $1 AND source <> 'sandbox' ORDER BY second DESC, n DESC LIMIT $2) AS newest
		GROUP BY product_id ORDER BY product_id`, args...)
}
