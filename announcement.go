package quartet

import (
	"fmt"
	"strings"
	"time"
)

// Lead is how long before a change for the worse buyers hear of it; 0: nothing has to be
// announced.
type Lead time.Duration

// DefaultLead is a week.
const DefaultLead = Lead(7 * 24 * time.Hour)

// Refuse is nil when a change of what a product costs may be made at once: it is none for the
// worse, or nobody holds units of the product. Else ErrConflict says what to do.
func (l Lead) Refuse(product string, worse, held bool) error {
	if !worse || !held || l == 0 {
		return nil
	}
	return Errorf(ErrConflict, "accounts hold units of product %s or have ordered some, and this is for the worse: announce it %s before it takes effect, and it is made then; "+
		"see `quartet announcement publish --help`", product, l)
}

// String is the time in days, or as it is.
func (l Lead) String() string {
	const day = 24 * time.Hour
	if d := time.Duration(l); d%day != 0 {
		return d.String()
	}
	return fmt.Sprintf("%d days", time.Duration(l)/day)
}

// DearerThan reports whether any verdict costs more than by another table.
func (t ChargeTable) DearerThan(old ChargeTable) bool {
	return t.Match > old.Match || t.Mismatch > old.Mismatch || t.Undetermined > old.Undetermined
}

// WorseThan reports whether a plan that takes the place of another one asks for more, gives
// less, or for a shorter time. Trials are no prices.
func (p *Plan) WorseThan(old *Plan) bool {
	return !old.Trial && (p.Trial || p.Price > old.Price || p.Units < old.Units || p.Months < old.Months)
}

// AnnouncementKind is what an announcement is about.
type AnnouncementKind string

// The kinds of announcement. Those of price change plans, those of the charge table what
// calls cost; the others change nothing.
const (
	AnnouncePrice       AnnouncementKind = "price"
	AnnounceChargeTable AnnouncementKind = "charge_table"
	AnnounceMaintenance AnnouncementKind = "maintenance"
	AnnounceOther       AnnouncementKind = "other"
)

// Announcement is what the house says to everybody, with what it changes from an instant on.
type Announcement struct {
	ID          string
	Kind        AnnouncementKind
	Title       string
	TitleEN     string // empty: there is none in English
	Text        string
	TextEN      string
	Products    []string // that it touches; none: all
	Changes     []AnnouncedChange
	Published   time.Time
	By          string // never shown to buyers
	Effective   time.Time
	Applied     time.Time // what it changes is changed; zero: not yet, or it changes nothing
	Withdrawn   time.Time // zero: it stands
	WithdrawnBy string
}

// ChangeKind is what an announced change changes.
type ChangeKind string

// The kinds of change.
const (
	ChangeChargeTable ChangeKind = "charge_table" // what calls of a product cost
	ChangePlanEnd     ChangeKind = "plan_end"     // a plan is not sold any more
	ChangePlanFollow  ChangeKind = "plan_follow"  // another plan takes its place
)

// ChangeState is where an announced change stands.
type ChangeState string

// The states of a change. While one of a thing waits, there is no other one.
const (
	ChangeWaiting   ChangeState = "waiting"
	ChangeApplied   ChangeState = "applied"
	ChangeWithdrawn ChangeState = "withdrawn"
)

// AnnouncedChange is one thing that an announcement changes.
type AnnouncedChange struct {
	Kind    ChangeKind
	State   ChangeState
	Product string
	Charge  ChargeTable // of a charge table
	Plan    string      // that ends
	Next    Plan        // that follows it
	Until   time.Time   // when the plan would have ended without it; zero: never
}

// JobAnnounced is the kind of the job that makes what was announced so; its key is the
// announcement's id.
const JobAnnounced = "announcement.apply"

// Job is the job that makes it so.
func (a *Announcement) Job() Job {
	return Job{ID: a.ID, Kind: JobAnnounced, Key: a.ID, NextAt: a.Effective, Created: a.Published}
}

// AnnouncementHorizon is how far ahead something may be announced.
const AnnouncementHorizon = 366 * 24 * time.Hour

const (
	maxAnnouncementTitle = 120
	maxAnnouncementText  = 8000
	maxAnnouncedChanges  = 20
)

// Check finds what no announcement may be: ErrInvalid, with the field that is wrong. What
// changes is announced at least so long before.
func (a *Announcement) Check(l Lead) error {
	wrong := func(field, format string, args ...any) error {
		return &Error{Code: ErrInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	for _, w := range []struct {
		field, text string
		most        int
		needed      bool
	}{
		{"title", a.Title, maxAnnouncementTitle, true},
		{"title_en", a.TitleEN, maxAnnouncementTitle, false},
		{"text", a.Text, maxAnnouncementText, true},
		{"text_en", a.TextEN, maxAnnouncementText, false},
	} {
		if err := publicWords(w.field, w.text, w.most, w.needed); err != nil {
			return err
		}
	}
	earliest := a.Published
	if len(a.Changes) > 0 {
		earliest = earliest.Add(time.Duration(l))
	}
	switch {
	case strings.Contains(a.Title+a.TitleEN, "\n"):
		return wrong("title", "a title is one line")
	case a.Effective.Before(earliest):
		return wrong("effective_at", "what changes is announced at least %s before: the earliest instant is %s", l, earliest.In(Shanghai).Format(time.RFC3339))
	case a.Effective.After(a.Published.Add(AnnouncementHorizon)):
		return wrong("effective_at", "at most a year ahead")
	case len(a.Changes) > maxAnnouncedChanges:
		return wrong("changes", "at most %d changes in one announcement", maxAnnouncedChanges)
	}
	switch a.Kind {
	case AnnouncePrice, AnnounceChargeTable:
	case AnnounceMaintenance, AnnounceOther:
		if len(a.Changes) > 0 {
			return wrong("kind", "what changes plans is announced as price, and what changes a charge table as charge_table")
		}
	default:
		return wrong("kind", "the kind is price, charge_table, maintenance or other")
	}
	for i := range a.Changes {
		if err := a.Changes[i].check(a); err != nil {
			return err
		}
	}
	return nil
}

func (c *AnnouncedChange) check(a *Announcement) error {
	wrong := func(message string) error {
		return &Error{Code: ErrInvalid, Field: "changes", Message: message}
	}
	switch c.Kind {
	case ChangeChargeTable:
		if least := min(c.Charge.Match, c.Charge.Mismatch, c.Charge.Undetermined); least < 0 || c.Charge.Most() > maxCharge {
			return wrong("each verdict of a product costs 0 to 1000 units")
		}
	case ChangePlanEnd, ChangePlanFollow:
		if c.Plan == "" {
			return wrong("name the plan that ends")
		}
		if c.Kind == ChangePlanEnd {
			return nil
		}
		if !c.Next.From.Equal(a.Effective) {
			return wrong("a plan follows when the announcement takes effect")
		}
		return c.Next.Check()
	default:
		return wrong("a change is of a charge_table, a plan_end or a plan_follow")
	}
	return nil
}
