package app

import (
	"quartet/internal/invoice"
	"quartet/internal/invoice/manual"
)

// openInvoices makes the desk of invoices, which are issued by hand unless a serving house
// says otherwise.
func (h *House) openInvoices(channels ...invoice.Channel) *invoice.Desk {
	return invoice.New(invoice.Options{
		Store: h.Store, Sealer: h.Ring, Firms: h.Firms, Post: h.Messages, Channels: append(channels, manual.New(h.Store)), Now: h.Now, Site: h.Config.Notify.Site,
	})
}
