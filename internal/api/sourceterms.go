package api

import (
	"math"
	"strings"
	"time"

	"quartet"
	"quartet/internal/sourcebook"
)

// sourceTerms are when a source may be asked, how much at once, and for what price. A zero does
// not bound.
type sourceTerms struct {
	Priority     int   `json:"priority" doc:"Lower is asked earlier"`
	Weight       int   `json:"weight" doc:"How often it is first among those of one priority; 0: as 1"`
	Share        int   `json:"share" doc:"Percent of calls that ask it first whatever its priority"`
	TimeoutMS    int64 `json:"timeout_ms" doc:"Of one question; 0: what is left of the call's time"`
	QPS          int   `json:"qps"`
	Burst        int   `json:"burst"`
	Concurrent   int   `json:"concurrent"`
	DailyCap     int64 `json:"daily_cap"`
	Failures     int   `json:"failures" doc:"In a row, after which it is left alone; 0: 5"`
	OpenMS       int64 `json:"open_ms" doc:"How long it is left alone; 0: 10 s"`
	HedgeAfterMS int64 `json:"hedge_after_ms" doc:"When the next one is asked as well; 0: never"`

	AuthorisedFrom  string        `json:"authorised_from,omitempty" doc:"First day of the contract (Asia/Shanghai)"`
	AuthorisedUntil string        `json:"authorised_until,omitempty" doc:"Last day of the contract"`
	Authorised      bool          `json:"authorised" doc:"It is so now"`
	Purposes        []string      `json:"purposes" nullable:"false" doc:"Of the accounts that it may be asked for; none: all"`
	IDTypes         []string      `json:"id_types" nullable:"false" doc:"none: all"`
	CardKinds       []string      `json:"card_kinds" nullable:"false" doc:"none: all"`
	Maintenance     []string      `json:"maintenance" nullable:"false"`
	Prices          []SourcePrice `json:"prices" nullable:"false"`
}

// SourcePrice is what one question costs.
type SourcePrice struct {
	From    string  `json:"from,omitempty" pattern:"^\\d{4}-\\d{2}-\\d{2}$" patternDescription:"2026-12-01" doc:"Day of Asia/Shanghai; left out: always"`
	Needs   string  `json:"needs,omitempty" maxLength:"40" doc:"For products with just these elements, such as name,card; left out: all"`
	CostFen float64 `json:"cost_fen" minimum:"0" maximum:"100000000" doc:"With at most three digits after the point"`
}

// SourceTermsIn are terms as they are given: what is left out stays, or does not bound.
type SourceTermsIn struct {
	Priority     *int   `json:"priority,omitempty" minimum:"-1000000" maximum:"1000000"`
	Weight       *int   `json:"weight,omitempty" minimum:"0" maximum:"1000"`
	Share        *int   `json:"share,omitempty" minimum:"0" maximum:"100"`
	TimeoutMS    *int64 `json:"timeout_ms,omitempty" minimum:"0" maximum:"60000"`
	QPS          *int   `json:"qps,omitempty" minimum:"0" maximum:"1000000"`
	Burst        *int   `json:"burst,omitempty" minimum:"0" maximum:"1000000"`
	Concurrent   *int   `json:"concurrent,omitempty" minimum:"0" maximum:"1000000"`
	DailyCap     *int64 `json:"daily_cap,omitempty" minimum:"0" maximum:"1000000000000"`
	Failures     *int   `json:"failures,omitempty" minimum:"0" maximum:"1000000"`
	OpenMS       *int64 `json:"open_ms,omitempty" minimum:"0" maximum:"3600000"`
	HedgeAfterMS *int64 `json:"hedge_after_ms,omitempty" minimum:"0" maximum:"60000" doc:"Two may charge for one call then, and both see the person"`

	AuthorisedFrom  *string        `json:"authorised_from,omitempty" pattern:"^(\\d{4}-\\d{2}-\\d{2})?$" patternDescription:"2026-01-01, or nothing" doc:"First day of the contract; empty: from ever"`
	AuthorisedUntil *string        `json:"authorised_until,omitempty" pattern:"^(\\d{4}-\\d{2}-\\d{2})?$" patternDescription:"2027-12-31, or nothing" doc:"Last day of the contract; empty: without end"`
	Purposes        *[]string      `json:"purposes,omitempty" maxItems:"50" doc:"Of the accounts that it may be asked for; none: all"`
	IDTypes         *[]string      `json:"id_types,omitempty" maxItems:"20"`
	CardKinds       *[]string      `json:"card_kinds,omitempty" maxItems:"4" doc:"DC, CC, SCC, PC"`
	Maintenance     *[]string      `json:"maintenance,omitempty" maxItems:"50" doc:"daily 23:30-01:00, sun 01:00-05:00, 2026-12-01T01:00/2026-12-01T05:00"`
	Prices          *[]SourcePrice `json:"prices,omitempty" maxItems:"100"`
}

