package auth

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"quartet/internal/web"
)

// Request is a request as far as a signature covers it. Its buffers may be used again.
type Request struct {
	Method string
	Path   string // as the request line carries it, before the question mark
	Host   string
	Header http.Header
	Query  []web.Param
	Form   []web.Param // of a body that is declared to be a form; else empty
	Body   []byte

	names  []string  // of the headers that take part
	params []placed  // those that take part, in the order of the last reading
	order  order     // of params
	ways   []reading // how it is read
	text   []byte    // the string to sign
	given  []byte    // the signature that came
	sum    []byte    // the one that should have come
}

// Wipe forgets the request and what was made of it, which holds a person's elements.
func (r *Request) Wipe() {
	names, params, text := emptied(r.names), emptied(r.params), emptied(r.text)
	*r = Request{names: names, params: params, ways: r.ways, text: text, given: r.given[:0], sum: r.sum[:0]}
}

// emptied is a buffer to be used again, wiped. One that a large request made is let go: it
// would be wiped for every small one after it.
func emptied[T any](buf []T) []T {
	const most = 4 << 10
	clear(buf[:cap(buf)])
	if cap(buf) > most {
		return nil
	}
	return buf[:0]
}

// placed is a parameter and its place among all: of equal names the first counts.
type placed struct {
	web.Param

	place int
}

// order is whose parameters come before the others of the same name.
type order uint8

const (
	unordered order = iota
	queryFirst
	formFirst
)

// reading is one of the ways in which a request can be read for its signature.
type reading struct {
	lower   bool  // names of headers in lower case, whatever the list says
	first   order // of a parameter in query and form, whose value counts
	equals  bool  // a parameter without a value keeps its equals sign
	decoded bool  // the path is taken without its percent-encoding
}

// documented is the reading that the rules describe.
var documented = reading{first: queryFirst}

// readings gives the documented reading first, then those of clients that differ in a
// corner: the form's value before the query's, names in lower case, empty values with an
// equals sign; each with the path as it came and, where it is encoded, decoded. What
// would read the same as one before is left out.
func (r *Request) readings() []reading {
	r.ways = r.ways[:0]
	r.add(documented)
	if len(r.Query) > 0 && len(r.Form) > 0 {
		r.add(reading{first: formFirst})
	}
	if slices.ContainsFunc(r.names, hasUpper) {
		r.add(reading{first: queryFirst, lower: true})
	}
	if slices.ContainsFunc(r.Query, noValue) || slices.ContainsFunc(r.Form, noValue) {
		r.add(reading{first: queryFirst, lower: true, equals: true})
	}
	return r.ways
}

func (r *Request) add(as reading) {
	r.ways = append(r.ways, as)
	if strings.IndexByte(r.Path, '%') >= 0 {
		as.decoded = true
		r.ways = append(r.ways, as)
	}
}

func hasUpper(name string) bool {
	return strings.ContainsFunc(name, func(c rune) bool { return c >= 'A' && c <= 'Z' })
}

func noValue(p web.Param) bool { return p.Value == "" }

// list reads which headers take part, besides those that have a place of their own.
func (r *Request) list() {
	r.names, r.order = r.names[:0], unordered
	for name := range strings.SplitSeq(first(r.Header, "X-Ca-Signature-Headers"), ",") {
		name = strings.Trim(name, " \t")
		if name != "" && !ownPlace(name) {
			r.names = append(r.names, name)
		}
	}
}

func ownPlace(name string) bool {
	for _, own := range [...]string{"X-Ca-Signature", "X-Ca-Signature-Headers", "Accept", "Content-MD5", "Content-Type", "Date"} {
		if strings.EqualFold(name, own) {
			return true
		}
	}
	return false
}

// maxToSign bounds a string to sign, in bytes: more than the largest body, path, query and
// headers come to when each takes part once. A list that names one header a thousand times
// would have any stranger's request, before it is refused, keep a processor busy for seconds.
const maxToSign = 256 << 10

