package console

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// section is a part of a document, from a heading of the second rank to the next one. The
// first has what stands before.
type section struct {
	ID, Title string
	Body      template.HTML
}

// readMarkdown makes sections of what our documents are written in: headings, paragraphs,
// lists, tables, code that is indented or fenced, and within lines `code`, **strong** and [links](to). link tells
// where a link leads; "": nowhere here, and its words stand alone. change is made to all text.
func readMarkdown(text string, link func(to string) string, change func(string) string) []section {
	m := &markdown{link: link}
	lines := strings.Split(change(text), "\n")
	for i := 0; i < len(lines); {
		i += m.block(lines[i:])
	}
	m.close()
	return m.done
}

type markdown struct {
	link func(string) string
	done []section
	id   string
	name string
	body strings.Builder
}

// close ends the section that is being written.
func (m *markdown) close() {
	m.done = append(m.done, section{m.id, m.name, template.HTML(m.body.String())}) //nolint:gosec // made of what was escaped
	m.body.Reset()
}

// block writes what begins with the first line, and tells how many lines it has.
func (m *markdown) block(lines []string) int {
	first := lines[0]
	switch {
	case strings.TrimSpace(first) == "", strings.HasPrefix(first, "# "), strings.HasPrefix(first, "<!--"):
		return 1
	case strings.HasPrefix(first, "## "):
		m.close()
		m.name = first[len("## "):]
		m.id = anchor(m.name)
		return 1
	case strings.HasPrefix(first, "### "):
		name := first[len("### "):]
		fmt.Fprintf(&m.body, "<h3 id=\"%s\">%s</h3>\n", html.EscapeString(anchor(name)), m.inline(name))
		return 1
	case strings.HasPrefix(first, "    "):
		n := run(lines, func(l string) bool { return strings.HasPrefix(l, "    ") })
		m.body.WriteString("<pre><code>")
		for _, l := range lines[:n] {
			m.body.WriteString(html.EscapeString(l[4:]) + "\n")
		}
		m.body.WriteString("</code></pre>\n")
		return n
	case strings.HasPrefix(first, fence):
		n := run(lines, func(l string) bool { return l != fence })
		fmt.Fprintf(&m.body, "<pre><code>%s\n</code></pre>\n", html.EscapeString(strings.Join(lines[1:n], "\n")))
		return min(n+1, len(lines))
	case strings.HasPrefix(first, "|"):
		n := run(lines, func(l string) bool { return strings.HasPrefix(l, "|") })
		m.table(lines[:n])
		return n
	case listMark.MatchString(first):
		n := run(lines, func(l string) bool { return listMark.MatchString(l) || strings.HasPrefix(l, "  ") })
		m.items(lines[:n])
		return n
	}
	n := run(lines, func(l string) bool { return strings.TrimSpace(l) != "" && !listMark.MatchString(l) })
	fmt.Fprintf(&m.body, "<p>%s</p>\n", m.inline(joined(lines[:n])))
	return n
}

// run is how many lines from the first on are so.
func run(lines []string, so func(string) bool) int {
	for i, l := range lines {
		if i > 0 && !so(l) {
			return i
		}
	}
	return len(lines)
}

const fence = "```"

// listMark begins an item of a list, whose items are numbered where it is a number.
var listMark = regexp.MustCompile(`^(-|\d+\.) `)

func (m *markdown) items(lines []string) {
	kind := "ol"
	if lines[0][0] == '-' {
		kind = "ul"
	}
	m.body.WriteString("<" + kind + ">\n")
	for i := 0; i < len(lines); {
		n := run(lines[i:], func(l string) bool { return !listMark.MatchString(l) })
		item := append([]string{lines[i][len(listMark.FindString(lines[i])):]}, lines[i+1:i+n]...)
		fmt.Fprintf(&m.body, "<li>%s</li>\n", m.inline(joined(item)))
		i += n
	}
	m.body.WriteString("</" + kind + ">\n")
}

func (m *markdown) table(rows []string) {
	m.body.WriteString("<div class=\"table-responsive\"><table class=\"table table-vcenter\">")
	for i, row := range rows {
		if i == 1 { // the line below the head
			continue
		}
		open, end := "<td>", "</td>"
		if i == 0 {
			open, end = `<th scope="col">`, "</th>"
			m.body.WriteString("<thead>")
		}
		m.body.WriteString("<tr>")
		for cell := range strings.SplitSeq(strings.Trim(row, "|"), " |") {
			m.body.WriteString(open + m.inline(strings.TrimSpace(cell)) + end)
		}
		m.body.WriteString("</tr>\n")
		if i == 0 {
			m.body.WriteString("</thead><tbody>\n")
		}
	}
	m.body.WriteString("</tbody></table></div>\n")
}

var (
	inlineCode   = regexp.MustCompile("`([^`]+)`")
	inlineStrong = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	inlineLink   = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)
)

// inline is the text of a line as HTML. Nothing within backquotes is looked at.
func (m *markdown) inline(text string) string {
	var b strings.Builder
	plain := func(s string) {
		s = inlineStrong.ReplaceAllString(html.EscapeString(s), "<strong>$1</strong>")
		b.WriteString(inlineLink.ReplaceAllStringFunc(s, func(found string) string {
			part := inlineLink.FindStringSubmatch(found)
			if to := m.link(html.UnescapeString(part[2])); to != "" {
				return `<a href="` + html.EscapeString(to) + `">` + part[1] + "</a>"
			}
			return part[1]
		}))
	}
	at := 0
	for _, code := range inlineCode.FindAllStringSubmatchIndex(text, -1) {
		plain(text[at:code[0]])
		b.WriteString("<code>" + html.EscapeString(text[code[2]:code[3]]) + "</code>")
		at = code[1]
	}
	plain(text[at:])
	return b.String()
}

// joined is the lines of a paragraph as one; between Chinese characters no blank is put.
func joined(lines []string) string {
	var text string
	for _, l := range lines {
		l = strings.TrimSpace(l)
		last, _ := utf8.DecodeLastRuneInString(text)
		first, _ := utf8.DecodeRuneInString(l)
		if text != "" && (!wide(last) || !wide(first)) {
			text += " "
		}
		text += l
	}
	return text
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || strings.ContainsRune("，。、；：？！（）《》“”", r)
}

// anchor is what a link to a heading has behind its #.
func anchor(heading string) string { return strings.ReplaceAll(strings.ToLower(heading), " ", "-") }
