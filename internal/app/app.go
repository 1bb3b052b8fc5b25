package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/guard"
	"quartet/internal/invoice"
	"quartet/internal/job"
	"quartet/internal/obs"
	"quartet/internal/owner"
	"quartet/internal/password"
	"quartet/internal/pay"
	"quartet/internal/pay/practice"
	"quartet/internal/pay/wechat"
	"quartet/internal/resolve"
	"quartet/internal/reuse"
	"quartet/internal/route"
	"quartet/internal/today"
	"quartet/internal/verify"
	"quartet/internal/web"
)

// App is a House that serves.
type App struct {
	*House

	metrics    *obs.Metrics
	drills     Drills // nil: none are made
	meter      *today.Meter
	directory  *auth.Directory
	nonces     *auth.Nonces
	guard      *guard.Guard
	router     *route.Router
	built      map[string]route.Entry // sources as they were last built, by name; under reloading
	service    *verify.Service
	resolver   *resolve.Resolver
	inquiring  sync.Mutex // one runs the resolver
	reuse      *reuse.Memory
	accounting verify.Ledger
	working    job.Store
	gate       gate
	Cashier    *pay.Cashier
	wechat     *wechat.Provider // nil: WeChat Pay is not offered
	proxies    *web.Proxies     // whose word for whom they ask is taken
	numbering  numberClock
	ready      readiness
	database   readiness // as the last renewal of the node's number found it
	version    int64     // of accounts, credentials, products and sources, as last read
	reloading  sync.Mutex
	marking    sync.Mutex           // one writes last uses; who comes meanwhile waits and finds them written
	unwritten  map[string]time.Time // last uses that the directory no longer tells; under reloading

	ballast     []byte // never touched, so it takes no memory: the collector counts it as live, and comes when as much again is new
	waits       Waits
	certificate *certificate // nil: the API speaks plain HTTP
	api, admin  *http.Server
	bureau      *http.Server // the simulated tax bureau of a demo; nil: there is none
	apiAddr     net.Addr
	adminAddr   net.Addr
	commands    *owner.Listener
	jobs        sync.WaitGroup
	serving     sync.WaitGroup
	cancelJobs  context.CancelFunc
	demo        bool
	story       *teller // nil: nothing is told of an invented past
	passwords   password.Work
	rehearsal   *practice.Provider // of a demo; nil: none
	taxed       []invoice.Channel  // by which invoices are issued, beside by hand
	waiting     atomic.Int64       // jobs, as last counted
	dead        atomic.Int64
	failure     chan error // buffered: the first counts
	stopping    sync.Once
	stopFailure error
}

