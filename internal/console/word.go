package console

import (
	"bufio"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// language is a language of pages.
type language string

const (
	chinese language = "zh"
	english language = "en"

	langCookie  = "lang"
	themeCookie = "theme"
)

//go:embed words
var wordFiles embed.FS

// dictionaries tell the English for what pages say in Chinese, and the Chinese for what the API
// says in English. A line of a file is a phrase, " = ", and what it is in the other language; where
// that begins with a number of things, " | " and how English says it of one.
var dictionaries = must(readWords())

type words struct {
	english map[string]string
	ones    map[string]string // phrases of one thing
	// problems are whole messages; patterns those with a part that varies, written as %.
	problems map[string]string
	patterns []pattern
}

type pattern struct {
	parts   []string
	chinese string
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func readWords() (words, error) {
	w := words{english: map[string]string{}, ones: map[string]string{}, problems: map[string]string{}}
	files, err := fs.Glob(wordFiles, "words/*.txt")
	if err != nil {
		return w, err
	}
	for _, name := range files {
		f, err := wordFiles.Open(name)
		if err != nil {
			return w, err
		}
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			line := lines.Text()
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			from, to, ok := strings.Cut(line, " = ")
			if !ok {
				return w, fmt.Errorf("%s, line %d: no \" = \" between a phrase and its translation", name, n)
			}
			if strings.HasPrefix(name, "words/problem") {
				w.problem(from, to)
				continue
			}
			to, one, counts := strings.Cut(to, " | ")
			if counts {
				w.ones[from] = one
			}
			if other, double := w.english[from]; double && other != to {
				return w, fmt.Errorf("%s, line %d: %q is %q elsewhere", name, n, from, other)
			}
			w.english[from] = to
		}
		if err := lines.Err(); err != nil {
			return w, err
		}
		_ = f.Close()
	}
	return w, nil
}

func (w *words) problem(from, to string) {
	if parts := strings.Split(from, "%"); len(parts) > 1 {
		w.patterns = append(w.patterns, pattern{parts, to})
		return
	}
	w.problems[from] = to
}

// word is a phrase in the language, with its arguments in it. A phrase that has no English
// stays Chinese; a test finds it.
func (l language) word(phrase string, args ...any) string {
	if l == english {
		to, ok := dictionaries.english[phrase]
		if one, counts := dictionaries.ones[phrase]; counts && len(args) > 0 && fmt.Sprint(args[0]) == "1" {
			to = one
		}
		if ok {
			phrase = to
		}
	}
	if len(args) == 0 {
		return phrase
	}
	return fmt.Sprintf(phrase, args...)
}

// problem is a message of the API in the language. One without a Chinese stays as it is: better
// a sentence in English than none.
func (l language) problem(detail string) string {
	if l == english {
		return detail
	}
	if to, ok := dictionaries.problems[detail]; ok {
		return to
	}
	for i := range dictionaries.patterns {
		p := &dictionaries.patterns[i]
		if to, ok := p.match(detail); ok {
			return to
		}
	}
	return detail
}

// match fills the varying parts of a message into its Chinese, in their order.
func (p *pattern) match(detail string) (string, bool) {
	rest, ok := strings.CutPrefix(detail, p.parts[0])
	if !ok {
		return "", false
	}
	to := p.chinese
	for i, part := range p.parts[1:] {
		value := rest
		switch {
		case part != "":
			at := strings.Index(rest, part)
			if at < 0 {
				return "", false
			}
			value, rest = rest[:at], rest[at+len(part):]
		case i < len(p.parts)-2:
			return "", false
		default:
			rest = ""
		}
		to = strings.Replace(to, "%", value, 1)
	}
	return to, rest == ""
}
