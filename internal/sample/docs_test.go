package sample_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/sample"
)

var update = flag.Bool("update", false, "write golden files anew")

var examples = filepath.Join("..", "..", "examples")

// TestDocs_ExamplesAreFresh writes the folder examples from the templates with -update.
func TestDocs_ExamplesAreFresh(t *testing.T) {
	want := map[string]string{"README.md": readme()}
	for _, l := range sample.Languages() {
		for _, proof := range sample.Proofs() {
			want[l.Path(proof)] = render(t, l, call(proof)).Code
		}
	}
	if *update {
		for name, text := range want {
			file := filepath.Join(examples, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(examples, filepath.FromSlash(name)))
		if err != nil || string(got) != text {
			t.Errorf("examples/%s is stale (%v); run: make generate", name, err)
		}
	}
	err := fs.WalkDir(os.DirFS(examples), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && want[name] == "" {
			t.Errorf("examples/%s is written by nobody", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// call is a call of the first product, with places for the credential.
func call(proof sample.Proof) sample.Request {
	p := quartet.FourElements()
	return sample.For(p.Path, p.Need.Parameters(), proof)
}

func render(t *testing.T, l sample.Language, r sample.Request) sample.Sample {
	t.Helper()
	s, err := sample.Render(&l, &r)
	if err != nil {
		t.Fatalf("%s: %v", l.ID, err)
	}
	return s
}

const before = `# Sample code · 示例代码

Generated from ` + "`internal/sample`" + ` by ` + "`make generate`" + `; the console shows the same files with the
address of the house in them. Each is one call of the [verification API](../docs/api.md) with
the language's own library alone. Each runs in the tests against the real program.
由 ` + "`make generate`" + ` 生成；控制台中的示例与此相同，并已填好本站地址。每个文件只用该语言的标准库完成一次[核验调用](../docs/api.md)，并在测试中对真实程序运行。

1. Put your AppCode in the place of ` + "`" + sample.PlaceAppCode + "`" + `, or in the signed ones your AppKey and AppSecret in the
   place of ` + "`" + sample.PlaceAppKey + "` and `" + sample.PlaceAppSecret + "`" + `; and the address of the house in the place of
   ` + "`" + sample.PlaceBaseURL + "`" + `.
   把 ` + "`" + sample.PlaceAppCode + "`" + ` 换成您的 AppCode（签名示例换 AppKey 与 AppSecret），把地址换成本站地址。
2. Run the command of the table in the folder of the file.
   在文件所在的文件夹中执行下表的命令。

The person in them is invented: a [test credential](../docs/sandbox.md) is answered state 1, any
other one 10015; neither costs a unit.
示例中的人是虚构的：[测试凭证](../docs/sandbox.md)得到 state 1，正式凭证得到 10015，都不扣次数。

    code=10000 state=1 seqNo=QFREFWFM1795610258

| language 语言 | needs 需要 | AppCode | signed 签名 |
|---|---|---|---|
`

const after = `
On macOS, Objective-C is compiled by
macOS 上编译 Objective-C：

    %s

The C# files also run as the only file of a project made by ` + "`dotnet new console`" + `. The WeChat
file is the script of a page: make a page in the developer tools, put it into its ` + "`.js`" + `, add the
house to the domains that the mini-program may call, and look at the console.
C# 文件也可作为 ` + "`dotnet new console`" + ` 项目的唯一源文件运行。微信小程序的文件是页面脚本：在开发者工具中新建页面，放入其 ` + "`.js`" + `，把本站加入 request 合法域名，在控制台看结果。

A mini-program and an app are in the hands of their users, who can read every secret in them.
In a product, let them ask your own server, and let that one call and sign.
小程序和 App 在用户手里，其中的密钥人人可读。真实产品请让它们调用您自己的服务器，由服务器签名并调用本接口。

## What the samples take care of · 示例处理了什么

- An answer that is not 200 comes from the gateway, without a body: the reason is in
  ` + "`X-Ca-Error-Message`" + `. That of a wrong signature repeats the string that the server signed, with
  the person's elements in it; the samples print it up to there.
  状态码不是 200 的应答来自网关，没有报文，原因在 ` + "`X-Ca-Error-Message`" + `；签名不符时其后附有待签名串，含个人信息，示例不打印。
- They wait 15 seconds, the server takes 10 at most. Without an answer nobody can say whether
  the call was charged: with an [Idempotency-Key](../docs/api.md#ask-again-without-paying-twice) of your
  own it can be asked again.
  等待 15 秒，服务端最多用 10 秒。没有得到应答时无法确定是否已扣次数；带上自己的 Idempotency-Key 才能放心重试。
- A match is ` + "`code` 10000 and `state` 1" + `, both texts. 10000 alone is no match.
  一致是 ` + "`code` 为 10000 且 `state` 为 1" + `，两者都是字符串；只看 10000 不够。
- They print code, state and seqNo, and never an element.
  只打印 code、state 和 seqNo，从不打印个人信息。
`

func readme() string {
	var b strings.Builder
	b.WriteString(before)
	macOS := ""
	for _, l := range sample.Languages() {
		fmt.Fprintf(&b, "| [%s](%s) | %s |", l.Name, l.ID, l.Needs)
		for _, proof := range sample.Proofs() {
			how := "[" + filepath.Base(l.Path(proof)) + "](" + l.Path(proof) + ")"
			if run := l.Run(proof); run != "" {
				how = "`" + run + "`"
			}
			b.WriteString(" " + how + " |")
		}
		b.WriteString("\n")
		if m := l.MacOS(sample.AppCode); m != "" {
			macOS = m
		}
	}
	fmt.Fprintf(&b, after, macOS)
	return b.String()
}
