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
	set, lines := h.Config.Notify, h.Config.Support
	return document.House{Name: set.House, Site: set.Site, Phone: cmp.Or(lines.Line400, lines.Phone), Mail: cmp.Or(lines.Mail, set.Mail.From)}
}
