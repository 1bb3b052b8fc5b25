// Package console is the pages: the product for whoever looks at it, and what its buyers do
// with it in a browser. Chinese first, English by switch.
//
// The console is a client of the management API, inside the same process: what a page shows
// was answered by a route of /api/v1 to the very person who looks at it, and what a form does,
// a route did. So rights, limits, the audit and the words of failures are those of the API,
// and whatever a page can do, a program can.
//
// The trip of a request: forms of other sites are turned away → the route is found
// (console.go) → for pages that are not public, the session is asked for (visit.go); whoever
// has none signs in first → the handler asks the API (ask.go) and fills a page, which is a
// struct with all that its template shows → the page is rendered within its frame (render.go).
// A form is sent on to the API; when it is refused, the same page is shown again with what was
// typed and what is wrong with it (form.go), otherwise the browser is led on. What asks for a
// fresh proof of the password gets it from a page between (proof.go).
//
// # Adding a page
//
// One file has the page's struct, its handlers and the shapes of the answers that it reads;
// template/NAME.html has its template, by the name that the struct's template method tells;
// words/NAME.txt has the English for its Chinese. One line in routes (console.go) gives it its
// path, one in preview.go shows it from a fixture, which the golden tests render in both
// languages. Nothing is written in templates that a person reads without {{t "…"}} around it.
//
// # Rules
//
// No inline script and no inline style: the policy (csp.go) forbids both. A bar's width is an
// attribute of progress or of an SVG. Scripts are files under static, small and few; a page
// works without them where a browser can.
package console
