package route

import (
	"time"

	"quartet"
)

// Words beside the kinds of failure.
const (
	wordPanic   = "panic"
	wordGivenUp = "given_up" // nobody waits for it any more: another one answered
)

// Notes on attempts.
const (
	noteHedged   = "hedged"   // it was given up for another one that was asked beside it
	noteInquired = "inquired" // what became of it was learnt by an inquiry
)

// begin notes that a source is asked, so that attempts stand in the order in which they
// began. Where all are local nothing is noted: nothing is spent and nobody disclosed, and
// the call's row says the rest.
func (c *call) begin(m *member) (place int) {
	if c.table.local {
		return 0
	}
	now := c.opts.Now() // later than c.now by the time that Before took
	c.out.Attempts = append(c.out.Attempts, quartet.Attempt{Source: m.Name, Why: c.chosen(m), At: now, Cost: m.price(c.now, c.question.Need)})
	return len(c.out.Attempts) - 1
}

// record notes what came of a question.
func (c *call) record(place int, m *member, res *result) {
	c.observe(m, res.word(), res.took)
	c.out.Sent = c.out.Sent || res.sent()
	if c.table.local {
		return
	}
	a := &c.out.Attempts[place]
	a.Latency, a.Sent = res.took, res.sent()
	if res.verdict() {
		a.Verdict, a.Reason, a.Charged = res.answer.Verdict, res.answer.Reason, res.answer.Charged
		a.Reference, a.Code = res.answer.Reference, res.answer.Code
	} else {
		a.Failure, a.Charged = res.word(), res.failure.Charged
		a.Reference, a.Code = res.failure.Reference, res.failure.Code
	}
	if res.inquired {
		a.Note = noteInquired
	}
	if m.Kind.Local() || !a.Sent {
		a.Charged = quartet.ChargedNo
	}
	if a.Charged == quartet.ChargedNo {
		a.Cost = 0
	}
}

func (c *call) observe(m *member, word string, took time.Duration) {
	if c.opts.Observe != nil {
		c.opts.Observe(m.Name, word, took)
	}
}
