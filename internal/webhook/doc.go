// Package webhook tells programs of buyers what happens, at URLs that buyers name.
//
// The trip of an event: whoever tells of it asks for Deliveries, one for each webhook of the
// account, and has the store write them with their jobs, in the transaction of the telling →
// Deliver signs the body with the webhook's secret, and sends it → an answer of 2xx ends it;
// anything else, and it is sent again after a wait that doubles, up to a day after the first →
// every try is kept with its status, its time and the beginning of the answer. A crash between
// the sending and the writing sends it again: it comes at least once, always under one id.
//
// Where a URL leads is judged when the connection is made, on the address that will be
// spoken to, and again at every try: names change their addresses. A program of the buyer is
// a stranger inside our walls, so it leads outside alone (Allowed), it is not
// followed elsewhere, and it has little time and little to say.
//
// The law: nothing of a person is in a body; a secret is shown once, sealed in the store and
// never logged; no webhook keeps those of others waiting, nor other jobs.
package webhook
