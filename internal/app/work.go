package app

import (
	"context"
	"errors"
	"time"

	"quartet"
	"quartet/internal/api"
	"quartet/internal/billing"
	"quartet/internal/job"
	"quartet/internal/market"
	"quartet/internal/pay"
	"quartet/internal/settlement"
	"quartet/internal/support"
	"quartet/internal/transfer"
)

const (
	countEvery        = 15 * time.Second
	pruneSessionEvery = 10 * time.Minute
	planBillsEvery    = time.Hour
	pruneTracesEvery  = 24 * time.Hour
	keepTraces        = 90 * 24 * time.Hour
	tidyTicketsEvery  = time.Hour
	tidyImportsEvery  = 10 * time.Minute
)

// passing are the kinds of jobs of which nothing but the job itself asks whether it was done:
// its key is made once, with what it is about. Done jobs of other kinds stay. They are few,
// and keep an order from being closed, money from being sent, or a day from being compared
// twice, long after a provider has forgotten it.
func passing() []string {
	return []string{pay.JobNotice, billing.JobWatchPayment, market.JobHandle, quartet.JobMailSend, support.JobTell, support.JobFall, quartet.JobCircular, quartet.JobDeliver, quartet.JobBatchCheck, quartet.JobBatchRun}
}

// handle tells the runner who does which kind of job. It is the one place that knows: a kind
// that is missing here waits.
func (a *App) handle(runner *job.Runner) {
	runner.Handle(billing.JobDrainRefund, a.Billing.Drain)
	runner.Handle(quartet.JobMailSend, a.Messages.Send)
	runner.Handle(transfer.JobSettle, a.Transfers.Settle)
	runner.Handle(transfer.JobReturn, a.Transfers.Return)
	runner.Handle(transfer.JobReport, a.Transfers.Report)
	runner.Handle(settlement.JobKind, a.Bills.Run)
	for kind, do := range a.Cashier.Jobs() {
		runner.Handle(kind, do)
	}
	for kind, do := range a.Invoices.Jobs() {
		runner.Handle(kind, do)
	}
	runner.Handle(market.JobHandle, a.Market.Handle)
	runner.Handle(quartet.JobRegistryImport, a.Imports.Run)
	a.handleSupport(runner)
	a.handleAlerts(runner)
	a.handleBatches(runner)
}

// startWork runs jobs until the node stops, counts them for the metrics, and forgets
// sessions, codes, idempotency keys and messages that are over.
func (a *App) startWork(ctx context.Context) {
	runner := job.New(job.Options{
		Store: a.working, Now: a.Now, Log: a.Log, First: []string{billing.JobSendRefund, billing.JobCloseOrder},
		// Nobody else does jobs of a database in the folder, which this process has to itself.
		// On PostgreSQL the row of a job does not say whose it is, and other nodes do them too:
		// there the leases of a node that was killed end in their time, within half a minute.
		Alone: a.Config.Store == "",
	})
	a.handle(runner)
	a.jobs.Go(func() { runner.Run(ctx) })
	a.metrics.Watch("quartet_jobs_waiting", "Jobs that wait for their time, or for somebody who knows their kind.", func() float64 { return float64(a.waiting.Load()) })
	a.metrics.Watch("quartet_jobs_dead", "Jobs that were given up and wait for a person.", func() float64 { return float64(a.dead.Load()) })
	a.every(ctx, countEvery, "counting jobs", func(ctx context.Context) error {
		counts, err := a.Store.JobCounts(ctx)
		if err == nil {
			a.waiting.Store(counts[quartet.JobWaiting])
			a.dead.Store(counts[quartet.JobDead])
		}
		return err
	})
	a.every(ctx, tidyTicketsEvery, "closing tickets that were solved long ago", a.Support.Tidy)
	a.every(ctx, tidyImportsEvery, "erasing files of people that nobody imports", a.Imports.Tidy)
	a.startAlerts(ctx)
	a.startBatches(ctx)
	a.every(ctx, planBillsEvery, "asking for daily bills", a.Bills.Plan)
	a.every(ctx, pruneTracesEvery, "forgetting notices, messages of markets and jobs that have ended", func(ctx context.Context) error {
		before := a.Now().Add(-keepTraces)
		return errors.Join(a.Store.PruneNotices(ctx, before), a.Store.PruneMarketEvents(ctx, before), a.Store.PruneJobs(ctx, passing(), before))
	})
	a.every(ctx, pruneSessionEvery, "forgetting sessions and idempotency keys that are over", func(ctx context.Context) error {
		now := a.Now()
		if err := a.Store.PruneRepeats(ctx, now.Add(-api.RepeatLife)); err != nil {
			return err
		}
		if err := a.Store.TidyPeople(ctx, now); err != nil {
			return err
		}
		return a.Store.PruneSessions(ctx, now, now.Add(-2*api.Idle))
	})
}
