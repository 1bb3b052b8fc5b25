package quartet

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

//go:embed data/latin.csv
var latinCSV string

// latinTable composes a capital and a mark into one letter.
var latinTable = sync.OnceValue(func() map[[2]rune]rune {
	table := make(map[[2]rune]rune, 400)
	for line := range strings.Lines(latinCSV) {
		var r [3]rune
		for i, field := range strings.Split(strings.TrimSpace(line), ",") {
			n, err := strconv.ParseInt(field, 16, 32)
			if i < len(r) && err == nil {
				r[i] = rune(n)
			}
		}
		table[[2]rune{r[0], r[1]}] = r[2]
	}
	return table
})

// latinName keeps one blank between words. Of the dots, it knows the full stop alone, and
// U+00B7 as some passports' transcriptions have it.
func latinName(letters []rune) (string, bool) {
	var b strings.Builder
	for _, r := range letters {
		switch {
		case r == 0x2019:
			r = '\''
		case r == 0xFF0E || r == 0x2024:
			r = '.'
		case dot(r) && r != '.' && r != '·':
			return "", false
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " "), true
}

// latin takes capitals and the letters with marks that Latin names have.
func latin(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 0xC0 && r <= 0x24F && r != 0xD7 && r != 0xF7 || r >= 0x1E00 && r <= 0x1EFF
}

// capital makes a Latin letter one, marks included. A few have none and stay; ß, which is SS
// in capitals, is no single letter.
func capital(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r - ('a' - 'A')
	case r < 0xC0 || r > 0x1EFF:
		return r
	}
	if c := unicode.ToUpper(r); latin(c) {
		return c
	}
	return r
}

// mark reports whether r is a mark of its own that belongs to the letter before it.
func mark(r rune) bool { return r >= 0x300 && r <= 0x36F }
