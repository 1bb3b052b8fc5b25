package console

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"quartet/internal/obs"
	"quartet/internal/web"
)

// Options are what the pages stand on.
type Options struct {
	Log *slog.Logger
	Now func() time.Time
	// API answers what pages show, and does what forms ask for.
	API http.Handler
	// House is the name of who sells here.
	House string
	// Site is the address at which the house is found, if its settings say so.
	Site string
	// Demo says on every page that the people and the money are invented.
	Demo bool
	// SignOn says that a sign-in service vouches for operators as well.
	SignOn  bool
	Proxies *web.Proxies
}

// Console is the pages. Safe for concurrent use.
type Console struct {
	o      Options
	mux    *http.ServeMux
	cross  *http.CrossOriginProtection
	static *static
	views  *views
}

// New makes the console with all its pages.
func New(o Options) (*Console, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s, err := newStatic()
	if err != nil {
		return nil, err
	}
	v, err := newViews(s, o.Now)
	if err != nil {
		return nil, err
	}
	c := &Console{o: o, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(), static: s, views: v}
	c.routes()
	return c, nil
}

// routes lists all pages and forms. Those of buyers lie under /console/, those of operators
// under /house/.
func (c *Console) routes() {
	c.mux.Handle("GET "+staticPath, c.static)
	c.open("POST /preferences", c.prefer)

	c.doorRoutes()
	c.marketRoutes()
	c.shopRoutes()
	c.credentialRoutes()
	c.tokenRoutes()
	c.usageRoutes()
	c.alertRoutes()
	c.invoiceRoutes()
	c.supportRoutes()
	c.peopleRoutes()
	c.debugRoutes()
	c.sampleRoutes()
	c.batchRoutes()
	c.houseRoutes()

	c.signed("GET /console/{$}", c.overview)
}

// owned are the first segments of the console's paths.
var owned = map[string]bool{
	"static": true, "preferences": true, "sign-in": true, "sign-out": true, "sign-up": true, "password-reset": true, "account": true,
	"console": true, "house": true, "products": true, "docs": true, "status": true, "announcements": true,
}

// Owns reports whether a request is for a page, a form or what they need. All others stay with
// the road, whose products have paths of their own.
func Owns(r *http.Request) bool {
	if r.URL.Path == "/" {
		return r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return owned[first]
}

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guardHeaders(w.Header())
	defer func() {
		if fault := recover(); fault != nil {
			if fault == http.ErrAbortHandler { //nolint:errorlint,err113 // the very value, as net/http has it
				panic(fault)
			}
			// Its value is not logged: it may quote what was sent.
			reference := newReference()
			c.o.Log.ErrorContext(r.Context(), "an unexpected fault", "reference", reference, "what", fmt.Sprintf("panic of %T", fault), "stack", string(debug.Stack()))
			c.fail(c.newVisit(w, r), &web.Problem{Status: http.StatusInternalServerError, Code: "internal", Reference: reference})
		}
	}()
	if err := c.cross.Check(r); err != nil {
		c.fail(c.newVisit(w, r), &web.Problem{Status: http.StatusForbidden, Code: "forbidden", Detail: "this was sent from a page of another site; nothing was done"})
		return
	}
	if _, pattern := c.mux.Handler(r); pattern == "" {
		c.fail(c.newVisit(w, r), &web.Problem{Status: http.StatusNotFound, Code: "not_found"})
		return
	}
	c.mux.ServeHTTP(w, r)
}

// page is what a template shows. Its template method names the template.
type page interface{ template() string }

// show makes a page for a visit.
type show func(*visit) (page, error)

// act does what a form asks for, and says where the browser goes then.
type act func(*visit) (to string, err error)

// open is a page or a form for everybody.
func (c *Console) open(pattern string, s show) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := c.newVisit(w, r)
		c.answer(v, http.StatusOK, s)
	})
}

// signed is a page for whoever acts for an account.
func (c *Console) signed(pattern string, s show) { c.behind(pattern, (*visit).door, s) }

// behind is a page behind a door, which tells where somebody must go first; "": in.
func (c *Console) behind(pattern string, door func(*visit) string, s show) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := c.newVisit(w, r)
		if to := door(v); to != "" {
			v.redirect(to)
			return
		}
		c.answer(v, http.StatusOK, s)
	})
}

func (c *Console) answer(v *visit, status int, s show) {
	p, err := s(v)
	switch {
	case err != nil:
		c.refused(v, err)
	case p != nil: // else the handler has answered by itself
		c.render(v, status, p)
	}
}

// form is what a form does, and the page that it stands on, which is shown again when it is
// refused.
func (c *Console) form(pattern string, do act, again show) { c.formOf(maxForm, pattern, do, again) }

// formOf is a form that holds at most so much.
func (c *Console) formOf(most int64, pattern string, do act, again show) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := c.newVisit(w, r)
		if err := v.readForm(most); err != nil {
			c.refused(v, err)
			return
		}
		if err := v.prove(); err != nil {
			c.askProof(v, err)
			return
		}
		to, err := do(v)
		problem := problemOf(err)
		switch {
		case err == nil && to != "":
			v.redirect(to)
		case err == nil:
		case problem != nil && problem.Code == codeProofNeeded:
			c.askProof(v, nil)
		case problem != nil && shownInForm(problem):
			v.form.refuse(v, problem)
			c.answer(v, problem.Status, again)
		default:
			c.refused(v, err)
		}
	})
}

// refused answers with what went wrong; whoever is not signed in any more is led to the door.
func (c *Console) refused(v *visit, err error) {
	p := problemOf(err)
	if p == nil {
		p = &web.Problem{Status: http.StatusInternalServerError, Code: "internal", Reference: newReference()}
		c.o.Log.ErrorContext(v.r.Context(), "an unexpected fault", "reference", p.Reference, "page", v.r.Pattern, obs.Err(err))
	}
	if p.Status == http.StatusUnauthorized && v.r.URL.Path != signInPath {
		v.redirect(v.signInFor())
		return
	}
	c.fail(v, p)
}
