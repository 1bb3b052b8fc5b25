package auth

import (
	"sync"
	"time"

	"quartet"
	"quartet/internal/web"
)

// Nonces remembers which nonces were used, as long as a request that bears one could come
// again. Memory of one node: what was charged under a nonce is read back from the rows of
// the calls at the next start, so no crash lets a charged call be replayed.
type Nonces struct {
	most int

	mu    sync.Mutex
	until map[quartet.Fingerprint]int64 // second at which it may be used again
	queue []quartet.Fingerprint         // as they came
	head  int                           // of the queue
	swept int64                         // second of the last sweep
}

// grace is how much longer than its time a nonce is kept: a request is dated by its head and
// may be judged after others that are dated later, since its body took long. No body may
// take as long as this.
const grace = 30 // seconds

// MaxNonces bounds what is remembered, some 60 bytes each.
const MaxNonces = 1 << 22

// NewNonces remembers at most so many.
func NewNonces(most int) *Nonces {
	return &Nonces{most: most, until: map[quartet.Fingerprint]int64{}}
}

// Use uses a nonce up until a time: NonceUsed when it was before, CredentialThrottled when
// no more can be remembered, since what is forgotten could be replayed.
func (n *Nonces) Use(f quartet.Fingerprint, until, now time.Time) web.Gateway {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget(now.Unix() - grace)
	if end, ok := n.until[f]; ok && end > now.Unix() {
		return web.NonceUsed
	}
	if len(n.until) >= n.most && !n.sweep(now.Unix()-grace) {
		return web.CredentialThrottled
	}
	n.put(f, until.Unix()+1)
	return web.NoGateway
}

// Remember puts a nonce back that an earlier process has used up.
func (n *Nonces) Remember(f quartet.Fingerprint, until time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.put(f, until.Unix()+1)
}

// put leaves one that is used again, after its time, in its old place of the queue as
// well: it is forgotten when its time is over, from whichever place comes after.
func (n *Nonces) put(f quartet.Fingerprint, until int64) {
	n.until[f] = max(n.until[f], until)
	n.queue = append(n.queue, f)
}

// forget drops a few at the head whose time is over: two for each that comes, so that a
// rush is followed by no pause.
func (n *Nonces) forget(now int64) {
	for range 2 {
		if n.head == len(n.queue) {
			n.queue, n.head = n.queue[:0], 0
			return
		}
		f := n.queue[n.head]
		if end, ok := n.until[f]; ok && end > now {
			return
		}
		delete(n.until, f)
		n.head++
	}
	if n.head > len(n.queue)/2 && n.head > 1024 {
		n.queue = n.queue[:copy(n.queue, n.queue[n.head:])]
		n.head = 0
	}
}

// sweep looks at all of them, at most once a second: one whose time is long hides those
// behind it. It reports whether there is room now.
func (n *Nonces) sweep(now int64) bool {
	if n.swept == now {
		return false
	}
	n.swept = now
	kept := n.queue[:0]
	for _, f := range n.queue[n.head:] {
		switch end, ok := n.until[f]; {
		case !ok:
		case end > now:
			kept = append(kept, f)
		default:
			delete(n.until, f)
		}
	}
	n.queue, n.head = kept, 0
	return len(n.until) < n.most
}
