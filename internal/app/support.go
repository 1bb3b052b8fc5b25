package app

import (
	"quartet"
	"quartet/internal/job"
	"quartet/internal/support"
)

// openSupport puts together who answers buyers.
func (h *House) openSupport() {
	c := h.Config
	h.Support = support.New(support.Options{
		Store: h.Store, Ring: h.Ring, SeqNos: h.Numbers, Post: h.Messages, People: h.People, Staff: h.Operators, Now: h.Now,
		Lines: quartet.SupportLines{Phone: c.Support.Phone, Line400: c.Support.Line400, Mail: c.Support.Mail, Hours: c.Support.Hours},
		Site:  c.Notify.Site, Wait: c.Support.Wait,
	})
}

// handleSupport tells the runner the jobs of tickets.
func (a *App) handleSupport(runner *job.Runner) {
	runner.Handle(support.JobTell, a.Support.Tell)
	runner.Handle(support.JobFall, a.Support.Fall)
}
