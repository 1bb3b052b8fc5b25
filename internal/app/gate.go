package app

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// gate counts the calls that came before the node began to stop.
type gate struct {
	next    http.Handler
	closing atomic.Bool
	inside  atomic.Int64
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.inside.Add(1)
	if g.closing.Load() { // it is answered, but not waited for
		g.inside.Add(-1)
	} else {
		defer g.inside.Add(-1)
	}
	g.next.ServeHTTP(w, r)
}

const drainPoll = 5 * time.Millisecond

// drain waits until the calls that came before have been answered, or ctx ends.
func (g *gate) drain(ctx context.Context) {
	g.closing.Store(true)
	tick := time.NewTicker(drainPoll)
	defer tick.Stop()
	for g.inside.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
