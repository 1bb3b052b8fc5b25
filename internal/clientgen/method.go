package main

import (
	"bytes"
	"fmt"
	"go/token"
	"regexp"
	"strings"
)

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// method writes the method of an operation, and the struct of its query.
func (b *book) method(out *bytes.Buffer, op *operation) {
	name := strings.ToUpper(op.ID[:1]) + op.ID[1:]
	var parts []string
	for _, m := range inPath.FindAllStringSubmatch(op.path, -1) {
		part := local(m[1])
		if token.IsKeyword(part) {
			part += "ID"
		}
		parts = append(parts, part)
	}
	arguments := []string{"ctx context.Context"}
	if len(parts) > 0 {
		arguments = append(arguments, strings.Join(parts, ", ")+" string")
	}
	request := strings.Join(append([]string{fmt.Sprintf("r := at(%q", op.path)}, parts...), ", ")
	lines := []string{request + ")", "r.method = http.Method" + op.method[:1] + strings.ToLower(op.method[1:])}

	most := 0
	q := b.query(op, name)
	if op.pages() {
		most = op.most()
	}
	if q != "" {
		arguments = append(arguments, "q "+name+"Query")
		lines = append(lines, "r.query = q.values()")
	}
	switch kind, s := op.body(); {
	case kind == "":
	case kind != "application/json":
		arguments = append(arguments, "file io.Reader")
		lines = append(lines, "r.file = file")
	case op.RequestBody.Required:
		arguments = append(arguments, "in "+b.ask(s, name+" takes"))
		lines = append(lines, "r.body = in")
	default: // nil is nothing, not a null
		arguments = append(arguments, "in *"+b.ask(s, name+" takes"))
		lines = append(lines, "if in != nil {", "r.body = in", "}")
	}
	gives, call := b.answered(op, name, most)
	comment(out, name+": "+lower(op.Summary)+".", op.Doc, strings.Join(op.told(), " "))
	fmt.Fprintf(out, "func (c *API) %s(%s, options ...CallOption) %s {\n%s\nreturn %s\n}\n\n", name, strings.Join(arguments, ", "), gives, strings.Join(lines, "\n"), call)
	out.WriteString(q)
}

// answered is what a method gives, and the call that it ends with.
func (b *book) answered(op *operation, name string, most int) (gives, call string) {
	kind, s := op.answer()
	switch {
	case kind == "":
		return "error", "do(ctx, c, r, options)"
	case kind != "application/json":
		return "(*File, error)", "download(ctx, c, r, options)"
	}
	if items := b.list(s); items != nil {
		item := b.ask(items, name+" lists")
		return "iter.Seq2[" + item + ", error]", fmt.Sprintf("pages[%s](ctx, c, r, %d, options)", item, most)
	}
	one := b.ask(s, name+" answers")
	return "(*" + one + ", error)", "fetch[" + one + "](ctx, c, r, options)"
}

// list is what a list holds; nil: it is none.
func (b *book) list(s *schema) *schema {
	whole := b.doc.Components.Schemas[s.name()]
	items := whole.Properties["items"]
	if items == nil || len(whole.Properties) > 2 || len(whole.Properties) == 2 && whole.Properties["next"] == nil {
		return nil
	}
	return items.Items
}

// pages reports whether a list comes in pages.
func (op *operation) pages() bool {
	n := 0
	for _, p := range op.Parameters {
		if p.In == "query" && (p.Name == "after" || p.Name == "limit") {
			n++
		}
	}
	return n == 2
}

// most is the longest page.
func (op *operation) most() int {
	for _, p := range op.Parameters {
		if p.Name == "limit" {
			return p.Schema.Maximum
		}
	}
	return 0
}

// told is what else one must know to call it.
func (op *operation) told() []string {
	all := []string{op.method + " " + op.path + "."}
	if len(op.Rights) > 0 {
		all = append(all, "Rights: "+strings.Join(op.Rights, " or ")+".")
	}
	if op.Fresh {
		all = append(all, "It asks for a fresh proof ([ErrProofNeeded]).")
	}
	if op.Once {
		all = append(all, "Its answer is given once: a repeat gets [ErrConflict].")
	}
	return all
}

// query is the struct of what an operation takes in its query, and how it is written. Where in a
// list it begins is the client's own business.
func (b *book) query(op *operation, name string) string {
	var fields, set bytes.Buffer
	for _, p := range op.Parameters {
		if p.In != "query" || op.pages() && (p.Name == "after" || p.Name == "limit") {
			continue
		}
		kind, how := "string", "text"
		switch t := p.Schema.kind(); {
		case t == "integer":
			kind, how = "int64", "number"
		case t == "boolean" && p.Schema.Default == true:
			kind, how = "*bool", "choice"
		case t == "boolean":
			kind, how = "bool", "flag"
		case t == "array":
			kind, how = "[]string", "list"
		case p.Schema.Format == "date-time":
			kind, how = "time.Time", "instant"
		}
		words := p.Schema.words()
		if p.Required {
			words = append([]string{"needed"}, words...)
		}
		fmt.Fprintf(&fields, "%s %s%s\n", exported(p.Name), kind, beside(words))
		fmt.Fprintf(&set, "v.%s(%q, q.%s)\n", how, p.Name, exported(p.Name))
	}
	if fields.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("// %sQuery narrows %s; zero fields are left out.\ntype %sQuery struct {\n%s}\n\nfunc (q %sQuery) values() url.Values {\nv := asked{url.Values{}}\n%sreturn v.Values\n}\n\n",
		name, name, name, fields.String(), name, set.String())
}
