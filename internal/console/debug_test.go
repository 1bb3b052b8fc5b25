package console_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	debugProducts    = `{"items":[{"product_id":"1887","path":"/communication/personal/1887","parameters":["name","idcard","acc_no","mobile"],"content":{"name":"银行卡四要素核验"},"units":{"match":1,"mismatch":1}}]}`
	debugCredentials = `{"items":[{"id":"c1","name":"正式环境","kind":"appcode","state":"active"},{"id":"c2","name":"联调","kind":"appcode","state":"active","test":true},{"id":"c3","name":"旧的","kind":"appcode","state":"revoked"}]}`
	debugReport      = `{"request":{"method":"POST","host":"house.example","target":"/communication/personal/1887","headers":[{"name":"Authorization","value":"APPCODE ••••••••"}],"body":"name=%E6%9E%97%E6%99%93&x=it%27s"},
		"answer":{"status":200,"reason":"OK","headers":[{"name":"X-Ca-Request-Id","value":"R"}],"body":"{\"code\":\"10008\",\"message\":\"请检查请求参数\",\"data\":null,\"seqNo\":\"4XU29Z4D1772424000\"}"},
		"steps":[{"name":"open","took_ms":0.9},{"name":"road","took_ms":1.1}]}`
)

func debugFake(others map[string]any) *fake {
	return &fake{answers: but(map[string]any{
		"GET /pages": debugProducts, "GET /accounts/acme/credentials": debugCredentials, "GET /accounts/acme/balance": `{"items":[{"product_id":"1887","remaining":5000},{"remaining":812},{"product_id":"1","remaining":7}]}`,
		"POST /accounts/acme/debug-calls": debugReport, "POST /accounts/acme/credentials/c1/secret": `{"id":"c1","kind":"appcode","secret":"0f0e0d0c"}`,
	}, others)}
}

func TestDebug_SaysWhatACallCostsBeforeItIsSent(t *testing.T) {
	page := debugFake(nil).look(t, "/console/debug")
	page.says(t, "用正式凭证会扣次数。", "当前剩余 5,812 次。", "结果一致扣 1 次，不一致扣 1 次，异常扣 0 次。", "沙箱凭证不扣次数", "but not", "旧的")
	if test, live := strings.Index(page.text, "联调 · AppCode"), strings.Index(page.text, "正式环境 · AppCode"); test < 0 || live < test {
		t.Error("the credentials that cost nothing are not the first ones")
	}
}

func TestDebug_OffersEveryCredentialAndComparesForThoseThatSign(t *testing.T) {
	debugFake(map[string]any{"GET /accounts/acme/credentials": [2]string{
		`{"items":[{"id":"c1","name":"AppSecret 的同事","kind":"appcode","state":"active"}],"next":"c1"}`, `{"items":[{"id":"c2","name":"新的","kind":"appkey","state":"active"}]}`,
	}}).look(t, "/console/debug").says(t, `<option value="c1">`, `<option value="c2" data-signs>`)
}

func TestDebug_SendsWhatWasTypedAndShowsBothSides(t *testing.T) {
	f := debugFake(nil)
	page := f.send(t, "/console/debug", "product_id", "1887", "credential_id", "c1", "name", "林晓", "idcard", "",
		"header_name", "X-Ca-Stage", "header_value", "TEST", "header_name", "", "header_value", "lost",
		"form_name", "x", "form_value", "it's", "query_name", "q", "query_value", " 1")
	f.did(t, `POST /accounts/acme/debug-calls {"product_id":"1887","credential_id":"c1","headers":[{"name":"X-Ca-Stage","value":"TEST"}],"query":[{"name":"q","value":" 1"}],"form":[{"name":"name","value":"林晓"},{"name":"x","value":"it's"}]}`)
	if page.status != http.StatusOK || page.to != "" || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d %v", page.status, page.header)
	}
	page.says(t, "10008", "HTTP/1.1 200 OK\nX-Ca-Request-Id: R\n", "POST /communication/personal/1887 HTTP/1.1\nHost: house.example\n", "2.00 毫秒", `value="林晓"`,
		"--data-raw &#39;name=%E6%9E%97%E6%99%93&amp;x=it%27s&#39;", "APPCODE YOUR_APPCODE", `href="/console/calls/4XU29Z4D1772424000"`, "but not", "0f0e0d0c")
	for name, values := range page.header {
		if strings.Contains(strings.Join(values, " "), "林晓") {
			t.Errorf("the header %s keeps what was typed", name)
		}
	}
}

