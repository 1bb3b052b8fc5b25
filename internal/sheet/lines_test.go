package sheet_test

import (
	"strings"
	"testing"

	"quartet/internal/sheet"
	"quartet/internal/source/registry"
)

// A status that is no text is a status that nobody knows. It is never a normal card.
func TestLines_AStatusThatIsNoTextIsUnknown(t *testing.T) {
	for value, known := range map[string]bool{
		`"lost"`: true, `" 挂失 "`: true, `""`: true, `null`: true,
		`5`: false, `true`: false, `["lost"]`: false, `{"is":"lost"}`: false, `"5"`: false,
	} {
		r, err := sheet.New(strings.NewReader(`{"name":"张三","status":`+value+`}`), 0)
		if err != nil {
			t.Fatal(err)
		}
		row, err := r.Next()
		if err != nil || row.Err != nil {
			t.Fatalf("%s: %v, %v", value, err, row.Err)
		}
		if s, ok := registry.ParseStatus(row.Status); ok != known {
			t.Errorf("%s is taken for the status %s", value, s)
		}
	}
}

func TestLines_TwoStatusesContradictEachOther(t *testing.T) {
	r, err := sheet.New(strings.NewReader(`{"name":"张三","status":"lost","状态":"normal"}`), 0)
	if err != nil {
		t.Fatal(err)
	}
	if row, err := r.Next(); err != nil || row.Err == nil {
		t.Errorf("it is read as %q (%v)", row.Status, err)
	}
}
