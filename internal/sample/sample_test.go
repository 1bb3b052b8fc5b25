package sample_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/sample"
	"quartet/internal/sandbox"
	"quartet/internal/source/registry"
)

func TestFor_IsAboutAnInventedPersonWhomTheSandboxKnows(t *testing.T) {
	p, form := registry.Person(6200, 5), map[string]string{}
	for _, f := range call(sample.AppCode).Form {
		form[f.Name] = f.Value
	}
	if form["name"] != p.Name || form["idcard"] != p.ID || form["mobile"] != p.Mobile || form["acc_no"] != sandbox.Rows()[0].Card {
		t.Errorf("the person of the samples is another one than that of docs/sandbox.md: %v", form)
	}
}

func TestFor_AsksForWhatTheProductNeeds(t *testing.T) {
	code := render(t, sample.Languages()[0], sample.For("/three", (quartet.NeedName|quartet.NeedID|quartet.NeedCard).Parameters(), sample.Signature)).Code
	if strings.Contains(strings.ToLower(code), "mobile") || !strings.Contains(code, "acc_no=$ACC_NO&idcard=$IDCARD&name=$NAME\"") {
		t.Errorf("the sample of a product of three elements:\n%s", code)
	}
}

func TestRender_WritesOneCredentialAlone(t *testing.T) {
	for _, l := range sample.Languages() {
		r := call(sample.AppCode)
		r.AppCode, r.AppKey, r.AppSecret = "code-1", "key-1", "secret-1"
		if code := render(t, l, r).Code; !strings.Contains(code, "code-1") || strings.Contains(code, "key-1") || strings.Contains(code, "secret-1") || strings.Contains(code, "YOUR_") {
			t.Errorf("%s by AppCode:\n%s", l.ID, code)
		}
		r.Proof = sample.Signature
		if code := render(t, l, r).Code; strings.Contains(code, "code-1") || !strings.Contains(code, "key-1") || !strings.Contains(code, "secret-1") || strings.Contains(code, "YOUR_") {
			t.Errorf("%s signed:\n%s", l.ID, code)
		}
	}
}

func TestRender_WarnsOfSecretsInTheHandsOfUsers(t *testing.T) {
	for _, l := range sample.Languages() {
		for _, proof := range sample.Proofs() {
			if warns := strings.Contains(render(t, l, call(proof)).Code, "由您自己的服务器"); warns != l.Client {
				t.Errorf("%s %s: warns: %t, runs at the user's: %t", l.ID, proof, warns, l.Client)
			}
		}
	}
}

// What a program's own quotes would end or change.
const sly = `a"b'c\d\\$(id)` + "`id`" + `${x}%s{{y}}*/-->`

func TestRender_QuotesAsTheLanguageDoes(t *testing.T) {
	for id, want := range map[string]string{
		"curl":        `'a"b'\''c\d\\$(id)` + "`id`" + `${x}%s{{y}}*/-->'`,
		"php":         `'a"b\'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->'`,
		"node":        `'a"b\'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->'`,
		"wechat":      `'a"b\'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->'`,
		"java":        `"a\"b'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->"`,
		"csharp":      `"a\"b'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->"`,
		"python":      `"a\"b'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->"`,
		"objective-c": `@"a\"b'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->"`,
		"go":          `"a\"b'c\\d\\\\$(id)` + "`id`" + `${x}%s{{y}}*/-->"`,
	} {
		l, ok := sample.Find(id)
		if !ok {
			t.Fatalf("no language %s", id)
		}
		r := call(sample.AppCode)
		r.AppCode, r.Path, r.Form[0].Value = sly, "/"+sly, sly
		code := render(t, l, r).Code
		if n := strings.Count(code, want); n != 2 { // the AppCode and a field; the path has its slash before
			t.Errorf("%s holds the text %d times:\n%s", id, n, code)
		}
		if id == "go" && !hasString(t, code, sly) {
			t.Errorf("a compiler reads another text:\n%s", code)
		}
	}
}

func hasString(t *testing.T, code, want string) (found bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", code, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			found = found || err == nil && text == want
		}
		return true
	})
	return found
}

func TestRender_RefusesWhatCannotStandInAProgram(t *testing.T) {
	java, _ := sample.Find("java")
	for name, spoil := range map[string]func(*sample.Request){
		"a line end in the AppCode":   func(r *sample.Request) { r.AppCode = "a\nb" },
		"no AppCode":                  func(r *sample.Request) { r.AppCode = "" },
		"a base URL with a quote":     func(r *sample.Request) { r.BaseURL = `https://a"b` },
		"a base URL with a path":      func(r *sample.Request) { r.BaseURL = "https://a.example/b" },
		"another method":              func(r *sample.Request) { r.Method = "GET" },
		"no fields":                   func(r *sample.Request) { r.Form = nil },
		"a field that is no name":     func(r *sample.Request) { r.Form[0].Name = "a b" },
		"a field without a value":     func(r *sample.Request) { r.Form[0].Value = "" },
		"a header that is no name":    func(r *sample.Request) { r.Headers[0].Name = "A:" },
		"a path without a slash":      func(r *sample.Request) { r.Path = "a" },
		"a direction mark":            func(r *sample.Request) { r.Form[0].Value = "a\u202eb" },
		"a proof that there is not":   func(r *sample.Request) { r.Proof = "key" },
		"bytes that are no character": func(r *sample.Request) { r.AppCode = "a\xffb" },
	} {
		r := call(sample.AppCode)
		spoil(&r)
		if s, err := sample.Render(&java, &r); quartet.CodeOf(err) != quartet.ErrInvalid || s.Code != "" {
			t.Errorf("%s: %v %q", name, err, s.Code)
		}
	}
}
