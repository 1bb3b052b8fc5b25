package httpjson

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/types"

	"quartet"
)

// check finds what no single value of a manifest shows.
type check struct {
	*decoder

	doc    *document
	scopes scopes
	keys   map[string]bool // slots that are used as keys
}

// The bounds of what a manifest may ask for.
const (
	defaultTimeout = 5 * time.Second
	maxTimeout     = time.Minute
	maxQPS         = 10_000
	maxFields      = 64
)

// slotURL is the setting that replaces the address of a manifest. Every manifest has it.
const slotURL = "url"

func (c *check) all() {
	d := c.doc
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`).MatchString(d.Name) {
		c.faultf("name", "give the supplier a name of a-z, 0-9 and -, such as my-supplier")
	}
	if strings.TrimSpace(d.Title) == "" {
		c.faultf("title", "give the supplier a title, as people read it")
	}
	if wrong := checkURL(d.URL, d.AllowPlainHTTP); wrong != "" {
		c.faultf("url", "%s", wrong)
	}
	if _, written := c.places["timeout"]; !written {
		d.Timeout = defaultTimeout
	}
	if d.Timeout <= 0 || d.Timeout > maxTimeout {
		c.faultf("timeout", "must be above 0 and at most %v", maxTimeout)
	}
	if d.QPS < 0 || d.QPS > maxQPS {
		c.faultf("qps", "must be from 0 to %d; 0 says nothing", maxQPS)
	}
	c.scope()
	c.slots()
	c.request("request", &d.Request, c.scopes.question())
	c.answer("answer", &d.Answer)
	if d.Answer.Result == nil {
		c.faultf("answer.result", "say where the verdict stands (path) and what its values mean (table)")
	}
	if d.Inquiry != nil {
		c.inquiry(d.Inquiry)
	}
	if p := d.TestPerson; p != nil && p.Card == "" {
		c.faultf("test_person", "a test person has at least a card; leave test_person out if the supplier offers none")
	}
	for i, s := range d.Credentials {
		if s.Name != slotURL && !c.keys[s.Name] && !c.scopes.used[s.Name] {
			c.faultf(index("credentials", i), "nothing uses %s; use it or leave it out", s.Name)
		}
	}
}

func (c *check) scope() {
	d := c.doc
	if len(d.Needs) == 0 {
		c.faultf("needs", "say which elements the supplier compares, such as name+id+card+mobile")
	}
	for i, text := range d.Needs {
		if _, ok := elementSet(text); !ok {
			c.faultf(index("needs", i), "must be elements joined by +, the card among them, such as name+id+card+mobile")
		}
	}
	for i, text := range d.IDTypes {
		if !knownIDType(text) {
			c.faultf(index("id_types", i), "must be idcard, residence_permit_hk, residence_permit_mo, residence_permit_tw, foreign_pr_18 or foreign_pr_15")
		}
	}
}

func (c *check) slots() {
	c.keys = map[string]bool{}
	c.scopes = scopes{credential: map[string]bool{}, used: map[string]bool{}}
	seen := map[string]bool{}
	for i, s := range c.doc.Credentials {
		at := index("credentials", i)
		switch {
		case !regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`).MatchString(s.Name):
			c.faultf(at, "a credential's name is made of a-z, 0-9 and _, such as app_key")
		case s.Name == slotURL:
			c.faultf(at, "url can always be set and need not be listed; leave it out")
		case s.Name == ivRandom || s.Name == ivZero || s.Name == ivFromKey:
			c.faultf(at, "this word has a meaning beside keys; name the credential otherwise, such as aes_key")
		case seen[s.Name]:
			c.faultf(at, "another credential has the same name")
		case s.As != "" && s.As != "text" && s.As != "hex" && s.As != "base64":
			c.faultf(at+".as", "must be text, hex or base64")
		}
		seen[s.Name] = true
		if s.As == "" || s.As == "text" {
			c.scopes.credential[s.Name] = true
		}
	}
}

// key checks that a slot for a key exists.
func (c *check) key(path, name string) {
	c.keys[name] = true
	if name == "" {
		c.faultf(path, "name the credential that holds the key")
		return
	}
	if !slices.ContainsFunc(c.doc.Credentials, func(s slot) bool { return s.Name == name }) {
		c.faultf(path, "there is no credential named %s; list it under credentials", name)
	}
}

// expression compiles an expression; text: it must give a text.
func (c *check) expression(path string, e *expression, scope types.Map, text bool) {
	if wrong := c.scopes.compile(e, scope, text); wrong != "" {
		c.faultf(path, "%s", wrong)
	}
}

func (c *check) inquiry(q *inquiry) {
	c.request("inquiry.request", &q.Request, c.scopes.inquiry())
	if q.Request.Envelope == nil && !mentionsAny(&q.Request, "order", "reference") {
		c.faultf("inquiry.request", "no field names the question; give one the value order or reference")
	}
	if q.Answer != nil {
		c.answer("inquiry.answer", q.Answer)
		if q.Answer.Result == nil {
			c.faultf("inquiry.answer.result", "say where the verdict stands (path) and what its values mean (table)")
		}
	}
	if len(q.NotArrived) == 0 {
		c.faultf("inquiry.not_arrived", "say how the supplier answers about a question that it never got")
	}
	c.conditions("inquiry.arrived", q.Arrived)
	c.conditions("inquiry.not_arrived", q.NotArrived)
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// checkURL says what is wrong with an address.
func checkURL(text string, plain bool) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be an address such as https://api.example.com"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "is scheme, host and path alone; whatever else there is belongs into fields and credentials"
	case u.Scheme == "http" && !plain && !loopback(u.Hostname()):
		return "would send people's data over the net in clear; use https, or set allow_plain_http: true if the supplier has nothing else"
	default:
		return ""
	}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// scope gives the sets of elements and the types of a checked manifest.
func (d *document) scope() (needs []quartet.ElementSet, ids []quartet.IDType) {
	for _, text := range d.Needs {
		set, _ := elementSet(text)
		needs = append(needs, set)
	}
	for _, text := range d.IDTypes {
		ids = append(ids, quartet.IDType(text))
	}
	return needs, ids
}
