package web_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/web"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestDocs_ResultCodesAreFresh writes docs/result-codes.md from the tables in code with
// -update.
func TestDocs_ResultCodesAreFresh(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "result-codes.md")
	want := resultCodes()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/result-codes.md is stale (%v); run: make generate", err)
	}
}

func resultCodes() string {
	var b strings.Builder
	b.WriteString(`# Result codes · 结果码

Generated from the tables in code by ` + "`make generate`" + `.

An answer of the product has status 200 and a JSON body; its code has exactly one cause.
产品的应答一律为 HTTP 200 加 JSON，每个结果码只对应一个原因。

| code 结果码 | message | in English | cause | 原因 | charged 计费 |
|---|---|---|---|---|---|
`)
	for _, c := range quartet.Codes() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", c.Code, c.Message, c.English, c.Cause, c.CauseZH, c.Charged)
	}
	b.WriteString(`
## Gateway answers · 网关应答

An answer of the gateway layer has no body: its status and the headers ` + "`X-Ca-Error-Code`" + ` and
` + "`X-Ca-Error-Message`" + ` say what is wrong. None is charged, and none has a seqNo.
网关应答没有报文体，以状态码与响应头说明原因，均不计费，也没有 seqNo。

| status 状态码 | X-Ca-Error-Code | X-Ca-Error-Message | cause | 原因 |
|---|---|---|---|---|
`)
	for _, g := range web.Gateways() {
		text := g.Text()
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", text.Status, text.Code, text.Message, text.Cause, text.CauseZH)
	}
	return b.String()
}
