package app

import (
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/manual"
	"quartet/internal/invoice/taxsim"
)

// openInvoices makes the desk of invoices: issued by the channels that are given, else by hand.
// What is sent to one arrives within a time, if it ever does; 0: as invoice has it.
func (h *House) openInvoices(arrives time.Duration, channels ...invoice.Channel) *invoice.Desk {
	return invoice.New(invoice.Options{
		Store: h.Store, Sealer: h.Ring, Firms: h.Firms, Post: h.Messages, Channels: append(channels, manual.New(h.Store)), Now: h.Now, Site: h.Config.Notify.Site, Arrives: arrives,
	})
}

// openBureau lets invoices be issued by the simulated tax channel where the settings name one;
// a demo, which has none, has a bureau of its own. Everybody else issues by hand.
func (a *App) openBureau() error {
	o := taxsim.Options{Gateway: a.Config.Invoice.Taxsim, Asked: a.Config.Invoice.Taxsim != ""}
	switch {
	case o.Asked:
		secret, err := secretFile("invoice.taxsim_secret_file", a.Config.Invoice.SecretFile)
		if err != nil {
			return err
		}
		o.Secret = []byte(secret)
		a.Log.Warn("invoices are issued by a simulated tax channel and are worth nothing; unset invoice.taxsim in a house that sells")
	case a.demo:
		o.Asked, o.Secret = true, []byte(rand.Text())
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // as long as the process
		if err != nil {
			return quartet.Errorf(quartet.ErrUnavailable, "the simulated tax bureau of the demo cannot listen: %w", err)
		}
		o.Gateway = "http://" + l.Addr().String()
		bureau := taxsim.NewBureau(a.Now, o.Secret, func(taxsim.Delivery) {}) // whoever waits asks
		a.bureau = &http.Server{Handler: bureau, ReadHeaderTimeout: bureauPatience}
		a.serving.Go(func() {
			if err := a.bureau.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				a.fail(err)
			}
		})
	default:
		return nil
	}
	c, err := taxsim.New(o)
	if err != nil {
		return err
	}
	a.taxed = []invoice.Channel{c}
	a.Invoices = a.openInvoices(bureauArrives, c)
	return nil
}

const (
	bureauPatience = 5 * time.Second
	// The simulated bureau takes a question when it comes, and its channel waits ten seconds.
	bureauArrives = 15 * time.Second
)
