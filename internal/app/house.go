package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/alert"
	"quartet/internal/announcement"
	"quartet/internal/api"
	"quartet/internal/audit"
	"quartet/internal/batch"
	"quartet/internal/billing"
	"quartet/internal/config"
	"quartet/internal/firm"
	"quartet/internal/incident"
	"quartet/internal/intake"
	"quartet/internal/invoice"
	"quartet/internal/job"
	"quartet/internal/market"
	"quartet/internal/notify"
	"quartet/internal/obs"
	"quartet/internal/operator"
	"quartet/internal/owner"
	"quartet/internal/password"
	"quartet/internal/person"
	"quartet/internal/product"
	"quartet/internal/quota"
	"quartet/internal/rating"
	"quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/settlement"
	"quartet/internal/source/registry"
	"quartet/internal/sourcebook"
	"quartet/internal/store"
	"quartet/internal/story"
	"quartet/internal/support"
	"quartet/internal/token"
	"quartet/internal/transfer"
	"quartet/internal/usage"
	"quartet/internal/verify"
	"quartet/internal/webhook"
)

// Options say how to open a house.
type Options struct {
	Config config.Loaded
	Log    *slog.Logger // nil: nothing is logged
	Now    func() time.Time
	// KeyringInside accepts a keyring in the data folder, where a stolen copy of the
	// data would open everything, and makes a new one there. Only the demo does that.
	KeyringInside bool
	// Existing refuses a folder that is not a data folder yet, and leaves no trace there.
	Existing bool
	// Serving refuses a keyring in the data folder, unless KeyringInside.
	Serving bool
	Version string
	// Waits are those of a serving house.
	Waits Waits
	// Story lets a demo have an invented past (story.go).
	Story bool
	// MaxBatch bounds the acts of one transaction; 0 leaves it to the ledger.
	MaxBatch int
	// Accounting, when set, is handed the ledger and gives what the road accounts with.
	// Benchmarks measure by it what accounting costs.
	Accounting func(verify.Ledger) verify.Ledger
	// Passwords is what new passwords cost; none said: the real work. Tests take less.
	Passwords password.Work
	// Working, when set, is handed the store of jobs and gives what jobs are claimed from and
	// ended in. Tests end a process by it in the middle of a job.
	Working func(job.Store) job.Store

	// Drills, when set, gives where drills of a serving house are made. A drill opens a house
	// of its own, so this room cannot know of it.
	Drills func(*House) Drills

	onBatch func(acts int, took time.Duration)
}

// House is a data folder, opened.
type House struct {
	Config        config.Loaded
	Log           *slog.Logger
	Now           func() time.Time
	Ring          *seal.Keyring
	Store         *store.Store
	Ledger        *quota.Ledger
	Desk          *account.Desk
	Tokens        *token.Desk
	Operators     *operator.Roster
	People        *person.Desk
	Messages      *notify.Office
	Firms         *firm.Desk
	Jobs          *job.Desk
	Catalogue     *product.Catalogue
	Sources       *sourcebook.Book
	Imports       *intake.Desk
	Plans         *billing.Catalogue
	Billing       *billing.Desk
	Market        *market.Desk
	Transfers     *transfer.Desk
	Bills         *settlement.Desk
	Pages         *product.Pages
	Ratings       *rating.Desk
	Usage         *usage.Desk
	Invoices      *invoice.Desk
	Support       *support.Desk
	Alerts        *alert.Desk
	Webhooks      *webhook.Desk
	Incidents     *incident.Desk
	Announcements *announcement.Desk
	Batches       *batch.Desk
	Numbers       *quartet.SeqNoCipher
	Version       string

	folder   *owner.Folder
	leased   bool
	node     int
	floor    int64 // second of the newest stored call
	onChange func(context.Context) error
	onRead   func(context.Context) error
	health   func() []route.Health // nil: nothing is served, and nobody asked

	registryMu sync.Mutex
	registry   *registry.Registry
	pebble     *registry.Pebble
}

// auditLabel names the subkeys under which the audit is chained.
const auditLabel = "audit"

