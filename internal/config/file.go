package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const passwordKey = "store_password"

// readFile walks the tree of the file instead of decoding it into a struct, so that
// every fault is found with its place, not the first alone.
func (l *Loaded) readFile(name string, data []byte) Faults {
	w := walker{name: name, loaded: l, settings: map[string]Setting{}, groups: map[string]bool{}, seen: map[string]bool{}}
	for _, s := range Settings() {
		w.settings[s.Key] = s
		for i, c := range s.Key {
			if c == '.' {
				w.groups[s.Key[:i]] = true
			}
		}
	}
	if root := w.parse(data); root != nil {
		w.mapping("", root)
	}
	return w.faults
}

var errNoSetting = errors.New("there is no such setting")

type walker struct {
	name     string
	loaded   *Loaded
	settings map[string]Setting
	groups   map[string]bool
	seen     map[string]bool
	faults   Faults
}

func (w *walker) parse(data []byte) ast.Node {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			w.fault(syntax.Token.Position.Line, syntax.Token.Position.Column, "", "this is not YAML: "+syntax.Message)
		} else {
			w.faults.addf(w.name, "", "this is not YAML")
		}
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			w.at(doc.Body, "", "a second document begins here; one file holds one")
			break
		}
		root = doc.Body
	}
	return root
}

func (w *walker) mapping(prefix string, node ast.Node) {
	m, ok := node.(ast.MapNode)
	if !ok {
		w.at(node, strings.TrimSuffix(prefix, "."), "must be keys with values")
		return
	}
	for it := m.MapRange(); it.Next(); {
		key, value := prefix+keyText(it.Key()), it.Value()
		if w.seen[key] {
			w.at(it.Key(), key, "is given twice")
			continue
		}
		w.seen[key] = true
		s, known := w.settings[key]
		switch {
		case known:
			w.scalar(s, value)
		case key == "sources":
			w.at(it.Key(), key, "sources are kept in the data folder; see `quartet source add --help`")
		case w.groups[key]:
			if value.Type() != ast.NullType {
				w.mapping(key+".", value)
			}
		case key == passwordKey:
			w.at(it.Key(), key, "a password does not belong in this file; use store_password_file or the variable "+PasswordEnv)
		default:
			w.at(it.Key(), key, errNoSetting.Error())
		}
	}
}

func (w *walker) scalar(s Setting, value ast.Node) {
	text, ok := scalarText(value)
	if !ok {
		w.at(value, s.Key, "must be a single value")
		return
	}
	if err := s.set(&w.loaded.Config, text); err != nil {
		w.at(value, s.Key, err.Error())
	}
	w.loaded.Origin[s.Key] = w.place(value)
}

func (w *walker) at(node ast.Node, key, message string) {
	line, column := 0, 0
	if t := node.GetToken(); t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	w.fault(line, column, key, message)
}

func (w *walker) fault(line, column int, key, message string) {
	w.faults.addf(fmt.Sprintf("%s:%d:%d", w.name, line, column), key, "%s", message)
}

func (w *walker) place(node ast.Node) string {
	if t := node.GetToken(); t != nil && t.Position != nil {
		return fmt.Sprintf("%s:%d", w.name, t.Position.Line)
	}
	return w.name
}

func keyText(key ast.MapKeyNode) string {
	if s, ok := key.(*ast.StringNode); ok {
		return s.Value
	}
	if t := key.GetToken(); t != nil {
		return t.Value
	}
	return key.String()
}

// scalarText is the value as it was written. An absent value is the empty text.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	default:
		return "", false
	}
}

// unwrapPath drops the path from a file error: the place of the fault names it.
func unwrapPath(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
