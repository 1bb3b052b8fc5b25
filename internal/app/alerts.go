package app

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/alert"
	"quartet/internal/announcement"
	"quartet/internal/incident"
	"quartet/internal/job"
	"quartet/internal/webhook"
)

const (
	lookEvery = time.Minute // at what rules watch that no call changes
	tidyEvery = time.Hour
)

// openAlerts puts together what accounts want to be told.
func (h *House) openAlerts() {
	h.Webhooks = webhook.New(webhook.Options{
		Store: h.Store, Ring: h.Ring, Now: h.Now, Private: h.Config.Webhook.Private, Wait: h.Config.Webhook.Wait, Version: h.Version,
		Notice: func(ctx context.Context, account string, right quartet.Right, kind, about, subject, text string) (quartet.Telling, error) {
			return h.Alerts.Notice(ctx, account, right, kind, about, subject, text)
		},
	})
	h.Incidents = incident.New(h.Store, h.Now)
	h.Announcements = announcement.New(announcement.Options{Store: h.Store, Lead: h.Config.Lead(), Now: h.Now, Changed: h.Changed})
	h.Alerts = alert.New(alert.Options{Store: h.Store, Ledger: h.Ledger, People: h.People, Post: h.Messages, Hooks: h.Webhooks, Shop: h.Billing, Now: h.Now})
}

// handleAlerts tells the runner who tells of alerts.
func (a *App) handleAlerts(runner *job.Runner) {
	runner.Handle(quartet.JobAlertTell, a.Alerts.Tell)
	runner.Handle(alert.JobRepurchase, a.Alerts.Repurchase)
	runner.Handle(quartet.JobCircular, a.Alerts.Circulate)
	runner.Handle(quartet.JobAnnounced, a.Announcements.Apply)
	runner.Handle(quartet.JobDeliver, a.Webhooks.Deliver)
}

// startAlerts looks at rules until the node stops.
func (a *App) startAlerts(ctx context.Context) {
	a.every(ctx, lookEvery, "looking at what alerts watch", a.Alerts.Look)
	a.every(ctx, lookEvery, "looking at how supply stands", a.Incidents.Look)
	a.every(ctx, tidyEvery, "forgetting old notes of inboxes", a.Alerts.Tidy)
	a.every(ctx, tidyEvery, "forgetting old deliveries", a.Webhooks.Tidy)
}
