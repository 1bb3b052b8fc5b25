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
		Lines: h.supportLines(), Site: c.Notify.Site, Wait: c.Support.Wait, Alone: c.Store == "",
	})
}

func (h *House) supportLines() quartet.SupportLines {
	set := h.Config.Support
	return quartet.SupportLines{Phone: set.Phone, Line400: set.Line400, Mail: set.Mail, Hours: set.Hours}
}

// handleSupport tells the runner the jobs of tickets.
func (a *App) handleSupport(runner *job.Runner) {
	runner.Handle(support.JobTell, a.Support.Tell)
	runner.Handle(support.JobFall, a.Support.Fall)
}
