package quartet

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Element names one of the four facts about a person that are compared.
// The values are the short field names that reports and findings carry.
type Element string

// The four elements (四要素).
const (
	ElementName   Element = "name"   // 姓名
	ElementID     Element = "id"     // 证件号
	ElementCard   Element = "card"   // 银行卡号
	ElementMobile Element = "mobile" // 银行预留手机号
)

// ElementSet says which elements a product requires.
type ElementSet uint8

// The bits of an ElementSet.
const (
	NeedName ElementSet = 1 << iota
	NeedID
	NeedCard
	NeedMobile

	NeedAll = NeedName | NeedID | NeedCard | NeedMobile
)

// Has reports whether every bit of want is set.
func (s ElementSet) Has(want ElementSet) bool { return s&want == want }

// Elements lists what is in the set, always in the order name, id, card, mobile.
func (s ElementSet) Elements() []Element {
	list := make([]Element, 0, 4)
	for _, e := range [...]Element{ElementName, ElementID, ElementCard, ElementMobile} {
		if s.Has(e.Set()) {
			list = append(list, e)
		}
	}
	return list
}

// String is the list with commas, as settings and commands write it.
func (s ElementSet) String() string {
	words := make([]string, 0, 4)
	for _, e := range s.Elements() {
		words = append(words, string(e))
	}
	return strings.Join(words, ",")
}

// Parameters lists what is in the set as a call names it, in the order of Elements.
func (s ElementSet) Parameters() []string {
	list := make([]string, 0, 4)
	for _, e := range s.Elements() {
		list = append(list, e.Parameter())
	}
	return list
}

// Parameter is the name of an element in a call.
func (e Element) Parameter() string {
	switch e {
	case ElementID:
		return "idcard"
	case ElementCard:
		return "acc_no"
	default:
		return string(e)
	}
}

// Set is the set of this element alone; empty for a word that names none.
func (e Element) Set() ElementSet {
	switch e {
	case ElementName:
		return NeedName
	case ElementID:
		return NeedID
	case ElementCard:
		return NeedCard
	case ElementMobile:
		return NeedMobile
	default:
		return 0
	}
}

// Raw holds the four as a caller wrote them, before any rule was applied. It prints as a
// constant, so that it does not leak through a log or an error; the limit is that of
// Elements.
type Raw struct {
	Name, ID, Card, Mobile string
}

// String hides the content.
func (Raw) String() string { return "[elements]" }

// Format hides the content from every verb.
func (Raw) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[elements]") }

// LogValue hides the content.
func (Raw) LogValue() slog.Value { return slog.StringValue("[elements]") }

// MarshalJSON hides the content.
func (Raw) MarshalJSON() ([]byte, error) { return []byte(`"[elements]"`), nil }

// Elements are the four of one person in normalised form. An element that the
// product does not require may be zero. Each prints itself masked, under every verb and in
// every logger and encoder that asks it to. fmt asks nothing of an unexported field, so
// what holds elements in one must not be printed whole.
type Elements struct {
	Name   Name
	ID     IDNumber
	Card   Card
	Mobile Mobile
}

// Warning is a doubt that never blocks a call: a table does not know the value,
// or the value was repaired on the way. The codes are a closed set.
type Warning string

// Rejection says which element broke which rule. Message tells the user what to
// do and never repeats the value.
type Rejection struct {
	Field   Element
	Code    RejectCode
	Message string
}

// RejectCode is the closed set of reasons to refuse an element.
type RejectCode string

// Findings is what the rules say about one person: doubts and refusals.
type Findings struct {
	Warn   []Warning
	Reject []Rejection
}

// Parse normalises and checks the required elements of one person. It reports
// every element that breaks its rule, not the first alone. An element that is not
// required is parsed only when it is present. today decides which birth dates lie
// in the future; its calendar day in Asia/Shanghai counts.
func Parse(raw Raw, need ElementSet, today time.Time) (Elements, Findings) {
	var (
		e Elements
		f Findings
	)
	add := func(warn []Warning, rej *Rejection) {
		f.Warn = append(f.Warn, warn...)
		if rej != nil {
			f.Reject = append(f.Reject, *rej)
		}
	}
	if need.Has(NeedName) || raw.Name != "" {
		n, warn, rej := ParseName(raw.Name)
		e.Name = n
		add(warn, rej)
	}
	if need.Has(NeedID) || raw.ID != "" {
		id, warn, rej := ParseIDNumber(raw.ID, today)
		e.ID = id
		add(warn, rej)
	}
	if need.Has(NeedCard) || raw.Card != "" {
		c, warn, rej := ParseCard(raw.Card)
		e.Card = c
		add(warn, rej)
	}
	if need.Has(NeedMobile) || raw.Mobile != "" {
		m, warn, rej := ParseMobile(raw.Mobile)
		e.Mobile = m
		add(warn, rej)
	}
	return e, f
}

// Normalize is Parse for the road: without warnings, since it looks nothing up in a table
// that only doubts, and only as far as the first element that breaks its rule. An element
// that is not required is left out, whatever stands for it: nothing of it can be refused,
// compared or remembered.
func Normalize(raw Raw, need ElementSet, today time.Time) (e Elements, rej *Rejection) {
	if need.Has(NeedName) {
		if e.Name, rej = NormalizeName(raw.Name); rej != nil {
			return Elements{}, rej
		}
	}
	if need.Has(NeedID) {
		if e.ID, rej = NormalizeIDNumber(raw.ID, today); rej != nil {
			return Elements{}, rej
		}
	}
	if need.Has(NeedCard) {
		if e.Card, rej = NormalizeCard(raw.Card); rej != nil {
			return Elements{}, rej
		}
	}
	if need.Has(NeedMobile) {
		if e.Mobile, rej = NormalizeMobile(raw.Mobile); rej != nil {
			return Elements{}, rej
		}
	}
	return e, nil
}
