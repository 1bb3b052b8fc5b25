// Package sourcebook keeps the sources: who is asked, on what terms, with which
// credentials, and in what order. What a source may be is a rule of the vocabulary
// (quartet.Source); whether its kind can read what describes it is tried before it is
// written. Every change is written with the entry that says who made it.
//
// Nothing of a source is ever taken away: attempts name it for as long as they are kept. One
// that is no longer asked is switched off. Credentials are kept sealed and never shown; what
// describes a source lies beside them, since a script or a test person may name somebody.
package sourcebook

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/seal"
)

// Store keeps sources and their policy.
type Store interface {
	Sources(ctx context.Context) ([]quartet.Source, error)
	CreateSource(ctx context.Context, s quartet.Source, e quartet.AuditEntry) error
	UpdateSource(ctx context.Context, s quartet.Source, e quartet.AuditEntry) error
	Policy(ctx context.Context) (quartet.Policy, error)
	PutPolicy(ctx context.Context, p quartet.Policy, e quartet.AuditEntry) error
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Facts are what a source tells of itself once it is built.
type Facts struct {
	Address string               // where it sends elements, by scheme and host: "" for nowhere
	Needs   []quartet.ElementSet // the sets of elements that it compares; none: all
	IDTypes []quartet.IDType     // that its kind can take; none: all
}

// Try builds a source to see whether it can be, and tells its facts. ErrInvalid tells what is
// wrong with what describes it, or with its credentials.
type Try func(s quartet.Source, credentials map[string]string) (Facts, error)

// Book is where sources are looked after. Safe for concurrent use.
type Book struct {
	store Store
	ring  *seal.Keyring
	now   func() time.Time
	try   Try
	mu    sync.Mutex // a change reads, then writes
}

// New makes a book.
func New(store Store, ring *seal.Keyring, now func() time.Time, try Try) *Book {
	return &Book{store: store, ring: ring, now: now, try: try}
}

// sealed is what is kept under seal, as JSON.
type sealed struct {
	Spec        string            `json:"spec"`
	Credentials map[string]string `json:"credentials,omitempty"`
}

// List lists all sources by name. One whose seal the ring does not open has no description;
// Credentials tells why, and it can be described anew.
func (b *Book) List(ctx context.Context) ([]quartet.Source, error) {
	list, err := b.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if inside, err := b.open(list[i]); err == nil {
			list[i].Spec = inside.Spec
		}
	}
	return list, nil
}

// Find finds a source by its name, or ErrNotFound.
func (b *Book) Find(ctx context.Context, name string) (quartet.Source, error) {
	list, err := b.List(ctx)
	if err != nil {
		return quartet.Source{}, err
	}
	for _, s := range list {
		if s.Name == name {
			return s, nil
		}
	}
	return quartet.Source{}, quartet.Errorf(quartet.ErrNotFound, "there is no source of that name; `quartet source list` shows them")
}

// Add adds a source whose name is new. ErrInvalid, ErrConflict.
func (b *Book) Add(ctx context.Context, by string, s quartet.Source, credentials map[string]string) (quartet.Source, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	facts, err := b.fit(s, credentials)
	if err != nil {
		return s, err
	}
	list, err := b.store.Sources(ctx)
	if err != nil {
		return s, err
	}
	for _, other := range list {
		if s.Kind == quartet.SourceRegistry && other.Kind == quartet.SourceRegistry {
			return s, quartet.Errorf(quartet.ErrConflict, "there is one registry only, source %s; switch it on with `quartet source enable`", other.Name)
		}
	}
	if s.Sealed, err = b.seal(s, credentials); err != nil {
		return s, err
	}
	s.CreatedAt = b.now()
	s.ChangedAt = s.CreatedAt
	return s, b.store.CreateSource(ctx, s, b.entry(by, "source.add", s.Name, describe(&s, facts.Address)))
}

// Change makes a source what change leaves of it; its name and kind stay. credentials take
// the place of those it has, unless nil. Questions that are under way end as they began.
// ErrInvalid, ErrNotFound.
func (b *Book) Change(ctx context.Context, by, name string, change func(*quartet.Source), credentials map[string]string) (quartet.Source, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, err := b.Find(ctx, name)
	if err != nil {
		return old, err
	}
	s, known := old, credentials == nil
	before, err := b.Credentials(old)
	if known {
		if err != nil {
			return old, err
		}
		credentials = before
	}
	change(&s)
	s.Name, s.Kind, s.CreatedAt, s.ChangedAt = old.Name, old.Kind, old.CreatedAt, b.now()
	facts, err := b.fit(s, credentials)
	if err != nil {
		return old, err
	}
	was, _ := b.try(old, before) // none, if it could not be built: then it was asked nowhere
	detail := differences(&old, &s, !known, was.Address, facts.Address)
	if detail == "" {
		return old, nil
	}
	if s.Spec != old.Spec || !known { // else it stays as it is, by which routing knows that the source is the same
		if s.Sealed, err = b.seal(s, credentials); err != nil {
			return old, err
		}
	}
	return s, b.store.UpdateSource(ctx, s, b.entry(by, "source.change", name, detail))
}

