package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// load is sixteen connections that ask without pause: ten for an account with plenty of
// units, four for one that runs out, two that ask each thing under an idempotency key
// until it is answered.
type load struct {
	plenty, small, keyed string
	people               []person
	exhausted            atomic.Int64
	askers               []*asker // of keys; their open question outlives a kill
}

const (
	plentyConns = 10
	smallConns  = 4
	keyedConns  = 2
)

// inFlight refuses a key whose call has not ended.
const inFlight = "10012"

// asker asks one question after another, each under a key of its own.
type asker struct {
	id, asked int
	who       person
	open      bool // the current question has no answer yet
}

func newLoad(plenty, small, keyed string, people []person) *load {
	l := &load{plenty: plenty, small: small, keyed: keyed, people: people}
	for id := range keyedConns {
		l.askers = append(l.askers, &asker{id: id})
	}
	return l
}

// keys is how many different keys were asked.
func (l *load) keys() int {
	n := 0
	for _, k := range l.askers {
		n += k.asked
	}
	return n
}

// round is the load on one life of the node.
type round struct {
	wg      sync.WaitGroup
	mu      sync.Mutex
	answers []answer
}

func (r *round) wait() []answer {
	r.wg.Wait()
	return r.answers
}

func (r *round) took(list []answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = append(r.answers, list...)
}

// someone is one of a few people often, one of many now and then; one in four with another
// person's mobile, so that verdicts differ.
func (l *load) someone() person {
	pick := func() person {
		if rand.IntN(2) == 0 {
			return l.people[rand.IntN(20)]
		}
		return l.people[rand.IntN(len(l.people))]
	}
	p := pick()
	if rand.IntN(4) == 0 {
		p.Mobile = pick().Mobile
	}
	return p
}

// start asks until the node is gone.
func (l *load) start(url string) *round {
	r := &round{}
	anonymous := func(appcode string) {
		var got []answer
		c := newClient(url, appcode)
		for {
			a, err := c.ask(l.someone().form(), "")
			if err != nil {
				break
			}
			if a.status == 403 {
				l.exhausted.Add(1)
			}
			got = append(got, a)
		}
		r.took(got)
	}
	for range plentyConns {
		r.wg.Go(func() { anonymous(l.plenty) })
	}
	for range smallConns {
		r.wg.Go(func() { anonymous(l.small) })
	}
	for _, k := range l.askers {
		r.wg.Go(func() {
			var got []answer
			c := newClient(url, l.keyed)
			for {
				a, err := l.step(k, c)
				if err != nil {
					break
				}
				got = append(got, a)
				if a.Code == inFlight { // the call that was cut off holds the key until it is swept
					break
				}
			}
			r.took(got)
		})
	}
	return r
}

// step asks the asker's open question again, or the next one.
func (l *load) step(k *asker, c *client) (answer, error) {
	if !k.open {
		k.asked++
		k.who, k.open = l.people[(k.id+keyedConns*k.asked)%len(l.people)], true
	}
	a, err := c.ask(k.who.form(), fmt.Sprintf("key-%d-%d", k.id, k.asked))
	if err == nil && a.Code == "10000" {
		k.open = false
	}
	return a, err
}

// finish asks what is still open once more.
func (l *load) finish(url string) []answer {
	var got []answer
	c := newClient(url, l.keyed)
	for _, k := range l.askers {
		if a, err := l.step(k, c); err == nil {
			got = append(got, a)
		}
	}
	return got
}
