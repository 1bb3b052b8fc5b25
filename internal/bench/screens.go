package main

import (
	"time"

	"quartet"
)

// screen is one page of the console. A page of one thing is found by the last link of a list
// to it, what is there longest having most to show; and further ones from there.
type screen struct {
	name     string
	path     string
	links    []string // what such a link matches, on the page of path, and on that which it leads to
	to       string   // where what the link names is put at the end; "": the link itself
	stranger bool     // it is asked by nobody in particular
}

// screens are all pages that a buyer opens, and those for everybody.
func screens(now time.Time) []screen {
	day := func(back int) string {
		return now.In(quartet.Shanghai).AddDate(0, 0, -back).Format(time.DateOnly)
	}
	month := func(back int) string {
		t := now.In(quartet.Shanghai)
		return time.Date(t.Year(), t.Month()-time.Month(back), 1, 0, 0, 0, 0, quartet.Shanghai).Format("2006-01")
	}
	return []screen{
		{name: emptyScreen, path: "/status/nothing", stranger: true},
		{name: "product", path: "/", stranger: true},
		{name: "product, its sample code", path: "/products/1887/samples", stranger: true},
		{name: "documents", path: "/docs/", stranger: true},
		{name: "documents, the call", path: "/docs/call", stranger: true},
		{name: "documents, result codes", path: "/docs/result-codes", stranger: true},
		{name: "status", path: "/status", stranger: true},
		{name: "status, an outage", path: "/status", links: []string{`/status/incidents/[^"]+`}, stranger: true},
		{name: "announcements", path: "/announcements", stranger: true},
		{name: "announcements, one", path: "/announcements", links: []string{`/announcements/[^"]+`}, stranger: true},
		{name: "sign in", path: "/sign-in", stranger: true},
		{name: "sign up", path: "/sign-up", stranger: true},
		{name: "forgotten password", path: "/password-reset", stranger: true},

		{name: "overview", path: "/console/"},
		{name: "credentials", path: "/console/credentials"},
		{name: "credentials, new", path: "/console/credentials/new"},
		{name: "credentials, one", path: "/console/credentials", links: []string{oneOfKeys}},
		{name: "plans", path: "/console/plans"},
		{name: "orders", path: "/console/orders"},
		{name: "orders, one", path: "/console/orders", links: []string{`/console/orders/[^"]+`}},
		{name: "grants", path: "/console/grants"},
		{name: "repurchases", path: "/console/repurchases"},
		{name: "calls", path: "/console/calls"},
		{name: "calls, the next page", path: "/console/calls", links: []string{`/console/calls\?[^"]*after=[^"]+`}},
		{name: "calls, of a rare code", path: "/console/calls?code=10003"},
		{name: "calls, of a code that there is not", path: "/console/calls?code=10019"},
		{name: "calls, of a verdict", path: "/console/calls?verdict=undetermined"},
		{name: "calls, of a credential", path: "/console/credentials", links: []string{oneOfKeys}, to: "/console/calls?credential="},
		{name: "calls, of a day 40 days ago", path: "/console/calls?from=" + day(40) + "&to=" + day(40)},
		{name: "calls, of a verdict in 30 days long ago", path: "/console/calls?verdict=mismatch&from=" + day(50) + "&to=" + day(20)},
		{name: "calls, one", path: "/console/calls", links: []string{`/console/calls/[0-9A-Z]{18}`}},
		{name: "usage and statements", path: "/console/statements"},
		{name: "usage, 90 days", path: "/console/statements?days=90"},
		{name: "statement of this month", path: "/console/statements/" + month(0)},
		{name: "statement of last month", path: "/console/statements/" + month(1)},
		{name: "alerts", path: "/console/alerts"},
		{name: "alerts, a new rule", path: "/console/alerts/rules/new"},
		{name: "alerts, a rule", path: "/console/alerts", links: []string{`/console/alerts/rules/[0-9a-f-]{36}`}},
		{name: "inbox", path: "/console/inbox"},
		{name: "webhooks", path: "/console/webhooks"},
		{name: "webhooks, one with its log", path: "/console/webhooks", links: []string{`/console/webhooks/[0-9a-f-]{36}`}},
		{name: "webhooks, a delivery", path: "/console/webhooks", links: []string{`/console/webhooks/[0-9a-f-]{36}`, `/console/webhooks/[0-9a-f-]{36}/deliveries/[0-9a-f-]{36}`}},
		{name: "invoices", path: "/console/invoices"},
		{name: "invoices, new", path: "/console/invoices/new"},
		{name: "invoices, one", path: "/console/invoices", links: []string{`/console/invoices/[0-9][^"]+`}},
		{name: "titles of invoices", path: "/console/titles"},
		{name: "titles of invoices, one", path: "/console/titles", links: []string{`/console/titles/[0-9a-f-]{36}`}},
		{name: "debug tool", path: "/console/debug"},
		{name: "sample code", path: "/console/samples"},
		{name: "support", path: "/console/support"},
		{name: "support, a question", path: "/console/support/new"},
		{name: "support, a ticket", path: "/console/support", links: []string{`/console/support/[0-9a-f-]{36}`}},
		{name: "people", path: "/console/people"},
		{name: "audit", path: "/console/audit"},
		{name: "firm", path: "/console/firm"},
		{name: "places", path: "/account/places"},
		{name: "password", path: "/account/password"},
		{name: "security", path: "/account/security"},
		{name: "security, another address", path: "/account/security/address?channel=email"},
	}
}

const oneOfKeys = `/console/credentials/[0-9a-f-]{36}`

// emptyScreen is what the server costs without a page: the frame around nothing.
const emptyScreen = "nothing (the frame of a page that there is not)"
