package quartet_test

import (
	"strings"
	"testing"

	"quartet"
)

func TestParseAuditPoint_ReadsWhatStringGivesAndNothingElse(t *testing.T) {
	mac := strings.Repeat("0f", 32)
	for _, want := range []quartet.AuditPoint{{}, {Place: 1, Mac: mac}, {Place: 1 << 40, Mac: mac}} {
		if got, err := quartet.ParseAuditPoint(want.String()); err != nil || got != want {
			t.Errorf("%s: got %v, %v", want, got, err)
		}
	}
	for _, bad := range []string{"", ":", "1", "1:", "0:" + mac, "-1:" + mac, "01:" + mac, "+1:" + mac, "1:" + mac[2:], "1:" + mac + "00", "1:" + strings.ToUpper(mac), "1:zz" + mac[2:], "1:" + mac + "\n", " 1:" + mac} {
		if got, err := quartet.ParseAuditPoint(bad); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%q: got %v, %v", bad, got, err)
		}
	}
}

func FuzzParseAuditPoint(f *testing.F) {
	f.Add("0:")
	f.Add("12:" + strings.Repeat("0f", 32))
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := quartet.ParseAuditPoint(s); err == nil && p.String() != s {
			t.Errorf("%q is read as %s", s, p)
		}
	})
}
