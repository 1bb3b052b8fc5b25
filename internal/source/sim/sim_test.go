package sim_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/sim"
	"quartet/internal/source/sourcetest"
)

// card gives an invented card of sixteen digits with its check digit.
func card(n int) string {
	digits := fmt.Sprintf("62000000%07d", n)
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + fmt.Sprint((10-sum%10)%10)
}

func ask(t *testing.T, n int) source.Query {
	t.Helper()
	e, f := quartet.Parse(quartet.Raw{Name: "测试甲", ID: "11010119900307001X", Card: card(n), Mobile: "13900000001"},
		quartet.NeedCard, time.Now())
	for _, r := range f.Reject {
		if r.Field == quartet.ElementCard {
			t.Fatal(r)
		}
	}
	return source.Query{Elements: e, Need: quartet.NeedAll}
}

func script() string {
	lines := []string{"default: {verdict: undetermined, reason: issuer_refused}", "cards:"}
	for n, act := range []string{
		"{verdict: match}", "{verdict: mismatch, reason: mobile_mismatch, delay: 1ms}",
		"{fault: unreachable}", "{fault: failed}", "{fault: not_understood}", "{fault: busy}", "{fault: rejected}",
		"{fault: no_record}", "{fault: unsupported}", "{fault: frequency}", "{fault: timeout, delay: 1ms}",
		"{fault: failed, sent: false}", "{fault: timeout}",
		"{verdict: mismatch, differs: [name, mobile]}", "{verdict: mismatch, reason: holder_mismatch}", "{verdict: mismatch}",
		"{verdict: mismatch, reason: holder_mismatch, differs: [id]}",
	} {
		lines = append(lines, fmt.Sprintf("  %q: %s", card(n), act))
	}
	return strings.Join(lines, "\n")
}

func TestSim_ObeysTheLawOfSources(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
		s, err := sim.Parse([]byte(script()))
		if err != nil {
			t.Fatal(err)
		}
		src := sim.New(s)
		fault := func(n int, kind source.Kind, sent bool) sourcetest.Case {
			return sourcetest.Case{Name: kind.String(), Query: ask(t, n), Kind: kind, Sent: sent}
		}
		about := func(need quartet.ElementSet, n int) source.Query {
			q := ask(t, n)
			q.Need = need
			return q
		}
		return sourcetest.Subject{
			Source: src, Hanging: src, Hang: ask(t, 12), Dead: sim.New(sim.Script{Default: sim.Act{Fault: source.Unreachable}}),
			Cases: []sourcetest.Case{
				{Name: "match", Query: ask(t, 0), Verdict: quartet.Match},
				{Name: "mismatch", Query: ask(t, 1), Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile},
				{Name: "a mobile nobody asks about", Query: about(quartet.NeedCard|quartet.NeedName, 1), Verdict: quartet.Match},
				{Name: "name and mobile", Query: ask(t, 13), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: quartet.NeedName | quartet.NeedMobile},
				{Name: "of name and mobile, the mobile", Query: about(quartet.NeedAll&^quartet.NeedName, 13), Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile},
				{Name: "of name and mobile, neither", Query: about(quartet.NeedCard|quartet.NeedID, 13), Verdict: quartet.Match},
				{Name: "the holder, somehow", Query: ask(t, 14), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch},
				{Name: "somehow", Query: ask(t, 15), Verdict: quartet.Mismatch},
				{Name: "the ID number", Query: ask(t, 16), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: quartet.NeedID},
				{Name: "default", Query: ask(t, 99), Verdict: quartet.Undetermined, Reason: quartet.ReasonIssuerRefused},
				fault(2, source.Unreachable, false), fault(3, source.Failed, true), fault(4, source.NotUnderstood, true),
				fault(5, source.Busy, true), fault(6, source.Rejected, true), fault(7, source.NoRecord, true),
				fault(8, source.Unsupported, false), fault(9, source.Frequency, true), fault(10, source.Timeout, true),
				fault(11, source.Failed, false),
			},
		}
	})
}

