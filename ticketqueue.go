package quartet

import (
	"fmt"
	"strconv"
	"strings"
)

// TicketPlace is where a ticket stands in the queue of support: who waits for an answer stands
// before who does not, by priority and then by how long they have waited; behind them, newest
// first, what waits for buyers, and what is over. The lowest comes first.
type TicketPlace struct {
	Rank  int64 // 0 to 3: somebody waits, by priority; 4: a buyer is waited for; 5: it is over
	Since int64 // microseconds: since when somebody waits; below zero: minus when it was opened
	ID    string
}

// Place is where the ticket stands now.
func (t Ticket) Place() TicketPlace {
	p := TicketPlace{Rank: 4, Since: -t.Created.UnixMicro(), ID: t.ID}
	switch {
	case t.State.Over():
		p.Rank = 5
	case t.State != TicketWaitingForBuyer:
		p.Rank, p.Since = 0, 0
		for i, priority := range TicketPriorities() {
			if t.Priority == priority {
				p.Rank = int64(len(TicketPriorities()) - 1 - i)
			}
		}
		if !t.Waits.IsZero() {
			p.Since = t.Waits.UnixMicro()
		}
	}
	return p
}

// String is the place as ParseTicketPlace reads it.
func (p TicketPlace) String() string { return fmt.Sprintf("%d:%d:%s", p.Rank, p.Since, p.ID) }

// ParseTicketPlace reads a place. Empty: before all of them. ErrInvalid.
func ParseTicketPlace(text string) (TicketPlace, error) {
	if text == "" {
		return TicketPlace{Rank: -1}, nil
	}
	rank, rest, _ := strings.Cut(text, ":")
	since, id, _ := strings.Cut(rest, ":")
	r, err := strconv.ParseInt(rank, 10, 64)
	if err == nil {
		var s int64
		if s, err = strconv.ParseInt(since, 10, 64); err == nil && id != "" {
			return TicketPlace{r, s, id}, nil
		}
	}
	return TicketPlace{}, &Error{Code: ErrInvalid, Field: "after", Message: "this is no place in the queue; begin at the first page"}
}
