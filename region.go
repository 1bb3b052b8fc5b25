package quartet

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/county.csv
var countyCSV string

// county tells the years in which the lists know an administrative code.
type county struct {
	from, to int // 0: open
}

var counties = sync.OnceValue(func() map[string]county {
	table := make(map[string]county, 8000)
	for line := range strings.Lines(countyCSV) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) == 4 && digits(f[0]) {
			table[f[0]] = county{from: number(f[2]), to: number(f[3])}
		}
	}
	return table
})

// knownProvince reports whether two digits are a province's. 71 to 83 stand on Taiwan's,
// Hong Kong's and Macau's numbers.
func knownProvince(code string) bool {
	switch code {
	case "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37",
		"41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
		"71", "81", "82", "83":
		return true
	}
	return false
}

// regionWarnings is what the county table doubts about an address code. People keep the
// code that they were first given, so none of it is ever a reason to refuse.
func regionWarnings(code string, birth int) []Warning {
	switch code {
	case "810000", "820000", "830000", "710000":
		return nil
	}
	c, known := counties()[code]
	switch {
	case !known:
		return []Warning{WarnRegionUnknown}
	case code[4:] == "00":
		return []Warning{WarnRegionNotCounty}
	case c.to != 0 && birth > c.to:
		return []Warning{WarnRegionAbolished}
	case birth < c.from:
		return []Warning{WarnRegionTimeline}
	}
	return nil
}
