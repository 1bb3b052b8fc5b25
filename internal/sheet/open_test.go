package sheet_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/sheet"
)

// numbered knows tables with a column no, however many others.
func numbered(cells []string) int {
	if !slices.Contains(cells, "no") {
		return 0
	}
	return len(cells)
}

func TestTable_FindsItsHeaderBelowTitlesWhateverTheSeparator(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"commas": "no,what\n1,\"a,b\"\n\n2,'c\n", "tabs": "title\n\nof, a; sheet\nno\twhat\n1\ta,b\n2\tc\n",
		"semicolons": "a,b,c\n\"no\";what\n1;a,b\n2;=\"c\"\n", "as it says": "sep=|\nno|what\n1|a,b\n2|c\n",
	} {
		path := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{path, "-"} {
			table, err := sheet.OpenTable(from, strings.NewReader(text), numbered)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var got []string
			last := 0
			for {
				line, cells, err := table.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil || line <= last {
					t.Fatalf("%s: line %d, %v", name, line, err)
				}
				last = line
				got = append(got, strings.Join(cells, "|"))
			}
			if want := []string{"1|a,b", "2|c"}; !slices.Equal(got, want) {
				t.Errorf("%s: %q", name, got)
			}
			if done, total := table.Progress(); done != int64(len(text)) || from != "-" && total != done {
				t.Errorf("%s: read %d of %d", name, done, total)
			}
			if err := table.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTable_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]quartet.ErrorCode{
		"":                                    quartet.ErrInvalid,
		"a,b\n1,2\n":                          quartet.ErrInvalid,
		"[1]":                                 quartet.ErrUnsupported,
		`{"no":1}`:                            quartet.ErrUnsupported,
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a":        quartet.ErrUnsupported,
		"PK\x03\x04 and no more":              quartet.ErrInvalid,
		strings.Repeat("x\n", 20) + "no\n1\n": quartet.ErrInvalid, // too far down
	} {
		if _, err := sheet.OpenTable("-", strings.NewReader(text), numbered); quartet.CodeOf(err) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := sheet.OpenTable(filepath.Join(t.TempDir(), "none"), nil, numbered); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("no file: %v", err)
	}
}

func TestIsElement(t *testing.T) {
	t.Parallel()
	for heading, want := range map[string]bool{"姓名": true, "IDCARD": true, "手机号": true, "卡号": true, "status": false, "流水号": false} {
		if sheet.IsElement(heading) != want {
			t.Errorf("%s: %v", heading, !want)
		}
	}
}
