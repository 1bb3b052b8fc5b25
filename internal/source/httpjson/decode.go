package httpjson

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxManifest bounds what is parsed at all; the shipped ones have a few KiB.
const maxManifest = 256 << 10

// place is where something stands in the text.
type place struct{ line, column int }

// decoder fills a document from the tree of the text, and keeps where everything stands, so
// that every fault is found with its place, not the first alone.
type decoder struct {
	places map[string]place
	faults Faults
}

func decode(text []byte) (doc *document, d *decoder) {
	d = &decoder{places: map[string]place{}}
	doc = &document{}
	if len(text) > maxManifest {
		d.faults = append(d.faults, Fault{Message: fmt.Sprintf("a manifest has at most %d KiB", maxManifest>>10)})
		return doc, d
	}
	if root := d.parse(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))); root != nil {
		d.value("", root, reflect.ValueOf(doc).Elem())
	}
	return doc, d
}

func (d *decoder) parse(text []byte) (root ast.Node) {
	defer func() {
		if recover() != nil { // the parser has met something it was not made for
			root = nil
			d.faults = append(d.faults, Fault{Line: 1, Column: 1, Message: "this is not YAML"})
		}
	}()
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		f := Fault{Line: 1, Column: 1, Message: "this is not YAML"}
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil {
			at := syntax.GetToken().Position
			f = Fault{Line: at.Line, Column: at.Column, Message: "this is not YAML: " + syntax.GetMessage()}
		}
		d.faults = append(d.faults, f)
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			d.at(doc.Body, "", "a second document begins here; one file holds one manifest")
			break
		}
		root = doc.Body
	}
	if root == nil && len(d.faults) == 0 {
		d.faults = append(d.faults, Fault{Line: 1, Column: 1, Message: "the manifest is empty; begin with name, url, request and answer"})
	}
	return root
}

// value reads a node into a value of the document.
func (d *decoder) value(path string, node ast.Node, into reflect.Value) {
	switch node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		d.at(node, path, "anchors, aliases and tags are not read here; write the value out")
		return
	}
	_, single := scalarText(node)
	if _, known := d.places[path]; single || !known { // a list or an object stands at its key
		d.places[path] = placeOf(node)
	}
	if node.Type() == ast.NullType && into.Kind() != reflect.String {
		return // as if it were not written
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(path, node, into.Elem())
	case reflect.Struct:
		d.object(path, node, into)
	case reflect.Map:
		d.table(path, node, into)
	case reflect.Slice:
		d.list(path, node, into)
	default:
		text, ok := scalarText(node)
		if !ok {
			d.at(node, path, "must be a single value")
			return
		}
		if message := setScalar(into, text); message != "" {
			d.at(node, path, message)
		}
	}
}

// setScalar returns what is wrong with the text, if anything.
func setScalar(into reflect.Value, text string) string {
	switch into.Interface().(type) {
	case time.Duration:
		v, err := time.ParseDuration(text)
		if err != nil {
			return "must be a duration such as 5s or 800ms"
		}
		into.SetInt(int64(v))
		return ""
	case bool:
		if text != "true" && text != "false" {
			return "must be true or false"
		}
		into.SetBool(text == "true")
	case int:
		v, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return "must be a whole number"
		}
		into.SetInt(v)
	default:
		into.SetString(text)
	}
	return ""
}

// object reads keys and values into a struct. A single value goes into the key that is
// marked for it, if there is one.
func (d *decoder) object(path string, node ast.Node, into reflect.Value) {
	if into.Type() == reflect.TypeFor[expression]() {
		text, ok := scalarText(node)
		if !ok {
			d.at(node, path, "must be an expression, which is a single text")
			return
		}
		into.Set(reflect.ValueOf(expression{text: text}))
		return
	}
	if text, ok := scalarText(node); ok {
		if at := shortField(into.Type()); at >= 0 {
			into.Field(at).SetString(text)
			return
		}
	}
	m, ok := node.(ast.MapNode)
	if !ok {
		d.at(node, path, "must be keys with values")
		return
	}
	seen := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		name := keyText(it.Key())
		inner := join(path, name)
		d.places[inner] = placeOf(it.Key())
		at := fieldNamed(into.Type(), name)
		switch {
		case seen[name]:
			d.at(it.Key(), inner, "is given twice; keep one")
		case at < 0:
			d.at(it.Key(), inner, "there is no such key here; the keys are "+strings.Join(keysOf(into.Type()), ", "))
		default:
			seen[name] = true
			d.value(inner, it.Value(), into.Field(at))
		}
	}
}

func (d *decoder) table(path string, node ast.Node, into reflect.Value) {
	m, ok := node.(ast.MapNode)
	if !ok {
		d.at(node, path, "must be keys with values")
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	for it := m.MapRange(); it.Next(); {
		name := keyText(it.Key())
		inner := join(path, name)
		d.places[inner] = placeOf(it.Key())
		key := reflect.ValueOf(name)
		if into.MapIndex(key).IsValid() {
			d.at(it.Key(), inner, "is given twice; keep one")
			continue
		}
		item := reflect.New(into.Type().Elem()).Elem()
		d.value(inner, it.Value(), item)
		into.SetMapIndex(key, item)
	}
}

// list reads a sequence; a single value is a list of one.
func (d *decoder) list(path string, node ast.Node, into reflect.Value) {
	nodes := []ast.Node{node}
	if sequence, ok := node.(*ast.SequenceNode); ok {
		nodes = sequence.Values
	} else if _, single := scalarText(node); !single {
		d.at(node, path, "must be a list")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(nodes), len(nodes)))
	for i, item := range nodes {
		inner := fmt.Sprintf("%s[%d]", path, i)
		d.places[inner] = placeOf(item)
		d.value(inner, item, into.Index(i))
	}
}

func (d *decoder) at(node ast.Node, key, message string) {
	p := placeOf(node)
	d.faults = append(d.faults, Fault{Line: p.line, Column: p.column, Key: key, Message: message})
}

// faultf is found after decoding; where nothing is written for the key, it stands at what is
// around it.
func (d *decoder) faultf(key, format string, args ...any) {
	f := Fault{Line: 1, Column: 1, Key: key, Message: fmt.Sprintf(format, args...)}
	for at := key; at != ""; at = at[:max(strings.LastIndexAny(at, ".["), 0)] {
		if p, ok := d.places[at]; ok {
			f.Line, f.Column = p.line, p.column
			break
		}
	}
	d.faults = append(d.faults, f)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// keyed gives the key of a field of a struct, and whether a single value goes into it.
func keyed(f reflect.StructField) (name string, short bool) {
	name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name, option == "short"
}

func keysOf(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		if name, _ := keyed(f); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func fieldNamed(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if key, _ := keyed(t.Field(i)); key != "" && key == name {
			return i
		}
	}
	return -1
}

func shortField(t reflect.Type) int {
	return slices.IndexFunc(slices.Collect(t.Fields()), func(f reflect.StructField) bool {
		_, short := keyed(f)
		return short
	})
}

func placeOf(node ast.Node) place {
	if m, ok := node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	if m, ok := node.(*ast.MappingValueNode); ok {
		node = m.Key
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return place{t.Position.Line, t.Position.Column}
	}
	return place{1, 1}
}

func keyText(key ast.MapKeyNode) string {
	if text, ok := scalarText(key); ok {
		return text
	}
	return key.String()
}

// scalarText is a single value as it was written.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	default:
		return "", false
	}
}
