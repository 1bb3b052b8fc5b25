package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
	"quartet/internal/web"
)

// Outcome is what a call comes to: a Gateway answer where there is one, and else a Code,
// which is CodeOK with a Verdict.
type Outcome struct {
	Code       quartet.Code
	Verdict    quartet.Verdict
	Reason     quartet.Reason
	Differs    quartet.ElementSet
	Gateway    web.Gateway
	Message    string        // X-Ca-Error-Message, where it says more than the gateway's text
	RetryAfter time.Duration // header Retry-After; zero: none
	Delay      time.Duration // how long the answer takes; it ends when the caller goes away
}

// Row is one line of the table.
type Row struct {
	Card      string
	Outcome   Outcome
	Meaning   string
	MeaningZH string
}

// Rows is the whole table: verdicts, refusals, gateway answers, slow answers.
func Rows() []Row { return slices.Clone(table) }

// Find is the outcome for a card. One that is not in the table is a card of which nobody
// holds a record: 10015.
func Find(card quartet.Card) Outcome {
	if o, ok := byCard[card.Reveal()]; ok {
		return o
	}
	return Outcome{Code: quartet.CodeNoRecord}
}

var byCard = index(table)

func index(rows []Row) map[string]Outcome {
	found := make(map[string]Outcome, len(rows))
	for _, r := range rows {
		found[r.Card] = r.Outcome
	}
	return found
}

// String is the outcome as the table shows it: "state 2, holder_mismatch: name",
// "10007", "429 T429PA, Retry-After: 1", "state 1 after 5s".
func (o Outcome) String() string {
	var b strings.Builder
	switch {
	case o.Gateway != web.NoGateway:
		text := o.Gateway.Text()
		b.WriteString(strconv.Itoa(text.Status) + " " + text.Code)
	case o.Code == quartet.CodeOK:
		b.WriteString("state " + o.Verdict.State())
	default:
		b.WriteString(o.Code.String())
	}
	if o.Reason != quartet.ReasonNone {
		b.WriteString(", " + string(o.Reason))
	}
	for i, p := range o.Differs.Parameters() {
		b.WriteString([...]string{": ", ", "}[min(i, 1)] + p)
	}
	if o.RetryAfter > 0 {
		b.WriteString(", Retry-After: " + strconv.Itoa(int(o.RetryAfter/time.Second)))
	}
	if o.Delay > 0 {
		b.WriteString(" after " + o.Delay.String())
	}
	return b.String()
}
