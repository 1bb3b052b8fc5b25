package incident

import (
	"context"
	"errors"
	"time"

	"quartet"
)

// How supply is judged.
const (
	span       = 5 * time.Minute // of calls that are looked at
	least      = 10              // calls that sources had a part in; fewer prove no outage
	badShare   = 50              // percent of them that fail: an outage
	wellShare  = 10              // percent below which it is well again
	wellFor    = 10 * time.Minute
	silentFor  = 30 * time.Minute // without any call that sources had a part in
	reopenedIn = time.Hour        // an outage that comes back so soon is the one before
	openAtOnce = 200
)

// house is who writes when nobody asked.
const house = "house"

// Look opens, takes on and resolves what nobody opened but the house, and lets maintenance begin
// whose time has come. Every node does it every minute.
func (d *Desk) Look(ctx context.Context) error {
	open, err := d.store.Incidents(ctx, quartet.IncidentFilter{Open: true, Limit: openAtOnce})
	if err != nil {
		return err
	}
	now := d.now()
	supply, err := d.store.Supply(ctx, now.Add(-span))
	if err != nil {
		return err
	}
	stands := byProduct(supply)
	past, err := d.past(ctx, open, stands, now)
	if err != nil {
		return err
	}
	told := map[string]bool{} // products of which somebody tells already
	var errs []error
	for i := range open {
		in := &open[i]
		if in.Kind == quartet.IncidentOutage || in.State == quartet.IncidentUnderWay {
			for _, p := range in.Products {
				told[p] = true
			}
		}
		if w, u, ok := d.next(in, stands[in.Watched], past[in.Watched].Total() == 0, now); ok {
			errs = append(errs, d.takeOn(ctx, in, u, w))
		}
	}
	for _, s := range supply {
		if !told[s.Product] && failing(s) {
			errs = append(errs, d.find(ctx, s))
		}
	}
	return errors.Join(errs...)
}

func byProduct(list []quartet.Supply) map[string]quartet.Supply {
	found := make(map[string]quartet.Supply, len(list))
	for _, s := range list {
		found[s.Product] = s
	}
	return found
}

// past is how supply stood in the last half an hour, which is asked for only where something
// of the house's own is open and nobody calls.
func (d *Desk) past(ctx context.Context, open []quartet.Incident, stands map[string]quartet.Supply, now time.Time) (map[string]quartet.Supply, error) {
	for i := range open {
		if open[i].Automatic && stands[open[i].Watched].Total() == 0 {
			list, err := d.store.Supply(ctx, now.Add(-silentFor))
			return byProduct(list), err
		}
	}
	return stands, nil
}

func failing(s quartet.Supply) bool {
	return s.Total() >= least && s.Failed*100 >= s.Total()*badShare
}

func severityOf(s quartet.Supply) quartet.Severity {
	if s.Answered == 0 {
		return quartet.SeverityUnavailable
	}
	return quartet.SeverityDegraded
}

// next is what the house says of an open incident now, if anything.
func (d *Desk) next(i *quartet.Incident, s quartet.Supply, silent bool, now time.Time) (w Words, u quartet.IncidentUpdate, ok bool) {
	u = quartet.IncidentUpdate{Severity: i.Severity, By: house, At: now}
	since := now.Sub(i.Changed)
	switch {
	case i.State == quartet.IncidentScheduled && !i.Starts.After(now):
		u.State = quartet.IncidentUnderWay
		return begins, u, true
	case !i.Automatic || i.Kind != quartet.IncidentOutage:
		return w, u, false
	case failing(s) && i.State == quartet.IncidentMonitoring:
		u.State, u.Severity = quartet.IncidentInvestigating, severityOf(s)
		return relapse, u, true
	case failing(s):
		// It is said once that it got worse, never that it got a little better: that would
		// be a message a minute.
		worse := i.Severity == quartet.SeverityDegraded && severityOf(s) == quartet.SeverityUnavailable
		u.State, u.Severity = i.State, quartet.SeverityUnavailable
		return gotWorse, u, worse
	}
	well := s.Answered > 0 && s.Failed*100 < s.Total()*wellShare
	wait := wellFor
	if silent {
		wait = silentFor
	}
	switch {
	case !silent && !well:
		return w, u, false
	case i.State == quartet.IncidentMonitoring && since >= wait:
		u.State = quartet.IncidentResolved
		return recovered, u, true
	case i.State == quartet.IncidentMonitoring:
		return w, u, false
	case silent:
		u.State = quartet.IncidentMonitoring
		return quiet, u, true
	default:
		u.State = quartet.IncidentMonitoring
		return flows, u, true
	}
}

// takeOn writes what the house says of an incident, unless somebody else wrote meanwhile.
func (d *Desk) takeOn(ctx context.Context, seen *quartet.Incident, u quartet.IncidentUpdate, w Words) error {
	u.Text, u.TextEN = w.Text, w.TextEN
	_, err := d.store.StepIncident(ctx, seen.ID, func(i quartet.Incident) (quartet.IncidentStep, error) {
		if i.Last != seen.Last {
			return quartet.IncidentStep{}, quartet.Errorf(quartet.ErrConflict, "somebody else wrote meanwhile")
		}
		u := u // it may run again
		next, err := i.Step(&u)
		if err != nil {
			return quartet.IncidentStep{}, err
		}
		return d.step(i, next, u), nil
	})
	return butConflict(err)
}

// find tells of an outage that nobody tells of: the one before, if it was just resolved.
func (d *Desk) find(ctx context.Context, s quartet.Supply) error {
	list, err := d.store.Incidents(ctx, quartet.IncidentFilter{Product: s.Product, Limit: openAtOnce})
	if err != nil {
		return err
	}
	now := d.now()
	for i := range list {
		before := &list[i]
		if before.Ended.IsZero() || before.Kind != quartet.IncidentOutage {
			continue
		}
		// Whoever says that it is over knows more than the calls of minutes ago.
		if !before.Automatic && now.Sub(before.Ended) < 2*span {
			return nil
		}
		if before.Watched == s.Product && before.Automatic && now.Sub(before.Ended) < reopenedIn {
			return d.takeOn(ctx, before, quartet.IncidentUpdate{State: quartet.IncidentInvestigating, Severity: severityOf(s), By: house, At: now}, relapse)
		}
	}
	name, err := d.nameOf(ctx, s.Product)
	if err != nil {
		return err
	}
	i := quartet.Incident{
		ID: newID(), Kind: quartet.IncidentOutage, Title: name + "调用失败增多", TitleEN: "Calls of product " + s.Product + " fail", Products: []string{s.Product},
		Severity: severityOf(s), State: quartet.IncidentInvestigating, Watched: s.Product, Automatic: true, Starts: now, Created: now,
	}
	_, err = d.open(ctx, house, i, found)
	return butConflict(err)
}

// nameOf is what a product is called, unless its name names a supplier.
func (d *Desk) nameOf(ctx context.Context, id string) (string, error) {
	list, err := d.store.Products(ctx)
	if err != nil {
		return "", err
	}
	for i := range list {
		if list[i].ID == id && d.discreet(ctx, list[i].Name) == nil {
			return list[i].Name, nil
		}
	}
	return "产品 " + id, nil
}

// butConflict forgets that another node, or a person, was first.
func butConflict(err error) error {
	if quartet.CodeOf(err) == quartet.ErrConflict {
		return nil
	}
	return err
}
