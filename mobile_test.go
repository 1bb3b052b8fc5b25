package quartet_test

import (
	"testing"

	"quartet"
)

func TestMobile_SaysWhatIsWrongWithThePrefix(t *testing.T) {
	for in, want := range map[string]quartet.RejectCode{
		"+86 1380013800":     quartet.RejectMobileLength, // a digit is missing, not the country
		"+86 138001380000":   quartet.RejectMobileLength,
		"0086 1380013800":    quartet.RejectMobileLength,
		"(+86) 1380013800":   quartet.RejectMobileLength,
		"(86) 138001380000":  quartet.RejectMobileLength,
		"86 1380013800":      quartet.RejectMobileLength,
		"+852 9123 4567":     quartet.RejectMobileRegion,
		"00852 9123 4567":    quartet.RejectMobileRegion,
		"(+853) 6612 3456":   quartet.RejectMobileRegion,
		"001 202 555 0100":   quartet.RejectMobileRegion,
		"+86 28001380000":    quartet.RejectMobileFormat,
		"+86 1380013800 ext": quartet.RejectMobileFormat,
		"+86":                quartet.RejectMobileLength,
		"12593 13800138000":  quartet.RejectMobileLength,
		"010-62281234":       quartet.RejectMobileFormat,
	} {
		if m, _, rej := quartet.ParseMobile(in); rej == nil || rej.Code != want {
			t.Errorf("%q becomes %q (%v), want %s", in, m.Reveal(), rej, want)
		}
	}
}
