package httpjson

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"quartet"
)

// plan is a request of a manifest, bound to its credentials: it makes requests.
type plan struct {
	request *request
	base    string
	steps   []transform // of each field
	seal    transform   // of the envelope
	sign    signer
}

// outgoing is a request that can be sent.
type outgoing struct {
	method string
	url    string
	host   string
	header http.Header
	body   []byte
}

func (b *binding) plan(r *request, base string) (*plan, error) {
	p := &plan{request: r, base: strings.TrimSuffix(base, "/")}
	for _, f := range r.Fields {
		do, err := b.steps(f.Do)
		if err != nil {
			return nil, err
		}
		p.steps = append(p.steps, do)
	}
	if r.Envelope != nil {
		do, err := b.steps(r.Envelope.Do)
		if err != nil {
			return nil, err
		}
		p.seal = do
	}
	if s := r.Sign; s != nil {
		raw, _ := b.raw(s.Key)
		sign, wrong := newSigner(s.Method, b.values[s.Key], raw)
		if wrong != "" {
			return nil, unfit(s.Key, "has a wrong %s: it %s", s.Key, wrong)
		}
		p.sign = sign
	}
	return p, nil
}

func (b *binding) steps(list []step) (transform, error) {
	do, name, wrong := b.bind(list)
	if wrong != "" {
		return nil, unfit(name, "has a wrong %s: it %s", name, wrong)
	}
	return do, nil
}

// sent is a field with the value that it goes out with.
type sent struct {
	*field

	value any
}

func (s *sent) text() string { return fmt.Sprint(s.value) }

// misfit is a value that the manifest cannot send. It names the field, never the value.
type misfit struct{ field, why string }

func (m *misfit) Error() string { return "the field " + m.field + " " + m.why }

// make makes the request. env holds what expressions may speak of; need leaves out the
// fields that speak of other elements. With shown the request is for people's eyes: whatever
// keys make of the values is named instead.
func (p *plan) make(env map[string]any, need quartet.ElementSet, shown bool) (*outgoing, []sent, error) {
	fields := make([]sent, 0, len(p.request.Fields))
	values := make([]*sent, len(p.request.Fields))
	for i := range p.request.Fields {
		if f := &p.request.Fields[i]; f.asks(need) {
			fields = append(fields, sent{field: f})
			values[i] = &fields[len(fields)-1]
		}
	}
	fill := func(when func(*field) bool) error {
		for i, s := range values {
			if s == nil || s.value != nil || !when(s.field) {
				continue
			}
			if err := p.compute(i, s, env, shown); err != nil {
				return err
			}
		}
		return nil
	}
	waits := func(f *field, name string) bool { return f.In != inEnvelope && f.Value.names[name] }
	err := fill(func(f *field) bool { return !waits(f, nameEnvelope) && !waits(f, nameSignature) })
	if err != nil {
		return nil, nil, err
	}
	if p.request.Envelope != nil {
		if env[nameEnvelope], err = p.envelope(fields, shown); err != nil {
			return nil, nil, err
		}
		if err := fill(func(f *field) bool { return !waits(f, nameSignature) }); err != nil {
			return nil, nil, err
		}
	}
	out := &outgoing{method: p.request.Method, header: http.Header{}}
	address, err := url.Parse(p.base + p.request.Path)
	if err != nil {
		return nil, nil, &misfit{slotURL, "is no address"}
	}
	out.host = address.Host
	if p.sign != nil {
		for name, value := range map[string]string{"method": out.method, "host": out.host, "path": address.EscapedPath()} {
			env[name] = value
		}
		if env[nameSignature], err = p.signature(fields, env, shown); err != nil {
			return nil, nil, err
		}
		if err := fill(func(*field) bool { return true }); err != nil {
			return nil, nil, err
		}
	}
	address.RawQuery = query(fields)
	out.url = address.String()
	return out, fields, p.write(out, fields, env)
}

