package console

import (
	"net/url"

	"quartet"
	"quartet/internal/sample"
	"quartet/internal/web"
)

func debugPreviews() []preview {
	about := &debugProduct{callable: callable{Product: "1887", Path: "/communication/personal/1887", Parameters: []string{"name", "idcard", "acc_no", "mobile"}}}
	about.Content.Name, about.Units.Match, about.Units.Mismatch = "银行卡四要素核验", 1, 1
	tool := func(typed url.Values) *DebugPage {
		p := &DebugPage{Left: 5812, Counted: true, Products: []choice{{"1887", "银行卡四要素核验", true}, {"1886", "银行卡三要素核验", false}}}
		p.about(about)
		p.fill(typed)
		p.Groups = []debugGroup{
			{Label: "沙箱凭证（不扣次数）", Test: true, Own: []debugOwn{{choice{"c2", "联调 · AppCode", false}, false}}},
			{Label: "正式凭证", Own: []debugOwn{{choice{"c1", "正式环境 · AppCode", false}, false}, {choice{"c3", "正式环境 · AppKey / AppSecret", typed.Get("credential_id") == "c3"}, true}}},
		}
		return p
	}
	typed := url.Values{"product_id": {"1887"}, "credential_id": {"c3"}}
	for _, f := range sample.For(about.callable.Path, about.Parameters, sample.Signature).Form {
		typed.Set(f.Name, f.Value)
	}
	signed := tool(typed)
	signed.Outcome = previewOutcome()
	wrong := tool(typed)
	wrong.Outcome = previewWrongSignature()
	refused := url.Values{"product_id": {"1887"}, "credential_id": {"c1"}, "header_name": {"Cookie"}, "header_value": {"a=1"}, "name": {"林晓"}}
	return []preview{
		{name: "debug", path: debugPath, page: tool(nil)},
		{name: "debug-refused", path: debugPath, page: tool(refused), form: form{Values: refused, Detail: "请求头 Cookie 由工具填写，请删去"}},
		{name: "debug-signed", path: debugPath, page: signed, form: form{Values: typed}},
		{name: "debug-wrong", path: debugPath, page: wrong, form: form{Values: typed}},
		{name: "debug-no-credential", path: debugPath, page: func() *DebugPage { p := tool(nil); p.Groups = nil; return p }()},
		{name: "debug-empty", path: debugPath, page: &DebugPage{}},
	}
}

const (
	previewForm = "application/x-www-form-urlencoded; charset=UTF-8"
	previewBody = "name=%E9%83%91%E5%A4%A9%E8%BE%89&idcard=23060220060102795X&acc_no=6200000000000000018&mobile=13952034809"
)

func previewReport() debugReport {
	return debugReport{
		Request: debugMessage{
			Method: "POST", Host: "api.shili-data.example", Target: "/communication/personal/1887", Body: previewBody,
			Headers: []debugField{
				{"Accept", "application/json"},
				{"Content-Type", previewForm},
				{"X-Ca-Key", "204000001"},
				{"X-Ca-Timestamp", "1772424000000"},
				{"X-Ca-Nonce", "K7PUMQ2V5WTDZXH3A4RNJ6YEBS"},
				{"X-Ca-Signature-Method", "HmacSHA256"},
				{"X-Ca-Signature-Headers", "X-Ca-Key,X-Ca-Nonce,X-Ca-Timestamp"},
				{"X-Ca-Signature", "3s7fQ5xk0JmUq1bYc8o2nHwTzR6dVgLpEaXiK9uMNlE="},
			},
		},
		Signature: &debugSignature{Method: "HmacSHA256", Sent: "3s7fQ5xk0JmUq1bYc8o2nHwTzR6dVgLpEaXiK9uMNlE=", Right: true, Parts: []debugPart{
			{Kind: "method", Text: "POST"},
			{Kind: "accept", Text: "application/json"},
			{Kind: "content_md5"},
			{Kind: "content_type", Text: previewForm},
			{Kind: "date"},
			{Kind: "header", Text: "X-Ca-Key:204000001"},
			{Kind: "header", Text: "X-Ca-Nonce:K7PUMQ2V5WTDZXH3A4RNJ6YEBS"},
			{Kind: "header", Text: "X-Ca-Timestamp:1772424000000"},
			{Kind: "resource", Text: "/communication/personal/1887?acc_no=6200000000000000018&idcard=23060220060102795X&mobile=13952034809&name=郑天辉"},
		}},
		Answer: debugMessage{
			Status: 200, Reason: "OK", Body: `{"code":"10000","message":"成功","data":{"state":"1"},"seqNo":"4XU29Z4D1772424000"}`,
			Headers: []debugField{{"Content-Type", "application/json; charset=UTF-8"}, {"X-Ca-Request-Id", "6F0C2B1E-93A4-4D57-8E21-5B7A90C4D3F2"}},
		},
		Steps: []debugStep{{"open", 0.82}, {"write", 0.064}, {"read", 0.021}, {"road", 1.43}, {"show", 0.012}},
	}
}

func previewOutcome() *debugOutcome {
	o := &debugOutcome{Report: previewReport(), State: "1", SeqNo: "4XU29Z4D1772424000", Once: true}
	text := quartet.Codes()[0]
	o.Code = &text
	o.Call = &ownCall{SeqNo: o.SeqNo, Code: "10000", Verdict: "match", Units: 1}
	o.Curl = "curl -i -X POST 'https://api.shili-data.example/communication/personal/1887' \\\n  -H 'Accept: application/json' \\\n  --data-raw '" + previewBody + "'"
	return o
}

// previewWrongSignature is a call with the signature of a program that forgot the charset.
func previewWrongSignature() *debugOutcome {
	o := previewOutcome()
	text := web.WrongSignature.Text()
	o.State, o.SeqNo, o.Code, o.Call, o.Gateway = "", "", nil, nil, &text
	s := o.Report.Signature
	s.Right, s.Compared, s.Sent = false, true, "bWluZQ=="
	s.Parts[3].Yours, s.Parts[3].Differs = "application/x-www-form-urlencoded", true
	o.Report.Answer = debugMessage{Status: text.Status, Reason: "Forbidden", Headers: []debugField{
		{"Content-Type", "application/octet-stream"}, {"X-Ca-Error-Code", text.Code}, {"X-Ca-Error-Message", text.Message + "`POST#application/json##" + previewForm + "##…`"},
	}}
	return o
}
