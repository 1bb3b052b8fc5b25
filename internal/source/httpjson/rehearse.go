package httpjson

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"quartet"
	"quartet/internal/source"
)

// Rehearse implements source.Rehearser. The request is made of masked elements and of the
// names of credentials, so that nothing can be read out of it, neither in clear nor through
// what keys would make of it.
func (s *Source) Rehearse(q source.Query) (string, error) {
	if !s.takes(q) {
		return "", &quartet.Error{Code: quartet.ErrUnsupported, Field: "need", Message: s.manifest.doc.Name + " does not compare these elements, or does not take this kind of ID number"}
	}
	env, err := s.question(q)
	if err != nil {
		return "", err
	}
	for name, masked := range map[quartet.Element]string{
		quartet.ElementName: q.Elements.Name.String(), quartet.ElementID: q.Elements.ID.String(),
		quartet.ElementCard: q.Elements.Card.String(), quartet.ElementMobile: q.Elements.Mobile.String(),
	} {
		if q.Need.Has(name.Set()) {
			env[string(name)] = masked
		}
	}
	names := map[string]any{}
	for slot := range s.texts {
		names[slot] = "‹" + slot + "›"
	}
	env["credential"] = names
	out, fields, err := s.plan.make(env, q.Need, true)
	if err != nil {
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: "manifest", Message: err.Error() + ", at least not for masked elements"}
	}
	return out.show(s.plan.request.Body, fields)
}

// TestPerson implements source.Rehearser.
func (s *Source) TestPerson() (quartet.Raw, bool) {
	p := s.manifest.doc.TestPerson
	if p == nil {
		return quartet.Raw{}, false
	}
	return quartet.Raw{Name: p.Name, ID: p.ID, Card: p.Card, Mobile: p.Mobile}, true
}

// show writes a request for people's eyes: fields are not percent-encoded and stand each on
// a line of their own.
func (o *outgoing) show(body string, fields []sent) (string, error) {
	u, err := url.Parse(o.url)
	if err != nil {
		return "", err
	}
	u.RawQuery = ""
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", o.method, u)
	lines := func(where, mark string) {
		for i := range fields {
			if f := &fields[i]; f.In == where {
				fmt.Fprintf(&b, "%s%s=%s\n", mark, f.Name, f.text())
				mark = strings.Replace(mark, "?", "&", 1)
			}
		}
	}
	lines(inQuery, "  ?")
	names := make([]string, 0, len(o.header))
	for name := range o.header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\n", name, o.header[name][0])
	}
	switch body {
	case bodyNone:
	case bodyJSON:
		fmt.Fprintf(&b, "\n%s\n", o.body)
	default:
		b.WriteString("\n")
		lines(inBody, "")
	}
	return b.String(), nil
}
