package console_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// phrases finds the Chinese in double or back quotes of templates and code.
var phrases = regexp.MustCompile("\"([^\"\n]*\\p{Han}[^\"\n]*)\"|`([^`\n]*\\p{Han}[^`\n]*)`")

func TestWords_AreThoseThatPagesSay(t *testing.T) {
	said := map[string]bool{}
	for _, glob := range []string{"*.go", "template/*.html", "../sample/language.go", "../../firm.go", "../../ticketline.go"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatal(glob, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range phrases.FindAllStringSubmatch(string(b), -1) {
				said[m[1]+m[2]] = true
			}
		}
	}
	files, err := filepath.Glob("words/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "problem") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			phrase, _, ok := strings.Cut(line, " = ")
			if ok && !strings.HasPrefix(line, "#") && !said[phrase] {
				t.Errorf("%s translates %q, which no page says", file, phrase)
			}
		}
	}
}

// sentences finds what the API says: of inputs, in its table of them, and of the rest.
var sentences = regexp.MustCompile("`\\), \"([^\"]+)\"\\}|(?:needed|anyTime|number) += \"([^\"]+)\"|(?:Message: |wrongCode\\(|\\bErr[A-Z]\\w+, )\"([^\"]+)\"")

// Whoever reads Chinese is told in Chinese what is wrong with what they wrote.
func TestProblems_HaveAChinese(t *testing.T) {
	var known []*regexp.Regexp
	files, err := filepath.Glob("words/problem*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			if said, _, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") {
				known = append(known, regexp.MustCompile("^"+strings.ReplaceAll(regexp.QuoteMeta(said), "%", ".+")+"$"))
			}
		}
	}
	for _, glob := range []string{"../api/plain.go", "../debug/*.go", "../webhook/desk.go", "../alert/desk.go", "../support/*.go", "../usage/*.go", "../person/*.go", "../operator/*factor.go", "../../rating.go"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatal(glob, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range sentences.FindAllStringSubmatch(string(b), -1) {
				said := m[1] + m[2] + m[3]
				if strings.HasSuffix(file, "_test.go") || strings.Contains(said, " is damaged") || strings.Contains(said, "names no message") || strings.Contains(said, "site") || strings.HasSuffix(said, " ") || said == "it $1" {
					continue // an unexpected fault, which is told by its reference; or a part of a sentence
				}
				if !slices.ContainsFunc(known, func(k *regexp.Regexp) bool { return k.MatchString(said) }) {
					t.Errorf("%s says %q, which has no Chinese", file, said)
				}
			}
		}
	}
}

// many finds one of something that is told as if it were several.
var many = regexp.MustCompile(`[^\d.,:/-]1 (units|calls|orders|months|years|days|hours|minutes|stars|ratings|networks|lines)\b`)

func TestWords_OfOneThingAreNoPlural(t *testing.T) {
	s := serve(t)
	for _, name := range names(t, s) {
		if m := many.FindString(get(t, s.URL+"/"+name+"?lang=en")); m != "" {
			t.Errorf("%s says %q", name, m[1:])
		}
	}
}
