package httpjson_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
)

// recorded is an answer as a supplier gives it, and what it must be read as.
type recorded struct {
	Name    string            `yaml:"name"`
	Need    string            `yaml:"need"`
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	Want    string            `yaml:"want"`
}

// told writes what came of a question in one line.
func told(a source.Answer, err error) string {
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	also := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" {
			add("%s=%s", name, text)
		}
	}
	if e, failed := err.(*source.Error); failed { //nolint:errorlint // the contract is the type itself
		add("%v", e.Kind)
		if e.Sent {
			add("sent")
		}
		if e.Retry {
			add("retry")
		}
		also("charged", e.Charged)
		also("code", e.Code)
		also("reference", e.Reference)
		return strings.Join(words, " ")
	}
	add("%v", a.Verdict)
	if a.Reason != quartet.ReasonNone {
		add("%s", a.Reason)
	}
	also("differs", a.Differs)
	also("charged", a.Charged)
	also("code", a.Code)
	also("reference", a.Reference)
	also("bank", a.Card.Bank)
	also("kind", a.Card.Kind)
	return strings.Join(words, " ")
}

// needOf reads name+id+card; all without one.
func needOf(text string) quartet.ElementSet {
	if text == "" {
		return 0
	}
	var set quartet.ElementSet
	for name := range strings.SplitSeq(text, "+") {
		set |= quartet.Element(name).Set()
	}
	return set
}

func TestShipped_ReadsRecordedAnswers(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/answers/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			var cases []recorded
			if err := yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()); err != nil || len(cases) < 5 {
				t.Fatalf("%d answers are recorded: %v", len(cases), err)
			}
			var now recorded
			url := server(t, func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range now.Headers {
					w.Header().Set(name, value)
				}
				if now.Status != 0 {
					w.WriteHeader(now.Status)
				}
				_, _ = w.Write([]byte(now.Body))
			})
			src := open(t, manifest(t, name), url, httpjson.Options{})
			for _, c := range cases {
				now = c
				need := needOf(c.Need)
				if need == 0 {
					need = src.Scope().Needs[0]
				}
				if got := told(src.Verify(t.Context(), ask(t, 1, need))); got != c.Want {
					t.Errorf("%s: got\n%s\nwant\n%s", c.Name, got, c.Want)
				}
			}
		})
	}
}

// credentials are invented ones of the right form.
func credentials(m *httpjson.Manifest) map[string]string {
	given := map[string]string{}
	for _, s := range m.Slots() {
		switch s.Name {
		case "aes_key":
			given[s.Name] = "invented-key-of-32-characters-01"
		case "private_key":
			given[s.Name] = rsaPEM()
		default:
			given[s.Name] = "invented-" + s.Name
		}
	}
	return given
}

// open makes a source that asks url; it is closed with the test.
func open(t *testing.T, m *httpjson.Manifest, url string, o httpjson.Options) *httpjson.Source {
	t.Helper()
	given := credentials(m)
	given["url"] = url
	src, err := httpjson.New(m, given, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// noon is a fixed time: 2026-11-26 12:00:00 in Shanghai.
func noon() time.Time { return time.UnixMilli(1795665600_123) }

func TestSource_NeverCallsUnprocessedWhatIsCharged(t *testing.T) {
	m, err := httpjson.Parse([]byte(small + `  success:
    - {path: ok, is: "1"}
  failure:
    path: code
    table: {full: {is: busy, retry: true}, gone: {is: busy, retry: true, charged: no}}
  charged: {failures: yes}
`))
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{
		"full": "busy sent charged=yes code=full", "gone": "busy sent retry charged=no code=gone",
	} {
		src := open(t, m, server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"code":%q}`, code) }), httpjson.Options{})
		if got := told(src.Verify(t.Context(), ask(t, 1, src.Scope().Needs[0]))); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
	}
}