func fenOf(m quartet.Millifen) float64 { return float64(m) / 1000 }

func termsOf(t *quartet.Terms, now time.Time) sourceTerms {
	day := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.In(quartet.Shanghai).Format(time.DateOnly)
	}
	v := sourceTerms{
		Priority: t.Priority, Weight: t.Weight, Share: t.Share, TimeoutMS: t.Timeout.Milliseconds(), QPS: t.Rate.QPS, Burst: t.Rate.Burst,
		Concurrent: t.Concurrent, DailyCap: t.DailyCap, Failures: t.Failures, OpenMS: t.Open.Milliseconds(), HedgeAfterMS: t.HedgeAfter.Milliseconds(),
		AuthorisedFrom: day(t.AuthorisedFrom), AuthorisedUntil: sourcebook.LastDay(t.AuthorisedUntil), Authorised: t.Authorised(now),
		Purposes: append([]string{}, t.Purposes...), IDTypes: make([]string, len(t.IDTypes)), CardKinds: append([]string{}, t.CardKinds...),
		Maintenance: make([]string, len(t.Maintenance)), Prices: make([]SourcePrice, len(t.Prices)),
	}
	for i, id := range t.IDTypes {
		v.IDTypes[i] = string(id)
	}
	for i, w := range t.Maintenance {
		v.Maintenance[i] = w.String()
	}
	for i, p := range t.Prices {
		v.Prices[i] = SourcePrice{From: day(p.From), CostFen: fenOf(p.Cost)}
		if p.Need != 0 {
			v.Prices[i].Needs = p.Need.String()
		}
	}
	return v
}