// Switch turns a source on or off; the reason, where one is given, is told in the audit.
// ErrNotFound.
func (b *Book) Switch(ctx context.Context, by, name string, on bool, reason string) (quartet.Source, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.Find(ctx, name)
	if err != nil || s.On == on {
		return s, err
	}
	s.On, s.ChangedAt = on, b.now()
	action := "source.disable"
	if on {
		action = "source.enable"
	}
	return s, b.store.UpdateSource(ctx, s, b.entry(by, action, name, reason))
}

// Policy tells how sources are put in order.
func (b *Book) Policy(ctx context.Context) (quartet.Policy, error) { return b.store.Policy(ctx) }

// Order sets what comes first among sources. ErrInvalid.
func (b *Book) Order(ctx context.Context, by string, order quartet.SourceOrder) error {
	return b.changePolicy(ctx, by, func(p *quartet.Policy) (action, subject, detail string) {
		if p.Order == order {
			return "", "", ""
		}
		before := p.Order
		p.Order = order
		return "source.order", string(order), fmt.Sprintf("%s → %s", before, order)
	})
}

// Pin makes one source the only one that is asked for an account, in the place of any
// other. ErrNotFound: of the source; that the account exists is the caller's to know.
func (b *Book) Pin(ctx context.Context, by, account, source string) error {
	if _, err := b.Find(ctx, source); err != nil { // it stays: sources are never taken away
		return err
	}
	return b.changePolicy(ctx, by, func(p *quartet.Policy) (action, subject, detail string) {
		if p.Pins[account] == source {
			return "", "", ""
		}
		p.Pins = maps.Clone(p.Pins)
		if p.Pins == nil {
			p.Pins = map[string]string{}
		}
		before := p.Pins[account]
		p.Pins[account] = source
		return "source.pin", account, fmt.Sprintf("%s → %s", orNone(before), source)
	})
}

// Unpin lets the policy choose again whom an account's calls are put to.
func (b *Book) Unpin(ctx context.Context, by, account string) error {
	return b.changePolicy(ctx, by, func(p *quartet.Policy) (action, subject, detail string) {
		before, pinned := p.Pins[account]
		if !pinned {
			return "", "", ""
		}
		p.Pins = maps.Clone(p.Pins)
		delete(p.Pins, account)
		return "source.unpin", account, before + " → none"
	})
}

// changePolicy writes what change makes of the policy, unless that is nothing: no action.
func (b *Book) changePolicy(ctx context.Context, by string, change func(*quartet.Policy) (action, subject, detail string)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.store.Policy(ctx)
	if err != nil {
		return err
	}
	action, subject, detail := change(&p)
	if action == "" {
		return nil
	}
	if err := p.Check(); err != nil {
		return err
	}
	return b.store.PutPolicy(ctx, p, b.entry(by, action, subject, detail))
}

// Credentials opens what a source presents. It is never shown to anyone.
func (b *Book) Credentials(s quartet.Source) (map[string]string, error) {
	inside, err := b.open(s)
	if err == nil && inside.Credentials == nil {
		inside.Credentials = map[string]string{}
	}
	return inside.Credentials, err
}

func (b *Book) open(s quartet.Source) (inside sealed, err error) {
	if len(s.Sealed) == 0 {
		return inside, nil
	}
	plain, err := b.ring.Unseal(s.Sealed, quartet.SealedFor(s.Name))
	if err != nil {
		return inside, err
	}
	defer clear(plain)
	if err := json.Unmarshal(plain, &inside); err != nil {
		return sealed{}, quartet.Errorf(quartet.ErrInternal, "what is kept of source %s cannot be read; describe it anew", s.Name)
	}
	return inside, nil
}

func (b *Book) seal(s quartet.Source, credentials map[string]string) ([]byte, error) {
	if s.Spec == "" && len(credentials) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(sealed{s.Spec, credentials})
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return b.ring.Seal(plain, quartet.SealedFor(s.Name)), nil
}

// Facts are what a source tells of itself: nothing, for one that cannot be built, since it is
// not asked.
func (b *Book) Facts(s quartet.Source) (Facts, error) {
	credentials, err := b.Credentials(s)
	if err != nil {
		return Facts{}, err
	}
	facts, err := b.try(s, credentials)
	if err != nil {
		return Facts{}, nil //nolint:nilerr // what is wrong with it is told where it is asked
	}
	return facts, nil
}

// fit holds a source to its rules, and tells its facts.
func (b *Book) fit(s quartet.Source, credentials map[string]string) (Facts, error) {
	if err := s.Check(); err != nil {
		return Facts{}, err
	}
	if s.Terms.Rate.Burst > 0 && s.Terms.Rate.QPS == 0 {
		return Facts{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "burst", Message: "a burst without questions a second means nothing; give both"}
	}
	return b.try(s, credentials)
}

func state(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (b *Book) entry(by, action, subject, detail string) quartet.AuditEntry {
	return audit.Entry(b.now(), by, action, subject, detail)
}
