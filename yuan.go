package quartet

import "strings"

// Capital is the amount in the numerals that Chinese cheques and receipts bear, which
// nobody can alter by a stroke: "人民币伍佰元整". Rules: Payment and Settlement Measures
// (支付结算办法), annex 1, items 1 to 4.
func (f Fen) Capital() string {
	n, sign := uint64(f), "人民币"
	if f < 0 {
		n, sign = -n, "人民币负"
	}
	yuan, jiao, fen := n/fenPerYuan, n%fenPerYuan/10, n%10
	var b strings.Builder
	b.WriteString(sign)
	if yuan > 0 || n == 0 {
		b.WriteString(capitalWhole(yuan))
		b.WriteString("元")
	}
	switch {
	case jiao > 0:
		b.WriteString(capitalDigits[jiao])
		b.WriteString("角")
	case fen > 0 && yuan > 0:
		b.WriteString("零")
	}
	if fen > 0 {
		b.WriteString(capitalDigits[fen])
		b.WriteString("分")
	} else {
		b.WriteString("整")
	}
	return b.String()
}

var capitalDigits = [...]string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}

// capitalWhole writes a whole number: what stands before its largest unit, the unit, the
// rest, with one 零 in place of zeros between the two.
func capitalWhole(n uint64) string {
	for _, u := range []struct {
		size uint64
		name string
	}{{1_0000_0000, "亿"}, {1_0000, "万"}, {1000, "仟"}, {100, "佰"}, {10, "拾"}} {
		if n < u.size {
			continue
		}
		high, low := n/u.size, n%u.size
		switch text := capitalWhole(high) + u.name; {
		case low == 0:
			return text
		case high%10 == 0 || low < u.size/10:
			return text + capitalDigits[0] + capitalWhole(low)
		default:
			return text + capitalWhole(low)
		}
	}
	return capitalDigits[n]
}
