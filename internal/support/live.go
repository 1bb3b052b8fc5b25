package support

import (
	"context"
	"sync"
	"time"

	"quartet"
)

const (
	perPerson = 5    // who follow at once, of one person
	perNode   = 2000 // who follow at once, at one node: each looks into the database now and again
	atOnce    = 200  // messages that are handed on together
)

// live knows who follows which ticket on this node.
type live struct {
	mu       sync.Mutex
	watchers map[string]map[chan struct{}]struct{} // by ticket
	persons  map[string]int
	all      int
	stopped  chan struct{}
	once     sync.Once
}

func newLive() *live {
	return &live{watchers: map[string]map[chan struct{}]struct{}{}, persons: map[string]int{}, stopped: make(chan struct{})}
}

// wake tells all who follow a ticket on this node that there is something new.
func (l *live) wake(ticket string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.watchers[ticket] {
		select {
		case c <- struct{}{}:
		default: // it has not looked yet since the last time
		}
	}
}

func (l *live) join(person, ticket string) (woken chan struct{}, leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.persons[person] >= perPerson {
		return nil, nil, quartet.Errorf(quartet.ErrLimited, "you follow %d chats at once already; close one of them first", perPerson)
	}
	if l.all >= perNode {
		return nil, nil, quartet.Errorf(quartet.ErrLimited, "%d chats are followed at this node already; come again in a moment", perNode)
	}
	l.all++
	l.persons[person]++
	woken = make(chan struct{}, 1)
	if l.watchers[ticket] == nil {
		l.watchers[ticket] = map[chan struct{}]struct{}{}
	}
	l.watchers[ticket][woken] = struct{}{}
	return woken, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all--
		if l.persons[person]--; l.persons[person] == 0 {
			delete(l.persons, person)
		}
		if delete(l.watchers[ticket], woken); len(l.watchers[ticket]) == 0 {
			delete(l.watchers, ticket)
		}
	}, nil
}

// Stop ends all who follow a ticket, and lets nobody follow one any more: the node stops, and
// they go on at another one.
func (d *Desk) Stop() { d.live.once.Do(func() { close(d.live.stopped) }) }

// Follower is who follows a ticket.
type Follower struct {
	d      *Desk
	who    Who
	ticket quartet.Ticket
	after  int64
	woken  chan struct{}
	leave  func()
}

// Follow begins to follow a ticket from behind a place. ErrNotFound; ErrLimited: too many at
// once; ErrUnavailable: the node is stopping. Leave must be called.
func (d *Desk) Follow(ctx context.Context, who Who, ticket string, after int64) (*Follower, error) {
	t, err := d.find(ctx, who, ticket)
	if err != nil {
		return nil, err
	}
	select {
	case <-d.live.stopped:
		return nil, quartet.Errorf(quartet.ErrUnavailable, "this node is stopping; follow the chat again in a moment")
	default:
	}
	f := &Follower{d: d, who: who, ticket: t, after: after}
	f.woken, f.leave, err = d.live.join(who.By, ticket)
	return f, err
}

// Leave ends it.
func (f *Follower) Leave() { f.leave() }

// Run hands on what is said, each message once and in order, until ctx ends, the node stops or
// the time is over after which the door is passed anew. What send has taken counts as read.
// beat is called now and again, whatever is said; an error of either ends it.
func (f *Follower) Run(ctx context.Context, send func([]Line) error, beat func() error) error {
	o := f.d.o
	look, pulse, end := time.NewTicker(o.Look), time.NewTicker(o.Beat), time.NewTimer(o.Stay)
	defer look.Stop()
	defer pulse.Stop()
	defer end.Stop()
	for {
		if err := f.hand(ctx, send); err != nil {
			return err
		}
		select {
		case <-f.woken:
		case <-look.C:
		case <-pulse.C:
			if err := beat(); err != nil {
				return err
			}
		case <-end.C:
			return nil
		case <-f.d.live.stopped:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// hand hands on what there is.
func (f *Follower) hand(ctx context.Context, send func([]Line) error) error {
	for {
		lines, err := f.d.lines(ctx, f.who, f.ticket.ID, f.after, atOnce)
		if err != nil || len(lines) == 0 {
			return err
		}
		if err := send(lines); err != nil {
			return err
		}
		f.after = lines[len(lines)-1].Place
		if err := f.d.seen(ctx, f.who, &f.ticket, lines); err != nil {
			return err
		}
		if len(lines) < atOnce {
			return nil
		}
	}
}
