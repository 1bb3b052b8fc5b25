package app

import (
	"context"
	"log/slog"
	"math"
	"time"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/auth"
	"quartet/internal/console"
	"quartet/internal/guard"
	"quartet/internal/obs"
	"quartet/internal/resolve"
	"quartet/internal/reuse"
	"quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/today"
	"quartet/internal/verify"
	"quartet/internal/web"
)

// buildRoad puts together what a call passes: who calls, the guard, the sources, and the
// service itself.
func (a *App) buildRoad(ctx context.Context, issuer *quartet.SeqNoIssuer, lines *obs.Lines) error {
	a.directory = auth.New(seal.NewHasher(a.Ring.Key(account.CredentialLabel)), a.Ring.Unseal)
	a.nonces = auth.NewNonces(auth.MaxNonces)
	a.guard = guard.New(guard.Config{
		Enabled: a.Config.GuardEnabled, Identical: a.Config.GuardIdentical, Mismatches: a.Config.GuardMismatches, Calls: a.Config.GuardCalls,
	})
	if !a.Config.GuardEnabled {
		a.Log.Warn("the guard is off: neither repeated parameters nor calls per card are limited")
	}
	a.meter = today.NewMeter(a.Now)
	count := counted{a.metrics, a.meter}
	a.router, a.built = route.New(nil, route.Options{Now: a.Now, Observe: count.Source}), map[string]route.Entry{}
	a.metrics.WatchSources(a.sourceStates)
	a.reuse = reuse.New(reuse.MaxVerdicts)
	var failures quartet.Rate
	if a.Config.FailedAuth > 0 {
		failures = quartet.Rate{QPS: failuresASecond, Burst: a.Config.FailedAuth}
	}
	a.proxies = web.NewProxies(a.Config.TrustedProxies)
	a.service = verify.New(verify.Options{
		Ledger: a.accounting, Router: a.router, Guard: a.guard, Reuse: a.reuse, Callers: a.directory, Signatures: auth.NewSignatures(a.directory, seal.NewHasher(a.Ring.Key("nonce")), a.nonces),
		Limiter: guard.NewRates(maxKeys), Strangers: guard.NewRates(maxKeys), Failures: failures, AppCodeInQuery: a.Config.AppCodeInQuery, Proxies: a.proxies,
		Issuer: issuer, Numbers: a.Numbers,
		Params: seal.NewHasher(a.Ring.Key("guard.params")), Card: seal.NewHasher(a.Ring.Key("guard.card")), Claims: seal.NewHasher(a.Ring.Key("claim")),
		Log: a.callLog(lines), Metrics: count, Deadline: a.Config.Deadline, Now: a.Now,
	})
	a.resolver = resolve.New(resolve.Options{Store: a.Store, Number: a.Numbers.Text, Asker: a.inquirer, Fault: a.callLog(nil).Fault, Now: a.Now, First: a.waits.Inquiry})
	if err := a.replay(ctx); err != nil {
		return err
	}
	if err := a.openTill(); err != nil {
		return err
	}
	if err := a.openBureau(); err != nil {
		return err
	}
	a.gate.next, a.gate.metrics, a.gate.proxies = a.service, a.metrics, a.proxies
	signOn, err := a.openSignOn()
	if err != nil {
		return err
	}
	a.Batches = a.openBatches(a.service)
	management := a.newAPI(signOn)
	a.gate.api = a.withMessages(management)
	if a.gate.pages, err = console.New(console.Options{Log: a.Log, Now: a.Now, API: management, House: a.Config.Notify.House, Site: a.Config.Notify.Site, Demo: a.demo, SignOn: signOn != nil, Proxies: a.proxies}); err != nil {
		return err
	}
	a.gate.tls, a.gate.requireHTTPS = a.Config.TLSCert != "", a.Config.RequireHTTPS
	return a.reload(ctx)
}

// callLog writes a line for each call unless the level is above that of calls.
func (a *App) callLog(lines *obs.Lines) *callLog {
	if !a.Log.Enabled(context.Background(), slog.LevelInfo) {
		lines = nil
	}
	return &callLog{lines: lines, json: a.Config.LogFormat == "json", log: a.Log}
}

