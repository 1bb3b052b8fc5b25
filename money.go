package quartet

import (
	"fmt"
	"strconv"
	"strings"
)

// Fen is money: 100 fen (分) are a yuan.
type Fen int64

// Millifen is money in thousandths of a fen: one question to a supplier seldom costs a whole
// number of fen, and sums must be exact. 100 000 are a yuan.
type Millifen int64

const (
	fenPerYuan      = 100
	millifenPerYuan = 100_000
	maxYuan         = 100_000_000_000 // of what people write; sums may be larger
)

// String is the amount in yuan: "0.22", "-5.00".
func (f Fen) String() string { return yuan(int64(f), fenPerYuan, 2) }

// String is the amount in yuan, with two digits after the point or as many more as it
// needs: "0.22", "0.165".
func (m Millifen) String() string {
	s := yuan(int64(m), millifenPerYuan, 5)
	cents := strings.IndexByte(s, '.') + 3
	return s[:cents] + strings.TrimRight(s[cents:], "0")
}

// Fen is the amount in whole fen, half a fen rounded away from zero.
func (m Millifen) Fen() Fen {
	if m < 0 {
		return -(-m).Fen()
	}
	return Fen((m + 500) / 1000)
}

func yuan(n, unit int64, digits int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%0*d", sign, n/unit, digits, n%unit)
}

// ParseFen reads an amount in yuan with at most two digits after the point.
func ParseFen(yuan string) (Fen, error) {
	n, err := parseYuan(yuan, fenPerYuan, 2)
	return Fen(n), err
}

// ParseMillifen reads an amount in yuan with at most five digits after the point.
func ParseMillifen(yuan string) (Millifen, error) {
	n, err := parseYuan(yuan, millifenPerYuan, 5)
	return Millifen(n), err
}

func parseYuan(text string, unit int64, places int) (int64, error) {
	wrong := Errorf(ErrInvalid, "an amount is yuan with at most %d digits after the point, such as 0.22", places)
	whole, fraction, hasPoint := strings.Cut(strings.TrimSpace(text), ".")
	if !digits(whole) || hasPoint && !digits(fraction) || len(fraction) > places || len(whole) > 12 {
		return 0, wrong
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > maxYuan {
		return 0, wrong
	}
	n *= unit
	if fraction != "" {
		part, err := strconv.ParseInt(fraction+strings.Repeat("0", places-len(fraction)), 10, 64)
		if err != nil {
			return 0, wrong
		}
		n += part
	}
	return n, nil
}
