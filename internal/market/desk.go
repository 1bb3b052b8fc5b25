package market

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/billing"
)

// Markets keeps markets.
type Markets interface {
	AddMarket(ctx context.Context, m quartet.Market, e quartet.AuditEntry) error
	ChangeMarket(ctx context.Context, m quartet.Market, e quartet.AuditEntry) error
	Market(ctx context.Context, name string) (quartet.Market, error)
	Markets(ctx context.Context) ([]quartet.Market, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Instances keeps instances and the messages about them.
type Instances interface {
	PutMarketEvent(ctx context.Context, e quartet.MarketEvent, wanted quartet.Instance, handle quartet.Job) (quartet.MarketEvent, error)
	MarketEvent(ctx context.Context, id string) (quartet.MarketEvent, error)
	RefuseMarketEvent(ctx context.Context, id, instance, why string, now time.Time, e quartet.AuditEntry) error
	Instance(ctx context.Context, id string) (quartet.Instance, error)
	Instances(ctx context.Context, market string, limit int) ([]quartet.Instance, error)
	StepInstance(ctx context.Context, step quartet.InstanceStep, e quartet.AuditEntry) error
}

// Store keeps both.
type Store interface {
	Markets
	Instances
}

// Accounts opens the accounts of buyers and lets them in.
type Accounts interface {
	Find(ctx context.Context, ref string) (quartet.Account, error)
	Open(ctx context.Context, by, id, name string) (quartet.Account, error)
	Credential(ctx context.Context, id string) (quartet.Credential, error)
	Issue(ctx context.Context, by, ref string, wanted quartet.Credential) (quartet.Credential, string, error)
	Reveal(ctx context.Context, by, id, why string) (quartet.Credential, string, error)
}

// Billing gives what was sold and ends it.
type Billing interface {
	Provision(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error)
	Repeat(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error)
	RenewInstance(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error)
	ExpireInstance(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error)
	ReleaseInstance(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error)
	Look(ctx context.Context, grant string) error
}

// Sealer seals what is kept.
type Sealer interface {
	Seal(plain []byte, record string) []byte
	Unseal(sealed []byte, record string) ([]byte, error)
}

// Options are what a desk stands on.
type Options struct {
	Store    Store
	Accounts Accounts
	Billing  Billing
	Sealer   Sealer
	Now      func() time.Time
	// Changed is told after an account or a credential was made, and returns when calls see
	// it. Nil: nothing is served.
	Changed func(ctx context.Context) error
}

// Desk is where markets are looked after and their messages done. Safe for concurrent use.
type Desk struct {
	o        Options
	refusals audit.Sparing
	busy     chan struct{}
}

// New makes a desk.
func New(o Options) *Desk {
	if o.Changed == nil {
		o.Changed = func(context.Context) error { return nil }
	}
	return &Desk{o: o, busy: make(chan struct{}, maxBusy)}
}

var marketName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

const secretBytes = 32

// newSecret gives a market a secret, which is shown by whoever asked and kept sealed alone.
func (d *Desk) newSecret(m *quartet.Market) string {
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	secret := hex.EncodeToString(random[:])
	m.Sealed, m.Rotated = d.o.Sealer.Seal([]byte(secret), quartet.MarketRecord(m.Name)), d.o.Now()
	return secret
}

// Add adds a market and returns its secret, which is not shown again. ErrInvalid: the name;
// ErrConflict: it is taken.
func (d *Desk) Add(ctx context.Context, by, name string) (quartet.Market, string, error) {
	if !marketName.MatchString(name) {
		return quartet.Market{}, "", wrong("name", "the name of a market has up to 32 of a-z, 0-9 and -, and begins with a letter or digit")
	}
	m := quartet.Market{Name: name, Created: d.o.Now()}
	secret := d.newSecret(&m)
	return m, secret, d.o.Store.AddMarket(ctx, m, audit.Entry(m.Created, by, "market.add", name, ""))
}

// List lists the markets by name.
func (d *Desk) List(ctx context.Context) ([]quartet.Market, error) { return d.o.Store.Markets(ctx) }

// Instances lists instances, newest first, at most limit: of a market, or of all for "".
func (d *Desk) Instances(ctx context.Context, market string, limit int) ([]quartet.Instance, error) {
	return d.o.Store.Instances(ctx, market, limit)
}

// Rotate gives a market a new secret, in force at once: what is signed with the old one is
// refused, and comes again. One that was off is on again. ErrNotFound.
func (d *Desk) Rotate(ctx context.Context, by, name string) (quartet.Market, string, error) {
	m, err := d.o.Store.Market(ctx, name)
	if err != nil {
		return m, "", err
	}
	detail := "a new secret"
	if !m.Off.IsZero() {
		detail += "; its messages are taken again"
	}
	m.Off = time.Time{}
	secret := d.newSecret(&m)
	return m, secret, d.o.Store.ChangeMarket(ctx, m, audit.Entry(m.Rotated, by, "market.rotate", name, detail))
}

// Off takes no message of a market any more, until Rotate. What it sold stays as it is.
// ErrNotFound.
func (d *Desk) Off(ctx context.Context, by, name string) (quartet.Market, error) {
	m, err := d.o.Store.Market(ctx, name)
	if err != nil || !m.Off.IsZero() {
		return m, err
	}
	m.Off = d.o.Now()
	return m, d.o.Store.ChangeMarket(ctx, m, audit.Entry(m.Off, by, "market.off", name, ""))
}
