package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"quartet"
	"quartet/docs"
)

// inCommon is what a translation leaves as it is: what stands in backquotes, links, and lines
// of code.
var inCommon = regexp.MustCompile("(?m)^    .+$|`[^`\n]+`|\\]\\([^)]+\\)|\\b1\\d{4}\\b")

// TestTranslations_SayWhatTheirOriginalsSay compares each section of a Chinese document with
// that of the English one.
func TestTranslations_SayWhatTheirOriginalsSay(t *testing.T) {
	files, err := docs.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range files {
		name, chinese := strings.CutSuffix(file.Name(), ".zh-CN.md")
		if !chinese {
			continue
		}
		compared++
		heading := regexp.MustCompile(`(?m)^##+ `)
		was, is := heading.Split(read(t, name+".md"), -1), heading.Split(read(t, file.Name()), -1)
		if len(was) != len(is) {
			t.Errorf("%s has %d parts, its original %d", file.Name(), len(is), len(was))
			continue
		}
		for i := range was {
			want, got := inCommon.FindAllString(was[i], -1), inCommon.FindAllString(is[i], -1)
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Errorf("%s, part %d: the original has %s", file.Name(), i, w)
				}
			}
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("%s, part %d: the original has no %s", file.Name(), i, g)
				}
			}
			if a, b := strings.Count(was[i], "\n|"), strings.Count(is[i], "\n|"); a != b {
				t.Errorf("%s, part %d: tables have %d rows, those of the original %d", file.Name(), i, b, a)
			}
		}
	}
	if compared < 2 {
		t.Errorf("%d translations were found", compared)
	}
}

// TestElements_TellEveryCodeOfRefusal compares elements.md with the closed set in code.
func TestElements_TellEveryCodeOfRefusal(t *testing.T) {
	codes := regexp.MustCompile(`(?m)^	Reject\w+ +(?:RejectCode )?= "(\w+)"`).FindAllStringSubmatch(read(t, "../reject.go"), -1)
	if len(codes) < 15 {
		t.Fatalf("%d codes were found", len(codes))
	}
	text := read(t, "elements.md")
	for _, c := range codes {
		if !strings.Contains(text, "| `"+c[1]+"` |") {
			t.Errorf("elements.md does not tell %s", quartet.RejectCode(c[1]))
		}
	}
}
