package app

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/batch"
	"quartet/internal/job"
	"quartet/internal/seal"
)

const (
	tidyBatchesEvery   = 10 * time.Minute
	rescueBatchesEvery = time.Minute
	// commitGrace is what a commit may take in all, and settleGrace how long past its deadline a
	// hold waits for its settle: later no call of a row that was sent can come any more.
	commitGrace = 15 * time.Second
	settleGrace = 15 * time.Second
)

// openBatches puts the desk of batches together. Without a road nothing is served, and it runs
// none.
func (h *House) openBatches(road batch.Road) *batch.Desk {
	c := h.Config.Batch
	return batch.New(batch.Options{
		Store: h.Store, Sealer: h.Ring, Print: seal.NewHasher(h.Ring.Key("batch")).Sum, Text: func(no quartet.SeqNo) string { return h.Numbers.Text(no) }, Road: road, Now: h.Now,
		MaxBytes: int64(c.MaxMiB) << 20, MaxRows: int64(c.Rows), AtOnce: c.AtOnce, Keep: c.Keep,
		Settled: h.Config.Deadline + settleGrace + commitGrace,
		Alone:   h.Config.Store == "", // a database in the folder has no other process
	})
}

// handleBatches tells the runner who does the jobs of batches.
func (a *App) handleBatches(runner *job.Runner) {
	for kind, do := range a.Batches.Jobs() {
		runner.Handle(kind, do)
	}
}

// startBatches erases what batches have held long enough, and pauses those whose job was given up,
// until the node stops.
func (a *App) startBatches(ctx context.Context) {
	a.every(ctx, rescueBatchesEvery, "pausing batches whose job was given up", a.Batches.Rescue)
	a.every(ctx, tidyBatchesEvery, "erasing what batches have held long enough", a.Batches.Tidy)
}
