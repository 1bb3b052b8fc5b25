// Package debug makes one call by hand, as a buyer's program would make it, and shows all of
// it: what was sent, what was signed, what came back, and how long each step took.
//
// The trip: a Draft says what goes into headers, query and body, and which credential speaks
// → the credential is opened, which the audit keeps, and is shown to nobody → the request is
// written (request.go), signed where the credential signs (sign.go) → the road itself answers
// it, in this process, as a call from the address of whoever asked → the Report tells both
// sides, with the secret masked.
//
// It is a real call: limits, guard, charge and the row of the log are those of any other. A
// test credential is answered by the sandbox, as always.
//
// Nothing of a draft is kept or logged. What a Report holds, elements among it, is for whoever
// asked alone.
package debug
