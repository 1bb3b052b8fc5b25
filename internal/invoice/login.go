package invoice

import "context"

// LoginState tells whether the house is signed in where new invoices are issued.
func (d *Desk) LoginState(ctx context.Context) (string, Login, error) {
	c := d.channels[0]
	l, err := c.LoginState(ctx)
	return c.Name(), l, err
}

// StartLogin begins to sign the house in, and gives what staff must look at.
func (d *Desk) StartLogin(ctx context.Context, by string) (string, Login, error) {
	c := d.channels[0]
	l, err := c.StartLogin(ctx)
	if err != nil {
		return c.Name(), l, err
	}
	return c.Name(), l, d.store.Audit(ctx, entry(d.now(), by, "invoice.login", c.Name(), "a sign-in at the tax bureau was begun", nil, nil))
}
