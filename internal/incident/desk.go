package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
)

// Incidents keeps incidents.
type Incidents interface {
	OpenIncident(ctx context.Context, p quartet.IncidentStep) error
	StepIncident(ctx context.Context, id string, decide func(quartet.Incident) (quartet.IncidentStep, error)) (quartet.Incident, error)
	Incident(ctx context.Context, id string) (quartet.Incident, error)
	Incidents(ctx context.Context, f quartet.IncidentFilter) ([]quartet.Incident, error)
	IncidentUpdates(ctx context.Context, incident string) ([]quartet.IncidentUpdate, error)
}

// Facts are what incidents are about.
type Facts interface {
	Supply(ctx context.Context, since time.Time) ([]quartet.Supply, error)
	Products(ctx context.Context) ([]quartet.Product, error)
	Sources(ctx context.Context) ([]quartet.Source, error)
}

// Store keeps all of it.
type Store interface {
	Incidents
	Facts
}

// Desk is where incidents are looked after. Safe for concurrent use, and beside other desks of
// the same store.
type Desk struct {
	store Store
	now   func() time.Time
}

// New makes a desk.
func New(store Store, now func() time.Time) *Desk { return &Desk{store: store, now: now} }

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}

// Words are what buyers read of a step.
type Words struct{ Text, TextEN string }

// Open tells of an outage, or of maintenance that is planned. ErrInvalid; ErrNotFound: there is
// no such product.
func (d *Desk) Open(ctx context.Context, by string, i quartet.Incident, w Words) (quartet.Incident, error) {
	now := d.now()
	i.ID, i.State, i.Watched, i.Automatic, i.Created = newID(), i.Kind.First(), "", false, now
	i.Title, i.TitleEN = strings.TrimSpace(i.Title), strings.TrimSpace(i.TitleEN)
	if i.Starts.IsZero() {
		i.Starts = now
	}
	slices.Sort(i.Products)
	i.Products = slices.Compact(i.Products)
	if i.Kind == quartet.IncidentMaintenance && i.Starts.Before(now) {
		return i, &quartet.Error{Code: quartet.ErrInvalid, Field: "starts_at", Message: "maintenance is planned ahead; of what has begun unplanned, tell as of an outage"}
	}
	if i.Kind == quartet.IncidentOutage && i.Starts.After(now) {
		return i, &quartet.Error{Code: quartet.ErrInvalid, Field: "starts_at", Message: "an outage has begun; plan maintenance instead"}
	}
	if err := d.discreet(ctx, i.Title, i.TitleEN, w.Text, w.TextEN); err != nil {
		return i, err
	}
	return d.open(ctx, by, i, w)
}

func (d *Desk) open(ctx context.Context, by string, i quartet.Incident, w Words) (quartet.Incident, error) {
	if err := i.Check(); err != nil {
		return i, err
	}
	u := quartet.IncidentUpdate{State: i.State, Severity: i.Severity, Text: w.Text, TextEN: w.TextEN, By: by, At: d.now()}
	i, err := i.Step(&u)
	if err != nil {
		return i, err
	}
	p := d.step(quartet.Incident{}, i, u)
	return i, d.store.OpenIncident(ctx, p)
}

// Change is what a person says of an incident.
type Change struct {
	Words

	State    quartet.IncidentState // empty: as it is
	Severity quartet.Severity      // empty: as it is
	Starts   time.Time             // of maintenance that is scheduled; zero: as it was
	Ends     time.Time             // of maintenance that is not over; zero: as it was
	Seen     int64                 // place of the last update that they saw
}

// Update takes an incident one step on. It is a person's from then on. ErrInvalid, ErrNotFound;
// ErrConflict: somebody else wrote meanwhile, or it cannot come to that state from where it
// stands.
func (d *Desk) Update(ctx context.Context, by, id string, c Change) (quartet.Incident, error) {
	if err := d.discreet(ctx, c.Text, c.TextEN); err != nil {
		return quartet.Incident{}, err
	}
	return d.store.StepIncident(ctx, id, func(i quartet.Incident) (quartet.IncidentStep, error) {
		if c.Seen != i.Last {
			return quartet.IncidentStep{}, quartet.Errorf(quartet.ErrConflict, "update %d of this incident was written meanwhile; look at it before you write", i.Last)
		}
		u := quartet.IncidentUpdate{State: c.State, Severity: c.Severity, Text: c.Text, TextEN: c.TextEN, By: by, At: d.now()}
		if u.State == "" {
			u.State = i.State
		}
		if u.Severity == "" {
			u.Severity = i.Severity
		}
		next, err := i.Step(&u)
		if err != nil {
			return quartet.IncidentStep{}, err
		}
		if err := move(&next, c); err != nil {
			return quartet.IncidentStep{}, err
		}
		next.Automatic = false
		return d.step(i, next, u), nil
	})
}

// move plans maintenance anew.
func move(i *quartet.Incident, c Change) error {
	if c.Starts.IsZero() && c.Ends.IsZero() {
		return nil
	}
	if i.Kind != quartet.IncidentMaintenance || i.State.Over() || !c.Starts.IsZero() && i.State != quartet.IncidentScheduled {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "starts_at", Message: "only maintenance is planned anew: its begin while it is scheduled, its end until it is over"}
	}
	if !c.Starts.IsZero() {
		i.Starts = c.Starts
	}
	if !c.Ends.IsZero() {
		i.Ends = c.Ends
	}
	return i.Check()
}

// discreet refuses words that name a supplier.
func (d *Desk) discreet(ctx context.Context, texts ...string) error {
	sources, err := d.store.Sources(ctx)
	if err != nil {
		return err
	}
	if quartet.NamesSource(strings.Join(texts, "\n"), sources) {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "text", Message: "this names a supplier, and buyers read it; say what does not work, not who supplies it"}
	}
	return nil
}

// step is what is written when an incident becomes another one by an update.
func (d *Desk) step(was, is quartet.Incident, u quartet.IncidentUpdate) quartet.IncidentStep {
	action := "incident.update"
	if was.ID == "" {
		action = "incident.open"
	}
	e := audit.Entry(u.At, u.By, action, is.ID, fmt.Sprintf("%s of %s, update %d", is.Kind, strings.Join(is.Products, ", "), u.Place))
	if was.ID != "" {
		e.Before = standing(&was)
	}
	e.After = standing(&is)
	return quartet.IncidentStep{Incident: is, Update: u, Circular: circular(&was, &is, &u), Entry: e}
}

func standing(i *quartet.Incident) string {
	return asJSON(map[string]string{"state": string(i.State), "severity": string(i.Severity), "title": i.Title})
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // cannot happen: words, ids and times
		panic(err)
	}
	return string(text)
}

// Find gives an incident with its history, oldest update first. ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (quartet.Incident, []quartet.IncidentUpdate, error) {
	i, err := d.store.Incident(ctx, id)
	if err != nil {
		return i, nil, err
	}
	history, err := d.store.IncidentUpdates(ctx, id)
	return i, history, err
}

// List lists incidents, newest first.
func (d *Desk) List(ctx context.Context, f quartet.IncidentFilter) ([]quartet.Incident, error) {
	return d.store.Incidents(ctx, f)
}
