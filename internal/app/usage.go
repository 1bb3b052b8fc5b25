package app

import (
	"cmp"

	"quartet/internal/document"
	"quartet/internal/usage"
)

// openUsage puts together who tells what became of calls.
func (h *House) openUsage() {
	h.Usage = usage.New(usage.Options{Store: h.Store, Catalogue: h.Store, Numbers: h.Numbers, Now: h.Now})
}

// paper is who prints statements, confirmations and receipts.
func (h *House) paper() document.House {
	set, lines := h.Config.Notify, h.supportLines()
	lines.Mail = cmp.Or(lines.Mail, set.Mail.From)
	return document.House{Name: set.House, Site: set.Site, Support: lines}
}
