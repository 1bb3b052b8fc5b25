package quota

import (
	"sync"
	"sync/atomic"
	"time"

	"quartet"
)

// balances is the state of all grants after the last commit, for reading without a lock.
// The committer alone writes it.
type balances struct {
	accounts sync.Map // account id → *atomic.Pointer[[]quartet.Grant]
}

func (b *balances) left(account, product string, now time.Time) quartet.ErrorCode {
	entry, ok := b.accounts.Load(account)
	if !ok {
		return quartet.ErrNotFound
	}
	fits, late, frozen := false, false, false
	grants := *entry.(*atomic.Pointer[[]quartet.Grant]).Load() //nolint:forcetypeassert // the map holds no other
	for i := range grants {
		g := &grants[i]
		if !g.Fits(product) {
			continue
		}
		fits = true
		switch {
		case g.Left() <= 0:
		case !now.Before(g.ExpiresAt):
			late = true
		case !g.FrozenAt.IsZero():
			frozen = true
		default:
			return ""
		}
	}
	switch {
	case !fits:
		return quartet.ErrNotFound
	case frozen:
		return quartet.ErrForbidden
	case late:
		return quartet.ErrExpired
	default:
		return quartet.ErrExhausted
	}
}

// update puts new states in place of old ones of the same grant.
func (b *balances) update(changed []quartet.Grant) {
	for len(changed) > 0 {
		account := changed[0].Account
		entry, _ := b.accounts.LoadOrStore(account, new(atomic.Pointer[[]quartet.Grant]))
		pointer := entry.(*atomic.Pointer[[]quartet.Grant]) //nolint:forcetypeassert // the map holds no other
		var next []quartet.Grant
		if old := pointer.Load(); old != nil {
			next = append(next, *old...)
		}
		rest := changed[:0:0]
		for i := range changed {
			if changed[i].Account != account {
				rest = append(rest, changed[i])
				continue
			}
			next = place(next, changed[i])
		}
		pointer.Store(&next)
		changed = rest
	}
}

func place(list []quartet.Grant, g quartet.Grant) []quartet.Grant {
	for i := range list {
		if list[i].ID == g.ID {
			list[i] = g
			return list
		}
	}
	return append(list, g)
}