func TestDebug_PutsTheSecretIntoTheCommandOnRequestAlone(t *testing.T) {
	f := debugFake(nil)
	f.send(t, "/console/debug", "product_id", "1887", "credential_id", "c1", "with_secret", "on").says(t, "APPCODE 0f0e0d0c", "命令中有您的密钥")
	f.did(t, "POST /accounts/acme/credentials/c1/secret", `POST /accounts/acme/debug-calls {"product_id":"1887","credential_id":"c1"}`)
}

func TestDebug_SendsNothingBeforeTheProofThatTheSecretAsksFor(t *testing.T) {
	f := debugFake(map[string]any{"POST /accounts/acme/credentials/c1/secret": proofNeeded})
	f.send(t, "/console/debug", "product_id", "1887", "credential_id", "c1", "with_secret", "on", "name", "林晓").says(t, "确认密码", `name="with_secret"`)
	f.did(t, "POST /accounts/acme/credentials/c1/secret")
}

func TestDebug_ShowsARefusalBesideWhatWasTyped(t *testing.T) {
	f := debugFake(map[string]any{"POST /accounts/acme/debug-calls": refusal{422, "invalid", "the header Cookie is written by the tool; leave it out", "headers"}})
	f.send(t, "/console/debug", "product_id", "1887", "credential_id", "c1", "name", "林晓", "header_name", "Cookie", "header_value", "a=1").
		says(t, "请求头 Cookie 由工具填写，请删去", `value="林晓"`, `value="Cookie"`)
}

// charged is a report of a call that got a verdict.
func charged(header string) string {
	return `{"request":{"method":"POST","host":"house.example","target":"/communication/personal/1887"},
		"answer":{"status":200,"reason":"OK","headers":[` + header + `],"body":"{\"code\":\"10000\",\"message\":\"成功\",\"data\":{\"state\":\"1\"},\"seqNo\":\"4XU29Z4D1772424000\"}"},"steps":[]}`
}

func TestDebug_SaysNoChargeThatNobodyKnows(t *testing.T) {
	const row = "GET /accounts/acme/calls/4XU29Z4D1772424000"
	for name, c := range map[string]struct {
		header string
		row    any
		says   string
	}{
		"its row is there":              {"", `{"seq_no":"4XU29Z4D1772424000","code":"10000","verdict":"match","units":1}`, "<dd>扣 1 次</dd>"},
		"its row cannot be read":        {"", refusal{503, "unavailable", "the store cannot be reached", ""}, "<dd>扣费待确认，请稍后查看调用记录</dd>"},
		"the answer is an earlier call": {`{"name":"Idempotent-Replayed","value":"true"}`, `{"seq_no":"4XU29Z4D1772424000","code":"10000","verdict":"match","units":1}`, "<dd>与之前的请求相同，本次不扣费</dd>"},
	} {
		t.Run(name, func(t *testing.T) {
			f := debugFake(map[string]any{"POST /accounts/acme/debug-calls": charged(c.header), row: c.row})
			f.send(t, "/console/debug", "product_id", "1887", "credential_id", "c1").says(t, c.says)
		})
	}
}

// A call that was made is never shown as one that was refused.
func TestDebug_ShowsTheOutcomeThoughTheBalanceCannotBeRead(t *testing.T) {
	gone, made := refusal{503, "unavailable", "the store cannot be reached", ""}, false
	f := debugFake(map[string]any{
		"POST /accounts/acme/debug-calls": func() any { made = true; return debugReport },
		"GET /accounts/acme/balance": func() any {
			if made {
				return gone
			}
			return `{"items":[{"remaining":812}]}`
		},
		"GET /accounts/acme/credentials": func() any {
			if made {
				return gone
			}
			return debugCredentials
		},
	})
	f.send(t, "/console/debug", "product_id", "1887", "credential_id", "c1").is(t, http.StatusOK).says(t, "本次调用的结果", "10008", "but not", "当前剩余")
	made, f.asked = true, nil
	f.send(t, "/console/debug", "product_id", "1887", "credential_id", "c1").says(t, "but not", "本次调用的结果")
	f.did(t)
}
