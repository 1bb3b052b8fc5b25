package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/sheet"
)

// FuzzTableAt: whatever lies at hand is read as a table or refused in words, and never panics.
func FuzzTableAt(f *testing.F) {
	for _, seed := range []string{"", "姓名,卡号\n张三,1\n", "a;b\n1;2", "sep=;\na;b\n", "\"", "{\"name\":1}\n", "PK\x03\x04", "\xef\xbb\xbfa,b\n", "\xd5\xc5\xc8\xfd,1\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		at := bytes.NewReader(data)
		if sheet.AreLines(at) {
			return
		}
		table, err := sheet.TableAt(at, int64(len(data)))
		for err == nil {
			_, _, err = table.Next()
		}
		var known *quartet.Error
		if !errors.Is(err, io.EOF) && !errors.As(err, &known) {
			t.Errorf("it ends with %v", err)
		}
	})
}

func TestTableAt_FindsTheSeparatorWhateverTheColumnsAreCalled(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"甲;乙;丙\n1;2;3\n", "甲\t乙\t丙\n1\t2\t3\n", "甲,乙,丙\n1,2,3\n", "name;card;x,y\n1;2;3\n"} {
		table, err := sheet.TableAt(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		_, cells, err := table.Next()
		if err != nil || len(cells) != 3 {
			t.Errorf("%q gives %q, %v", text, cells, err)
		}
	}
}

func TestRoundings_DoubtNumbersThatEndInZerosMoreOftenThanChanceHasIt(t *testing.T) {
	t.Parallel()
	var r sheet.Roundings
	for range 5 {
		if !r.See("6222021234567890000") || r.See("6222021234567890123") {
			t.Error("a tail is not seen, or one that is none")
		}
	}
	if !r.Doubtful() {
		t.Error("it is not doubtful")
	}
	var chance sheet.Roundings
	for range 10 {
		for _, last := range "0123456789" {
			chance.See("622202123456789" + string(last))
		}
	}
	if chance.Doubtful() {
		t.Error("what chance has is doubted")
	}
}
