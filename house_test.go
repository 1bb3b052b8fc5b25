package quartet_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rules of the house that no linter knows.

// each calls f with every file of the project whose name ends so.
func each(t *testing.T, suffix string, f func(path string, text []byte)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != ".":
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, suffix):
			return nil
		}
		text, err := os.ReadFile(path)
		n++
		f(path, text)
		return err
	})
	if err != nil || n == 0 {
		t.Fatalf("read %d files %s: %v", n, suffix, err)
	}
}

func TestHouse_NoFileIsTooLong(t *testing.T) {
	each(t, ".go", func(path string, text []byte) {
		if n := bytes.Count(text, []byte("\n")); n > 500 && !bytes.HasPrefix(text, []byte("// Code generated ")) {
			t.Errorf("%s has %d lines; cut it where the thought changes", path, n)
		}
	})
}

func TestHouse_NoDrawers(t *testing.T) {
	drawer := regexp.MustCompile(`(^|/)(utils?|helpers?|common|types|managers?|misc)(_test)?(/|\.go$)`)
	each(t, ".go", func(path string, _ []byte) {
		if drawer.MatchString(path) {
			t.Errorf("%s: name it after what it does", path)
		}
	})
}

func TestHouse_NothingHappensBeforeMain(t *testing.T) {
	each(t, ".go", func(path string, text []byte) {
		if bytes.Contains(text, []byte("\nfunc init"+"()")) {
			t.Errorf("%s: nothing may happen at import", path)
		}
	})
}

func TestHouse_NoTestSkipsItself(t *testing.T) {
	each(t, "_test.go", func(path string, text []byte) {
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if skips(file, "") {
			t.Errorf("%s: what is missing must fail the run", path)
		}
	})
}

// skips reports whether a test, a benchmark or what they hand themselves to skips. test is
// what the nearest function around calls it; a property that passes over a step which
// cannot be taken (rapid.T) is none.
func skips(node ast.Node, test string) (found bool) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			found = found || n.Body != nil && skips(n.Body, testOf(n.Type, test))
			return false
		case *ast.FuncLit:
			found = found || skips(n.Body, testOf(n.Type, test))
			return false
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			found = found || ok && test != "" && x.Name == test && strings.HasPrefix(n.Sel.Name, "Skip")
		}
		return true
	})
	return found
}

// testOf is the name of the parameter that is a test, or of the one around, unless a
// parameter hides it.
func testOf(f *ast.FuncType, around string) string {
	for _, p := range f.Params.List {
		typed := p.Type
		if star, ok := typed.(*ast.StarExpr); ok {
			typed = star.X
		}
		of, ok := typed.(*ast.SelectorExpr)
		pkg := ""
		if ok {
			if x, ok := of.X.(*ast.Ident); ok {
				pkg = x.Name
			}
		}
		for _, name := range p.Names {
			switch {
			case pkg == "testing":
				return name.Name
			case name.Name == around:
				return ""
			}
		}
	}
	return around
}

func TestDocs_LinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	each(t, ".md", func(file string, text []byte) {
		for _, m := range link.FindAllSubmatch(text, -1) {
			to := string(m[1])
			if strings.Contains(to, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), to)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	})
}

// TestDocs_EveryModuleHasItsReason compares docs/dependencies.md with go.mod, and go.mod
// with what the code imports.
func TestDocs_EveryModuleHasItsReason(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) (v\S+)$`).FindAllStringSubmatch(string(mod), -1) {
		direct[m[1]] = m[2]
	}
	explained := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+/\S+) \| (v\S+) \| \S.* \|$`).FindAllStringSubmatch(string(doc), -1) {
		explained[m[1]] = m[2]
	}
	for m, v := range direct {
		if explained[m] != v {
			t.Errorf("docs/dependencies.md says %q of %s %s", explained[m], m, v)
		}
	}
	imported := map[string]bool{}
	quoted := regexp.MustCompile(`(?m)^\s*(?:import )?(?:\w+ )?"([a-z0-9.]+\.[a-z]+/[^"]+)"$`)
	each(t, ".go", func(_ string, text []byte) {
		for _, m := range quoted.FindAllSubmatch(text, -1) {
			for at := string(m[1]); at != "."; at = path.Dir(at) {
				if _, ok := direct[at]; ok {
					imported[at] = true
				}
			}
		}
	})
	for m := range explained {
		if direct[m] == "" || !imported[m] {
			t.Errorf("docs/dependencies.md explains %s, which nothing imports", m)
		}
	}
}

// TestDocs_EveryElementCodeIsExplained compares docs/elements.md with reject.go.
func TestDocs_EveryElementCodeIsExplained(t *testing.T) {
	code, err := os.ReadFile("reject.go")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/elements.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)(?:RejectCode|Warning) += "(\w+)"`).FindAllStringSubmatch(string(code), -1) {
		want = append(want, m[1])
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(string(doc), -1) {
		got = append(got, m[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 0 || !slices.Equal(want, got) {
		t.Errorf("docs/elements.md explains\n%v\nthe code knows\n%v", got, want)
	}
}

// TestDocs_NameTargetsThatExist looks every make target of the documents up.
func TestDocs_NameTargetsThatExist(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	target := regexp.MustCompile("`make ([a-z0-9-]+)`|(?m)^    make ([a-z0-9-]+)$")
	each(t, ".md", func(file string, text []byte) {
		for _, m := range target.FindAllSubmatch(text, -1) {
			if name := string(m[1]) + string(m[2]); !bytes.Contains(makefile, []byte("\n"+name+":")) {
				t.Errorf("%s names the target %s, which the Makefile lacks", file, name)
			}
		}
	})
}
