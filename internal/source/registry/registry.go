package registry

import (
	"context"
	"sync"
	"sync/atomic"

	"quartet"
	"quartet/internal/seal"
	"quartet/internal/source"
)

// Registry answers from the active generation of a backend. Safe for concurrent use.
type Registry struct {
	ring    *seal.Keyring
	backend Backend

	current   atomic.Pointer[build]
	reloading chan struct{} // holds one token, so that a wait for it can end at a deadline
	importing sync.Mutex
	values    sync.Pool // *[]byte
}

// build is a generation as lookups need it.
type build struct {
	id int64
	*hashers
}

// New makes a registry over a backend. The ring must hold the key of every generation
// that is to be read.
func New(ring *seal.Keyring, backend Backend) *Registry {
	r := &Registry{ring: ring, backend: backend, reloading: make(chan struct{}, 1)}
	r.values.New = func() any {
		b := make([]byte, 0, 2*valueLen)
		return &b
	}
	return r
}

// Verify implements source.Source. A query without a card is Unsupported: a registry
// finds people by card alone.
func (r *Registry) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	if ctx.Err() != nil {
		return source.Answer{}, &source.Error{Kind: source.Timeout, Retry: true, Charged: quartet.ChargedNo, Cause: ctx.Err()}
	}
	if !q.Need.Has(quartet.NeedCard) {
		return source.Answer{}, &source.Error{Kind: source.Unsupported, Charged: quartet.ChargedNo}
	}
	if incomplete(&q) {
		return source.Answer{}, &source.Error{Kind: source.Rejected, Charged: quartet.ChargedNo}
	}
	buf, ok := r.values.Get().(*[]byte)
	if !ok { // cannot happen: the pool makes no other
		panic("registry: foreign value in the pool")
	}
	defer r.values.Put(buf)

	// A generation is replaced at most now and then; a hundred in the time of one lookup
	// mean that something is wrong.
	current := r.current.Load()
	for range 100 {
		if current == nil {
			var err error
			if current, err = r.reload(ctx, nil); err != nil {
				return source.Answer{}, err
			}
		}
		value, live, err := r.backend.RegistryGet(ctx, current.id, current.card.Sum(q.Elements.Card.Reveal()), (*buf)[:0])
		if err != nil {
			return source.Answer{}, failed(ctx, err)
		}
		*buf = value
		if live {
			return answer(current.hashers, &q, value)
		}
		if current, err = r.reload(ctx, current); err != nil {
			return source.Answer{}, err
		}
	}
	return source.Answer{}, &source.Error{
		Kind: source.Failed, Sent: true, Retry: true, Charged: quartet.ChargedNo,
		Cause: quartet.Errorf(quartet.ErrConflict, "the registry was replaced again and again during one lookup"),
	}
}

func answer(h *hashers, q *source.Query, value []byte) (source.Answer, error) {
	if len(value) == 0 {
		return source.Answer{}, &source.Error{Kind: source.NoRecord, Sent: true, Charged: quartet.ChargedNo}
	}
	if len(value) != valueLen {
		return source.Answer{}, &source.Error{Kind: source.NotUnderstood, Sent: true, Charged: quartet.ChargedNo}
	}
	if differs := h.differing(&q.Elements, q.Need, value); differs != 0 {
		return source.Answer{Verdict: quartet.Mismatch, Reason: quartet.MismatchReason(differs), Differs: differs}, nil
	}
	verdict, reason := Status(value[0]).verdict()
	if verdict == quartet.NoVerdict {
		return source.Answer{}, &source.Error{Kind: source.NotUnderstood, Sent: true, Charged: quartet.ChargedNo}
	}
	return source.Answer{Verdict: verdict, Reason: reason}, nil
}

// reload looks up the active generation, unless another goroutine already found one
// newer than stale. A registry that holds nothing yet, or whose key the ring lacks, is
// Unreachable: nothing was asked, so another source may be.
func (r *Registry) reload(ctx context.Context, stale *build) (*build, error) {
	select {
	case r.reloading <- struct{}{}:
		defer func() { <-r.reloading }()
	case <-ctx.Done():
		return nil, &source.Error{Kind: source.Timeout, Retry: true, Charged: quartet.ChargedNo, Cause: ctx.Err()}
	}
	if now := r.current.Load(); now != nil && now != stale {
		return now, nil
	}
	r.current.Store(nil)
	generations, err := r.backend.RegistryGenerations(ctx)
	if err != nil {
		return nil, failed(ctx, err)
	}
	for _, g := range generations {
		if !g.Active {
			continue
		}
		h, ok := newHashers(r.ring, g.Key)
		if !ok {
			return nil, &source.Error{
				Kind: source.Unreachable, Charged: quartet.ChargedNo,
				Cause: quartet.Errorf(quartet.ErrNotFound, "the registry is hashed under key %s, which the keyring does not hold; use the keyring that belongs to it", g.Key),
			}
		}
		now := &build{id: g.ID, hashers: h}
		r.current.Store(now)
		return now, nil
	}
	return nil, &source.Error{
		Kind: source.Unreachable, Retry: true, Charged: quartet.ChargedNo,
		Cause: quartet.Errorf(quartet.ErrNotFound, "the registry holds no records yet; run quartet registry import"),
	}
}

// failed tells a deadline from a fault of the backend. Both were asked.
func failed(ctx context.Context, err error) *source.Error {
	kind := source.Failed
	if ctx.Err() != nil {
		kind = source.Timeout
	}
	return &source.Error{Kind: kind, Sent: true, Retry: true, Charged: quartet.ChargedNo, Cause: err}
}

func incomplete(q *source.Query) bool {
	e, need := &q.Elements, q.Need
	return e.Card.IsZero() ||
		need.Has(quartet.NeedName) && e.Name.IsZero() ||
		need.Has(quartet.NeedID) && e.ID.IsZero() ||
		need.Has(quartet.NeedMobile) && e.Mobile.IsZero()
}