// VerifyAudit proves the chain of the audit, against a head that was written down before
// unless noted is zero.
func (h *House) VerifyAudit(ctx context.Context, noted quartet.AuditPoint) (audit.Report, error) {
	return audit.Verify(ctx, h.Store, h.Ring.Macs(auditLabel), noted)
}

// AccountAudit lists the entries that concern an account, newest first.
func (h *House) AccountAudit(ctx context.Context, account, before string, limit int) ([]quartet.AuditEntry, error) {
	return h.Store.AccountAudit(ctx, account, before, limit)
}

// AuditLinks lists entries of the audit that are searched for, before a place, newest first.
func (h *House) AuditLinks(ctx context.Context, search quartet.AuditSearch, before int64, limit int) ([]quartet.AuditLink, error) {
	return h.Store.AuditLinks(ctx, search, before, limit)
}

// seqNoLabel names the subkey under which numbers of calls are written.
const seqNoLabel = "seqno"

// Open takes the folder and opens all that lies in it; at the first start it makes it,
// unless it must exist. ErrNotFound: it must and does not. ErrLocked: another process has
// the folder or the database.
func Open(ctx context.Context, o Options) (_ *House, err error) {
	h := &House{Config: o.Config, Log: o.Log, Now: o.Now, Version: o.Version}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	if o.Existing {
		if m, err := h.readMark(); err != nil {
			return nil, err
		} else if m.ID == "" {
			return nil, quartet.Errorf(quartet.ErrNotFound,
				"there is no data folder %s; name the right one with --data, or make it with `quartet serve` or `quartet account add`", h.Config.Data)
		}
	}
	if h.folder, err = owner.Lock(h.Config.Data); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = h.Close()
		}
	}()
	mark, err := h.openRing(o)
	if err != nil {
		return nil, err
	}
	c := h.Config
	h.Store, err = store.Open(ctx, store.Options{
		Dir: c.Data, URL: c.Store, Password: c.StorePassword, AllowUnsafe: c.StoreAllowUnsafe,
		Macs: h.Ring.Macs(auditLabel), Chained: mark.Chained,
	})
	if err != nil {
		return nil, err
	}
	if !mark.Chained {
		mark.Chained = true
		if err := h.writeMark(&mark); err != nil {
			return nil, err
		}
	}
	session, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	if h.node, h.floor, err = h.Store.LeaseNode(ctx, mark.ID, session.String(), h.Now()); err != nil {
		return nil, err
	}
	h.leased = true
	key := h.Ring.Key(seqNoLabel)
	h.Numbers = quartet.NewSeqNoCipher([16]byte(key[:16]))
	if err := h.openDesks(o); err != nil {
		return nil, err
	}
	if err := h.Desk.CheckRing(ctx); err != nil {
		return nil, err
	}
	if err := h.seed(ctx, o.KeyringInside); err != nil {
		return nil, err
	}
	h.Ledger, err = quota.New(ctx, h.Store, quota.Options{Now: h.Now, MaxBatch: o.MaxBatch, MaxWait: h.Config.Deadline, OnBatch: o.onBatch})
	if err != nil {
		return nil, err
	}
	h.openTrade()
	return h, nil
}

// ScopesOf are the scopes by which whoever has a role can do anything over the management API.
func ScopesOf(role quartet.Role) []quartet.Scope { return api.ScopesOf(role) }

// openDesks opens the desks that stand on the store alone.
func (h *House) openDesks(o Options) error {
	h.Desk = account.New(h.Store, h.Ring, h.Now)
	h.Tokens = token.New(h.Store, seal.NewHasher(h.Ring.Key(token.Label)).Sum, h.Now)
	h.Operators = operator.NewOfWork(h.Store, h.Ring, h.Now, o.Passwords)
	h.Firms = firm.New(h.Store, h.Ring, h.Now)
	h.Jobs = job.NewDesk(h.Store, h.Now)
	h.Catalogue = product.New(h.Store, h.Config.Lead(), h.Now)
	h.Pages = product.NewPages(h.Store, h.Catalogue, h.Now)
	h.Ratings = rating.New(h.Store, h.Now)
	h.Plans = billing.NewCatalogue(h.Store, h.Config.Lead(), h.Now)
	h.Sources = sourcebook.New(h.Store, h.Ring, h.Now, h.try)
	h.Imports = intake.New(h.Store, h.Ring, Loader{h}, h.Now)
	if err := h.openPeople(o.KeyringInside, o.Passwords); err != nil {
		return err
	}
	h.openSupport()
	return nil
}

