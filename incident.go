package quartet

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// IncidentKind is what buyers are told of.
type IncidentKind string

// The kinds of incident.
const (
	IncidentOutage      IncidentKind = "outage"
	IncidentMaintenance IncidentKind = "maintenance"
)

// IncidentState is where an incident stands.
type IncidentState string

// The states. An outage goes from investigating to identified, monitoring and resolved, may
// pass over some, and may fall back; maintenance is scheduled, then under way, then done, or
// it is cancelled.
const (
	IncidentInvestigating IncidentState = "investigating"
	IncidentIdentified    IncidentState = "identified"
	IncidentMonitoring    IncidentState = "monitoring"
	IncidentResolved      IncidentState = "resolved"

	IncidentScheduled IncidentState = "scheduled"
	IncidentUnderWay  IncidentState = "under_way"
	IncidentDone      IncidentState = "done"
	IncidentCancelled IncidentState = "cancelled"
)

// Over reports whether it is an end.
func (s IncidentState) Over() bool {
	return s == IncidentResolved || s == IncidentDone || s == IncidentCancelled
}

// nextStates are the states that may follow each one, itself apart: words alone may always be
// added while it is not over.
var nextStates = map[IncidentState][]IncidentState{
	IncidentInvestigating: {IncidentIdentified, IncidentMonitoring, IncidentResolved},
	IncidentIdentified:    {IncidentInvestigating, IncidentMonitoring, IncidentResolved},
	IncidentMonitoring:    {IncidentInvestigating, IncidentIdentified, IncidentResolved},
	IncidentResolved:      {IncidentInvestigating},
	IncidentScheduled:     {IncidentUnderWay, IncidentCancelled},
	IncidentUnderWay:      {IncidentDone},
}

// Severity is how much of a product an incident takes.
type Severity string

// The severities.
const (
	SeverityDegraded    Severity = "degraded"    // slow, or a part of calls gets no verdict
	SeverityUnavailable Severity = "unavailable" // no call gets one
)

// Incident is an outage or maintenance as buyers are told of it. It names products, never a
// source: who supplies the house is the house's own affair.
type Incident struct {
	ID       string
	Kind     IncidentKind
	Title    string
	TitleEN  string // empty: there is none in English
	Products []string
	Severity Severity
	State    IncidentState

	Watched   string    // the product of which the house found it by itself; empty: a person opened it
	Automatic bool      // nobody but the house has written to it, and the house may go on
	Starts    time.Time // it began, or is planned to
	Ends      time.Time // maintenance: is planned to end
	Last      int64     // place of the last update
	Created   time.Time
	Changed   time.Time // of the last update
	Ended     time.Time // zero: it is not over
}

// IncidentUpdate is what was said of an incident, in its place of the history: 1 opened it.
type IncidentUpdate struct {
	Incident string
	Place    int64
	State    IncidentState
	Severity Severity
	Text     string
	TextEN   string
	By       string // who of the house; never shown to buyers
	At       time.Time
}

// IncidentStep is an incident as a step leaves it, and what is written with it.
type IncidentStep struct {
	Incident Incident
	Update   IncidentUpdate
	Circular Circular
	Entry    AuditEntry
}

// IncidentFilter chooses incidents.
type IncidentFilter struct {
	Product string // empty: of all
	Open    bool   // those alone that are not over
	Before  string // the id behind which the list goes on
	Limit   int
}

// ReopenFor is how long an outage that was resolved may be opened again, rather than another
// one.
const ReopenFor = 24 * time.Hour

const (
	maxIncidentTitle    = 120
	maxIncidentText     = 4000
	maxIncidentProducts = 50
)

// publicWords checks what buyers read.
func publicWords(field, text string, most int, needed bool) error {
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return &Error{Code: ErrInvalid, Field: field, Message: "this holds signs that no text has"}
	case n > most || needed && strings.TrimSpace(text) == "":
		return &Error{Code: ErrInvalid, Field: field, Message: fmt.Sprintf("this has 1 to %d characters", most)}
	}
	return nil
}

// Check finds what no incident may be: ErrInvalid, with the field that is wrong.
func (i *Incident) Check() error {
	wrong := func(field, message string) error {
		return &Error{Code: ErrInvalid, Field: field, Message: message}
	}
	if err := publicWords("title", i.Title, maxIncidentTitle, true); err != nil {
		return err
	}
	if err := publicWords("title_en", i.TitleEN, maxIncidentTitle, false); err != nil {
		return err
	}
	switch {
	case i.Kind != IncidentOutage && i.Kind != IncidentMaintenance:
		return wrong("kind", "an incident is an outage or maintenance")
	case strings.Contains(i.Title+i.TitleEN, "\n"):
		return wrong("title", "a title is one line")
	case len(i.Products) == 0 || len(i.Products) > maxIncidentProducts:
		return wrong("product_ids", "name the products that it touches, at most 50")
	case i.Severity != SeverityDegraded && i.Severity != SeverityUnavailable:
		return wrong("severity", "the severity is degraded or unavailable")
	case i.Kind == IncidentMaintenance && !i.Ends.After(i.Starts):
		return wrong("ends_at", "maintenance ends after it begins")
	case i.Kind == IncidentOutage && !i.Ends.IsZero():
		return wrong("ends_at", "nobody knows when an outage ends; say so by an update")
	}
	return nil
}

// First is the state in which an incident of a kind begins.
func (k IncidentKind) First() IncidentState {
	if k == IncidentMaintenance {
		return IncidentScheduled
	}
	return IncidentInvestigating
}

// Step is the incident after an update. ErrInvalid: the update cannot be. ErrConflict: from
// where the incident stands, it cannot come to that state.
func (i *Incident) Step(u *IncidentUpdate) (Incident, error) {
	if err := publicWords("text", u.Text, maxIncidentText, true); err != nil {
		return *i, err
	}
	if err := publicWords("text_en", u.TextEN, maxIncidentText, false); err != nil {
		return *i, err
	}
	switch {
	case u.Severity != SeverityDegraded && u.Severity != SeverityUnavailable:
		return *i, &Error{Code: ErrInvalid, Field: "severity", Message: "the severity is degraded or unavailable"}
	case u.State == i.State && !i.State.Over():
	case !slices.Contains(nextStates[i.State], u.State):
		if next := nextStates[i.State]; len(next) > 0 {
			return *i, Errorf(ErrConflict, "it is %s; from there it can become %s", i.State, joined(next))
		}
		return *i, Errorf(ErrConflict, "it is %s, and that is its end; open another one", i.State)
	case i.State == IncidentResolved && u.At.Sub(i.Ended) > ReopenFor:
		return *i, Errorf(ErrConflict, "it was resolved more than a day ago; open another one")
	}
	next := *i
	next.State, next.Severity, next.Last, next.Changed, next.Ended = u.State, u.Severity, i.Last+1, u.At, time.Time{}
	if u.State.Over() {
		next.Ended = u.At
	}
	u.Incident, u.Place = next.ID, next.Last
	return next, nil
}

// Supply is what became of the calls of a product in a while, as far as sources had a part in it.
type Supply struct {
	Product  string
	Answered int64 // a source said something: a verdict, or that it has no record
	Failed   int64 // none did
}

// Total is the number of calls that sources had a part in.
func (s Supply) Total() int64 { return s.Answered + s.Failed }

// SupplyFailed lists the codes of calls that got no answer because of sources.
func SupplyFailed() []Code {
	return []Code{CodeUnreachable, CodeDeadline, CodeSourcesFailed, CodeSourcesOff, CodeNotUnderstood, CodeSourceBusy}
}