// read makes of what is given what it does to terms. ErrInvalid.
func (in *SourceTermsIn) read() (apply func(*quartet.Terms), err error) {
	var changes []func(*quartet.Terms)
	on := func(given bool, change func(*quartet.Terms)) {
		if given {
			changes = append(changes, change)
		}
	}
	on(in.Priority != nil, func(t *quartet.Terms) { t.Priority = *in.Priority })
	on(in.Weight != nil, func(t *quartet.Terms) { t.Weight = *in.Weight })
	on(in.Share != nil, func(t *quartet.Terms) { t.Share = *in.Share })
	on(in.TimeoutMS != nil, func(t *quartet.Terms) { t.Timeout = millis(*in.TimeoutMS) })
	on(in.QPS != nil, func(t *quartet.Terms) {
		if t.Rate.QPS = *in.QPS; *in.QPS == 0 {
			t.Rate.Burst = 0 // of a limit that is gone
		}
	})
	on(in.Burst != nil, func(t *quartet.Terms) { t.Rate.Burst = *in.Burst })
	on(in.Concurrent != nil, func(t *quartet.Terms) { t.Concurrent = *in.Concurrent })
	on(in.DailyCap != nil, func(t *quartet.Terms) { t.DailyCap = *in.DailyCap })
	on(in.Failures != nil, func(t *quartet.Terms) { t.Failures = *in.Failures })
	on(in.OpenMS != nil, func(t *quartet.Terms) { t.Open = millis(*in.OpenMS) })
	on(in.HedgeAfterMS != nil, func(t *quartet.Terms) { t.HedgeAfter = millis(*in.HedgeAfterMS) })
	lists, err := in.lists()
	if err != nil {
		return nil, err
	}
	on(in.AuthorisedFrom != nil, func(t *quartet.Terms) { t.AuthorisedFrom = lists.AuthorisedFrom })
	on(in.AuthorisedUntil != nil, func(t *quartet.Terms) { t.AuthorisedUntil = lists.AuthorisedUntil })
	on(in.Purposes != nil, func(t *quartet.Terms) { t.Purposes = lists.Purposes })
	on(in.IDTypes != nil, func(t *quartet.Terms) { t.IDTypes = lists.IDTypes })
	on(in.CardKinds != nil, func(t *quartet.Terms) { t.CardKinds = lists.CardKinds })
	on(in.Maintenance != nil, func(t *quartet.Terms) { t.Maintenance = lists.Maintenance })
	on(in.Prices != nil, func(t *quartet.Terms) { t.Prices = lists.Prices })
	return func(t *quartet.Terms) {
		for _, change := range changes {
			change(t)
		}
	}, nil
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// lists reads what is no plain number.
func (in *SourceTermsIn) lists() (t quartet.Terms, err error) {
	if t.AuthorisedFrom, err = dayAt("authorised_from", in.AuthorisedFrom); err != nil {
		return t, err
	}
	if t.AuthorisedUntil, err = dayAt("authorised_until", in.AuthorisedUntil); err != nil {
		return t, err
	}
	if !t.AuthorisedUntil.IsZero() {
		t.AuthorisedUntil = quartet.EndOfDay(t.AuthorisedUntil)
	}
	t.Purposes = trimmed(in.Purposes)
	for _, id := range trimmed(in.IDTypes) {
		t.IDTypes = append(t.IDTypes, quartet.IDType(id))
	}
	for _, kind := range trimmed(in.CardKinds) {
		t.CardKinds = append(t.CardKinds, strings.ToUpper(kind))
	}
	for _, text := range trimmed(in.Maintenance) {
		w, err := quartet.ParseWindow(text)
		if err != nil {
			return t, err
		}
		t.Maintenance = append(t.Maintenance, w)
	}
	if in.Prices == nil {
		return t, nil
	}
	for _, p := range *in.Prices {
		price, err := p.price()
		if err != nil {
			return t, err
		}
		for _, other := range t.Prices {
			if other.Need == price.Need && other.From.Equal(price.From) {
				return t, &quartet.Error{Code: quartet.ErrInvalid, Field: "prices", Message: "prices must not hold for the same elements from the same day; leave one of them out"}
			}
		}
		t.Prices = append(t.Prices, price)
	}
	return t, nil
}

func (p SourcePrice) price() (out quartet.Price, err error) {
	if out.From, err = dayAt("prices", &p.From); err != nil {
		return out, err
	}
	if out.Need, err = needsOf("prices", p.Needs); err != nil {
		return out, err
	}
	cost := math.Round(p.CostFen * 1000)
	if math.Abs(cost-p.CostFen*1000) > 1e-6 {
		return out, &quartet.Error{Code: quartet.ErrInvalid, Field: "prices", Message: "prices must have at most three digits after the point of a fen"}
	}
	out.Cost = quartet.Millifen(cost)
	return out, nil
}

// dayAt reads a day of Asia/Shanghai; zero for none.
func dayAt(field string, text *string) (time.Time, error) {
	if text == nil || *text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, *text, quartet.Shanghai)
	if err != nil {
		return day, &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: field + " must name a day that there is, such as 2028-12-31"}
	}
	return day, nil
}

// needsOf reads a set of elements, such as name,card; 0 for nothing.
func needsOf(field, text string) (need quartet.ElementSet, err error) {
	if text == "" {
		return 0, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		one := quartet.Element(strings.TrimSpace(word)).Set()
		if one == 0 {
			return 0, &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: field + " must name elements by words of name, id, card and mobile with commas between, such as name,card"}
		}
		need |= one
	}
	return need, nil
}

// trimmed is a list without blanks around and empty items.
func trimmed(items *[]string) (list []string) {
	if items == nil {
		return nil
	}
	for _, item := range *items {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}