func TestSim_AFaultSaysWhetherAnotherSourceMayBeAsked(t *testing.T) {
	for _, c := range []struct {
		act     string
		retry   bool
		charged quartet.Charged
	}{
		{"{fault: unreachable}", true, quartet.ChargedNo},
		{"{fault: failed, sent: false}", true, quartet.ChargedNo},
		{"{fault: failed}", false, quartet.ChargedUnknown},
		{"{fault: busy}", false, quartet.ChargedUnknown},
		{"{fault: rejected}", false, quartet.ChargedUnknown},
		{"{fault: unsupported, sent: true}", false, quartet.ChargedUnknown},
		{"{fault: busy, retry: true}", true, quartet.ChargedNo},
		{"{fault: failed, sent: true, retry: true}", true, quartet.ChargedNo},
		{"{fault: timeout, delay: 1h, retry: true}", true, quartet.ChargedNo},
		{"{fault: timeout, retry: false}", false, quartet.ChargedUnknown},
	} {
		s, err := sim.Parse([]byte("default: " + c.act))
		if err != nil {
			t.Fatalf("%s: %v", c.act, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err = sim.New(s).Verify(ctx, ask(t, 1))
		cancel()
		e, ok := errors.AsType[*source.Error](err)
		if !ok || e.Retry != c.retry || e.Charged != c.charged {
			t.Errorf("%s: %+v, want retry %v and charged %s", c.act, e, c.retry, c.charged)
		}
	}
}

func TestSim_CountsCallsByCard(t *testing.T) {
	s := sim.New(sim.Script{})
	for range 3 {
		if _, err := s.Verify(t.Context(), ask(t, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Verify(t.Context(), ask(t, 2)); err != nil {
		t.Fatal(err)
	}
	if s.Calls(card(1)) != 3 || s.Calls(card(2)) != 1 || s.Calls(card(3)) != 0 || s.Total() != 4 {
		t.Errorf("counted %d, %d, %d, in all %d", s.Calls(card(1)), s.Calls(card(2)), s.Calls(card(3)), s.Total())
	}
}

func TestSim_ChangesItsMindWhenTold(t *testing.T) {
	s := sim.New(sim.Script{})
	s.Set(card(1), sim.Act{Fault: source.Busy, Sent: true})
	if _, err := s.Verify(t.Context(), ask(t, 1)); err == nil {
		t.Error("the new act is not in force")
	}
	s.Set(card(1), sim.Act{})
	if a, err := s.Verify(t.Context(), ask(t, 1)); err != nil || a.Verdict != quartet.Match {
		t.Errorf("got %v, %v, want a match", a, err)
	}
}

func TestSim_PanicsWhenTold(t *testing.T) {
	s, err := sim.Parse([]byte(`{"default": {"fault": "panic"}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("it did not panic")
		}
	}()
	_, _ = sim.New(s).Verify(context.Background(), ask(t, 1))
}

func TestLoad_ReadsYAMLAndJSONAndSaysWhatIsWrong(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"YAML", script(), ""},
		{"JSON", `{"default": {"verdict": "match"}, "cards": {"` + card(1) + `": {"fault": "busy"}}}`, ""},
		{"empty means match", "", ""},
		{"an unknown key", "default: {verdct: match}", "line 1"},
		{"an unknown verdict", "default: {verdict: maybe}", `"maybe"`},
		{"an unknown fault", "default: {fault: fire}", `"fire"`},
		{"verdict and fault", "default: {verdict: match, fault: busy}", "not both"},
		{"a bad delay", "default: {delay: 8}", "duration"},
		{"sent without a fault", "default: {sent: true}", "fault"},
		{"retry without a fault", "default: {retry: true}", "belongs to a fault"},
		{"retry of a panic", "default: {fault: panic, retry: true}", "belongs to a fault"},
		{"no retry of what was not sent", "default: {fault: busy, sent: false, retry: false}", "was not processed"},
		{"a reason of a fault", "default: {fault: busy, reason: card_lost}", "reason"},
		{"a reason nobody knows", "default: {verdict: mismatch, reason: mobil}", `"mobil"`},
		{"a reason of another verdict", "default: {reason: card_lost}", "no reason of a match"},
		{"differs without a mismatch", "default: {verdict: match, differs: [name]}", "belongs to a mismatch"},
		{"differs of a fault", "default: {fault: busy, differs: [name]}", "belongs to a mismatch"},
		{"an element nobody knows", "default: {verdict: mismatch, differs: [phone]}", `"phone"`},
		{"the card that differs", "default: {verdict: mismatch, differs: [card]}", `"card"`},
		{"a reason of something else", "default: {verdict: mismatch, reason: mobile_mismatch, differs: [id]}", "is holder_mismatch"},
		{"no YAML", "cards: [", "line"},
		{"a card twice", "cards:\n  \"" + card(1) + "\": {}\n  \"" + card(1) + "\": {}", "line 3"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := sim.Parse([]byte(c.text))
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want a fault with %q", err, c.want)
			}
			if strings.Contains(fmt.Sprintf("%+v", err), card(1)) {
				t.Error("the error shows a card")
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(script()))
	f.Add([]byte(`{"cards": {"6200": {"delay": "1s"}}}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		s, err := sim.Parse(data)
		if err == nil {
			_ = sim.New(s)
		}
	})
}
