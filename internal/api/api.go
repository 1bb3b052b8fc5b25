package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/danielgtaylor/huma/v2"

	"quartet"
	"quartet/internal/document"
	"quartet/internal/guard"
	"quartet/internal/web"
)

// Options are what the routes stand on.
type Options struct {
	Log     *slog.Logger
	Now     func() time.Time
	Version string
	Proxies *web.Proxies
	Limiter guard.Limiter // of what strangers may try, by address
	// Demo lets operators in who have no second factor.
	Demo bool
	// Changed is told after a change of what calls see, and returns when they see it.
	Changed func(context.Context) error
	// Current writes what is only in memory yet, before it is shown.
	Current func(context.Context) error

	Repeats Repeats // of requests with an idempotency key
	Hasher  Hasher  // of those
	Sealer  Sealer  // of what they were answered

	Sessions    Sessions
	House       Roll // of the operators' sessions
	People      Roll // of the persons' sessions; nil: there are none
	Operators   Operators
	SignOn      SignOn // of operators; nil: there is none
	Persons     Persons
	Roster      Roster
	Audit       Audit
	Firms       Firms
	Reviews     Reviews
	Accounts    Accounts
	Credentials Credentials
	Tokens      Tokens
	Products    Products
	Debug       Debug
	Jobs        Jobs

	Plans       Plans
	Orders      Orders
	Refunds     Refunds
	Units       Units
	Adjustments Adjustments

	BankAccounts BankAccounts
	Transfers    Transfers
	Markets      Markets
	Payouts      Payouts
	Settlements  Settlements
	Pages        Pages
	Ratings      Ratings

	Usage   Usage
	Paper   document.House // who prints statements, confirmations and receipts
	Tickets Tickets
	Turns   Turns
	Looks   Looks
	Support Support

	Invoices      Invoices
	InvoiceTitles InvoiceTitles
	InvoiceWork   InvoiceWork
	RedLetters    RedLetters

	Till     Till
	Payments Payments
	Notices  Notices

	Alerts   Alerts
	Inbox    Inbox
	Webhooks Webhooks

	Batches    Batches
	BatchRuns  BatchRuns
	BatchFiles BatchFiles

	Repurchases   Repurchases
	Incidents     Incidents
	Announcements Announcements

	Sources      Sources
	SourceWatch  SourceWatch
	SourcePolicy SourcePolicy
	SourceBench  SourceBench
	Imports      Imports
	Drills       Drills // nil: none

	Reconciliations Reconciliations
	Settings        []Setting

	Today  Today
	Health Health // of sources
	PaceOf PaceOf // of a source
}

// API is the management API. Safe for concurrent use.
type API struct {
	o       Options
	mux     *http.ServeMux
	huma    huma.API
	cross   *http.CrossOriginProtection
	sealed  *scs.SessionManager // of browsers that came over HTTPS
	plain   *scs.SessionManager // of those that came over plain HTTP, on this machine
	openapi []byte

	scopes map[quartet.Scope][]quartet.Right // of what each lets be done, the rights

	printing chan struct{} // holds one for each document that is being printed
}

// New makes the API with all its routes.
func New(o Options) *API {
	a := &API{o: o, scopes: map[quartet.Scope][]quartet.Right{}, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(), printing: make(chan struct{}, maxPrinted)}
	a.sealed, a.plain = a.newSessions("__Host-quartet", true), a.newSessions("quartet", false)
	a.huma = newHuma(a.mux, o.Version)

	a.registerSession()
	a.registerSessions()
	a.registerSignOn()
	a.registerSignUp()
	a.registerSignIn()
	a.registerMe()
	a.registerMembers()
	a.registerGuests()
	a.registerOperators()
	a.registerOperatorFactors()
	a.registerAudit()
	a.registerAccountAudit()
	a.registerFirms()
	a.registerAccounts()
	a.registerCredentials()
	a.registerTokens()
	a.registerHouseTokens()
	a.registerProducts()
	a.registerDebug()
	a.registerJobs()
	a.registerPlans()
	a.registerOrders()
	a.registerRefunds()
	a.registerGrants()
	a.registerAdjustments()
	a.registerBankAccounts()
	a.registerStatements()
	a.registerTransfers()
	a.registerMarkets()
	a.registerPayouts()
	a.registerSettlements()
	a.registerPages()
	a.registerReference()
	a.registerRatings()
	a.registerUsage()
	a.registerPayments()
	a.registerInvoiceTitles()
	a.registerInvoices()
	a.registerInvoiceWork()
	a.registerRedLetters()
	a.registerTickets()
	a.registerTicketQueue()
	a.registerContact()
	a.registerAlerts()
	a.registerInbox()
	a.registerWebhooks()
	a.registerRepurchases()
	a.registerIncidents()
	a.registerAnnouncements()
	a.registerBatches()
	a.registerSources()
	a.registerSourcePolicy()
	a.registerSourceBench()
	a.registerImports()
	a.registerDrills()
	a.registerSourceStatements()
	a.registerSettings()
	a.registerToday()

	a.describe()
	return a
}

const prefix = "/api/v1"

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	defer func() {
		if fault := recover(); fault != nil {
			a.caught(w, r, fault)
		}
	}()
	if inAddress(r) {
		a.refuse(w, r, quartet.Errorf(quartet.ErrInvalid, "a token is sent in the header Authorization alone; revoke this one, since addresses are logged on their way"))
		return
	}
	// No page of another site can make a browser send a token; with one, the cookie is not read.
	if _, token := bearer(r); token {
		a.serve(w, r)
		return
	}
	if err := a.cross.Check(r); err != nil {
		a.refuse(w, r, quartet.Errorf(quartet.ErrForbidden, "this was sent from a page of another site; nothing was done"))
		return
	}
	a.serve(w, r)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.lost(w, r)
		return
	}
	r = r.WithContext(quartet.WithOrigin(r.Context(), a.o.Proxies.Remote(r).String()))
	a.mux.ServeHTTP(w, r)
}

// lost answers what has no route: no such path, or none for this method.
func (a *API) lost(w http.ResponseWriter, r *http.Request) {
	probe := &probe{header: http.Header{}}
	h, _ := a.mux.Handler(r)
	h.ServeHTTP(probe, r)
	if probe.status != http.StatusMethodNotAllowed {
		a.refuse(w, r, quartet.Errorf(quartet.ErrNotFound, "there is nothing at this path; %s/openapi.json says what there is", prefix))
		return
	}
	w.Header().Set("Allow", probe.header.Get("Allow"))
	p := &web.Problem{
		Title: http.StatusText(http.StatusMethodNotAllowed), Status: http.StatusMethodNotAllowed,
		Code: string(quartet.ErrUnsupported), Detail: "this path takes " + probe.header.Get("Allow"),
	}
	p.Write(w)
}

// probe takes an answer that nobody is sent.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(status int)      { p.status = status }
