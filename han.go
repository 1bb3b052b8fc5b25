package quartet

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

var (
	//go:embed data/radical.csv
	radicalCSV string
	//go:embed data/compat.csv
	compatCSV string
	//go:embed data/pua.csv
	puaCSV string
)

var (
	radicalTable = sync.OnceValue(func() map[rune]rune { return runeTable(radicalCSV) })
	compatTable  = sync.OnceValue(func() map[rune]rune { return runeTable(compatCSV) })
	puaTable     = sync.OnceValue(func() map[rune]rune { return runeTable(puaCSV) })
)

func runeTable(csv string) map[rune]rune {
	table := make(map[rune]rune, 1100)
	for line := range strings.Lines(csv) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), ",")
		a, errA := strconv.ParseInt(from, 16, 32)
		b, errB := strconv.ParseInt(to, 16, 32)
		if errA == nil && errB == nil {
			table[rune(a)] = rune(b)
		}
	}
	return table
}

// han reports whether r is a letter that a name may hold. The ranges are explicit, since
// unicode.Han takes radicals for letters and knows no Extension I.
func han(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF, r == 0x3007, r >= 0x3400 && r <= 0x4DBF:
		return true
	case r >= 0xFA0E && r <= 0xFA29: // the twelve that are letters of their own
		_, compat := compatTable()[r]
		return !compat
	case r < 0x20000:
		return false
	}
	return r <= 0x2A6DF || r >= 0x2A700 && r <= 0x2B739 || r >= 0x2B740 && r <= 0x2B81D ||
		r >= 0x2B820 && r <= 0x2CEAD || r >= 0x2CEB0 && r <= 0x2EBE0 || r >= 0x2EBF0 && r <= 0x2EE5D ||
		r >= 0x30000 && r <= 0x3134A || r >= 0x31350 && r <= 0x323AF || r >= 0x323B0 && r <= 0x33479
}
