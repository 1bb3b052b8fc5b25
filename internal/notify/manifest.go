package notify

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"quartet"
)

// Manifest describes how a provider of SMS is asked to send one, and how its answer says
// that it will. It holds the names of secrets alone, and never changes.
type Manifest struct{ doc document }

// document is a manifest as it is written. Values may hold {mobile}, {text}, {code} and
// {secret.NAME}.
type document struct {
	Name    string            `yaml:"name"`
	URL     string            `yaml:"url"`
	Method  string            `yaml:"method"`
	Timeout time.Duration     `yaml:"timeout"`
	Secrets []string          `yaml:"secrets"`
	Headers map[string]string `yaml:"headers"`
	Form    map[string]string `yaml:"form"` // of a GET: the query
	JSON    map[string]any    `yaml:"json"`
	Success success           `yaml:"success"`
}

// success is the field of the answer that says so, by a path such as data.code.
type success struct {
	Path string `yaml:"path"`
	Is   string `yaml:"is"`
}

const (
	maxManifest    = 64 << 10
	defaultTimeout = 5 * time.Second
	maxTimeout     = 30 * time.Second
	maxDepth       = 16
)

var (
	manifestName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	secretName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	headerName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)
	answerPath   = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	placeholder  = regexp.MustCompile(`\{[^{}]*\}`)
)

// ParseManifest reads and checks a manifest. ErrInvalid, with the line and the column of
// what is wrong.
func ParseManifest(text []byte) (m *Manifest, err error) {
	defer func() {
		if recover() != nil { // the parser has met something it was not made for
			m, err = nil, fault(1, 1, "this is not YAML")
		}
	}()
	if len(text) > maxManifest {
		return nil, fault(1, 1, "a manifest has at most %d KiB", maxManifest>>10)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntax(err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, fault(1, 1, "a file holds one manifest")
	}
	c := check{file: file}
	if err := yaml.UnmarshalWithOptions(text, &c.doc, yaml.Strict()); err != nil {
		return nil, syntax(err)
	}
	if err := c.all(); err != nil {
		return nil, err
	}
	return &Manifest{doc: c.doc}, nil
}

// Name is the provider's name.
func (m *Manifest) Name() string { return m.doc.Name }

// Secrets are the names of what NewHTTP must be given.
func (m *Manifest) Secrets() []string { return slices.Clone(m.doc.Secrets) }

func fault(line, column int, format string, args ...any) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "manifest", Message: fmt.Sprintf("%d:%d: ", line, column) + fmt.Sprintf(format, args...)}
}

// syntax is the fault that the YAML library found.
func syntax(err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil && e.GetToken().Position != nil {
		return fault(e.GetToken().Position.Line, e.GetToken().Position.Column, "%s", e.GetMessage())
	}
	return fault(1, 1, "this is not a manifest")
}

// check finds what the form alone does not show.
type check struct {
	file *ast.File
	doc  document
	used map[string]bool // placeholders
}

// at is a fault at the place of a value.
func (c *check) at(steps []string, format string, args ...any) error {
	path := (&yaml.PathBuilder{}).Root()
	for _, s := range steps {
		if i, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 10, 32); err == nil && s[0] == '#' {
			path = path.Index(uint(i))
		} else {
			path = path.Child(s)
		}
	}
	line, column := 1, 1
	if node, err := path.Build().FilterFile(c.file); err == nil && node.GetToken() != nil && node.GetToken().Position != nil {
		line, column = node.GetToken().Position.Line, node.GetToken().Position.Column
	}
	return fault(line, column, strings.Join(steps, ".")+": "+format, args...)
}

