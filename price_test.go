package quartet_test

import (
	"testing"
	"time"

	"quartet"
)

func TestPrice_IsReadAndWritten(t *testing.T) {
	december := time.Date(2026, 12, 1, 0, 0, 0, 0, quartet.Shanghai)
	two := quartet.NeedCard | quartet.NeedName
	for _, tt := range []struct {
		in   string
		want quartet.Price
		out  string
	}{
		{"0.22", quartet.Price{Cost: 22_000}, "0.22"},
		{" 0 ", quartet.Price{}, "0.00"},
		{"0.165", quartet.Price{Cost: 16_500}, "0.165"},
		{"2026-12-01=0.20", quartet.Price{From: december, Cost: 20_000}, "2026-12-01=0.20"},
		{"card, name=0.12", quartet.Price{Need: two, Cost: 12_000}, "name,card=0.12"},
		{"2026-12-01/card,name=0.10", quartet.Price{From: december, Need: two, Cost: 10_000}, "2026-12-01/name,card=0.10"},
	} {
		got, err := quartet.ParsePrice(tt.in)
		if err != nil || !got.From.Equal(tt.want.From) || got.Need != tt.want.Need || got.Cost != tt.want.Cost || got.String() != tt.out {
			t.Errorf("%q is %v (%+v), %v; want %s", tt.in, got, got, err, tt.out)
		}
		if again, err := quartet.ParsePrice(got.String()); err != nil || again.String() != tt.out {
			t.Errorf("%q is read back as %v, %v", tt.out, again, err)
		}
	}
	for _, in := range []string{"", "=", "x", "-1", "0.000001", "2026-12-01", "2026-13-01=1", "=1", "/card=1x", "2026-12-01/=1", "cvv=1", "card,=1", "2026-12-01/cvv=1", "0.1=0.2"} {
		if p, err := quartet.ParsePrice(in); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%q is read as %v, %v", in, p, err)
		}
	}
}
