package billing

import (
	"context"

	"quartet"
)

// Grants lists the grants of an account, oldest first.
func (d *Desk) Grants(ctx context.Context, account string) ([]quartet.Grant, error) {
	return d.store.Grants(ctx, account)
}
