package announcement

import (
	"context"
	"time"

	"quartet"
)

// Coming is a charge table that was announced and is not in force yet.
type Coming struct {
	Charge       quartet.ChargeTable
	Effective    time.Time
	Announcement string // its id
}

// Coming finds what calls of a product will cost, and from when on; the zero one: nothing is
// announced. Of each table one change waits at a time.
func (d *Desk) Coming(ctx context.Context, product string) (Coming, error) {
	const at = 50
	oldest := d.o.Now().Add(-quartet.AnnouncementHorizon) // none that is older waits
	for before := ""; ; {
		list, err := d.o.Store.Announcements(ctx, product, before, at)
		if err != nil {
			return Coming{}, err
		}
		for i := range list {
			a := &list[i]
			for _, c := range a.Changes {
				if c.Kind == quartet.ChangeChargeTable && c.Product == product && c.State == quartet.ChangeWaiting {
					return Coming{c.Charge, a.Effective, a.ID}, nil
				}
			}
			before = a.ID
			if a.Published.Before(oldest) {
				return Coming{}, nil
			}
		}
		if len(list) < at {
			return Coming{}, nil
		}
	}
}

// Preview is an announcement as it would be if it were published now, and changes nothing.
// Errors as of Publish, but whether something waits already is seen by Publish alone.
func (d *Desk) Preview(ctx context.Context, by string, a quartet.Announcement) (quartet.Announcement, error) {
	return d.prepare(ctx, by, a)
}
