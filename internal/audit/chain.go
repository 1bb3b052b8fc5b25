package audit

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"fmt"

	"quartet"
)

// Trail gives the chain of entries.
type Trail interface {
	AuditTrail(ctx context.Context, each func(quartet.AuditLink) error) (quartet.AuditHead, error)
}

// Macs makes a mac again under the key of that id; false: the key is not held.
type Macs interface {
	Mac(key string, text []byte) ([]byte, bool)
}

// Fault is the first place where the chain is not what it was made to be.
type Fault struct {
	Place int64  `json:"place"`
	Entry string `json:"entry,omitempty"` // id of what stands there, if something does
	What  string `json:"what"`
}

// String says it to a person.
func (f Fault) String() string {
	if f.Entry == "" {
		return fmt.Sprintf("place %d: %s", f.Place, f.What)
	}
	return fmt.Sprintf("place %d, entry %s: %s", f.Place, f.Entry, f.What)
}

// Report is what a verification found.
type Report struct {
	Entries int64              `json:"entries"` // that are as they were written, from the first one
	Head    quartet.AuditPoint `json:"-"`       // the last of them
	Fault   *Fault             `json:"fault"`   // nil: the whole chain is
}

// Verify reads the whole chain and makes every mac again. noted is a head that was written
// down before, or zero: only by it is found that somebody who holds the key wrote the chain
// anew, or put an older database in the place of this one.
func Verify(ctx context.Context, t Trail, m Macs, noted quartet.AuditPoint) (Report, error) {
	w := walk{macs: m, noted: noted}
	head, err := t.AuditTrail(ctx, func(l quartet.AuditLink) error {
		if w.fault == nil {
			w.step(l)
		}
		return ctx.Err()
	})
	if err != nil {
		return Report{}, err
	}
	if w.fault == nil {
		w.finish(head)
	}
	return Report{Entries: w.end.Place, Head: w.end, Fault: w.fault}, nil
}

// walk goes along the chain up to the first fault.
type walk struct {
	macs  Macs
	noted quartet.AuditPoint
	end   quartet.AuditPoint
	begun bool // older entries were chained, which happens once
	fault *Fault
}

func (w *walk) blame(place int64, entry, what string, args ...any) {
	w.fault = &Fault{Place: place, Entry: entry, What: fmt.Sprintf(what, args...)}
}

func (w *walk) step(l quartet.AuditLink) {
	next := w.end.Place + 1
	mac, held := w.macs.Mac(l.Key, l.Text(w.end.Mac))
	switch {
	case l.Place < 1:
		w.blame(l.Place, l.Entry.ID, "it has no place in the chain: it was put in by somebody else")
	case l.Place > next:
		w.blame(next, "", "nothing is there, but an entry is at place %d: entries were taken out or moved", l.Place)
	case !held:
		w.blame(l.Place, l.Entry.ID, "it is chained under key %q, which the keyring does not hold", l.Key)
	case !equal(mac, l.Mac):
		w.blame(l.Place, l.Entry.ID, "it does not bear the mac of what it says after the one before it: one of the two was altered, put in or moved")
	case l.Entry.Action == quartet.AuditBroken:
		w.blame(l.Place, l.Entry.ID, "the end of the chain was found changed when this was written: entries may be missing before it")
	case l.Entry.Action == quartet.AuditBegun && w.begun:
		w.blame(l.Place, l.Entry.ID, "the chain was taken away and begun anew here")
	case l.Place == w.noted.Place && l.Mac != w.noted.Mac:
		w.blame(l.Place, l.Entry.ID, "it is not the one that was written down: the chain was made anew since")
	default:
		w.end = quartet.AuditPoint{Place: l.Place, Mac: l.Mac}
		w.begun = w.begun || l.Entry.Action == quartet.AuditBegun
	}
}

// finish looks at the end of the chain.
func (w *walk) finish(head quartet.AuditHead) {
	seal, held := w.macs.Mac(head.Key, head.Text())
	next := w.end.Place + 1
	switch {
	case head.Seal == "":
		w.blame(next, "", "the head of the chain was taken away")
	case !held:
		w.blame(next, "", "the head is sealed under key %q, which the keyring does not hold", head.Key)
	case !equal(seal, head.Seal):
		w.blame(next, "", "the head does not bear its seal: it was altered, and entries may be missing")
	case head.Place > w.end.Place:
		w.blame(next, "", "nothing is there, but the head is at place %d: the end was cut off", head.Place)
	case head.AuditPoint != w.end:
		w.blame(head.Place+1, "", "entries stand behind the head: an older head was put back, or they were put in")
	case w.noted.Place > w.end.Place:
		w.blame(next, "", "nothing is there, but place %d was written down before: the end was cut off, or an older database put back", w.noted.Place)
	}
}

func equal(mac []byte, text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && hmac.Equal(mac, raw)
}
