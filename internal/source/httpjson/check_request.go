package httpjson

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/types"

	"quartet"
)

// Where a field goes, and how a body is written.
const (
	inQuery    = "query"
	inBody     = "body"
	inHeader   = "header"
	inEnvelope = "envelope"

	bodyNone      = "none"
	bodyForm      = "form"
	bodyMultipart = "multipart"
	bodyJSON      = "json"
)

// names that a request's later stages add to a scope.
const (
	nameEnvelope  = "envelope"
	nameSignature = "signature"
)

func (c *check) request(path string, r *request, scope types.Map) {
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut}, r.Method) {
		c.faultf(path+".method", "must be GET, POST or PUT")
	}
	if r.Body == "" {
		r.Body = bodyForm
		if r.Method == http.MethodGet {
			r.Body = bodyNone
		}
	}
	if !slices.Contains([]string{bodyNone, bodyForm, bodyMultipart, bodyJSON}, r.Body) {
		c.faultf(path+".body", "must be form, json, multipart or none")
	}
	if r.Method == http.MethodGet && r.Body != bodyNone {
		c.faultf(path+".body", "a GET has no body; leave it out, or use POST")
	}
	if r.Path != "" && !regexp.MustCompile(`^/[^?#\s]*$`).MatchString(r.Path) {
		c.faultf(path+".path", "begins with / and has no ?; arguments belong into fields")
	}
	if len(r.Fields) == 0 || len(r.Fields) > maxFields {
		c.faultf(path+".fields", "lists what is sent, from 1 to %d fields", maxFields)
	}
	sealed, signed := scope, scope
	if r.Envelope != nil {
		c.envelope(path+".envelope", r)
		sealed = with(scope, nameEnvelope)
		signed = sealed
	}
	if r.Sign != nil {
		signed = with(sealed, nameSignature)
	}
	seen := map[[2]string]bool{}
	for i := range r.Fields {
		at := index(path+".fields", i)
		f := &r.Fields[i]
		inner := signed
		if c.field(at, r, f); f.In == inEnvelope {
			inner = scope
		}
		c.fieldValue(at, r, f, inner)
		if key := [2]string{f.In, f.Name}; seen[key] && f.Name != "" {
			c.faultf(at, "another field has the same name and goes to the same place")
		} else {
			seen[key] = true
		}
	}
	c.nesting(path, r)
	if r.Sign != nil {
		c.sign(path+".sign", r, sealed)
	}
}

func (c *check) envelope(path string, r *request) {
	e := r.Envelope
	if e.As == "" {
		e.As = bodyJSON
	}
	if e.As != bodyJSON && e.As != bodyForm {
		c.faultf(path+".as", "must be json or form")
	}
	c.steps(path+".do", e.Do, false)
}

