package simulator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/simulator"
)

func TestLoad_ReadsYAMLAndJSONAndSaysWhatIsWrong(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"YAML", "default: {fault: busy}\ncards:\n  \"" + card(1) + "\": {verdict: mismatch, differs: [id], delay: 1ms}", ""},
		{"JSON", `{"cards": {"` + card(1) + `": {"fault": "hang"}}}`, ""},
		{"empty means match", "", ""},
		{"a verdict whose answer is cut", "default: {verdict: undetermined, reason: card_lost, fault: cut_after}", ""},
		{"an unknown key", "default: {verdct: match}", "line 1"},
		{"an unknown verdict", "default: {verdict: maybe}", `"maybe"`},
		{"an unknown fault", "default: {fault: fire}", "cut_before"},
		{"verdict and fault", "default: {verdict: match, fault: busy}", "only malformed and cut_after"},
		{"a bad delay", "default: {delay: 8}", "duration"},
		{"a reason of a fault", "default: {fault: busy, reason: card_lost}", "reason"},
		{"a reason of another verdict", "default: {reason: card_lost}", "no reason of a match"},
		{"differs of a fault", "default: {fault: busy, differs: [name]}", "belongs to a mismatch"},
		{"the card that differs", "default: {verdict: mismatch, differs: [card]}", `"card"`},
		{"a reason of something else", "default: {verdict: mismatch, reason: mobile_mismatch, differs: [id]}", "is holder_mismatch"},
		{"no card", "cards: {\"12\": {}}", "rule"},
		{"a card twice in two forms", "cards:\n  \"" + card(1) + "\": {}\n  \" " + card(1) + "\": {}", "twice"},
		{"a card twice", "cards:\n  \"" + card(1) + "\": {}\n  \"" + card(1) + "\": {}", "line 3"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "script.yaml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := simulator.Load(path)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want invalid with %q", err, c.want)
			}
			if strings.Contains(fmt.Sprintf("%+v", err), card(1)) {
				t.Error("the error shows a card")
			}
		})
	}
	if _, err := simulator.Load(filepath.Join(t.TempDir(), "none")); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("no file: got %v, want invalid", err)
	}
}

func TestParse_ReadsWhatIsWritten(t *testing.T) {
	s, err := simulator.Parse([]byte("cards:\n  \"" + card(1) + "\": {verdict: mismatch, differs: [name, mobile], delay: 80ms}"))
	if err != nil {
		t.Fatal(err)
	}
	want := simulator.Act{Verdict: quartet.Mismatch, Differs: quartet.NeedName | quartet.NeedMobile, Delay: 80 * time.Millisecond}
	if s.Cards[card(1)] != want || s.Default.Verdict != quartet.Match {
		t.Errorf("got %+v", s)
	}
}

func TestScript_AMismatchInWhatNobodyAsksIsAMatch(t *testing.T) {
	_, base, secrets := start(t, "haoservice", simulator.Script{Cards: map[string]simulator.Act{
		card(1): {Verdict: quartet.Mismatch, Differs: quartet.NeedMobile},
		card(2): {Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch},
		card(3): {Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch},
	}})
	for n, want := range map[int]string{1: `"T"`, 2: `"T"`, 3: `"F"`} {
		if _, _, text := speak(t, base, speakHaoservice(secrets, about(n), "", time.Now())); !strings.Contains(text, want) {
			t.Errorf("card %d: got %s, want %s", n, text, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("default: {fault: busy}"))
	f.Add([]byte(`{"cards": {"6200": {"delay": "1s"}}}`))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = simulator.Parse(data) })
}
