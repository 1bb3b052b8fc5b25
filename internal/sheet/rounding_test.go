package sheet_test

import (
	"fmt"
	"strings"
	"testing"

	"quartet/internal/sheet"
	"quartet/internal/source/registry"
)

// Rows ending 000 pass every rule one by one. Together they tell of a spreadsheet.
func TestReader_DoubtsAFileOfRoundedNumbers(t *testing.T) {
	for what, c := range map[string]struct {
		card  func(i int) string
		doubt bool
	}{
		"19 digits, rounded":      {func(i int) string { return fmt.Sprintf("6222020%08d0000", i) }, true},
		"16 digits, rounded":      {func(i int) string { return fmt.Sprintf("6222020%08d0", i) }, true},
		"one in ten is rounded":   {func(i int) string { return fmt.Sprintf("6222020%08d%04d", i, 1234*min(1, i%10)) }, true},
		"19 digits":               {func(i int) string { return fmt.Sprintf("62220200000%08d", i) }, false},
		"16 digits, some with 0":  {func(i int) string { return fmt.Sprintf("62220200%08d", i) }, false},
		"15 digits":               {func(i int) string { return fmt.Sprintf("622202000%06d", i*1000) }, false},
		"one that chance rounded": {func(i int) string { return fmt.Sprintf("6222020%08d%04d", i, i) }, false},
		"invented people":         {func(i int) string { return registry.Person(7, int64(i)).Card }, false},
	} {
		var text strings.Builder
		text.WriteString("card\n")
		for i := range 500 {
			text.WriteString(c.card(i) + "\n")
		}
		r, err := sheet.New(strings.NewReader(text.String()), 0)
		if err != nil {
			t.Fatal(err)
		}
		all(t, r)
		if doubt := r.Doubt(); (doubt != "") != c.doubt {
			t.Errorf("%s: it says %q", what, doubt)
		}
	}
}
