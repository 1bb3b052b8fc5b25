package sample

import (
	"path"
	"strings"
)

// Language is one in which samples are written.
type Language struct {
	ID    string // its folder in examples
	Name  string
	Needs string // what runs a sample, in Chinese
	// Client tells that programs in it run in the hands of users, where no secret is safe.
	Client bool
	quote  func(string) string
	file   func(Proof) string
	run    string // with FILE for the file and NAME for it without its ending; "": no command does
	macOS  string
}

// Languages lists them in the order in which they are shown.
func Languages() []Language {
	return []Language{
		{ID: "curl", Name: "curl", Needs: "curl（签名另需 openssl）", quote: shell, file: small(".sh"), run: "sh FILE"},
		{ID: "java", Name: "Java", Needs: "JDK 8 及以上", quote: double, file: class(".java"), run: "javac -encoding UTF-8 FILE && java NAME"},
		{ID: "csharp", Name: "C#", Needs: ".NET、.NET Framework 4.7 或 Mono", quote: double, file: class(".cs"), run: "mcs -r:System.Net.Http -r:System.Runtime.Serialization FILE && mono NAME.exe"},
		{ID: "php", Name: "PHP", Needs: "PHP 7.4 及以上，curl 扩展", quote: single, file: small(".php"), run: "php FILE"},
		{ID: "python", Name: "Python", Needs: "Python 3.7 及以上", quote: double, file: small(".py"), run: "python3 FILE"},
		{
			ID: "objective-c", Name: "Objective-C", Needs: "Xcode，或 GCC 与 GNUstep", Client: true, quote: double, file: small(".m"),
			run:   "gcc $(gnustep-config --objc-flags) FILE -o NAME $(gnustep-config --base-libs) LIBS && ./NAME",
			macOS: "clang -fobjc-arc -framework Foundation FILE -o NAME && ./NAME",
		},
		{ID: "wechat", Name: "微信小程序", Needs: "微信开发者工具", Client: true, quote: single, file: small(".js")},
		{ID: "go", Name: "Go", Needs: "Go 1.21 及以上", quote: double, file: func(p Proof) string { return string(p) + "/main.go" }, run: "go run FILE"},
		{ID: "node", Name: "Node.js", Needs: "Node.js 18 及以上", quote: single, file: small(".mjs"), run: "node FILE"},
	}
}

// Find is the language of an id.
func Find(id string) (Language, bool) {
	for _, l := range Languages() {
		if l.ID == id {
			return l, true
		}
	}
	return Language{}, false
}

// Path is where the sample lies in the folder examples.
func (l *Language) Path(p Proof) string { return path.Join(l.ID, l.file(p)) }

// Run is the command that runs a sample in its own folder, on Linux. "": none does, because the
// program is a page of something else.
func (l *Language) Run(p Proof) string { return l.command(l.run, p) }

// MacOS is the command on macOS, where it is another one; "": the same.
func (l *Language) MacOS(p Proof) string { return l.command(l.macOS, p) }

func (l *Language) command(text string, p Proof) string {
	file := path.Base(l.file(p))
	libs := ""
	if p == Signature {
		libs = " -lgnutls" // GNUstep has no HMAC of its own
	}
	return strings.NewReplacer("FILE", file, "NAME", strings.TrimSuffix(file, path.Ext(file)), " LIBS", libs).Replace(text)
}

func small(ending string) func(Proof) string {
	return func(p Proof) string { return string(p) + ending }
}

// class names a file after the class in it, as Java demands.
func class(ending string) func(Proof) string {
	return func(p Proof) string { return className(p) + ending }
}

func className(p Proof) string {
	if p == Signature {
		return "SignedSample"
	}
	return "AppCodeSample"
}

// Texts hold no control characters (check), so quotes and backslashes are all that has to be
// written otherwise.

func double(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

func single(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }

func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
