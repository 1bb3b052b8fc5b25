package sheet_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet/internal/sheet"
)

// names reads the names of a file.
func names(t *testing.T, src string) (list []string) {
	t.Helper()
	r, err := sheet.New(strings.NewReader(src), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, row.Raw.Name)
	}
}

// A letter that was cut or hit on the way spoils its own name. It must not turn the others
// into different names that no rule could find fault with.
func TestText_OneBadByteSpoilsOneNameAlone(t *testing.T) {
	for text, want := range map[string][]string{
		"name\n张三\n李\xff四\n王五\n":              {"张三", "李\xff四", "王五"},
		"name\n李\xff四\n":                      {"李\xff四"},
		"name\n\xff张三\n李四\n":                  {"\xff张三", "李四"},
		"姓名\n张三\n李\xe5\x9b\n王五\n":             {"张三", "李\xe5\x9b", "王五"},
		"name\n陈曦\xc0\xaf\n欧阳修\xed\xa0\x80\n": {"陈曦\xc0\xaf", "欧阳修\xed\xa0\x80"},
	} {
		if got := names(t, text); !slices.Equal(got, want) {
			t.Errorf("%q holds the names %q", text, got)
		}
	}
}

func TestText_GBKIsKnownByItsLetters(t *testing.T) {
	for _, want := range [][]string{
		{"张三"},
		{"张"},
		{"李四", "王五", "欧阳修"},
		{"阿里木·买买提"},
		{"陳曦", "張偉", "劉詩詩", "鄭爽"}, // outside GB 2312
		{"赵䶮", "张喆", "王玥瑶"},
	} {
		text, err := simplifiedchinese.GB18030.NewEncoder().String("name\n" + strings.Join(want, "\n") + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := names(t, text); !slices.Equal(got, want) {
			t.Errorf("%q is read as %q", want, got)
		}
		if got := names(t, strings.Replace(text, "\n", ",\n\xff,\n", 1)); len(got) != len(want)+1 || !slices.Equal(got[1:], want) {
			t.Errorf("%q behind a bad byte is read as %q", want, got)
		}
	}
}
