package sandbox_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/sandbox"
	"quartet/internal/source/registry"
	"quartet/internal/web"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestDocs_SandboxIsFresh writes docs/sandbox.md from the table in code with -update.
func TestDocs_SandboxIsFresh(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "sandbox.md")
	want := document()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/sandbox.md is stale (%v); run: make generate", err)
	}
}

const preface = `# Sandbox · 沙箱

Generated from the table in code by ` + "`make generate`" + `.

A test credential meets every answer of the API before a unit is spent: the card number of
the call decides, by the table below. The program lists the same table.
持测试凭证调用，无需花费次数即可遇到接口的每一种应答：由卡号按下表决定。同一张表也可由程序列出。

    quartet sandbox list

## A test credential · 测试凭证

    quartet credential add --account acme --test

A test credential is one of any kind: an AppCode, a key, or an AppKey with its secret. It
belongs to an account like any other, and the account needs no units. It never
becomes one for real calls, nor the other way round.
AppCode、key、AppKey 三种凭证均可作为测试凭证。它与其他凭证一样属于某个账户，账户无需有次数。测试凭证不能转为正式凭证，反之亦然。

| real 真实 | not real 模拟 |
|---|---|
| who calls: unknown, revoked, expired, refused by address or signature 身份验证：不存在、作废、到期、地址或签名不符 | units: none is needed, none is used 次数：不需要，也不扣减 |
| the limits of the credential and of the account 凭证与账户的限流 | sources: none is asked 渠道：从不询问 |
| the message: what cannot be read (10009), what contradicts itself (10006), missing elements (10008), elements that break a rule (10001) 报文：无法读取、自相矛盾、缺少要素、要素不合规则 | the limits that protect cardholders: nothing is counted, a card may be asked about without end 持卡人保护限制：不计数，同一张卡可无限次调用 |
| products: path, switch (10014), detail 产品：路径、开关（10014）、明细级别 | idempotency keys: none is kept, each call is answered anew 幂等键：不保存，每次均重新应答 |

Each answer with a seqNo is in the log of calls with source ` + "`sandbox`" + `, and never counts as use.
带 seqNo 的应答以来源 ` + "`sandbox`" + ` 记入调用记录，从不计为用量。

## Try it · 试用

The card number decides alone; the other elements may be any that pass their
[rules](elements.md), these of an invented person for one. A card that is not in the table
is answered 10015. To any other credential these cards mean nothing.
只有卡号起作用；其余要素只需符合[规则](elements.md)，例如下面这位虚构人物的。表中没有的卡号得到 10015。用正式凭证调用时，这些卡号没有特殊含义。

`

const numbers = `## The numbers · 卡号

A number can be read: ` + "`62000000000`" + `, under which nobody issues cards, seven digits that say
what it answers, and the Luhn digit.
卡号可以读懂：` + "`62000000000`" + `（无发卡行使用），七位含义，最后一位是 Luhn 校验位。

| seven digits 七位含义 | answer | 应答 |
|---|---|---|
| ` + "`000000S`" + ` | state S | state 为 S |
| ` + "`0002NIM`" + ` | state 2; N, I, M are 1 where name, ID number, mobile differ | state 2；姓名、证件号、手机号不一致者，N、I、M 依次为 1 |
| ` + "`000300R`" + ` | state 3 for the reason R | state 3，原因为 R |
| ` + "`0010CCC`" + ` | code 10CCC | 结果码 10CCC |
| ` + "`1010003`" + ` | code 10003, with a reason in the log | 结果码 10003，调用记录另有原因 |
| ` + "`HHHLLLL`" + ` | HTTP status HHH; LLLL are the places in the alphabet of the last two letters of X-Ca-Error-Code (M 13, Q 17), or 30 and the digit | HTTP 状态码 HHH；LLLL 为 X-Ca-Error-Code 末两个字母在字母表中的序号（M 为 13，Q 为 17），数字则加 30 |
| ` + "`90000SS`" + ` | state 1 after SS seconds | SS 秒后 state 1 |

The reason of a verdict, and the elements that differ, are shown only where the detail of
the product allows; the log of calls has them always.
结论的原因与不一致的要素，仅在产品的明细级别允许时返回；调用记录中始终可见。
`

func document() string {
	var b strings.Builder
	b.WriteString(preface)
	p := registry.Person(6200, 5)
	fmt.Fprintf(&b, `    curl -s http://127.0.0.1:8080%s \
      -H 'Authorization: APPCODE 5aabf06d1b87474398f2742bfc7b6847' \
      --data-urlencode 'name=%s' \
      --data-urlencode 'idcard=%s' \
      --data-urlencode 'acc_no=%s' \
      --data-urlencode 'mobile=%s'

    {"code":"10000","message":"成功","data":{"state":"2"},"seqNo":"QFREFWFM1795610258"}

`, quartet.FourElements().Path, p.Name, p.ID, sandbox.Rows()[1].Card, p.Mobile)
	b.WriteString(numbers)
	for _, part := range []struct {
		head string
		has  func(sandbox.Outcome) bool
	}{
		{"Verdicts · 结论", func(o sandbox.Outcome) bool { return o.Code == quartet.CodeOK && o.Delay == 0 }},
		{"Refusals · 拒绝", func(o sandbox.Outcome) bool { return o.Gateway == web.NoGateway && o.Code != quartet.CodeOK }},
		{"Gateway answers · 网关应答", func(o sandbox.Outcome) bool { return o.Gateway != web.NoGateway }},
		{"Slow answers · 延迟应答", func(o sandbox.Outcome) bool { return o.Delay > 0 }},
	} {
		fmt.Fprintf(&b, "\n### %s\n\n| card 卡号 | answers 应答 | meaning | 含义 |\n|---|---|---|---|\n", part.head)
		for _, r := range sandbox.Rows() {
			if part.has(r.Outcome) {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Card, r.Outcome, r.Meaning, r.MeaningZH)
			}
		}
	}
	b.WriteString(`
A gateway answer has no seqNo and no row in the log of calls. The texts of
` + "`X-Ca-Error-Message`" + ` are in [result codes](result-codes.md); that of A403IS goes on with an
example of a string to sign, in which words stand for the elements.
网关应答没有 seqNo，也不记入调用记录。` + "`X-Ca-Error-Message`" + ` 的文字见[结果码](result-codes.md)；A403IS 之后附有待签名串示例，其中要素以占位词代替。
`)
	return b.String()
}
