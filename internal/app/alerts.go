package app

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/alert"
	"quartet/internal/job"
)

const (
	lookEvery = time.Minute // at what rules watch that no call changes
	tidyEvery = time.Hour
)

// openAlerts puts together what accounts want to be told.
func (h *House) openAlerts() {
	h.Alerts = alert.New(alert.Options{Store: h.Store, Ledger: h.Ledger, People: h.People, Post: h.Messages, Now: h.Now})
}

// handleAlerts tells the runner who tells of alerts.
func (a *App) handleAlerts(runner *job.Runner) {
	runner.Handle(quartet.JobAlertTell, a.Alerts.Tell)
}

// startAlerts looks at rules until the node stops.
func (a *App) startAlerts(ctx context.Context) {
	a.every(ctx, lookEvery, "looking at what alerts watch", a.Alerts.Look)
	a.every(ctx, tidyEvery, "forgetting old notes of inboxes", a.Alerts.Tidy)
}