func (c *check) all() error {
	d := &c.doc
	c.used = map[string]bool{}
	u, err := url.Parse(d.URL)
	switch {
	case !manifestName.MatchString(d.Name):
		return c.at([]string{"name"}, "give the provider a name of a-z, 0-9 and -")
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || placeholder.MatchString(d.URL):
		return c.at([]string{"url"}, "must be an address such as https://sms.example.com/send")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return c.at([]string{"url"}, "codes would cross the net in clear; must begin with https://")
	case d.Success.Path == "" || !answerPath.MatchString(d.Success.Path):
		return c.at([]string{"success", "path"}, "must name the field of the answer that says whether the message was taken, such as data.code")
	case d.Success.Is == "":
		return c.at([]string{"success", "is"}, "must be the value that says so")
	case d.Timeout < 0 || d.Timeout > maxTimeout:
		return c.at([]string{"timeout"}, "must be at most %v", maxTimeout)
	case len(d.Form) > 0 && len(d.JSON) > 0:
		return c.at([]string{"json"}, "the body is either form or json")
	}
	switch d.Method {
	case "", http.MethodPost, http.MethodPut:
	case http.MethodGet:
		if len(d.JSON) > 0 {
			return c.at([]string{"method"}, "a GET has no body; use POST")
		}
	default:
		return c.at([]string{"method"}, "must be POST, PUT or GET")
	}
	if d.Method == "" {
		d.Method = http.MethodPost
	}
	if d.Timeout == 0 {
		d.Timeout = defaultTimeout
	}
	if err := c.secrets(); err != nil {
		return err
	}
	if err := c.values(); err != nil {
		return err
	}
	switch {
	case !c.used["mobile"]:
		return c.at(nil, "nothing says whom the message is for; put {mobile} into the body")
	case !c.used["text"] && !c.used["code"]:
		return c.at(nil, "nothing says what the message is; put {text} or {code} into the body")
	}
	for i, name := range d.Secrets {
		if !c.used["secret."+name] {
			return c.at([]string{"secrets", "#" + strconv.Itoa(i)}, "nothing uses this secret; put {secret.%s} where it belongs", name)
		}
	}
	return nil
}

func (c *check) secrets() error {
	for i, name := range c.doc.Secrets {
		if !secretName.MatchString(name) || slices.Contains(c.doc.Secrets[:i], name) {
			return c.at([]string{"secrets", "#" + strconv.Itoa(i)}, "names of secrets are of a-z, 0-9 and _, each once")
		}
	}
	return nil
}

func (c *check) values() error {
	for _, name := range slices.Sorted(maps.Keys(c.doc.Headers)) {
		steps := []string{"headers", name}
		if !headerName.MatchString(name) || slices.Contains([]string{"Host", "Content-Length", "Content-Type", "Connection", "Transfer-Encoding"}, http.CanonicalHeaderKey(name)) {
			return c.at(steps, "this header cannot be set")
		}
		for _, p := range placeholder.FindAllString(c.doc.Headers[name], -1) {
			if p == "{text}" || p == "{code}" {
				return c.at(steps, "%s belongs into the body", p)
			}
		}
		if err := c.value(steps, c.doc.Headers[name], 0); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.doc.Form)) {
		if err := c.value([]string{"form", name}, c.doc.Form[name], 0); err != nil {
			return err
		}
	}
	return c.value([]string{"json"}, c.doc.JSON, 0)
}

// value checks the placeholders of a value and of what lies in it.
func (c *check) value(steps []string, v any, depth int) error {
	if depth > maxDepth {
		return c.at(steps[:1], "is nested too deeply")
	}
	switch v := v.(type) {
	case string:
		for _, p := range placeholder.FindAllString(v, -1) {
			name := strings.Trim(p, "{}")
			secret, isSecret := strings.CutPrefix(name, "secret.")
			switch {
			case isSecret && !slices.Contains(c.doc.Secrets, secret):
				return c.at(steps, "%s is not among the secrets", p)
			case !isSecret && name != "mobile" && name != "text" && name != "code":
				return c.at(steps, "%s is not known; there are {mobile}, {text}, {code} and {secret.NAME}", p)
			}
			c.used[name] = true
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := c.value(append(slices.Clone(steps), name), v[name], depth+1); err != nil {
				return err
			}
		}
	case []any:
		for i, item := range v {
			if err := c.value(append(slices.Clone(steps), "#"+strconv.Itoa(i)), item, depth+1); err != nil {
				return err
			}
		}
	case nil, bool, uint64, int64, int, float64:
	default:
		return c.at(steps, "must be text, numbers, lists or keys with values")
	}
	return nil
}
