// Package httpjson asks suppliers that a manifest describes: who takes its arguments over
// HTTP and answers in JSON needs no code of ours.
//
// The trip of a question:
//
//	Parse      a manifest is read once: unknown keys, unknown words and expressions that do
//	           not fit are refused, each with line and column
//	New, Open  the operator's credentials are held to its slots; keys are read
//	Verify     fields are computed and put through their steps (plan.go, step.go), what
//	           belongs into an envelope is wrapped, then the whole is signed; it is sent once
//	           (wire.go); the answer is opened, and its values are looked up in tables
//	           (read.go); what repeats an element of the person is dropped (package wire)
//
// The law: only what a table calls a verdict is one. A value in no table, an answer that is
// not JSON or has two readings, a signature that does not fit: NotUnderstood, and nobody
// knows whether it is charged. Whatever may have left this machine counts as sent. No text
// of a fault holds anything that was sent or received.
package httpjson
