// Package guard refuses what would lock a card at its bank or waste units: the same
// parameters too often, too many mismatches in a row on one card, too many calls of one
// card a day, any call of a card that a supplier found asked about too often. Each refusal is
// 10020 and costs nothing.
//
// Counters live in memory under keyed fingerprints and last until 00:00 in Asia/Shanghai.
// They are not stored: every call row carries the fingerprints, so a start replays the
// rows of the day and has the counters as the rows tell: a mismatch that came too late for
// its caller (10003) is in no row, so it counts until the next start. A call that is in
// flight counts as if it had been made, and for the streak of mismatches as if it were one.
//
// Beside them stand the bounds of a credential, an account or an address, which are answered
// in the gateway's words: calls a second (rate.go) and calls a day (daily.go).
package guard

import (
	"encoding/binary"
	"sync"
	"time"

	"quartet"
)

// Config holds the limits. A limit of 0 is no limit.
type Config struct {
	Enabled    bool
	Identical  int // calls with identical parameters, an account and day
	Mismatches int // mismatches in a row that close a card for the day; 0: nothing closes one
	Calls      int // calls of a card, a day
}

const shardCount = 64

// Guard counts. Safe for concurrent use.
type Guard struct {
	config Config
	shards [shardCount]shard
}

type shard struct {
	mu     sync.Mutex
	day    int64
	params map[quartet.Fingerprint]int32
	cards  map[quartet.Fingerprint]card
}

type card struct {
	calls    int32 // made today, those in flight included
	inFlight int32
	streak   int32 // mismatches in a row
	closed   bool  // a supplier found it asked about too often
}

// New makes a guard that has seen nothing.
func New(c Config) *Guard { return &Guard{config: c} }

// Pass is the leave for one call. Every Pass goes back with Done, once.
type Pass struct {
	day          int64
	params, card quartet.Fingerprint
}

// open locks the shard of a fingerprint and drops what is of an earlier day.
func (g *Guard) open(f quartet.Fingerprint, day int64) *shard {
	s := &g.shards[binary.LittleEndian.Uint16(f[:2])%shardCount]
	s.mu.Lock()
	if s.day < day || s.params == nil {
		s.day = day
		s.params = make(map[quartet.Fingerprint]int32)
		s.cards = make(map[quartet.Fingerprint]card)
	}
	return s
}

func over(n int32, limit int) bool { return limit > 0 && int(n) >= limit }

// Admit lets a call pass, or refuses it. params stands for the account, the product and
// all elements; card for the card, within its scope. A zero fingerprint is not counted,
// and neither is one whose day is over: read just before midnight, admitted after it.
func (g *Guard) Admit(params, cardOf quartet.Fingerprint, at time.Time) (Pass, bool) {
	if !g.config.Enabled {
		return Pass{}, true
	}
	p := Pass{day: quartet.DayOf(at.Unix()), params: params, card: cardOf}
	if !g.countParams(&p) {
		return Pass{}, false
	}
	if !g.countCard(&p) {
		g.uncount(p)
		return Pass{}, false
	}
	return p, true
}

func (g *Guard) countParams(p *Pass) bool {
	if p.params.IsZero() {
		return true
	}
	s := g.open(p.params, p.day)
	defer s.mu.Unlock()
	if s.day != p.day {
		p.params = quartet.Fingerprint{}
		return true
	}
	if over(s.params[p.params], g.config.Identical) {
		return false
	}
	s.params[p.params]++
	return true
}

func (g *Guard) countCard(p *Pass) bool {
	if p.card.IsZero() {
		return true
	}
	s := g.open(p.card, p.day)
	defer s.mu.Unlock()
	if s.day != p.day {
		p.card = quartet.Fingerprint{}
		return true
	}
	c := s.cards[p.card]
	if c.closed || over(c.calls, g.config.Calls) || over(c.streak+c.inFlight, g.config.Mismatches) {
		return false
	}
	c.calls++
	c.inFlight++
	s.cards[p.card] = c
	return true
}

// uncount takes the parameters of a call back that was not made.
func (g *Guard) uncount(p Pass) {
	if p.params.IsZero() {
		return
	}
	s := g.open(p.params, p.day)
	defer s.mu.Unlock()
	if s.day != p.day {
		return
	}
	if s.params[p.params]--; s.params[p.params] <= 0 {
		delete(s.params, p.params)
	}
}

// CloseCard refuses every later call of the day for the card of a call, before its Done: a
// supplier said that the card was asked about too often, and to ask another one would
// lengthen the network's lock.
func (g *Guard) CloseCard(p Pass) {
	if p.card.IsZero() || g.config.Mismatches == 0 {
		return
	}
	s := g.open(p.card, p.day)
	defer s.mu.Unlock()
	if s.day == p.day {
		c := s.cards[p.card]
		c.closed = true
		s.cards[p.card] = c
	}
}

// Done ends a call. sent tells whether a source was asked; if not, nothing counts. v is what
// the source said, whether its caller heard it or not.
func (g *Guard) Done(p Pass, sent bool, v quartet.Verdict) {
	if p.day == 0 {
		return
	}
	if !sent {
		g.uncount(p)
	}
	if p.card.IsZero() {
		return
	}
	s := g.open(p.card, p.day)
	defer s.mu.Unlock()
	if s.day != p.day {
		return
	}
	c := s.cards[p.card]
	c.inFlight--
	if !sent {
		c.calls--
	}
	c.streak = streak(c.streak, v)
	if c == (card{}) {
		delete(s.cards, p.card)
		return
	}
	s.cards[p.card] = c
}

func streak(n int32, v quartet.Verdict) int32 {
	switch v {
	case quartet.Match:
		return 0
	case quartet.Mismatch:
		return n + 1
	default:
		return n
	}
}

// Replay counts a call of an earlier process. Rows come oldest first. A verdict that was
// given again counts for its parameters alone.
func (g *Guard) Replay(c quartet.Call) {
	if !c.Sent && !c.Reused || !g.config.Enabled {
		return
	}
	day := quartet.DayOf(c.At.Unix())
	if !c.Params.IsZero() {
		s := g.open(c.Params, day)
		if s.day == day {
			s.params[c.Params]++
		}
		s.mu.Unlock()
	}
	if c.Sent && !c.Card.IsZero() {
		s := g.open(c.Card, day)
		if s.day == day {
			k := s.cards[c.Card]
			k.calls++
			k.streak = streak(k.streak, c.Verdict)
			k.closed = k.closed || c.Code == quartet.CodeLimited && g.config.Mismatches > 0
			s.cards[c.Card] = k
		}
		s.mu.Unlock()
	}
}
