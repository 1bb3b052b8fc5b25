package incident

import (
	"context"

	"quartet"
)

// State is how a product does, as buyers are told.
type State string

// The states, from best to worst.
const (
	Operational State = "operational"
	Maintained  State = "maintenance"
	Degraded    State = "degraded"
	Unavailable State = "unavailable"
)

// ProductStatus is how a product does.
type ProductStatus struct {
	ID, Name string
	State    State
}

// Told is an incident with what was said of it last.
type Told struct {
	quartet.Incident

	Latest quartet.IncidentUpdate
}

// Status is how the house does.
type Status struct {
	Products []ProductStatus // that are on, by id
	Open     []Told          // outages, and maintenance that is under way, newest first
	Planned  []Told          // maintenance
}

// Status tells how the house does now, by what is told of it.
func (d *Desk) Status(ctx context.Context) (s Status, err error) {
	open, err := d.store.Incidents(ctx, quartet.IncidentFilter{Open: true, Limit: openAtOnce})
	if err != nil {
		return s, err
	}
	worst := map[string]State{}
	for i := range open {
		told := Told{Incident: open[i]}
		history, err := d.store.IncidentUpdates(ctx, told.ID)
		if err != nil {
			return s, err
		}
		told.Latest = history[len(history)-1]
		if told.State == quartet.IncidentScheduled {
			s.Planned = append(s.Planned, told)
			continue
		}
		s.Open = append(s.Open, told)
		for _, p := range told.Products {
			worst[p] = worse(worst[p], stateOf(&told.Incident))
		}
	}
	products, err := d.store.Products(ctx)
	if err != nil {
		return s, err
	}
	sources, err := d.store.Sources(ctx)
	if err != nil {
		return s, err
	}
	for i := range products {
		p := &products[i]
		if !p.On {
			continue
		}
		name := p.Name
		if quartet.NamesSource(name, sources) {
			name = p.ID
		}
		s.Products = append(s.Products, ProductStatus{p.ID, name, worse(Operational, worst[p.ID])})
	}
	return s, nil
}

func stateOf(i *quartet.Incident) State {
	switch {
	case i.Kind == quartet.IncidentMaintenance:
		return Maintained
	case i.Severity == quartet.SeverityUnavailable:
		return Unavailable
	default:
		return Degraded
	}
}

func worse(a, b State) State {
	rank := map[State]int{Operational: 1, Maintained: 2, Degraded: 3, Unavailable: 4}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
