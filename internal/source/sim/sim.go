package sim

import (
	"context"
	"maps"
	"sync"
	"time"

	"quartet"
	"quartet/internal/source"
)

// Sim answers by a script and counts who was asked. Safe for concurrent use.
type Sim struct {
	mu     sync.Mutex
	script Script
	calls  map[string]int
	total  int
}

// New makes a simulator of a script.
func New(s Script) *Sim { return &Sim{script: s, calls: map[string]int{}} }

// Set changes the act of one card from now on.
func (s *Sim) Set(card string, a Act) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cards := make(map[string]Act, len(s.script.Cards)+1)
	maps.Copy(cards, s.script.Cards)
	cards[normal(card)] = a
	s.script.Cards = cards
}

// Calls tells how often a card was asked about.
func (s *Sim) Calls(card string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[normal(card)]
}

// Total tells how often anybody was asked about.
func (s *Sim) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Verify implements source.Source.
func (s *Sim) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	if ctx.Err() != nil {
		return source.Answer{}, &source.Error{Kind: source.Timeout, Charged: quartet.ChargedNo, Cause: ctx.Err()}
	}
	act := s.next(q.Elements.Card.Reveal())
	if err := wait(ctx, act); err != nil {
		return source.Answer{}, err
	}
	switch {
	case act.Panic:
		panic("sim: the script wants a panic")
	case act.Fault != 0:
		return source.Answer{}, &source.Error{Kind: act.Fault, Sent: act.Sent, Retry: act.Retry, Charged: act.charged(act.Sent), Code: "sim"}
	default:
		return act.answer(q.Need), nil
	}
}

// answer is the act for a question about these elements. Where the script tells what
// differs, those who do not ask about it get a match.
func (a Act) answer(need quartet.ElementSet) source.Answer {
	answer := source.Answer{Verdict: a.Verdict, Reason: a.Reason, Reference: "sim"}
	if a.Verdict == quartet.NoVerdict {
		answer.Verdict = quartet.Match
	}
	if a.Verdict != quartet.Mismatch {
		return answer
	}
	known := a.Differs
	if known == 0 && a.Reason == quartet.ReasonMobileMismatch { // the reason says it
		known = quartet.NeedMobile
	}
	switch answer.Differs = known & need; {
	case known == 0: // the script does not tell
	case answer.Differs == 0:
		answer.Verdict, answer.Reason = quartet.Match, quartet.ReasonNone
	default:
		answer.Reason = quartet.MismatchReason(answer.Differs)
	}
	return answer
}

// next counts the call and finds its act.
func (s *Sim) next(card string) Act {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[card]++
	s.total++
	if act, ok := s.script.Cards[card]; ok {
		return act
	}
	return s.script.Default
}

// wait lets the delay of an act pass. When the caller's time ends first, what the
// source would have said is not known.
func wait(ctx context.Context, act Act) error {
	var timer <-chan time.Time
	switch {
	case act.Delay > 0:
		t := time.NewTimer(act.Delay)
		defer t.Stop()
		timer = t.C
	case act.Fault == source.Timeout: // only the deadline ends it
	default:
		return nil
	}
	select {
	case <-timer:
		return nil
	case <-ctx.Done():
		sent := act.Fault == 0 || act.Sent || act.Panic
		return &source.Error{Kind: source.Timeout, Sent: sent, Retry: act.Retry, Charged: act.charged(sent), Cause: ctx.Err()}
	}
}

// charged tells whether a fault is charged for: what was not processed is not.
func (a Act) charged(sent bool) quartet.Charged {
	if !sent || a.Retry {
		return quartet.ChargedNo
	}
	return quartet.ChargedUnknown
}

func normal(card string) string {
	c, _, rej := quartet.ParseCard(card)
	if rej != nil {
		return card
	}
	return c.Reveal()
}