const (
	// maxKeys is how many credentials and accounts the limits of calls a second remember, at
	// least, and as many addresses of strangers.
	maxKeys = 1 << 16
	// failuresASecond is how fast an address that failed too often may fail again.
	failuresASecond = 1
	// nonceLife is how long a nonce may have to be remembered from its call on: a timestamp
	// may lie 15 minutes ahead and is good for 15 minutes.
	nonceLife = 30 * time.Minute
)

// sourceStates tells the metrics how the sources stand.
func (a *App) sourceStates() []obs.SourceState {
	health := a.router.Health()
	states := make([]obs.SourceState, 0, len(health))
	for i := range health {
		h := &health[i]
		breaker := map[route.BreakerState]int{route.BreakerHalfOpen: 1, route.BreakerOpen: 2}[h.Breaker]
		states = append(states, obs.SourceState{Name: h.Name, Up: h.Skipped == "", Breaker: breaker, InFlight: h.InFlight})
	}
	return states
}

// replay counts the calls of today anew, for the guard and the daily limits, with those
// that were with a supplier when the last process ended: they have a hold and no row yet.
// It counts what was sent to each source today, and remembers the nonces that could still
// come again.
func (a *App) replay(ctx context.Context) error {
	begun, now := time.Now(), a.Now()
	midnight := quartet.DayStart(quartet.DayOf(now.Unix()))
	holds, err := a.Store.Holds(ctx, math.MaxInt64, 0)
	if err != nil {
		return err
	}
	sent, err := a.Store.SourceCounts(ctx, midnight)
	if err != nil {
		return err
	}
	open := make(map[quartet.SeqNo]quartet.Call, len(holds))
	for i := range holds {
		h := &holds[i]
		open[h.SeqNo] = quartet.Call{
			SeqNo: h.SeqNo, At: h.CreatedAt, Credential: h.Credential, Params: h.Params, Card: h.Card, Nonce: h.Nonce, Sent: true,
		}
	}
	count := func(c quartet.Call) {
		if c.Nonce != 0 && now.Sub(c.At) < nonceLife {
			a.nonces.Remember(c.Credential, c.Nonce, c.At.Add(nonceLife))
		}
		if c.SeqNo.Second >= midnight {
			a.guard.Replay(c)
			a.service.Days.Replay(c)
		}
	}
	n := 0
	from := min(midnight, now.Add(-nonceLife-time.Minute).Unix())
	err = a.Store.Calls(ctx, quartet.CallFilter{From: from}, func(c quartet.Call) error {
		delete(open, c.SeqNo) // refused when its settle failed: the hold waits for the sweeper
		count(c)
		n++
		return nil
	})
	for i := range holds {
		h := &holds[i]
		c, without := open[h.SeqNo]
		if !without {
			continue
		}
		count(c)
		for _, asked := range h.Asked {
			if h.SeqNo.Second >= midnight {
				sent[asked.Source]++
			}
		}
	}
	a.router.Seed(sent)
	a.Log.Debug("counted midnight's calls for the limits", "calls", n+len(open), "took", time.Since(begun).String())
	return err
}

// reload puts accounts, credentials, products and sources in force for every later call.
func (a *App) reload(ctx context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	version, err := a.Store.Version(ctx) // first: a change after it is seen next time
	if err != nil {
		return err
	}
	accounts, err := a.Store.Accounts(ctx)
	if err != nil {
		return err
	}
	credentials, err := a.Store.Credentials(ctx, "")
	if err != nil {
		return err
	}
	products, err := a.Store.Products(ctx)
	if err != nil {
		return err
	}
	a.keepUsed(a.directory.Used()) // Replace forgets those of what was revoked
	a.directory.Replace(accounts, credentials)
	a.service.SetProducts(products)
	if err := a.reloadSources(ctx); err != nil { // last: what was revoked is so, whatever ails a source
		return err
	}
	a.reuse.Forget() // what was said under other products, sources or accounts
	a.version = version
	return nil
}

// reloadWhenChanged is for changes of which nobody told: those that other processes make in
// the database, and one whose maker was cut off between the change and the telling.
func (a *App) reloadWhenChanged(ctx context.Context) error {
	version, err := a.Store.Version(ctx)
	if err != nil {
		return err
	}
	a.reloading.Lock()
	same := version == a.version
	a.reloading.Unlock()
	if same {
		return nil
	}
	return a.reload(ctx)
}
