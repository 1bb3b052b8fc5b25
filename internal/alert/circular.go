package alert

import (
	"context"
	"encoding/json"
	"time"

	"quartet"
)

// Circulars keeps what all who hold units of something hear.
type Circulars interface {
	Circular(ctx context.Context, id string) (quartet.Circular, error)
	Holders(ctx context.Context, products []string, after string, now time.Time, limit int) ([]string, error)
	TellCircular(ctx context.Context, id, reached, next string, ended time.Time, t quartet.Telling) error
}

// roundAtOnce is how many accounts are told in one transaction.
const roundAtOnce = 50

// Circulate carries a circular round: the handler of the job quartet.JobCircular. Accounts are
// told some at a time; a process that ends in the middle leaves the rest to the next try, and
// none is told twice.
func (d *Desk) Circulate(ctx context.Context, id string) error {
	c, err := d.o.Store.Circular(ctx, id)
	if err != nil {
		return err
	}
	for c.Ended.IsZero() {
		accounts, err := d.o.Store.Holders(ctx, c.Products, c.Reached, d.o.Now(), roundAtOnce)
		if err != nil {
			return err
		}
		t, err := d.round(ctx, &c, accounts)
		if err != nil {
			return err
		}
		next := c.Reached
		if len(accounts) > 0 {
			next = accounts[len(accounts)-1]
		}
		if len(accounts) < roundAtOnce {
			c.Ended = d.o.Now()
		}
		if err := d.o.Store.TellCircular(ctx, id, c.Reached, next, c.Ended, t); err != nil {
			return err
		}
		c.Reached = next
	}
	return nil
}

// round is what some accounts hear of a circular.
func (d *Desk) round(ctx context.Context, c *quartet.Circular, accounts []string) (all quartet.Telling, err error) {
	for _, account := range accounts {
		t, err := d.telling(ctx, account, audience{c.Inbox, c.Mail}, c.Kind, c.About, c.Subject, c.Text)
		if err != nil {
			return all, err
		}
		all.Notes, all.Messages = append(all.Notes, t.Notes...), append(all.Messages, t.Messages...)
		if d.o.Hooks == nil {
			continue
		}
		told, err := d.o.Hooks.Deliveries(ctx, account, c.Kind, c.ID, c.Created, json.RawMessage(c.Data))
		if err != nil {
			return all, err
		}
		all.Deliveries = append(all.Deliveries, told...)
	}
	return all, nil
}
