// Package simulator holds simulators of suppliers: HTTP servers that speak a supplier's
// contract from the supplier's side. They prove connectors, serve drills, and let people
// try Quartet before they have a contract. They know nobody: a script says what each card is
// answered. Every answer bears the header X-Simulator: quartet.
//
// A request goes this way:
//
//	cut        Down, or a card's fault cut_before: the connection ends, nothing is processed
//	contract   method, credentials, signature, time, fields and their form, as the supplier
//	           checks them; what fails is refused in the contract's own words
//	book       an order number that the contract wants unique and that was used before is
//	           answered as the first time, uncharged; anything else is a line of the book,
//	           charged by the contract's billing rule
//	answer     the verdict or the fault in the contract's words; or cut, broken, late, never
//
// A script is YAML or JSON:
//
//	default: {verdict: match}
//	cards:
//	  "6200000000000000018": {verdict: mismatch, reason: mobile_mismatch, delay: 80ms}
//	  "6200000000000000059": {verdict: mismatch, differs: [name, mobile]}
//	  "6200000000000000026": {fault: busy}
//	  "6200000000000000034": {verdict: mismatch, fault: cut_after}
//
// verdict is match, mismatch or undetermined; reason is one that fits it; differs is what of
// name, id and mobile never agrees: a question about none of these is a match. What a
// contract has no word for is not said. delay passes between the processing and the answer.
// The faults are constants in script.go; only malformed and cut_after, which happen to
// an answer that exists, may stand beside a verdict.
//
// A dialect is a file: it begins with what the contract says and what of it is not
// confirmed, and checks signatures in plain code of its own, so that it proves whatever
// signs. Where a contract's failure codes are not public, those of plain.go stand in.
//
// Elements stand in the script alone. The book keeps cards as keyed hashes under a key of
// the process, and nothing is logged. A book grows until the process ends.
package simulator