// field checks everything of a field but its value.
func (c *check) field(at string, r *request, f *field) {
	if f.In == "" {
		f.In = inBody
		if r.Body == bodyNone {
			f.In = inQuery
		}
	}
	nested := f.In == inBody && r.Body == bodyJSON || f.In == inEnvelope && r.Envelope != nil && r.Envelope.As == bodyJSON
	switch {
	case !slices.Contains([]string{inQuery, inBody, inHeader, inEnvelope}, f.In):
		c.faultf(at+".in", "must be query, body, header or envelope")
	case f.In == inBody && r.Body == bodyNone:
		c.faultf(at+".in", "the request has no body")
	case f.In == inEnvelope && r.Envelope == nil:
		c.faultf(at+".in", "the request has no envelope; say under envelope how it is written")
	case f.Name == "":
		c.faultf(at+".name", "give the name under which the supplier takes it")
	case f.In == inHeader && !regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$").MatchString(f.Name):
		c.faultf(at+".name", "is no name of a header")
	case f.In == inHeader && slices.Contains([]string{"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "te", "trailer", "upgrade", "expect"}, strings.ToLower(f.Name)):
		c.faultf(at+".name", "this header is written by the transport; leave it out")
	case nested && (strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, ".") || strings.HasSuffix(f.Name, ".")):
		c.faultf(at+".name", "has an empty part; a nested name is written meta.sign")
	}
	if f.Length != "" {
		c.length(at, f)
	}
	c.steps(at+".do", f.Do, false)
}

func (c *check) length(at string, f *field) {
	least, most, isRange := strings.Cut(f.Length, "-")
	if !isRange {
		most = least
	}
	var err, err2 error
	f.least, err = strconv.Atoi(least)
	f.most, err2 = strconv.Atoi(most)
	switch {
	case err != nil || err2 != nil || f.least < 0 || f.most < f.least || f.most == 0:
		c.faultf(at+".length", "must be a number of characters such as 18, or a range such as 8-32")
	case strings.TrimSpace(f.Value.text) == "order" && len(f.Do) == 0 && (f.least > orderLength || f.most < orderLength):
		c.faultf(at+".length", "our number has %d characters (0-9, A-Z), which the supplier does not take; cut or fill it by an expression such as order + \"00\"", orderLength)
	}
}

// orderLength is how long source.Query.Order is.
const orderLength = 18

func (c *check) fieldValue(at string, r *request, f *field, scope types.Map) {
	switch {
	case f.Text != nil && f.Value.given():
		c.faultf(at, "give value, which is computed, or text, which is sent as it is; not both")
	case f.Text == nil && !f.Value.given():
		c.faultf(at, "give value, which is computed, or text, which is sent as it is")
	case f.Value.given():
		text := len(f.Do) > 0 || f.In == inQuery || f.In == inHeader || f.In == inBody && r.Body != bodyJSON ||
			f.In == inEnvelope && r.Envelope != nil && r.Envelope.As == bodyForm
		c.expression(at+".value", &f.Value, scope, text)
	}
}

// nesting refuses a name that is a value and an object at once.
func (c *check) nesting(path string, r *request) {
	for i, f := range r.Fields {
		if (f.In != inBody || r.Body != bodyJSON) && f.In != inEnvelope {
			continue
		}
		for _, other := range r.Fields {
			if other.In == f.In && strings.HasPrefix(other.Name, f.Name+".") {
				c.faultf(index(path+".fields", i)+".name", "is a value here and an object in %s", other.Name)
			}
		}
	}
}

func (c *check) sign(path string, r *request, scope types.Map) {
	s := r.Sign
	known, key := methodKnown(s.Method)
	switch {
	case !known:
		c.faultf(path+".method", "must be one of: %s", methodWords)
	case key:
		c.key(path+".key", s.Key)
	case s.Key != "":
		c.faultf(path+".key", "%s takes no key; put the secret into parts, also, before or after", s.Method)
	}
	if s.As == "" {
		s.As = "hex"
	}
	if _, ok := written(s.As, nil); !ok {
		c.faultf(path+".as", "must be one of: %s", writtenWords)
	}
	if s.Encode != "" && s.Encode != "form" && s.Encode != "percent" {
		c.faultf(path+".encode", "must be form (a blank becomes +) or percent (a blank becomes %%20)")
	}
	if !mentionsAny(r, nameSignature) {
		c.faultf(path, "no field sends it; give one the value signature")
	}
	if (len(s.Parts) == 0) == (len(s.Fields) == 0) {
		c.faultf(path, "give parts, which are joined in their order, or fields: sorted, or a list of fields")
	}
	if len(s.Parts) > 0 && (len(s.Except)+len(s.Also) > 0 || s.Values || s.KeepEmpty || s.Encode != "" || s.Equals != nil) {
		c.faultf(path, "except, also, values_only, keep_empty, encode and equals belong to fields, not to parts")
	}
	wider := with(scope, "method", "host", "path", "query", "body")
	for i := range s.Parts {
		at := index(path+".parts", i)
		c.expression(at, &s.Parts[i], wider, true)
		c.written(at, r, &s.Parts[i])
	}
	for name, e := range s.Also {
		c.expression(path+".also."+name, &e, scope, true)
		s.Also[name] = e
	}
	for name, e := range map[string]*expression{"before": &s.Before, "after": &s.After} {
		if e.given() {
			c.expression(path+"."+name, e, wider, true)
			c.written(path+"."+name, r, e)
		}
	}
	if s.sorted() {
		c.listed(path+".except", r, s.Except)
		return
	}
	c.listed(path+".fields", r, s.Fields)
	if len(s.Except) > 0 {
		c.faultf(path+".except", "belongs to fields: sorted")
	}
}

// sorted reports whether all fields take part, by their names.
func (s *signing) sorted() bool { return len(s.Fields) == 1 && s.Fields[0] == "sorted" }

func (c *check) listed(path string, r *request, names []string) {
	for i, name := range names {
		if !slices.ContainsFunc(r.Fields, func(f field) bool { return f.Name == name }) {
			c.faultf(index(path, i), "there is no field named %s", name)
		}
	}
}

// written refuses to sign a body or a query that waits for the signature.
func (c *check) written(at string, r *request, e *expression) {
	for _, f := range r.Fields {
		if (f.In == inBody && e.names["body"] || f.In == inQuery && e.names["query"]) && f.Value.names[nameSignature] {
			c.faultf(at, "the field %s puts the signature where it is being computed from; send it in a header", f.Name)
		}
	}
}

func mentionsAny(r *request, names ...string) bool {
	return slices.ContainsFunc(r.Fields, func(f field) bool {
		return slices.ContainsFunc(names, func(name string) bool { return f.Value.names[name] })
	})
}

// asks reports whether a field belongs to a question about these elements: not if it speaks
// of one that nobody asks about.
func (f *field) asks(need quartet.ElementSet) bool { return need.Has(f.Value.needs()) }
