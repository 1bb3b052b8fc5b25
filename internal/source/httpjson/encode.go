package httpjson

import (
	"bytes"
	"mime/multipart"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// query writes the fields of the query in their order.
func query(fields []sent) string {
	var in []sent
	for _, f := range fields {
		if f.In == inQuery {
			in = append(in, f)
		}
	}
	return form(in)
}

func form(fields []sent) string {
	pairs := make([]string, 0, len(fields))
	for i := range fields {
		pairs = append(pairs, percent(fields[i].Name)+"="+percent(fields[i].text()))
	}
	return strings.Join(pairs, "&")
}

// node is an object whose names keep their order.
type node struct {
	names  []string
	inner  map[string]*node
	values map[string]any
}

func (n *node) put(path []string, value any) {
	name := path[0]
	if n.inner == nil {
		n.inner, n.values = map[string]*node{}, map[string]any{}
	}
	_, isValue := n.values[name]
	if n.inner[name] == nil && !isValue {
		n.names = append(n.names, name)
	}
	if len(path) == 1 {
		n.values[name] = value
		return
	}
	if n.inner[name] == nil {
		n.inner[name] = &node{}
	}
	n.inner[name].put(path[1:], value)
}

func (n *node) append(b []byte) []byte {
	b = append(b, '{')
	for i, name := range n.names {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, name)
		b = append(b, ':')
		if inner := n.inner[name]; inner != nil {
			b = inner.append(b)
			continue
		}
		value, err := json.Marshal(n.values[name], json.Deterministic(true))
		if err != nil {
			value = []byte("null")
		}
		b = append(b, value...)
	}
	return append(b, '}')
}

// object writes fields as JSON. A name with dots lies in objects.
func object(fields []sent) string {
	root := &node{}
	for _, f := range fields {
		root.put(strings.Split(f.Name, "."), f.value)
	}
	return string(root.append(nil))
}

// body writes the fields of the body. A multipart body is not written here, since its
// boundary is drawn when it is sent.
func (p *plan) body(fields []sent) string {
	var in []sent
	for _, f := range fields {
		if f.In == inBody {
			in = append(in, f)
		}
	}
	switch p.request.Body {
	case bodyForm:
		return form(in)
	case bodyJSON:
		return object(in)
	default:
		return ""
	}
}

// write puts headers and body into the request.
func (p *plan) write(out *outgoing, fields []sent, env map[string]any) error {
	out.header["User-Agent"] = []string{"quartet"}
	switch p.request.Body {
	case bodyForm:
		out.header["Content-Type"] = []string{"application/x-www-form-urlencoded; charset=UTF-8"}
		out.body = []byte(p.body(fields))
	case bodyJSON:
		out.header["Content-Type"] = []string{"application/json; charset=UTF-8"}
		out.body = []byte(p.body(fields))
	case bodyMultipart:
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		boundary, _ := env["nonce"].(string)
		if err := w.SetBoundary(boundary); err != nil {
			return &misfit{"body", "cannot be written"}
		}
		for i := range fields {
			if fields[i].In == inBody {
				_ = w.WriteField(fields[i].Name, fields[i].text()) // a buffer takes everything
			}
		}
		_ = w.Close()
		out.header["Content-Type"] = []string{w.FormDataContentType()}
		out.body = b.Bytes()
	}
	for i := range fields {
		if f := &fields[i]; f.In == inHeader {
			for name := range out.header {
				if strings.EqualFold(name, f.Name) {
					delete(out.header, name)
				}
			}
			out.header[f.Name] = []string{f.text()}
		}
	}
	return nil
}
