package docs_test

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// curl is a curl command of a document, with the answer that the document shows after it.
type curl struct {
	url    string
	header http.Header
	body   string
	want   string
}

// shown takes the indented lines out of a document, without their indent.
func shown(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			b.WriteString("\n")
		} else if rest, ok := strings.CutPrefix(line, "    "); ok {
			b.WriteString(rest)
		}
	}
	return b.String()
}

// curls reads every curl command of a document as a shell would.
func curls(t *testing.T, text string) []curl {
	t.Helper()
	var list []curl
	for _, at := range regexp.MustCompile(`(?m)^ *curl `).FindAllStringIndex(text, -1) {
		words, rest := shellWords(t, text[at[0]:])
		c := curl{header: http.Header{}}
		form := url.Values{}
		for i := 1; i < len(words); i++ {
			switch word := words[i]; word {
			case "-s":
			case "-H":
				i++
				name, value, _ := strings.Cut(words[i], ": ")
				c.header.Set(name, value)
			case "--data-urlencode":
				i++
				name, value, _ := strings.Cut(words[i], "=")
				form.Add(name, value)
			case "-d":
				i++
				c.body = words[i]
			default:
				if !strings.HasPrefix(word, "http://") {
					t.Fatalf("curl is called with %s, which this test does not know", word)
				}
				c.url = word
			}
		}
		if len(form) > 0 {
			c.body = form.Encode()
			c.header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if i := strings.Index(rest, `{"code"`); i >= 0 {
			c.want, _, _ = strings.Cut(rest[i:], "\n")
		}
		list = append(list, c)
	}
	return list
}

// shellWords splits the first command of text: quotes, and lines that go on.
func shellWords(t *testing.T, text string) (words []string, rest string) {
	t.Helper()
	var word strings.Builder
	begun := false
	end := func() {
		if begun {
			words = append(words, word.String())
			word.Reset()
		}
		begun = false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'':
			closing := strings.IndexByte(text[i+1:], '\'')
			if closing < 0 {
				t.Fatal("a quote is open")
			}
			word.WriteString(text[i+1 : i+1+closing])
			begun = true
			i += 1 + closing
		case c == '\\' && i+1 < len(text) && text[i+1] == '\n':
			end()
			i++
		case c == ' ':
			end()
		case c == '\n':
			end()
			return words, text[i:]
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	end()
	return words, ""
}

// do puts the command to the demo, under its address and secrets.
func (n *node) do(t *testing.T, c curl) string {
	t.Helper()
	u, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	body := regexp.MustCompile(`"key":"[0-9a-f]{32}"`).ReplaceAllString(c.body, `"key":"`+n.key+`"`)
	req, err := http.NewRequest(http.MethodPost, n.url+u.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = c.header
	if strings.HasPrefix(req.Header.Get("Authorization"), "APPCODE ") {
		req.Header.Set("Authorization", "APPCODE "+n.appcode)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// still takes out what differs from run to run: addresses, secrets, numbers, times,
// folders and the width of columns.
func still(text string) string {
	for _, r := range []struct{ pattern, with string }{
		{`127\.0\.0\.1:\d+`, "ADDRESS"},
		{`\b[0-9a-f]{32}\b`, "SECRET"},
		{`AppKey +\d{9}\b`, "AppKey NUMBER"},
		{`\b[0-9A-Z]{8}\d{10}\b`, "SEQNO"},
		{`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, "TIME"},
		{`\d+(\.\d+)?(µs|ms)`, "SPAN"},
		{`Data +/\S+`, "Data FOLDER"},
		{`(?m)[ \t]+`, " "},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.with)
	}
	return text
}

// part is what a screen shows from a line to the end of the block.
func part(t *testing.T, screen, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(screen, from)
	got, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("it shows nothing from %q to %q", from, to)
	}
	return strings.TrimSpace(from + got)
}

// TestReadme_ShowsWhatTheDemoShows runs what both READMEs tell a stranger to run.
func TestReadme_ShowsWhatTheDemoShows(t *testing.T) {
	for _, file := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(file, func(t *testing.T) {
			n := startDemo(t)
			screen := shown(read(t, filepath.Join("..", file)))
			claimed := still(part(t, screen, "Quartet demo:", "\n\n{"))
			if !strings.Contains(still(n.screen), claimed) {
				t.Errorf("it shows\n%s\nthe demo shows\n%s", claimed, still(n.screen))
			}
			var answers []string
			for _, c := range curls(t, n.screen) {
				answers = append(answers, n.do(t, c))
			}
			if claimed := still(part(t, screen, `{"code"`, "\n\n")); claimed != still(strings.Join(answers, "\n")) {
				t.Errorf("it shows the answers\n%s\nthe demo gives\n%s", claimed, strings.Join(answers, "\n"))
			}
			var list string // nobody waits for the row of a refusal
			await(t, "the row of the refusal", func() bool {
				list = n.command(t, "", "call", "list")
				return strings.Count(list, "\n") > len(answers)
			})
			if claimed := still(part(t, screen, "SEQNO ", "\n\n")); claimed != still(strings.TrimSpace(list)) {
				t.Errorf("it shows the calls\n%s\nthe demo lists\n%s", claimed, list)
			}
		})
	}
}

// addProducts runs every command of a document that adds a product.
func (n *node) addProducts(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "quartet product add ") {
			words, _ := shellWords(t, line)
			n.command(t, "", words[1:]...)
		}
	}
}

// TestCurl_AnswersAsTheDocumentsSay runs every curl command of the documents.
func TestCurl_AnswersAsTheDocumentsSay(t *testing.T) {
	n := startDemo(t)
	n.addProducts(t, shown(read(t, "products.md")))
	for _, file := range []string{"../README.md", "../README.zh-CN.md", "api.md", "api.zh-CN.md", "products.md"} {
		list := curls(t, shown(read(t, file)))
		if len(list) == 0 {
			t.Errorf("%s shows no curl command", file)
		}
		for _, c := range list {
			if got := n.do(t, c); still(got) != still(c.want) {
				t.Errorf("%s: %s\nanswers %s\nnot     %s", file, c.url, got, c.want)
			}
		}
	}
}
