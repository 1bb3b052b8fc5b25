// Package batch takes a file of people through the road.
//
// The trip: Upload seals the file in parts as it comes → its columns are recognised, or named by
// somebody who was shown its first rows, masked → a job checks every row: the rules, the same
// person twice, numbers that a spreadsheet has spoilt; good people are sealed in parts of their
// own, and nothing is spent → Start names a credential and a ceiling of units → a job drives the
// rows over the road, in turns with other accounts, until all have an end → the results are
// written as they are read → all but the counts is erased, in time or at once.
//
// The law of a row:
//
//	ready ──StepBatch──→ sent ──StepBatch──→ answered        the road said what became of it
//	  ↑  number written    │                 ready           nobody was asked: no unit, a limit
//	  │  down              └──after a crash: the call of the number is durable → answered
//	  └──by hand── unknown ←──────────────── there is none, and none can come → unknown
//
// The number of a call is written on its row before the row is sent, and the call bears it: so
// whatever is killed and when, the call that charged is found again by its row, and a row
// without a call was not charged. Nothing that was sent is sent again but by hand.
//
// The units that rows on the road may cost are reserved below the ceiling in the transaction
// that sends them, and the database itself refuses more.
//
// What is kept: elements under seal alone, each part bound to its batch and place; rows without
// elements, with a keyed fingerprint on those that are asked. Nothing of a person is logged.
package batch
