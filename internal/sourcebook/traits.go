package sourcebook

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// Trait is one thing that can be told of terms, by the name under which it is set. No text
// is nothing to tell: it does not bound.
type Trait struct{ Name, Text string }

// Traits tells all terms, always the same ones in the same order.
func Traits(t *quartet.Terms) []Trait {
	windows := make([]string, len(t.Maintenance))
	for i, w := range t.Maintenance {
		windows[i] = w.String()
	}
	prices := make([]string, len(t.Prices))
	for i, p := range t.Prices {
		prices[i] = p.String()
	}
	ids := make([]string, len(t.IDTypes))
	for i, id := range t.IDTypes {
		ids[i] = string(id)
	}
	return []Trait{
		{"priority", strconv.Itoa(t.Priority)},
		{"weight", number(int64(t.Weight))},
		{"share", number(int64(t.Share))},
		{"timeout", span(t.Timeout)},
		{"qps", number(int64(t.Rate.QPS))},
		{"burst", number(int64(t.Rate.Burst))},
		{"concurrent", number(int64(t.Concurrent))},
		{"daily-cap", number(t.DailyCap)},
		{"failures", number(int64(t.Failures))},
		{"open", span(t.Open)},
		{"hedge-after", span(t.HedgeAfter)},
		{"authorised-from", firstDay(t.AuthorisedFrom)},
		{"authorised-until", LastDay(t.AuthorisedUntil)},
		{"purpose", strings.Join(t.Purposes, ",")},
		{"id-type", strings.Join(ids, ",")},
		{"card-kind", strings.Join(t.CardKinds, ",")},
		{"maintenance", strings.Join(windows, "; ")},
		{"price", strings.Join(prices, "; ")},
	}
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func firstDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(quartet.Shanghai).Format(time.DateOnly)
}

// LastDay is the last day of Asia/Shanghai before an end; none for no end.
func LastDay(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	return firstDay(end.Add(-1))
}

// Slots names the credentials of a source, and tells nothing else of them.
func (b *Book) Slots(s quartet.Source) ([]string, error) {
	credentials, err := b.Credentials(s)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(credentials))
	for name := range credentials {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// describe tells what a new source is, for the audit.
func describe(s *quartet.Source, address string) string {
	parts := []string{string(s.Kind), state(s.On)}
	if address != "" {
		parts = append(parts, "address "+address)
	}
	usual := Traits(&quartet.Terms{})
	for i, t := range Traits(&s.Terms) {
		if t.Text != usual[i].Text {
			parts = append(parts, t.Name+" "+t.Text)
		}
	}
	return strings.Join(parts, ", ")
}

// differences tells what changed, for the audit, without any secret. credentials: they were
// given anew. Where elements go to depends on both.
func differences(old, s *quartet.Source, credentials bool, before, after string) string {
	var parts []string
	if old.Spec != s.Spec {
		parts = append(parts, fmt.Sprintf("spec sha256 %x", sha256.Sum256([]byte(s.Spec))))
	}
	if credentials {
		parts = append(parts, "credentials")
	}
	if before != after {
		parts = append(parts, fmt.Sprintf("address %s → %s", orNone(before), orNone(after)))
	}
	if old.On != s.On {
		parts = append(parts, state(s.On))
	}
	earlier := Traits(&old.Terms)
	for i, now := range Traits(&s.Terms) {
		if was := earlier[i].Text; was != now.Text {
			parts = append(parts, fmt.Sprintf("%s %s → %s", now.Name, orNone(was), orNone(now.Text)))
		}
	}
	return strings.Join(parts, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
