package alert

import (
	"context"
	"errors"
	"slices"
	"time"

	"quartet"
)

const (
	atOnce = 500 // accounts that begin, or grants that end, in one look
	// lateFor is how long after its end an hour is looked at, so that a burst in its last
	// minute is not passed over.
	lateFor  = 5 * time.Minute
	notesFor = 365 * 24 * time.Hour
)

// Look does what no call does: it writes the first rules of accounts that got their first
// units of a product, has the ledger watch the lines as they stand now, and fires and arms
// rules whose cause came or went without a charge. Every node does it every minute; of all
// that find a rule due one fires it.
func (d *Desk) Look(ctx context.Context) error {
	return errors.Join(d.begin(ctx), d.remaining(ctx), d.expiring(ctx), d.unusual(ctx), d.failing(ctx))
}

// Tidy forgets notes of the inbox after a year.
func (d *Desk) Tidy(ctx context.Context) error {
	return d.o.Store.PruneInbox(ctx, d.o.Now().Add(-notesFor))
}

func (d *Desk) begin(ctx context.Context) error {
	list, err := d.o.Store.Unalerted(ctx, atOnce)
	if err != nil {
		return err
	}
	now := d.o.Now()
	for _, g := range list {
		rules := quartet.FirstAlertRules(g.Account, g.Product)
		for i := range rules {
			rules[i].ID, rules[i].Created, rules[i].By = newID(), now, house
		}
		if err := d.o.Store.BeginAlerts(ctx, g.Account, g.Product, now, rules); err != nil {
			return err
		}
	}
	return nil
}

// house is who acts when nobody asked.
const house = "house"

// refresh has the ledger watch the lines as they stand now.
func (d *Desk) refresh(ctx context.Context) error {
	_, err := d.lines(ctx)
	return err
}

func (d *Desk) lines(ctx context.Context) ([]quartet.AlertStanding, error) {
	d.reading.Lock()
	defer d.reading.Unlock()
	list, err := d.o.Store.RemainingStandings(ctx, "", d.o.Now())
	if err != nil {
		return nil, err
	}
	lines := make(map[string][]quartet.AlertLine)
	for i := range list {
		r := &list[i].Rule
		lines[r.Account] = append(lines[r.Account], quartet.AlertLine{Rule: r.ID, Product: r.Product, Units: list[i].Line()})
	}
	d.o.Ledger.Watch(lines)
	return list, nil
}

func (d *Desk) remaining(ctx context.Context) error {
	list, err := d.lines(ctx)
	if err != nil {
		return err
	}
	return d.judge(ctx, list, true)
}

func (d *Desk) expiring(ctx context.Context) error {
	list, err := d.o.Store.ExpiryStandings(ctx, d.o.Now(), atOnce)
	if err != nil {
		return err
	}
	return d.judge(ctx, list, false)
}

func (d *Desk) unusual(ctx context.Context) error {
	now := d.o.Now()
	hour := now.Unix() / quartet.HourSeconds
	if now.Sub(time.Unix(hour*quartet.HourSeconds, 0)) < lateFor {
		list, err := d.o.Store.RateStandings(ctx, hour-1)
		if err != nil {
			return err
		}
		// A rule that needs no rest is armed again by the hour that has begun. It has told of this one.
		begun := time.Unix((hour-1)*quartet.HourSeconds, 0)
		list = slices.DeleteFunc(list, func(s quartet.AlertStanding) bool { return !s.Rule.Fired.Before(begun) })
		if err := d.judge(ctx, list, false); err != nil {
			return err
		}
	}
	list, err := d.o.Store.RateStandings(ctx, hour)
	if err != nil {
		return err
	}
	return d.judge(ctx, list, true)
}

func (d *Desk) failing(ctx context.Context) error {
	list, err := d.o.Store.ErrorStandings(ctx, d.o.Now())
	if err != nil {
		return err
	}
	return d.judge(ctx, list, true)
}

// judge fires the rules that are due, and arms those that are well again, if that is asked for.
func (d *Desk) judge(ctx context.Context, list []quartet.AlertStanding, rearm bool) error {
	now := d.o.Now()
	for i := range list {
		r := &list[i].Rule
		a, low := list[i].Low()
		a.ID, a.At = newID(), now
		var err error
		switch {
		case low && (r.Armed || a.Grant != ""):
			_, err = d.o.Store.FireAlert(ctx, a)
		case !low && rearm && r.Rearms(now):
			err = d.o.Store.RearmAlertRule(ctx, r.ID, r.Fired)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
