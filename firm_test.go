package quartet_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quartet"
)

func TestCreditCode_IsCheckedByItsLastSign(t *testing.T) {
	for _, tt := range []struct {
		name, typed string
		sound       bool
	}{
		{"a sound one", "91350100M000100Y43", true},
		{"another one", "91110000101623741K", true},
		{"typed small, with blanks", " 91110000 10162374 1k ", true},
		{"one whose check is 0", "911100000000000250", true},
		{"another last sign", "91350100M000100Y44", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := quartet.ParseCreditCode(tt.typed)
			if err != nil || c.Sound() != tt.sound {
				t.Errorf("%s: sound %v, %v", c, c.Sound(), err)
			}
		})
	}
	for _, bad := range []string{"", "91350100M000100Y4", "91350100M000100Y433", "91350100I000100Y43", "91350100O000100Y43", "91350100S000100Y43", "91350100V000100Y43", "91350100Z000100Y43", "９1350100M000100Y43", "91350100M000100Y4-"} {
		if c, err := quartet.ParseCreditCode(bad); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%q: got %s, %v", bad, c, err)
		}
	}
	if quartet.CreditCode("").Sound() || quartet.CreditCode("91350100I000100Y43").Sound() {
		t.Error("what is no code is sound")
	}
}

const creditSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY"

func drawCode(t *rapid.T) []byte {
	b := make([]byte, 17)
	for i := range b {
		b[i] = creditSigns[rapid.IntRange(0, 30).Draw(t, "sign")]
	}
	return b
}

func TestCreditCode_HasOneCheckSignAndNoticesOneWrongSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := string(drawCode(t))
		var sound []string
		for _, check := range creditSigns {
			if c := body + string(check); quartet.CreditCode(c).Sound() {
				sound = append(sound, c)
			}
		}
		if len(sound) != 1 {
			t.Fatalf("%d checks of %s are sound", len(sound), body)
		}
		at, other := rapid.IntRange(0, 17).Draw(t, "at"), creditSigns[rapid.IntRange(0, 30).Draw(t, "other")]
		wrong := []byte(sound[0])
		if wrong[at] == other {
			return
		}
		wrong[at] = other
		if quartet.CreditCode(wrong).Sound() {
			t.Fatalf("%s is sound, and so is %s", sound[0], wrong)
		}
	})
}

func FuzzParseCreditCode(f *testing.F) {
	f.Add("91350100M000100Y43")
	f.Add(" 91110000 10162374 1k")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := quartet.ParseCreditCode(s)
		if err != nil {
			return
		}
		again, err := quartet.ParseCreditCode(string(c))
		if err != nil || again != c || len(c) != 18 || strings.Trim(string(c), creditSigns) != "" {
			t.Errorf("%q is read as %q, %v", s, c, err)
		}
	})
}

func TestFirmPurposes_AreClosedAndGoodForSources(t *testing.T) {
	for _, p := range quartet.FirmPurposes() {
		if err := quartet.CheckPurpose(p.Code); err != nil || p.Name == "" {
			t.Errorf("%+v: %v", p, err)
		}
		if err := quartet.CheckFirmPurposes([]string{p.Code}); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range [][]string{nil, {"credit"}, {"law", "law"}, {"law", ""}} {
		if err := quartet.CheckFirmPurposes(bad); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
