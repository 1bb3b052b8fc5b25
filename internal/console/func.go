package console

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"quartet"
)

var errPairs = errors.New("dict takes names and values in turn")

// funcs are what templates call.
func funcs(lang language, s *static, now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"t":     lang.word,
		"asset": s.path,
		"icon": func(name string) (template.HTML, error) {
			sprite, err := s.path("vendor/tabler-icons/icons.svg")
			return template.HTML(`<svg class="icon" aria-hidden="true"><use href="` + sprite + "#" + template.HTMLEscapeString(name) + `"/></svg>`), err //nolint:gosec // names stand in templates
		},
		"dict": func(pairs ...any) (map[string]any, error) {
			m := map[string]any{}
			for i := 0; i < len(pairs); i += 2 {
				name, ok := pairs[i].(string)
				if !ok || i+1 == len(pairs) {
					return nil, errPairs
				}
				m[name] = pairs[i+1]
			}
			return m, nil
		},
		"yuan":    yuan,
		"count":   count,
		"percent": percent,
		"moment":  moment,
		"day":     day,
		"date":    func(t time.Time) string { return date(lang, t) },
		"since":   func(t time.Time) string { return since(lang, now().Sub(t)) },
	}
}

// yuan is an amount of fen as ¥1,234.50.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, count(fen/100), fen%100)
}

// count is a number with commas between thousands.
func count(n any) string {
	text := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return sign + text
}

// percent is a share with one place after the point; of nothing it is a dash.
func percent(part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	return strconv.FormatFloat(math.Floor(float64(part)*1000/float64(whole))/10, 'f', 1, 64) + "%"
}

// moment is an instant to the second, in Shanghai.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05")
}

// day is the day of an instant, in Shanghai.
func day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(quartet.Shanghai).Format("2006-01-02")
}

// date is a day as people write it.
func date(lang language, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	if lang == english {
		return t.In(quartet.Shanghai).Format("2 January 2006")
	}
	return t.In(quartet.Shanghai).Format("2006年1月2日")
}

// since is how long ago something was.
func since(lang language, d time.Duration) string {
	switch {
	case d < time.Minute:
		return lang.word("刚刚")
	case d < time.Hour:
		return lang.word("%d 分钟前", int(d.Minutes()))
	case d < 24*time.Hour:
		return lang.word("%d 小时前", int(d.Hours()))
	}
	return lang.word("%d 天前", int(d.Hours()/24))
}
