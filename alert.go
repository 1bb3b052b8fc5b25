package quartet

import (
	"fmt"
	"time"
)

// AlertKind is what a rule watches.
type AlertKind string

// The kinds of rule.
const (
	AlertRemaining AlertKind = "remaining" // units that are left
	AlertExpiry    AlertKind = "expiry"    // the end of what is left
	AlertRate      AlertKind = "rate"      // calls of an hour beside the account's own past
	AlertErrors    AlertKind = "errors"    // answers without a verdict among all
)

// AlertRule says when the people of an account are told something. One that has fired is
// not armed and fires no more until it is armed again: by a new grant at once, or when what
// it watches is well again and the cooldown is over.
type AlertRule struct {
	ID      string
	Account string
	Product string // empty: all products together
	Kind    AlertKind

	Units   int64 // remaining: fires at so many units and fewer, unless Percent is set
	Percent int64 // remaining: of what usable grants gave; rate: of the mean; errors: of all calls
	Days    int64 // expiry: so many days before; rate: days of the past
	Minutes int64 // errors: the last so many
	Floor   int64 // rate, errors: with fewer calls it does not fire

	Inbox    bool
	Webhook  bool
	Mail     Right // people of the account who have it get a mail; empty: nobody
	Cooldown time.Duration

	Armed   bool
	Fired   time.Time // last
	Created time.Time
	By      string
}

// What rules may ask for.
const (
	maxAlertUnits    = 1_000_000_000_000
	maxAlertDays     = 365
	minRateDays      = 3 // fewer days are no past
	maxRateDays      = 28
	maxAlertCooldown = 30 * 24 * time.Hour
	minAlertCooldown = 5 * time.Minute // of what comes and goes with each minute's calls
)

// AlertCooldown is how long a rule is quiet of which nothing else is said.
const AlertCooldown = time.Hour

