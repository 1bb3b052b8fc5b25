package sample

import (
	"embed"
	"path"
	"slices"
	"strings"
	"text/template"
)

//go:embed template/*.tmpl
var files embed.FS

var templates = template.Must(template.ParseFS(files, "template/*.tmpl"))

// Sample is a program.
type Sample struct {
	File string // its name, without a folder
	Code string
}

// Render writes a call in a language.
func Render(l *Language, r *Request) (Sample, error) {
	if err := r.check(); err != nil {
		return Sample{}, err
	}
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, l.ID+".tmpl", &view{Request: r, l: l}); err != nil {
		return Sample{}, err
	}
	return Sample{File: path.Base(l.file(r.Proof)), Code: b.String()}, nil
}

// view is what a template sees.
type view struct {
	*Request

	l *Language
}

// Signed tells which of the two programs is written.
func (v *view) Signed() bool { return v.Proof == Signature }

// Q quotes a text as the language does.
func (v *view) Q(text string) string { return v.l.quote(text) }

// Class is the name of a class that has to be that of its file.
func (v *view) Class() string { return className(v.Proof) }

// Seconds is how long a sample waits: some longer than the server takes (10 s), which knows
// better than a caller what became of a call.
func (v *view) Seconds() int { return 15 }

// Header is the value of a header.
func (v *view) Header(name string) string {
	for _, h := range v.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// Sorted are the fields by name, as a signature wants them.
func (v *view) Sorted() []Field {
	return slices.SortedFunc(slices.Values(v.Form), func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
}

// Upper is a name in capitals.
func (v *view) Upper(name string) string { return strings.ToUpper(name) }

// Note says at the top of a sample what it is, in lines that begin with a prefix.
func (v *view) Note(prefix string) string {
	how := "AppCode 认证"
	if v.Signed() {
		how = "签名认证（AppKey 和 AppSecret）"
	}
	lines := []string{"核验接口调用示例：" + v.l.Name + "，" + how + "。需要：" + v.l.Needs + "，不用第三方库。", ""}
	switch {
	case v.Signed() && v.AppSecret == PlaceAppSecret:
		lines = append(lines, "只需把 "+PlaceAppKey+" 和 "+PlaceAppSecret+" 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。")
	case !v.Signed() && v.AppCode == PlaceAppCode:
		lines = append(lines, "只需把 "+PlaceAppCode+" 换成您的 AppCode（控制台“凭证”页）。")
	default:
		lines = append(lines, "其中已填入您自己的凭证：不要发给别人，也不要提交到代码库。")
	}
	lines = append(lines, "示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。", "正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。")
	switch {
	case v.l.Client && v.Signed():
		lines = append(lines, "", "注意：用户拿得到客户端里的一切。真实产品绝不能把 AppSecret 放在客户端：", "请由您自己的服务器签名并调用本接口，客户端只调用您的服务器。此文件仅供联调。")
	case v.l.Client:
		lines = append(lines, "", "注意：用户拿得到客户端里的一切，AppCode 也是密钥。真实产品请由您自己的服务器", "调用本接口，客户端只调用您的服务器。此文件仅供联调。")
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(prefix+line, " ")
	}
	return strings.Join(lines, "\n")
}
