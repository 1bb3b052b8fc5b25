package app

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/obs"
	"quartet/internal/quota"
	"quartet/internal/usage"
)

const (
	sweepEvery   = 5 * time.Second
	pruneEvery   = 10 * time.Minute
	usedEvery    = time.Minute
	auditEvery   = time.Hour
	renewEvery   = 5 * time.Second
	versionEvery = time.Second
)

// startJobs runs what keeps the book until the node stops.
func (a *App) startJobs(ctx context.Context) {
	a.every(ctx, sweepEvery, "resolving holds past their deadline", func(ctx context.Context) error {
		n, err := a.Ledger.Sweep(ctx)
		if n > 0 {
			a.Log.Warn("resolved holds past their deadline in the buyers' favour", "holds", n)
		}
		return err
	})
	a.every(ctx, a.waits.Inquiries, "learning what became of questions to suppliers", func(ctx context.Context) error {
		n, err := a.Inquire(ctx)
		if n > 0 {
			a.Log.Info("learnt afterwards what became of questions to suppliers", "questions", n)
		}
		return err
	})
	a.every(ctx, pruneEvery, "closing days", func(ctx context.Context) error {
		if a.story.untold() { // its days are still being written
			return nil
		}
		n, err := a.Ledger.CloseDays(ctx, a.Store)
		if n > 0 {
			a.Log.Info("closed days of the book", "days", n)
		}
		return err
	})
	a.every(ctx, pruneEvery, "forgetting old calls", func(ctx context.Context) error {
		n, err := usage.Prune(ctx, a.Store, a.Config.CallDays, a.Now())
		if n > 0 {
			a.Log.Info("forgot calls that were kept long enough", "calls", n, "days", a.Config.CallDays)
		}
		return err
	})
	a.every(ctx, pruneEvery, "forgetting idempotency keys", a.Ledger.Prune)
	a.every(ctx, usedEvery, "writing when credentials were last used", a.writeUsed)
	a.every(ctx, auditEvery, "the audit of open days", a.audit)
	a.every(ctx, auditEvery, "verifying the audit trail", a.trailJob())
	a.every(ctx, renewEvery, "renewing the node's number", a.renew)
	if a.certificate != nil {
		a.every(ctx, a.waits.Certificate, "looking at the certificate", func(context.Context) error { a.certificate.look(); return nil })
	}
	a.every(ctx, versionEvery, "looking for changes", a.reloadWhenChanged)
}

// Inquire asks suppliers once about every open question that is due, and gives of how many
// it learnt what became. The node does so by itself now and again; who comes meanwhile waits.
func (a *App) Inquire(ctx context.Context) (int, error) {
	a.inquiring.Lock()
	defer a.inquiring.Unlock()
	return a.resolver.Run(ctx)
}

// renew says that this node lives, and by that finds out whether the database takes
// writes. A node that is not ready hears of it here, since nobody sends it calls.
func (a *App) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	begun := a.Now()
	err := a.Store.RenewNode(ctx, begun)
	if err == nil && a.Config.Store != "" { // nobody else can take over a database in the folder
		a.numbering.renewed(begun)
	}
	if err == nil && a.Ledger.Healthy() != nil {
		err = a.Ledger.Check(ctx)
	}
	switch {
	case err == nil:
		a.database.set("")
	case quartet.CodeOf(err) == quartet.ErrInternal:
		a.fail(err)
	default:
		a.database.set("the database takes no writes")
	}
	return err
}

// every runs a job now and again. One that fails is logged and tried again in its time.
func (a *App) every(ctx context.Context, span time.Duration, what string, job func(context.Context) error) {
	a.jobs.Go(func() {
		tick := time.NewTicker(span)
		defer tick.Stop()
		for {
			if err := job(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("a job failed and will be tried again: "+what, obs.Err(err))
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// writeUsed writes behind when credentials were last used. A crash loses a minute of it, by
// which nothing is judged. What could not be written is kept for the next time.
func (a *App) writeUsed(ctx context.Context) error {
	a.marking.Lock()
	defer a.marking.Unlock()
	a.reloading.Lock()
	a.keepUsed(a.directory.Used())
	used := a.unwritten
	a.unwritten = nil
	a.reloading.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := a.Store.MarkUsed(ctx, used)
	if err != nil {
		a.reloading.Lock()
		a.keepUsed(used)
		a.reloading.Unlock()
	}
	return err
}

// keepUsed keeps last uses until they are written.
func (a *App) keepUsed(used map[string]time.Time) {
	if a.unwritten == nil {
		a.unwritten = used
		return
	}
	for id, at := range used {
		if at.After(a.unwritten[id]) {
			a.unwritten[id] = at
		}
	}
}

func (a *App) audit(ctx context.Context) error {
	r, err := quota.Audit(ctx, a.Store, false)
	if err != nil {
		a.metrics.Audited("failed")
		return err
	}
	if len(r.Differences) == 0 {
		a.metrics.Audited("ok")
		a.Log.Debug("the audit found no difference", "grants", r.Grants)
		return nil
	}
	a.metrics.Audited("different")
	for _, d := range r.Differences {
		a.Log.Error("the audit found a difference", "grant", d.Grant, "what", d.What, "book", d.Book, "sum", d.Sum)
	}
	return nil
}

// trailJob verifies the chain of audit entries, each time against where it ended the last
// time. That end goes to the log: kept elsewhere, it is the head that was written down.
func (a *App) trailJob() func(context.Context) error {
	var end quartet.AuditPoint
	return func(ctx context.Context) error {
		r, err := a.VerifyAudit(ctx, end)
		switch {
		case err != nil:
			a.metrics.TrailVerified("failed")
			return err
		case r.Fault != nil:
			a.metrics.TrailVerified("different")
			a.Log.Error("the audit trail was tampered with", "place", r.Fault.Place, "entry", r.Fault.Entry, "what", r.Fault.What)
		default:
			end = r.Head
			a.metrics.TrailVerified("ok")
			a.Log.Info("verified the audit trail", "entries", r.Entries, "head", end.String())
		}
		return nil
	}
}
