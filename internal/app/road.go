package app

import (
	"context"
	"log/slog"
	"math"
	"time"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/auth"
	"quartet/internal/config"
	"quartet/internal/guard"
	"quartet/internal/obs"
	"quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/source/sim"
	"quartet/internal/verify"
	"quartet/internal/web"
)

// buildRoad puts together what a call passes: who calls, the guard, the sources, and the
// service itself.
func (a *App) buildRoad(ctx context.Context, issuer *quartet.SeqNoIssuer, lines *obs.Lines) error {
	a.proxies = web.NewProxies(a.Config.TrustedProxies)
	a.directory = auth.New(seal.NewHasher(a.Ring.Key(account.CredentialLabel)))
	if err := a.buildGuard(ctx); err != nil {
		return err
	}
	entries, err := a.sources()
	if err != nil {
		return err
	}
	a.router = route.New(entries, route.Options{})
	a.service = verify.New(verify.Options{
		Ledger: a.accounting, Router: a.router, Guard: a.guard, Callers: a.directory, Issuer: issuer, Numbers: a.Numbers,
		Params: seal.NewHasher(a.Ring.Key("guard.params")), Card: seal.NewHasher(a.Ring.Key("guard.card")), Claims: seal.NewHasher(a.Ring.Key("claim")),
		Log: a.callLog(lines), Metrics: a.metrics, Deadline: a.Config.Deadline, Now: a.Now,
	})
	a.gate.next, a.gate.metrics, a.gate.proxies = a.service, a.metrics, a.proxies
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

// buildGuard makes the guard and counts the calls of today anew, with those that were with
// a supplier when the last process ended: they have a hold and no row yet.
func (a *App) buildGuard(ctx context.Context) error {
	c := a.Config
	a.guard = guard.New(guard.Config{
		Enabled: c.GuardEnabled, Identical: c.GuardIdentical, Mismatches: c.GuardMismatches, Calls: c.GuardCalls,
	})
	if !c.GuardEnabled {
		a.Log.Warn("the guard is off: neither repeated parameters nor calls per card are limited")
		return nil
	}
	begun, today := time.Now(), quartet.DayStart(quartet.DayOf(a.Now().Unix()))
	holds, err := a.Store.Holds(ctx, math.MaxInt64, 0)
	if err != nil {
		return err
	}
	open := make(map[quartet.SeqNo]quartet.Call, len(holds))
	for i := range holds {
		h := &holds[i]
		open[h.SeqNo] = quartet.Call{SeqNo: h.SeqNo, At: h.CreatedAt, Params: h.Params, Card: h.Card, Sent: true}
	}
	n := 0
	err = a.Store.Calls(ctx, quartet.CallFilter{From: today}, func(call quartet.Call) error {
		delete(open, call.SeqNo) // refused when its settle failed: the hold waits for the sweeper
		a.guard.Replay(call)
		n++
		return nil
	})
	for _, call := range open {
		a.guard.Replay(call)
	}
	a.Log.Debug("counted today's calls for the guard", "calls", n+len(open), "took", time.Since(begun).String())
	return err
}

func (a *App) sources() ([]route.Entry, error) {
	var entries []route.Entry
	for _, s := range a.Config.Sources {
		switch s.Kind {
		case config.KindRegistry:
			r, err := a.Registry()
			if err != nil {
				return nil, err
			}
			entries = append(entries, route.Entry{Name: s.Name, Source: r, Local: true, Off: s.Off})
		case config.KindSim:
			var script sim.Script
			if s.Script != "" {
				var err error
				if script, err = sim.Load(s.Script); err != nil {
					return nil, err
				}
			}
			a.Log.Warn("a source answers by a script and knows nobody", "source", s.Name)
			entries = append(entries, route.Entry{Name: s.Name, Source: sim.New(script), Off: s.Off})
		}
	}
	return entries, nil
}

// reload puts accounts, credentials and products in force for every later call.
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
	credentials, err := a.Store.Credentials(ctx)
	if err != nil {
		return err
	}
	products, err := a.Store.Products(ctx)
	if err != nil {
		return err
	}
	a.directory.Replace(accounts, credentials)
	a.service.SetProducts(products)
	a.version = version
	return nil
}

// reloadWhenChanged is for changes that other processes make in the database.
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
