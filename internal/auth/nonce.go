package auth

import (
	"sync"
	"time"

	"quartet/internal/web"
)

// Nonces remembers which nonces were used, as long as a request that bears one could come
// again. Memory of one node: what was charged under a nonce is read back from the rows of
// the calls at the next start, so no crash lets a charged call be replayed.
type Nonces struct {
	most int

	mu    sync.Mutex
	used  map[int64]nonce
	queue []int64          // as they came
	head  int              // of the queue
	swept int64            // when it was swept last, in spans of sweepEvery
	owner map[string]int32 // place of a credential in held
	held  []int            // how many are remembered of each credential
}

// nonce holds no pointer, so that the collector passes millions of them over.
type nonce struct {
	until int64 // second at which it may be used again
	owner int32
}

// grace is how much longer than its time a nonce is kept: a request is dated by its head and
// may be judged after others that are dated later, since its body took long. No body may
// take as long as this.
const grace = 30 // seconds

// sweepEvery keeps whoever has used up its share from making all others wait for sweeps:
// one of two million takes a quarter of a second.
const sweepEvery = 10 // seconds

// MaxNonces bounds what is remembered, some 50 bytes each.
const MaxNonces = 1 << 22

// NewNonces remembers at most so many.
func NewNonces(most int) *Nonces {
	return &Nonces{most: most, used: map[int64]nonce{}, owner: map[string]int32{}}
}

// Use uses a nonce of a credential up until a time: NonceUsed when it was before,
// CredentialThrottled when no more can be remembered, since what is forgotten could be
// replayed. When memory is half full, a credential that fills a quarter of it must wait, so
// that none by itself can shut the others out.
func (n *Nonces) Use(owner string, f int64, until, now time.Time) web.Gateway {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget(now.Unix() - grace)
	of := n.place(owner)
	if before, ok := n.used[f]; ok && before.until > now.Unix() {
		return web.NonceUsed
	}
	if n.full(of) {
		if n.sweep(now.Unix() - grace); n.full(of) {
			return web.CredentialThrottled
		}
	}
	n.put(of, f, until.Unix()+1)
	return web.NoGateway
}

func (n *Nonces) full(owner int32) bool {
	return len(n.used) >= n.most || len(n.used) >= n.most/2 && n.held[owner] >= n.most/4
}

// place is that of a credential, which it keeps.
func (n *Nonces) place(owner string) int32 {
	of, ok := n.owner[owner]
	if !ok {
		of = int32(len(n.held))
		n.owner[owner], n.held = of, append(n.held, 0)
	}
	return of
}

// Remember puts a nonce back that an earlier process has used up.
func (n *Nonces) Remember(owner string, f int64, until time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.put(n.place(owner), f, until.Unix()+1)
}

// put leaves one that is used again, after its time, in its old place of the queue as
// well: it is forgotten when its time is over, from whichever place comes after.
func (n *Nonces) put(owner int32, f int64, until int64) {
	before, again := n.used[f]
	if !again {
		n.held[owner]++
		before.owner = owner
	}
	n.used[f] = nonce{max(before.until, until), before.owner}
	n.queue = append(n.queue, f)
}

func (n *Nonces) drop(f int64, of nonce) {
	delete(n.used, f)
	n.held[of.owner]--
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
		if of, ok := n.used[f]; ok {
			if of.until > now {
				return
			}
			n.drop(f, of)
		}
		n.head++
	}
	if n.head > len(n.queue)/2 && n.head > 1024 {
		n.queue = n.queue[:copy(n.queue, n.queue[n.head:])]
		n.head = 0
	}
}

// sweep looks at all of them, now and again: one whose time is long hides those behind it.
func (n *Nonces) sweep(now int64) {
	if n.swept == now/sweepEvery {
		return
	}
	n.swept = now / sweepEvery
	kept := n.queue[:0]
	for _, f := range n.queue[n.head:] {
		switch of, ok := n.used[f]; {
		case !ok:
		case of.until > now:
			kept = append(kept, f)
		default:
			n.drop(f, of)
		}
	}
	n.queue, n.head = kept, 0
}
