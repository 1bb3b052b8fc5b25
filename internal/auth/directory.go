package auth

import (
	"math"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/seal"
)

// Caller is an account that showed a credential in force.
type Caller struct {
	Account    string
	Credential string
	Kind       quartet.CredentialKind
	Test       bool // answered by the sandbox
	Suspended  bool
	Purpose    string         // of the account's contract
	Rate       quartet.Rate   // of the account
	Limits     quartet.Limits // of the credential
}

// From reports whether the credential may be used from this address.
func (c *Caller) From(address netip.Addr) bool {
	return len(c.Limits.Networks) == 0 ||
		slices.ContainsFunc(c.Limits.Networks, func(n netip.Prefix) bool { return n.Contains(address) })
}

// May reports whether the credential may call this product.
func (c *Caller) May(product string) bool {
	return len(c.Limits.Products) == 0 || slices.Contains(c.Limits.Products, product)
}

// entry is a credential as it is looked up. What every call looks at stands together.
type entry struct {
	expires int64        // Unix microseconds; the largest: never
	used    atomic.Int64 // Unix second of the last use
	Caller

	written int64  // what of used has been handed out by Used
	sealed  []byte // the AppSecret
}

// Directory finds callers. Safe for concurrent use.
type Directory struct {
	hasher *seal.Hasher
	open   func(sealed []byte, id string) ([]byte, error)
	known  atomic.Pointer[map[quartet.Fingerprint]*entry]
	byID   atomic.Pointer[map[string]*entry]
}

// New makes an empty directory. open opens what was sealed for a credential.
func New(h *seal.Hasher, open func(sealed []byte, id string) ([]byte, error)) *Directory {
	d := &Directory{hasher: h, open: open}
	d.known.Store(&map[quartet.Fingerprint]*entry{})
	d.byID.Store(&map[string]*entry{})
	return d
}

// Replace puts new accounts and credentials in force, at once for every later call.
// Revoked credentials and those of no account are left out. It is not to be called by two
// at once.
func (d *Directory) Replace(accounts []quartet.Account, credentials []quartet.Credential) {
	owners := make(map[string]*quartet.Account, len(accounts))
	for i := range accounts {
		owners[accounts[i].ID] = &accounts[i]
	}
	before := *d.known.Load()
	known, byID := make(map[quartet.Fingerprint]*entry, len(credentials)), make(map[string]*entry, len(credentials))
	for _, c := range credentials {
		owner := owners[c.Account]
		if owner == nil || c.Revoked() {
			continue
		}
		e := &entry{expires: math.MaxInt64, Caller: Caller{
			Account: c.Account, Credential: c.ID, Kind: c.Kind, Test: c.Test, Suspended: owner.Suspended(), Purpose: owner.Purpose, Rate: owner.Rate, Limits: c.Limits,
		}}
		if !c.ExpiresAt.IsZero() {
			e.expires = c.ExpiresAt.UnixMicro()
		}
		if old := before[c.Hash]; old != nil {
			e.used.Store(old.used.Load()) // a use between here and the end is one that nobody hears of
			e.written = old.written
		}
		if c.Kind == quartet.KindAppKey {
			e.sealed = c.Sealed
		}
		known[c.Hash], byID[c.ID] = e, e
	}
	d.known.Store(&known)
	d.byID.Store(&byID)
}

// Find tells whose secret this is, for an AppCode or a key. The look-up is by keyed hash,
// so its time says nothing about how near a wrong secret came.
func (d *Directory) Find(kind quartet.CredentialKind, secret string, now time.Time) (*Caller, bool) {
	e := d.find(kind, secret, now)
	if e == nil {
		return nil, false
	}
	e.use(now)
	return &e.Caller, true
}

// Named finds the caller of a credential in force by its id, for whoever asks in its name
// within the house.
func (d *Directory) Named(id string, now time.Time) (*Caller, bool) {
	e := (*d.byID.Load())[id]
	if e == nil || now.UnixMicro() >= e.expires {
		return nil, false
	}
	e.use(now)
	return &e.Caller, true
}

func (d *Directory) find(kind quartet.CredentialKind, presented string, now time.Time) *entry {
	e := (*d.known.Load())[d.hasher.Sum(string(kind), presented)]
	if e == nil || now.UnixMicro() >= e.expires {
		return nil
	}
	return e
}

func (e *entry) use(now time.Time) {
	if second := now.Unix(); e.used.Load() < second {
		e.used.Store(second)
	}
}

// Used gives the last use of every credential that was used since it was asked last. It is
// not to be called beside itself or Replace.
func (d *Directory) Used() map[string]time.Time {
	used := map[string]time.Time{}
	for _, e := range *d.known.Load() {
		if at := e.used.Load(); at > e.written {
			e.written = at
			used[e.Credential] = time.Unix(at, 0)
		}
	}
	return used
}
