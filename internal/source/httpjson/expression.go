package httpjson

import (
	"errors"
	"maps"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"quartet"
)

// The bounds of an expression: it joins and picks texts, and needs no more.
const (
	maxNodes  = 200
	maxMemory = 100_000
)

// expression is a text that is computed for each request.
type expression struct {
	text    string
	program *vm.Program
	names   map[string]bool // what it mentions of its scope
}

func (e *expression) given() bool { return strings.TrimSpace(e.text) != "" }

// needs is which elements it speaks of.
func (e *expression) needs() (set quartet.ElementSet) {
	for name := range e.names {
		set |= quartet.Element(name).Set()
	}
	return set
}

// scopes are what expressions may speak of, at each stage of a request.
type scopes struct {
	credential map[string]bool // slots of text
	used       map[string]bool
}

func clock() types.Map {
	m := types.Map{}
	for name := range clockForms() {
		m[name] = types.String
	}
	return m
}

// base is known for every request.
func (s *scopes) base() types.Map {
	slots := types.Map{}
	for name := range s.credential {
		slots[name] = types.String
	}
	return types.Map{"credential": slots, "time": clock(), "nonce": types.String, "uuid": types.String}
}

// question is known when a person is asked about.
func (s *scopes) question() types.Map {
	m := with(s.base(), "name", "id", "card", "mobile", "order", "id_type")
	m["need"] = types.Array(types.String)
	return m
}

// inquiry is known when a question is asked after: nothing of a person.
func (s *scopes) inquiry() types.Map {
	m := with(s.base(), "order", "reference")
	m["asked"] = clock()
	return m
}

func with(m types.Map, names ...string) types.Map {
	wider := maps.Clone(m)
	for _, name := range names {
		wider[name] = types.String
	}
	return wider
}

// compile checks an expression against its scope. It returns what is wrong, if anything.
func (s *scopes) compile(e *expression, scope types.Map, text bool) string {
	options := []expr.Option{expr.Env(scope), expr.MaxNodes(maxNodes), expr.DisableBuiltin("now")}
	if text {
		options = append(options, expr.AsKind(reflect.String), expr.WarnOnAny())
	}
	tree, err := parser.Parse(e.text)
	if err != nil {
		return "the expression cannot be read: " + told(err)
	}
	seen := mentions{names: map[string]bool{}, slots: map[string]bool{}}
	ast.Walk(&tree.Node, &seen)
	if seen.bare != 0 {
		return "write the credential's name, as in credential.app_key"
	}
	for name := range seen.slots {
		s.used[name] = true
		if !s.credential[name] {
			return "there is no credential of text named " + name + "; list it under credentials"
		}
	}
	program, err := expr.Compile(e.text, options...)
	if err != nil {
		return "the expression does not fit: " + told(err)
	}
	e.program, e.names = program, seen.names
	return ""
}

// told is the first line of a compiler's message.
func told(err error) string {
	if at, ok := errors.AsType[*file.Error](err); ok {
		return at.Message
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// mentions collects the names that an expression speaks of.
type mentions struct {
	names, slots map[string]bool
	bare         int // credentials that are not chosen by a written name
}

// Visit implements ast.Visitor. What is inside comes first.
func (m *mentions) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		m.names[n.Value] = true
		if n.Value == "credential" || n.Value == "$env" {
			m.bare++
		}
	case *ast.MemberNode:
		if of, ok := n.Node.(*ast.IdentifierNode); ok && of.Value == "credential" {
			if name, ok := n.Property.(*ast.StringNode); ok {
				m.bare--
				m.slots[name.Value] = true
			}
		}
	}
}

// run computes an expression. What went wrong is not told further, because the text of a
// fault may repeat a value.
func (e *expression) run(env map[string]any) (any, bool) {
	machine := vm.VM{MemoryBudget: maxMemory}
	v, err := machine.Run(e.program, env)
	return v, err == nil
}

func (e *expression) runText(env map[string]any) (string, bool) {
	if !e.given() {
		return "", true
	}
	v, ok := e.run(env)
	text, isText := v.(string)
	return text, ok && isText
}