// Start opens the house and serves. lines takes the log lines of calls; it may be nil.
// commands runs what other processes send over the folder's socket.
func Start(ctx context.Context, o Options, lines *obs.Lines, commands func(*House) owner.Command) (*App, error) {
	o.Serving = true
	a := &App{metrics: obs.NewMetrics(o.Version, gatewayCodes()), waits: o.Waits.orDefault(), demo: o.KeyringInside, failure: make(chan error, 1), ballast: make([]byte, ballast)}
	o.onBatch = a.metrics.Batch
	var err error
	if a.House, err = Open(ctx, o); err != nil {
		return nil, err
	}
	a.ready.set("starting")
	a.passwords = o.Passwords
	if o.Drills != nil {
		a.drills = o.Drills(a.House)
	}
	a.accounting = a.Ledger
	if o.Accounting != nil {
		a.accounting = o.Accounting(a.Ledger)
	}
	a.working = a.Store
	if o.Working != nil {
		a.working = o.Working(a.Store)
	}
	if o.Story {
		if err := a.openStory(); err != nil {
			return nil, errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
		}
	}
	if err := a.start(ctx, lines, commands); err != nil {
		return nil, errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	return a, nil
}

// ballast is the least heap, in bytes, that is worth a collection. What a node keeps is
// small, so without it the collector would come a dozen times a second under load.
const ballast = 64 << 20

func gatewayCodes() []string {
	var codes []string
	for _, g := range web.Gateways() {
		codes = append(codes, g.Text().Code)
	}
	return codes
}

func (a *App) start(ctx context.Context, lines *obs.Lines, commands func(*House) owner.Command) error {
	a.numbering.now = a.Now
	issuer := quartet.NewSeqNoIssuer(a.node, max(a.floor, a.Now().Unix()), a.numbering.Now)
	if err := a.checkClock(issuer.Ready()); err != nil {
		return err
	}
	if err := a.buildRoad(ctx, issuer, lines); err != nil {
		return err
	}
	// The change is made: it is put in force even if whoever made it has gone away.
	a.onChange = func(ctx context.Context) error { return a.reload(context.WithoutCancel(ctx)) }
	a.onRead, a.health = a.writeUsed, a.router.Health
	a.metrics.Watch("quartet_log_lost_bytes", "Bytes of the log that its output refused.", func() float64 {
		if lines == nil {
			return 0
		}
		return float64(lines.Lost())
	})
	a.metrics.Watch("quartet_calls_in_flight", "Calls being answered now.", func() float64 { return float64(a.gate.inside.Load()) })
	a.metrics.Watch("quartet_ledger_waiting", "Acts that wait for the committer.", func() float64 { return float64(a.Ledger.Waiting()) })
	a.metrics.Watch("quartet_attempts_open", "Questions to suppliers of the last day of which nobody knows whether they are charged.", func() float64 { return float64(a.resolver.Open()) })
	api, err := a.listenAPI(ctx)
	if err != nil {
		return err
	}
	a.metrics.Watch("quartet_tls_certificate_expires_seconds", "When the certificate in force ends, in Unix seconds; +Inf without TLS.", a.certificate.ends)
	admin, err := a.listenAdmin(ctx)
	if err != nil {
		return errors.Join(quartet.Errorf(quartet.ErrUnavailable, "cannot listen on the admin address %s: %w", a.Config.AdminListen, err), api.Close())
	}
	a.apiAddr, a.adminAddr = api.Addr(), admin.Addr()
	if commands != nil {
		if a.commands, err = a.folder.Listen(commands(a.House), a.Log); err != nil {
			return errors.Join(err, api.Close(), admin.Close())
		}
	}
	// What an earlier process answered but lost in its crash lies at or before this second.
	wait(ctx, issuer.Ready())
	// What came before may have taken longer than the lease lasts.
	if err := a.renew(ctx); err != nil {
		return errors.Join(err, api.Close(), admin.Close())
	}

	if a.Config.Store == "" { // the folder is this process's own
		if err := a.Imports.Alone(ctx); err != nil {
			return errors.Join(err, api.Close(), admin.Close())
		}
	}

	a.api, a.admin = a.newServer(&a.gate), a.newServer(a.adminHandler())
	a.serve(a.api, api)
	a.serve(a.admin, admin)

	jobs, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancelJobs = cancel
	a.startJobs(jobs)
	a.startWork(jobs)
	a.checkTill(jobs)
	a.startStory(jobs)
	a.jobs.Go(func() {
		select {
		case err := <-a.Ledger.Fatal():
			a.fail(err)
		case <-jobs.Done():
		}
	})
	a.ready.set("")
	a.Log.Info("serving", "url", a.URL(), "admin", a.AdminURL(), "data", a.Config.Data, "store", a.Store.Engine(), "version", a.Version)
	return nil
}

func (a *App) serve(s *http.Server, l net.Listener) {
	a.serving.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.fail(err)
		}
	})
}

// URL is where the API is, without a slash at the end.
func (a *App) URL() string {
	scheme := "http"
	if a.Config.TLSCert != "" {
		scheme = "https"
	}
	return fmt.Sprintf("%s://%s", scheme, a.apiAddr)
}

// AdminURL is where health and metrics are.
func (a *App) AdminURL() string { return fmt.Sprintf("http://%s", a.adminAddr) }

// Failed gives the error after which the node must stop.
func (a *App) Failed() <-chan error { return a.failure }

func (a *App) fail(err error) {
	a.ready.set("failed")
	select {
	case a.failure <- err:
	default:
	}
}

// Stop ends the node in good order: it stops being ready, answers new calls 10019, waits
// for those in flight as long as the settings allow, writes the book, and closes. ctx
// may cut the wait short.
func (a *App) Stop(ctx context.Context) error {
	a.stopping.Do(func() { a.stopFailure = a.stop(ctx) })
	return a.stopFailure
}

func (a *App) stop(ctx context.Context) error {
	a.ready.set("stopping")
	ctx, cancel := context.WithTimeout(ctx, a.Config.Drain)
	defer cancel()
	var errs []error
	if a.api != nil {
		// The address stays open until the last call is answered, so that whoever comes
		// meanwhile hears 10019 rather than nothing.
		a.service.Drain()
		a.Support.Stop() // who follows a chat would be waited for in vain
		a.gate.drain(ctx)
		if err := a.api.Shutdown(ctx); err != nil {
			a.Log.Warn("calls were still in flight when the time to drain was over; their connections were closed")
			errs = append(errs, a.api.Close())
		}
	}
	if a.commands != nil {
		errs = append(errs, a.commands.Close())
	}
	if a.drills != nil {
		a.drills.Stop()
	}
	if a.cancelJobs != nil {
		a.cancelJobs()
	}
	a.jobs.Wait()
	if a.reuse != nil {
		a.reuse.Close()
	}
	if a.directory != nil && a.Store != nil {
		if err := a.writeUsed(context.WithoutCancel(ctx)); err != nil {
			a.Log.Warn("when credentials were last used was not written", obs.Err(err))
		}
	}
	if a.admin != nil {
		errs = append(errs, a.admin.Close())
	}
	if a.bureau != nil {
		errs = append(errs, a.bureau.Close())
	}
	a.serving.Wait()
	a.closeSources()
	errs = append(errs, a.Close())
	if err := errors.Join(errs...); err != nil {
		a.Log.Error("stopped, but not in good order", obs.Err(err))
		return err
	}
	a.Log.Info("stopped")
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