// compute gives one field its value.
func (p *plan) compute(i int, s *sent, env map[string]any, shown bool) error {
	if s.Text != nil {
		s.value = *s.Text
	} else {
		v, ok := s.Value.run(env)
		if !ok || v == nil {
			return &misfit{s.Name, "cannot be computed"}
		}
		s.value = v
	}
	if len(s.Do) > 0 {
		text, isText := s.value.(string)
		switch {
		case !isText:
			return &misfit{s.Name, "is no text"}
		case shown:
			s.value = named(s.Do, text)
		default:
			done, err := p.steps[i]([]byte(text))
			if err != nil {
				return &misfit{s.Name, "does not fit its steps"}
			}
			s.value = string(done)
		}
	}
	if n := len([]rune(s.text())); s.Length != "" && !shown && (n < s.least || n > s.most) {
		return &misfit{s.Name, "has a length that the supplier does not take"}
	}
	if s.In == inHeader && strings.ContainsFunc(s.text(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return &misfit{s.Name, "cannot stand in a header"}
	}
	return nil
}

func (p *plan) envelope(fields []sent, shown bool) (string, error) {
	var inner []sent
	for _, s := range fields {
		if s.In == inEnvelope {
			inner = append(inner, s)
		}
	}
	text := form(inner)
	if p.request.Envelope.As == bodyJSON {
		text = object(inner)
	}
	if shown {
		return named(p.request.Envelope.Do, text), nil
	}
	sealed, err := p.seal([]byte(text))
	if err != nil {
		return "", &misfit{nameEnvelope, "does not fit its steps"}
	}
	return string(sealed), nil
}

// named names the steps in place of what they make.
func named(steps []step, text string) string {
	if len(steps) == 0 {
		return text
	}
	names := make([]string, 0, len(steps))
	for _, s := range steps {
		switch {
		case s.Encrypt != nil:
			names = append(names, s.Encrypt.Cipher+" "+s.Encrypt.Mode)
		case s.Decrypt != nil:
			names = append(names, "open "+s.Decrypt.Cipher)
		case s.PartialMD5 != "":
			names = append(names, "partial md5")
		default:
			names = append(names, s.Word)
		}
	}
	return "‹" + strings.Join(names, ", ") + " of " + text + "›"
}

// signature signs what the manifest says.
func (p *plan) signature(fields []sent, env map[string]any, shown bool) (string, error) {
	s := p.request.Sign
	ready := slices.DeleteFunc(slices.Clone(fields), func(f sent) bool { return f.value == nil })
	env["query"] = query(ready)
	env["body"] = p.body(ready)
	text, ok := s.text(ready, env)
	if !ok {
		return "", &misfit{nameSignature, "cannot be computed"}
	}
	if shown {
		return "‹" + s.Method + "›", nil
	}
	sum, err := p.sign([]byte(text))
	if err != nil {
		return "", &misfit{nameSignature, "cannot be computed"}
	}
	signature, _ := written(s.As, sum)
	return signature, nil
}

// text is what is signed.
func (s *signing) text(fields []sent, env map[string]any) (string, bool) {
	before, ok1 := s.Before.runText(env)
	after, ok2 := s.After.runText(env)
	if !ok1 || !ok2 {
		return "", false
	}
	var pieces []string
	between := ""
	if len(s.Parts) > 0 {
		for i := range s.Parts {
			piece, ok := s.Parts[i].runText(env)
			if !ok {
				return "", false
			}
			pieces = append(pieces, piece)
		}
	} else {
		between = "&"
		pairs, ok := s.pairs(fields, env)
		if !ok {
			return "", false
		}
		pieces = s.show(pairs)
	}
	if s.Join != nil {
		between = *s.Join
	}
	return before + strings.Join(pieces, between) + after, true
}

// pairs are the names and values that take part, in their order.
func (s *signing) pairs(fields []sent, env map[string]any) (pairs [][2]string, ok bool) {
	for i := range fields {
		f := &fields[i]
		if (f.In == inQuery || f.In == inBody) && !slices.Contains(s.Except, f.Name) && (s.sorted() || slices.Contains(s.Fields, f.Name)) {
			pairs = append(pairs, [2]string{f.Name, f.text()})
		}
	}
	for name, e := range s.Also {
		value, ok := e.runText(env)
		if !ok {
			return nil, false
		}
		pairs = append(pairs, [2]string{name, value})
	}
	if !s.KeepEmpty {
		pairs = slices.DeleteFunc(pairs, func(p [2]string) bool { return p[1] == "" })
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		if !s.sorted() {
			if d := slices.Index(s.Fields, a[0]) - slices.Index(s.Fields, b[0]); d != 0 {
				return d
			}
		}
		return strings.Compare(a[0], b[0])
	})
	return pairs, true
}

func (s *signing) show(pairs [][2]string) []string {
	equals := "="
	if s.Equals != nil {
		equals = *s.Equals
	}
	list := make([]string, 0, len(pairs))
	for _, p := range pairs {
		value := p[1]
		switch s.Encode {
		case "form":
			value = url.QueryEscape(value)
		case "percent":
			value = percent(value)
		}
		if !s.Values {
			value = p[0] + equals + value
		}
		list = append(list, value)
	}
	return list
}