// openTrade opens the desks that stand on the ledger too.
func (h *House) openTrade() {
	h.Billing = billing.New(h.Store, h.Ledger, h.Firms, h.Now)
	h.Market = market.New(market.Options{Store: h.Store, Accounts: h.Desk, Billing: h.Billing, Sealer: h.Ring, Now: h.Now, Changed: h.Changed})
	h.Transfers = transfer.New(h.Store, h.Ring, h.Billing, h.Firms, h.Now)
	h.Bills = settlement.New(h.Store, nil, h.Now)
	h.openUsage()
	h.Invoices = h.openInvoices(0)
	h.openAlerts()
	h.Batches = h.openBatches(nil)
}

// seed gives a new store the first product with its page, and the registry; and one without
// plans the first plans: on sale from now on, in a demo from before its invented past.
func (h *House) seed(ctx context.Context, demo bool) error {
	if err := h.seedSources(ctx); err != nil {
		return err
	}
	products, err := h.Store.Products(ctx)
	if err == nil && len(products) == 0 {
		err = h.Store.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{})
	}
	if err != nil {
		return err
	}
	if err := h.Pages.Seed(ctx); err != nil {
		return err
	}
	plans := h.Plans
	if demo {
		plans = billing.NewCatalogue(h.Store, h.Config.Lead(), func() time.Time { return h.Now().AddDate(0, 0, -2*story.Days) })
	}
	return plans.Seed(ctx)
}

// Changed tells a serving house that an account, a credential, a product or a source changed. It
// returns when calls see the change.
func (h *House) Changed(ctx context.Context) error {
	if h.onChange == nil {
		return nil
	}
	return h.onChange(ctx)
}

// Serving reports whether a server runs on this house, which does its jobs.
func (h *House) Serving() bool { return h.onChange != nil }

// Current writes what a serving house has only in memory yet, when credentials were last
// used, so that who lists them sees it.
func (h *House) Current(ctx context.Context) error {
	if h.onRead == nil {
		return nil
	}
	return h.onRead(ctx)
}

// SourceHealth tells how sources stand at a serving house; one that does not serve knows
// nothing of it.
func (h *House) SourceHealth() []route.Health {
	if h.health == nil {
		return nil
	}
	return h.health()
}

// SourceSums sums up what became of questions to sources in calls of these seconds.
func (h *House) SourceSums(ctx context.Context, from, to int64) ([]quartet.SourceSum, error) {
	return h.Store.SourceSums(ctx, from, to)
}

// Registry opens the registry, once. Most commands do without.
func (h *House) Registry() (*registry.Registry, error) {
	h.registryMu.Lock()
	defer h.registryMu.Unlock()
	if h.registry != nil {
		return h.registry, nil
	}
	backend, err := h.registryBackend()
	if err != nil {
		return nil, err
	}
	h.registry = registry.New(h.Ring, backend)
	return h.registry, nil
}

// registryBackend: a cluster keeps the registry in its database, one node in Pebble.
func (h *House) registryBackend() (registry.Backend, error) {
	if h.Config.Store != "" {
		return h.Store, nil
	}
	var err error
	h.pebble, err = registry.OpenPebble(registry.PebbleOptions{
		Dir: filepath.Join(h.Config.Data, "registry"), Log: h.Log,
	})
	return h.pebble, err
}

// Close flushes the book, closes everything and gives the folder back.
func (h *House) Close() error {
	var errs []error
	if h.Ledger != nil {
		errs = append(errs, h.Ledger.Close())
	}
	if h.pebble != nil {
		errs = append(errs, h.pebble.Close())
	}
	if h.Store != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		if h.leased {
			if err := h.Store.ReleaseNode(ctx); err != nil {
				h.Log.Warn("the node's number was not given back; it is free again in a while", obs.Err(err))
			}
		}
		cancel()
		errs = append(errs, h.Store.Close())
	}
	if h.folder != nil {
		errs = append(errs, h.folder.Close())
	}
	return errors.Join(errs...)
}
