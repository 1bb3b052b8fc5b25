package quartet_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quartet"
)

func TestMoney_IsWrittenInYuan(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]quartet.Fen{"0.00": 0, "0.01": 1, "0.22": 22, "500.00": 50000, "-5.00": -500, "-0.05": -5} {
		if got := f.String(); got != want {
			t.Errorf("%d fen are written %s, want %s", int64(f), got, want)
		}
	}
	for want, m := range map[string]quartet.Millifen{
		"0.00": 0, "0.22": 22_000, "0.20": 20_000, "0.165": 16_500, "0.16504": 16_504, "0.0001": 10, "0.00001": 1,
		"1.00": 100_000, "100.00": 10_000_000, "-0.165": -16_500, "-3.00": -300_000,
	} {
		if got := m.String(); got != want {
			t.Errorf("%d millifen are written %s, want %s", int64(m), got, want)
		}
	}
}

func TestMoney_WhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := quartet.Fen(rapid.Int64Range(0, 10_000_000_000_000).Draw(t, "fen"))
		if got, err := quartet.ParseFen(f.String()); err != nil || got != f {
			t.Fatalf("%s is read as %d: %v", f, got, err)
		}
		m := quartet.Millifen(rapid.Int64Range(0, 10_000_000_000_000_000).Draw(t, "millifen"))
		text := m.String()
		if got, err := quartet.ParseMillifen(text); err != nil || got != m {
			t.Fatalf("%s is read as %d: %v", text, got, err)
		}
		_, fraction, _ := strings.Cut(text, ".")
		if len(fraction) < 2 || len(fraction) > 5 || len(fraction) > 2 && strings.HasSuffix(fraction, "0") {
			t.Fatalf("%d millifen are written %s", int64(m), text)
		}
		if back := (-m).String(); m > 0 && back != "-"+text {
			t.Fatalf("the opposite of %s is %s", text, back)
		}
	})
}

// A rounded amount is never further than half a fen from the exact one, and rounding an
// amount and its opposite gives opposites.
func TestMoney_RoundsToTheNearestFen(t *testing.T) {
	t.Parallel()
	for m, want := range map[quartet.Millifen]quartet.Fen{0: 0, 499: 0, 500: 1, 1499: 1, 1500: 2, -499: 0, -500: -1, -1500: -2} {
		if got := m.Fen(); got != want {
			t.Errorf("%d millifen are %d fen, want %d", int64(m), int64(got), int64(want))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := quartet.Millifen(rapid.Int64Range(-math.MaxInt64/2, math.MaxInt64/2).Draw(t, "millifen"))
		off := int64(m) - int64(m.Fen())*1000
		if off < -500 || off > 500 || m.Fen() != -(-m).Fen() {
			t.Fatalf("%d millifen are %d fen", int64(m), int64(m.Fen()))
		}
	})
}

func TestMoney_RefusesWhatIsNoAmount(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", ".", "1.", ".5", "-1", "+1", "1,000", "¥1", "1e3", "1.234567", "0x1", "１", "1 2", "1.2.3", "NaN",
		"100000000001", "9999999999999",
	} {
		if got, err := quartet.ParseMillifen(text); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%q is read as %d: %v", text, int64(got), err)
		}
	}
	if got, err := quartet.ParseFen("0.165"); err == nil {
		t.Errorf("a part of a fen is read as %d", int64(got))
	}
	if got, err := quartet.ParseFen(" 500.5 "); err != nil || got != 50050 {
		t.Errorf("500.5 is read as %d: %v", int64(got), err)
	}
	if got, err := quartet.ParseMillifen("100000000000"); err != nil || got != 10_000_000_000_000_000 {
		t.Errorf("the largest amount is read as %d: %v", int64(got), err)
	}
}
