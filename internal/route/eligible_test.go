package route_test

import (
	"slices"
	"testing"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

// picky answers some questions only.
type picky struct {
	*sim.Sim
	scope source.Scope
}

func (p picky) Scope() source.Scope { return p.scope }

// of makes a source that answers some questions only.
func of(s source.Scope) source.Source { return picky{sim.New(sim.Script{}), s} }

// noon is when the questions of these tests are asked: a Monday in Shanghai.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)

// debit is an invented card whose prefix the table knows as one of debit cards.
const debit = "6222020000000000000"

// person is an invented one, as the question of an account that may ask for loans.
func person(t *testing.T, card, id string) route.Question {
	t.Helper()
	e, rej := quartet.Normalize(quartet.Raw{Name: "测试甲", ID: id, Card: card, Mobile: "13900000001"}, quartet.NeedAll, noon)
	if rej != nil {
		t.Fatal(rej)
	}
	return route.Question{Query: source.Query{Elements: e, Need: quartet.NeedAll}, Account: "a", Purpose: "loan"}
}

const resident = "110101199003070011"

// conditions are sources that may not be asked about a resident's debit card, each for one
// reason, and what the caller is told if there is no other.
func conditions() map[string]struct {
	word   string
	code   quartet.Code
	member member
} {
	type condition = struct {
		word   string
		code   quartet.Code
		member member
	}
	window := func(text string) []quartet.Window {
		w, err := quartet.ParseWindow(text)
		if err != nil {
			panic(err)
		}
		return []quartet.Window{w}
	}
	return map[string]condition{
		"off":                 {route.SkippedOff, quartet.CodeSourcesOff, member{off: true}},
		"other elements":      {route.SkippedElements, quartet.CodeUnsupported, member{asker: of(source.Scope{Needs: []quartet.ElementSet{quartet.NeedCard | quartet.NeedName}})}},
		"other ID numbers":    {route.SkippedIDType, quartet.CodeUnsupported, member{asker: of(source.Scope{IDTypes: []quartet.IDType{quartet.IDForeignPR}})}},
		"ID numbers by terms": {route.SkippedIDType, quartet.CodeUnsupported, member{terms: quartet.Terms{IDTypes: []quartet.IDType{quartet.IDForeignPR}}}},
		"credit cards only":   {route.SkippedCardKind, quartet.CodeUnsupported, member{terms: quartet.Terms{CardKinds: []string{"CC"}}}},
		"not yet":             {route.SkippedAuthorised, quartet.CodeSourcesOff, member{terms: quartet.Terms{AuthorisedFrom: noon.Add(time.Second)}}},
		"no more":             {route.SkippedAuthorised, quartet.CodeSourcesOff, member{terms: quartet.Terms{AuthorisedUntil: noon}}},
		"another purpose":     {route.SkippedPurpose, quartet.CodeForbidden, member{terms: quartet.Terms{Purposes: []string{"payroll"}}}},
		"maintenance":         {route.SkippedMaintenance, quartet.CodeSourcesOff, member{terms: quartet.Terms{Maintenance: window("mon 11:00-13:00")}}},
	}
}

func TestEligible_EachReasonHasItsWordAndItsCode(t *testing.T) {
	t.Parallel()
	told := []string{route.SkippedBroken, route.SkippedPinned, route.SkippedDailyCap, route.SkippedBreaker, route.SkippedBusy, route.SkippedTooFast} // elsewhere
	for name, c := range conditions() {
		told = append(told, c.word)
		r, sims := build(route.Options{Now: func() time.Time { return noon }}, c.member)
		out := r.Ask(t.Context(), person(t, debit, resident), nil)
		if out.Code != c.code || trail(out) != "s0 "+c.word || sims[0].Total() != 0 || out.Sent {
			t.Errorf("%s: %s, %s; want %s, %s", name, out.Code, trail(out), c.code, c.word)
		}
		r, _ = build(route.Options{Now: func() time.Time { return noon }}, c.member, match)
		if out = r.Ask(t.Context(), person(t, debit, resident), nil); out.Code != quartet.CodeOK || out.Source != "s1" {
			t.Errorf("%s, and another: %s from %s", name, out.Code, out.Source)
		}
	}
	for _, s := range route.SkippedWords() {
		if !slices.Contains(told, s.Word) {
			t.Errorf("no test knows %q", s.Word)
		}
	}
}

func TestEligible_WhoMeetsEveryConditionIsAsked(t *testing.T) {
	t.Parallel()
	all := member{asker: of(source.Scope{
		Needs: []quartet.ElementSet{quartet.NeedCard, quartet.NeedAll}, IDTypes: []quartet.IDType{quartet.IDForeignPR, quartet.IDResident},
	}), terms: quartet.Terms{
		IDTypes: []quartet.IDType{quartet.IDResident}, CardKinds: []string{"CC", "DC"}, Purposes: []string{"payroll", "loan"},
		AuthorisedFrom: noon, AuthorisedUntil: noon.Add(time.Second), DailyCap: 1, Concurrent: 1, Rate: quartet.Rate{QPS: 1},
	}}
	r, _ := build(route.Options{Now: func() time.Time { return noon }}, all)
	if out := r.Ask(t.Context(), person(t, debit, resident), nil); out.Code != quartet.CodeOK {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}

func TestEligible_ACardThatTheTableDoesNotKnowPasses(t *testing.T) {
	t.Parallel()
	q := person(t, "6200000000000000", resident)
	if q.Elements.Card.BIN() != (quartet.BIN{}) {
		t.Fatal("the table knows it")
	}
	r, _ := build(route.Options{}, member{terms: quartet.Terms{CardKinds: []string{"CC"}}})
	if out := r.Ask(t.Context(), q, nil); out.Code != quartet.CodeOK {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}

func TestEligible_WithoutAnIDNumberItsKindDoesNotMatter(t *testing.T) {
	t.Parallel()
	r, _ := build(route.Options{}, member{terms: quartet.Terms{IDTypes: []quartet.IDType{quartet.IDForeignPR}}})
	q := person(t, debit, resident)
	q.Need = quartet.NeedCard | quartet.NeedName
	if out := r.Ask(t.Context(), q, nil); out.Code != quartet.CodeOK {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}

func TestEligible_OneThatCannotBeBuiltIsBroken(t *testing.T) {
	t.Parallel()
	list, _ := entries(member{}, member{})
	list[0].Asker, list[0].Broken = nil, "it cannot be built"
	r := route.New(list[:1], route.Options{})
	if out := put(r); out.Code != quartet.CodeSourcesOff || trail(out) != "s0 broken" {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
	r.Replace(list, quartet.Policy{})
	if out := put(r); out.Code != quartet.CodeOK {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}

func TestEligible_APinLeavesOneSource(t *testing.T) {
	t.Parallel()
	pins := quartet.Policy{Pins: map[string]string{"a": "s1", "b": "nobody"}}
	r, _ := build(route.Options{Policy: pins}, match, match)
	for _, c := range []struct {
		account, trail string
		code           quartet.Code
	}{
		{"a", "s0 pinned elsewhere, s1 match", quartet.CodeOK},
		{"b", "s0 pinned elsewhere, s1 pinned elsewhere", quartet.CodeSourcesOff},
		{"c", "s0 match", quartet.CodeOK},
	} {
		out := r.Ask(t.Context(), route.Question{Account: c.account}, nil)
		if out.Code != c.code || trail(out) != c.trail {
			t.Errorf("%s: %s, %s", c.account, out.Code, trail(out))
		}
	}
	// Nobody else is asked, whatever becomes of the one.
	r, sims := build(route.Options{Policy: pins}, match, unsent(source.Busy))
	if out := r.Ask(t.Context(), route.Question{Account: "a"}, nil); out.Code != quartet.CodeSourceBusy || sims[0].Total() != 0 {
		t.Errorf("%s, %s", out.Code, trail(out))
	}
}

func TestEligible_WhatIsToldWhenNobodyWasAsked(t *testing.T) {
	t.Parallel()
	const (
		off      = "off"
		elements = "other elements"
		cards    = "credit cards only"
		purpose  = "another purpose"
		rest     = "maintenance"
		ended    = "no more"
		capped   = "capped"
		broken   = "broken"
	)
	for _, c := range []struct {
		sources []string
		code    quartet.Code
	}{
		// Those that do not take the question do not count beside those that would.
		{[]string{elements, cards}, quartet.CodeUnsupported},
		{[]string{elements, off}, quartet.CodeUnsupported},
		{[]string{elements, purpose}, quartet.CodeForbidden},
		{[]string{elements, rest}, quartet.CodeSourcesOff},
		{[]string{elements, broken}, quartet.CodeSourcesOff},
		{[]string{elements, capped}, quartet.CodeSourceBusy},
		// Nor do those that may not be asked for this purpose, beside those that may.
		{[]string{purpose, purpose}, quartet.CodeForbidden},
		{[]string{purpose, off}, quartet.CodeForbidden},
		{[]string{purpose, ended}, quartet.CodeSourcesOff},
		{[]string{purpose, capped, elements}, quartet.CodeSourceBusy},
		// Of those that are closed just now the gravest is told.
		{[]string{off, rest, ended, broken}, quartet.CodeSourcesOff},
		{[]string{capped, capped}, quartet.CodeSourceBusy},
		{[]string{off, capped}, quartet.CodeSourceBusy},
		{[]string{rest, capped}, quartet.CodeSourceBusy},
	} {
		for range 2 { // in either order
			slices.Reverse(c.sources)
			var members []member
			seed := map[string]int64{}
			for i, name := range c.sources {
				switch name {
				case capped:
					members = append(members, member{terms: quartet.Terms{DailyCap: 1}})
					seed["s"+string(rune('0'+i))] = 1
				case broken:
					members = append(members, member{})
				default:
					members = append(members, conditions()[name].member)
				}
			}
			list, _ := entries(members...)
			for i, name := range c.sources {
				if name == broken {
					list[i].Asker = nil
				}
			}
			r := route.New(list, route.Options{Now: func() time.Time { return noon }})
			r.Seed(seed)
			if out := r.Ask(t.Context(), person(t, debit, resident), nil); out.Code != c.code || out.Sent || out.Source != "" {
				t.Errorf("%v: %s, want %s (%s)", c.sources, out.Code, c.code, trail(out))
			}
		}
	}
}

func TestEligible_ThoseThatDoNotTakeTheQuestionDoNotSpeakBesideAFailure(t *testing.T) {
	t.Parallel()
	unreached := unsent(source.Unreachable)
	for _, name := range []string{"other elements", "another purpose"} {
		r, _ := build(route.Options{Now: func() time.Time { return noon }}, conditions()[name].member, unreached)
		if out := r.Ask(t.Context(), person(t, debit, resident), nil); out.Code != quartet.CodeUnreachable {
			t.Errorf("%s: %s", name, out.Code)
		}
	}
}