// Check is nil when the rule can be kept; ErrInvalid names the field that is wrong.
func (r *AlertRule) Check() error {
	wrong := func(field, format string, args ...any) error {
		return &Error{Code: ErrInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case r.Cooldown < 0 || r.Cooldown > maxAlertCooldown:
		return wrong("cooldown_minutes", "at most 30 days")
	case (r.Kind == AlertRate || r.Kind == AlertErrors) && r.Cooldown < minAlertCooldown:
		return wrong("cooldown_minutes", "at least 5 minutes for rules of %s and %s, which would fire every minute else", AlertRate, AlertErrors)
	case !r.Inbox && !r.Webhook && r.Mail == "":
		return wrong("inbox", "this rule would tell nobody: say inbox, webhook or mail_to, or more than one of them")
	case r.Mail != "" && r.Mail != MayRead && r.Mail != MayBuy && r.Mail != MayIntegrate:
		return wrong("mail_to", "give the right whose holders get a mail: %s, %s or %s", MayRead, MayBuy, MayIntegrate)
	}
	switch r.Kind {
	case AlertRemaining:
		switch {
		case r.Percent != 0 && r.Units != 0:
			return wrong("percent", "give units or percent, not both")
		case r.Percent < 0 || r.Percent > 99:
			return wrong("percent", "from 1 to 99 of what was given")
		case r.Units < 0 || r.Units > maxAlertUnits:
			return wrong("units", "from 0, where nothing is left, to %d", int64(maxAlertUnits))
		}
		r.Days, r.Minutes, r.Floor = 0, 0, 0
	case AlertExpiry:
		if r.Days < 1 || r.Days > maxAlertDays {
			return wrong("days", "from 1 to %d days before the end", maxAlertDays)
		}
		r.Units, r.Percent, r.Minutes, r.Floor = 0, 0, 0, 0
	case AlertRate:
		switch {
		case r.Percent <= 100 || r.Percent > 10_000:
			return wrong("percent", "more than 100 and at most 10000 of what is usual: 300 is three times as many")
		case r.Days < minRateDays || r.Days > maxRateDays:
			return wrong("days", "from %d to %d days of the past", minRateDays, maxRateDays)
		case r.Floor < 1:
			return wrong("floor", "at least 1 call: without a floor a few calls at night are unusual")
		}
		r.Units, r.Minutes = 0, 0
	case AlertErrors:
		switch {
		case r.Percent < 1 || r.Percent > 100:
			return wrong("percent", "from 1 to 100 of all calls")
		case r.Minutes != 5 && r.Minutes != 10 && r.Minutes != 30 && r.Minutes != 60:
			return wrong("minutes", "the last 5, 10, 30 or 60 minutes")
		case r.Floor < 1:
			return wrong("floor", "at least 1 call: without a floor one refusal alone is all of them")
		}
		r.Units, r.Days = 0, 0
	default:
		return wrong("kind", "remaining, expiry, rate or errors")
	}
	return nil
}

// FirstAlertRules are what an account begins with when it gets its first units of a product.
func FirstAlertRules(account, product string) []AlertRule {
	rule := func(kind AlertKind, percent, days int64) AlertRule {
		return AlertRule{
			Account: account, Product: product, Kind: kind, Percent: percent, Days: days,
			Inbox: true, Webhook: true, Mail: MayBuy, Cooldown: 24 * time.Hour, Armed: true,
		}
	}
	return []AlertRule{rule(AlertRemaining, 10, 0), rule(AlertExpiry, 0, 30), rule(AlertExpiry, 0, 7)}
}

// AlertLine is where a rule of remaining units fires: at so many unused units and fewer.
type AlertLine struct {
	Rule    string
	Product string
	Units   int64
}

// Crossing is a line that the unused units of an account came to or below. It fires the rule
// if that is armed in the transaction that writes it.
type Crossing struct {
	Alert  string // the id of the alert that it becomes
	Rule   string
	Line   int64
	Before int64
	After  int64
	At     time.Time
}

// Fires is the alert that the crossing becomes if its rule is armed.
func (c Crossing) Fires() Alert {
	return Alert{ID: c.Alert, Rule: c.Rule, Line: c.Line, Value: c.After, Base: c.Before, At: c.At}
}

// Unused is the number of units that calls have not used up, held ones among them.
func (g *Grant) Unused() int64 { return g.Units - g.Used - g.Withdrawn }

// UsableFor reports whether calls of a product may use it at an instant; of any for "".
func (g *Grant) UsableFor(product string, now time.Time) bool {
	return g.FrozenAt.IsZero() && now.Before(g.ExpiresAt) && (product == "" || g.Fits(product))
}

// Alert is a rule that fired.
type Alert struct {
	ID      string
	Rule    string
	Account string
	Product string
	Kind    AlertKind
	Line    int64     // units, days before, calls, or percent, at which it fired
	Value   int64     // units that were left, calls, or refusals
	Base    int64     // units before, the calls that are usual, or all calls
	Grant   string    // that ends
	Until   time.Time // when
	At      time.Time
	Told    time.Time // zero: not yet
	SeenBy  string    // who took note of it
	Seen    time.Time
}

// JobAlertTell is the kind of the job that tells of an alert; its key is the alert's id.
const JobAlertTell = "alert.tell"

// Job is the job that tells of it.
func (a *Alert) Job() Job {
	return Job{ID: a.ID, Kind: JobAlertTell, Key: a.ID, NextAt: a.At, Created: a.At}
}

// AlertStanding is a rule with what it watches, as it stands.
type AlertStanding struct {
	Rule AlertRule

	// Remaining.
	Given  int64 // by usable grants that are not used up
	Unused int64 // of usable grants
	Grants int64 // that fit, whatever their state

	// Expiry: a grant that is about to end.
	Grant string
	Until time.Time

	// Rate and errors.
	Calls   int64 // of the hour, or of the minutes
	Past    int64 // of the same hour of the days before
	Days    int64 // that there are of them
	Refused int64
}

// Line is how many units a rule of remaining units fires at.
func (s *AlertStanding) Line() int64 {
	if s.Rule.Percent == 0 {
		return s.Rule.Units
	}
	return s.Given/100*s.Rule.Percent + s.Given%100*s.Rule.Percent/100
}

// Low reports whether what a rule watches is such that it fires when it is armed, and the
// alert that it then becomes.
func (s *AlertStanding) Low() (Alert, bool) {
	r := &s.Rule
	a := Alert{Rule: r.ID, Account: r.Account, Product: r.Product, Kind: r.Kind}
	switch r.Kind {
	case AlertRemaining:
		a.Line, a.Value, a.Base = s.Line(), s.Unused, s.Unused
		return a, s.Grants > 0 && s.Unused <= a.Line
	case AlertExpiry:
		a.Line, a.Value, a.Base, a.Grant, a.Until = r.Days, s.Unused, s.Unused, s.Grant, s.Until
		return a, s.Grant != ""
	case AlertRate:
		if s.Days < minRateDays {
			return a, false
		}
		a.Base = s.Past / s.Days
		a.Line, a.Value = max(r.Floor, s.Past*r.Percent/(100*s.Days)), s.Calls
		return a, s.Calls >= r.Floor && s.Calls*100*s.Days > s.Past*r.Percent
	case AlertErrors:
		a.Line, a.Value, a.Base = r.Percent, s.Refused, s.Calls
		return a, s.Calls >= r.Floor && s.Refused*100 >= s.Calls*r.Percent
	default:
		return a, false
	}
}

// Rearms reports whether a rule that is not armed, and whose cause is gone, is to be armed.
func (r *AlertRule) Rearms(now time.Time) bool {
	return !r.Armed && !now.Before(r.Fired.Add(r.Cooldown))
}
