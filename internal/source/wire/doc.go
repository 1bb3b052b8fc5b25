// Package wire is the road of one question over HTTP, for sources that speak it: the
// question leaves once, and afterwards it is known whether it may have arrived.
//
//	transport.go  connections: TLS 1.2 or later, kept alive, no proxy of the environment
//	trip.go       one request and its answer: nothing is repeated, no redirect is followed,
//	              the answer is bounded; Sent tells whether a byte may have left
//	setting.go    what sources are set with: strict YAML, credentials by slot, addresses
//	needs.go      the sets of elements that suppliers compare
//	meaning.go    what a code says, as an answer or a failure
//	clean.go      what a source says, before it is kept: nothing of a person stays in it
//	forms.go      the forms in which it may repeat a person
//
// The law: a failure whose question surely stayed here is Unreachable (or a Timeout) and
// not sent; from the moment in which a byte may have left, it is sent and nobody knows
// whether it is charged. Faults of the network are told in a few fixed words, because
// their own text may quote the question or the answer.
package wire
