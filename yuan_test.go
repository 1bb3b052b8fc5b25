package quartet_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quartet"
)

func TestMoney_IsWrittenInCapitalNumerals(t *testing.T) {
	t.Parallel()
	for f, want := range map[quartet.Fen]string{
		0: "人民币零元整", 1: "人民币壹分", 10: "人民币壹角整", 101: "人民币壹元零壹分", 500_00: "人民币伍佰元整", 1_10: "人民币壹元壹角整",
		1409_50: "人民币壹仟肆佰零玖元伍角整", 6007_14: "人民币陆仟零柒元壹角肆分", 16409_02: "人民币壹万陆仟肆佰零玖元零贰分", 325_04: "人民币叁佰贰拾伍元零肆分",
		107000_53: "人民币壹拾万零柒仟元伍角叁分", 100000_00: "人民币壹拾万元整", 100000005_00: "人民币壹亿零伍元整", 1_0000_0000_0000_00: "人民币壹万亿元整", 1000100000000_00: "人民币壹万零壹亿元整",
		1020_0000_00: "人民币壹仟零贰拾万元整", -5_00: "人民币负伍元整",
	} {
		if got := f.Capital(); got != want {
			t.Errorf("%s is written %s, want %s", f, got, want)
		}
	}
}

// Read back digit by digit, the numerals give the amount again.
func TestMoney_CapitalNumeralsSayTheAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := quartet.Fen(rapid.Int64Range(0, math.MaxInt64).Draw(t, "fen"))
		text := f.Capital()
		if strings.Contains(text, "零零") || strings.Contains(text, "零元") && f >= 100 {
			t.Fatalf("%s is written %s", f, text)
		}
		if got := readCapital(strings.TrimPrefix(text, "人民币")); got != f {
			t.Fatalf("%s is written %s, which says %s", f, text, got)
		}
	})
}

func readCapital(text string) quartet.Fen {
	var total, group, digit int64
	for _, r := range text {
		switch r {
		case '拾':
			group, digit = group+digit*10, 0
		case '佰':
			group, digit = group+digit*100, 0
		case '仟':
			group, digit = group+digit*1000, 0
		case '万':
			total, group, digit = total+(group+digit)*10_000, 0, 0
		case '亿':
			total, group, digit = (total+group+digit)*100_000_000, 0, 0
		case '元':
			total, group, digit = (total+group+digit)*100, 0, 0
		case '角':
			total, digit = total+digit*10, 0
		case '分':
			total, digit = total+digit, 0
		default:
			if d := strings.IndexRune("零壹贰叁肆伍陆柒捌玖", r); d >= 0 {
				digit = int64(d) / 3
			}
		}
	}
	return quartet.Fen(total)
}