// appendString writes the string to sign, or its beginning when it is longer than maxToSign:
//
//	METHOD
//	Accept
//	Content-MD5
//	Content-Type
//	Date
//	name:value        a line for each header of the list, by name
//	path?name=value&… decoded, by name, the first of each
//
// A name keeps the spelling of the list. There is no line end at the end.
func (r *Request) appendString(b []byte, as reading) []byte {
	b = append(append(b, r.Method...), '\n')
	b = append(append(b, first(r.Header, "Accept")...), '\n')
	b = append(append(b, first(r.Header, "Content-Md5")...), '\n')
	kind := first(r.Header, "X-Ca-Signed-Content-Type")
	if kind == "" {
		kind = first(r.Header, "Content-Type")
	}
	b = append(append(b, kind...), '\n')
	b = append(append(b, first(r.Header, "Date")...), '\n')
	if as.lower {
		for i, name := range r.names {
			r.names[i] = strings.ToLower(name)
		}
	}
	slices.Sort(r.names)
	for _, name := range r.names {
		if len(b) > maxToSign {
			return b
		}
		b = append(append(b, name...), ':')
		b = append(append(b, r.value(name)...), '\n')
	}
	path := r.Path
	if as.decoded {
		path = decodePath(path)
	}
	return r.appendParams(append(b, path...), as)
}

// value is that of a header, whose name may be spelt anyhow.
func (r *Request) value(name string) string {
	if strings.EqualFold(name, "Host") { // net/http takes it out of the headers
		return r.Host
	}
	return first(r.Header, textproto.CanonicalMIMEHeaderKey(name))
}

func (r *Request) appendParams(b []byte, as reading) []byte {
	r.sort(as.first)
	mark, before := byte('?'), ""
	for _, p := range r.params {
		if p.Name == "" || p.Name == before { // of equal names the first counts
			continue
		}
		before = p.Name
		b = append(append(b, mark), p.Name...)
		if p.Value != "" || as.equals {
			b = append(append(b, '='), p.Value...)
		}
		mark = '&'
	}
	return b
}

// sort brings the parameters into order, unless the last reading has done so: a large form
// takes long.
func (r *Request) sort(as order) {
	if r.order == as {
		return
	}
	r.order, r.params = as, r.params[:0]
	lists := [...][]web.Param{r.Query, r.Form}
	if as == formFirst {
		lists[0], lists[1] = lists[1], lists[0]
	}
	for _, list := range lists {
		for _, p := range list {
			r.params = append(r.params, placed{p, len(r.params)})
		}
	}
	slices.SortFunc(r.params, func(a, b placed) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.place - b.place
	})
}

// decodePath takes the percent-encoding away but for slashes and backslashes, as the old
// gateway did. What is broken stays as it is.
func decodePath(path string) string {
	b := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		c, ok := web.Unhex(path[i:])
		if !ok || c == '/' || c == '\\' {
			b = append(b, path[i])
			continue
		}
		b = append(b, c)
		i += 2
	}
	return string(b)
}

// maxShown bounds what a message shows of a string to sign, in bytes: a proxy on the way
// must not choke on a large form.
const maxShown = 4 << 10

// shown is the string of the documented reading as a message shows it: in backticks, with
// # for every line end and whatever else no header may hold.
func (r *Request) shown() string {
	r.list()
	r.text = r.appendString(r.text[:0], documented)
	text := r.text
	if len(text) > maxShown {
		text = text[:maxShown]
		for len(text) > 0 && !utf8.RuneStart(r.text[len(text)]) {
			text = text[:len(text)-1]
		}
	}
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte('`')
	for _, c := range text {
		if c < ' ' || c == 0x7f {
			c = '#'
		}
		b.WriteByte(c)
	}
	b.WriteByte('`')
	return b.String()
}
