package quartet

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/bin.csv
var binCSV string

// BIN is what the open table of prefixes says of a card: a hint, never a fact.
type BIN struct {
	Prefix string
	Length int    // of the card numbers that begin so
	Bank   string // code, e.g. "ABC"
	Kind   string // DC debit, CC credit, SCC semi-credit, PC prepaid
}

type binKey struct {
	prefix string
	length int
}

var binTable = sync.OnceValue(func() map[binKey]BIN {
	table := make(map[binKey]BIN, 2000)
	for line := range strings.Lines(binCSV) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) == 4 && digits(f[0]) {
			b := BIN{Prefix: f[0], Length: number(f[1]), Bank: f[2], Kind: f[3]}
			table[binKey{b.Prefix, b.Length}] = b
		}
	}
	return table
})

// The shortest and the longest prefix in the table.
const (
	shortestBIN = 3
	longestBIN  = 10
)

// BIN looks a card up: the longest prefix among those of cards as long as this one. The
// zero BIN means that the table does not know it.
func (v Card) BIN() BIN {
	for n := min(longestBIN, len(v.text)); n >= shortestBIN; n-- {
		if b, ok := binTable()[binKey{v.text[:n], len(v.text)}]; ok {
			return b
		}
	}
	return BIN{}
}
