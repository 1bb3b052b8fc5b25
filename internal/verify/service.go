package verify

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/guard"
	"quartet/internal/reuse"
	"quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/web"
)

// Ledger accounts calls; package quota's is the one. Errors by code: ErrExhausted and
// ErrExpired (the gateway's answers), ErrTimeout (10003), ErrUnavailable (10019),
// ErrHoldGone (10003), ErrUnknownOutcome (no answer at all).
type Ledger interface { //nolint:interfacebloat // the book's life of a call, whole
	Left(account, product string, now time.Time) quartet.ErrorCode
	Charge(ctx context.Context, c *quartet.Call, units int64, claim quartet.Claim) error
	Reserve(ctx context.Context, h quartet.Hold) (quartet.Hold, error)
	Move(ctx context.Context, h quartet.Hold) error
	Settle(ctx context.Context, h quartet.Hold, c *quartet.Call, units int64, claim quartet.Claim) error
	Release(ctx context.Context, h quartet.Hold, c *quartet.Call) error
	Record(c quartet.Call)
	Claim(ctx context.Context, c quartet.Claim) (prior quartet.Claim, found bool, err error)
	Unclaim(key quartet.Fingerprint)
}

// Router asks the sources.
type Router interface {
	Local() bool
	Ask(ctx context.Context, q route.Question, before route.Before) route.Outcome
}

// Options are the rooms that the road leads through. All are needed but Now, Proxies and
// Reuse.
type Options struct {
	Ledger         Ledger
	Router         Router
	Guard          *guard.Guard
	Reuse          *reuse.Memory // nil: no verdict is given again
	Callers        *auth.Directory
	Signatures     *auth.Signatures
	Limiter        guard.Limiter // calls a second
	Strangers      guard.Limiter // the same, of addresses that do not say who calls
	Failures       quartet.Rate  // of one address that does not say who calls; QPS 0: not bounded
	AppCodeInQuery bool          // the query may carry it as well
	Proxies        *web.Proxies  // who is believed when it says for whom it asks; nil: nobody
	Issuer         *quartet.SeqNoIssuer
	Numbers        *quartet.SeqNoCipher
	Params         *seal.Hasher // fingerprints of whole requests
	Card           *seal.Hasher // fingerprints of cards
	Claims         *seal.Hasher // fingerprints of idempotency keys
	Log            web.Logger
	Metrics        web.Metrics
	Deadline       time.Duration // of one call
	Now            func() time.Time
}

// Service is the road. Safe for concurrent use.
type Service struct {
	Options

	Days     guard.Days                                  // calls a day
	products atomic.Pointer[map[string]*quartet.Product] // by path
	draining atomic.Bool
	pool     sync.Pool
}

// New makes a road without products; SetProducts opens their paths.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{Options: o}
	s.products.Store(&map[string]*quartet.Product{})
	s.pool.New = func() any { return &exchange{body: make([]byte, 0, 1024), out: make([]byte, 0, 256)} }
	return s
}

// SetProducts replaces the products, at once for every later call.
func (s *Service) SetProducts(list []quartet.Product) {
	byPath := make(map[string]*quartet.Product, len(list))
	for i := range list {
		byPath[list[i].Path] = &list[i]
	}
	s.products.Store(&byPath)
}

// Drain answers every later call with 10019. Calls that are under way go on.
func (s *Service) Drain() { s.draining.Store(true) }
