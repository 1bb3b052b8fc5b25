package billing

import (
	"context"

	"quartet"
)

// Trial gives the trial of a plan, once to a legal identity whatever the number of its
// accounts: the order is paid at once and costs nothing. ErrForbidden: its firm is not
// approved; ErrConflict: the identity had its trial, which is written down.
func (d *Desk) Trial(ctx context.Context, by, account, person, plan string) (quartet.Order, error) {
	var o quartet.Order
	identity, err := d.firmOf(ctx, account)
	if err != nil {
		return o, err
	}
	fits := false
	w := Purchase{Account: account, Person: person, Plan: plan, firm: identity}
	err = d.place(ctx, w, func(s quartet.Shelf, p *quartet.ShopPostings) error {
		if fits = s.Plan.Trial; !fits {
			return quartet.Errorf(quartet.ErrUnsupported, "this plan is no trial; order it")
		}
		now := d.now()
		o = newOrder(s.Plan, w, now)
		o.PayBy = now
		g := granted(&o, p, now)
		p.Placed = &o
		p.Trial = &quartet.TrialUse{Product: o.Product, Identity: identity, Account: account, Order: o.ID, At: now}
		p.Audit = append(p.Audit, entry(now, by, "order.trial", o.ID, "plan "+o.Plan, nil, state{State: o.State, Grant: g.ID, Plan: o.Plan}))
		return nil
	})
	if fits && quartet.CodeOf(err) == quartet.ErrConflict {
		if failed := d.store.Audit(ctx, entry(d.now(), by, "order.trial_refused", account, "plan "+plan+": this identity had its trial", nil, nil)); failed != nil {
			return o, failed
		}
	}
	return o, err
}
