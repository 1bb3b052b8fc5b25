// Package route decides who is asked: which sources may be, in which order, for how long,
// what a failure allows, and what is told when nobody gave a verdict. It records why.
//
// The trip of a question:
//
//	order.go     the sources in the order of the policy; a pin leaves one of them
//	eligible.go  may this one be asked about this question? Else a word says why not
//	permit.go    has it room: daily cap, breaker, questions at once, questions a second
//	(Before)     whom the call may be with is made durable; only then is anything sent
//	member.go    the question, bounded in time, and the inquiry if its outcome is unknown
//	hedge.go     where the terms ask for it: a second one beside a slow first one
//	code.go      what a failure means, and which of several is told
//
// The law: never another source after a verdict, a "no record" or a frequency answer;
// never after an unknown outcome; when several failed, the failure that tells the caller
// most is the answer: 10003 > 10016 > 10018 > 10017 > 10007 > 10002 > 10011. A local source
// discloses nobody, so others may be asked about a card that it does not know.
//
// Sources and policy are replaced whole (table.go) while questions are on their way.
package route
