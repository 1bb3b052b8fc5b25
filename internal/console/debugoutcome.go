package console

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"quartet"
	"quartet/internal/sample"
	"quartet/internal/web"
)

// debugReport is what the API tells of a call by hand.
type debugReport struct {
	Test      bool            `json:"test"`
	Request   debugMessage    `json:"request"`
	Signature *debugSignature `json:"signature"`
	Answer    debugMessage    `json:"answer"`
	Steps     []debugStep     `json:"steps"`
}

// debugMessage is a request or an answer.
type debugMessage struct {
	Method  string       `json:"method"`
	Host    string       `json:"host"`
	Target  string       `json:"target"`
	Status  int          `json:"status"`
	Reason  string       `json:"reason"`
	Headers []debugField `json:"headers"`
	Body    string       `json:"body"`
}

// Raw is the message as it is written on the wire.
func (m *debugMessage) Raw() string {
	var b strings.Builder
	if m.Method != "" {
		b.WriteString(m.Method + " " + m.Target + " HTTP/1.1\nHost: " + m.Host + "\n")
	} else {
		b.WriteString("HTTP/1.1 " + strconv.Itoa(m.Status) + " " + m.Reason + "\n")
	}
	for _, h := range m.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	return b.String() + "\n" + m.Body
}

func (m *debugMessage) header(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

type debugSignature struct {
	Method   string      `json:"method"`
	Parts    []debugPart `json:"parts"`
	Sent     string      `json:"signature"`
	Right    bool        `json:"right"`
	Compared bool        `json:"compared"`
}

// Text is the string to sign.
func (s *debugSignature) Text() string {
	lines := make([]string, len(s.Parts))
	for i, p := range s.Parts {
		lines[i] = p.Text
	}
	return strings.Join(lines, "\n")
}

// Differing is how many lines of the other program's string are not these.
func (s *debugSignature) Differing() (n int) {
	for _, p := range s.Parts {
		if p.Differs {
			n++
		}
	}
	return n
}

type debugPart struct {
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Yours   string `json:"yours"`
	Differs bool   `json:"differs"`
}

// Name and Hint say what a line is.
func (p debugPart) Name() string { return partWords[p.Kind][0] }
func (p debugPart) Hint() string { return partWords[p.Kind][1] }

var partWords = map[string][2]string{
	"method":       {"方法", "大写"},
	"accept":       {"Accept", "请求头的值；没有则留空行"},
	"content_md5":  {"Content-MD5", "请求头的值；表单请求不需要，留空行"},
	"content_type": {"Content-Type", "请求头的值，与实际发送的一字不差"},
	"date":         {"Date", "请求头的值；没有则留空行"},
	"header":       {"请求头", "X-Ca-Signature-Headers 列出的，按名称排序，各占一行，写作“名称:值”"},
	"resource":     {"路径与参数", "查询与表单的参数按名称排序，用原文，不编码；末尾不换行"},
}

type debugStep struct {
	Name string  `json:"name"`
	Took float64 `json:"took_ms"`
}

// Words say what a step is.
func (s debugStep) Words() string {
	return map[string]string{
		"open": "打开凭证，记入审计", "write": "组装请求，计算签名", "read": "服务端读取请求", "road": "认证、限制、核验、记账", "show": "写出应答",
	}[s.Name]
}

// Milliseconds is how long it took, to a hundredth.
func (s debugStep) Milliseconds() string {
	return strconv.FormatFloat(s.Took, 'f', 2, 64)
}

// debugOutcome is a call that was made, and what it means.
type debugOutcome struct {
	Report  debugReport
	Call    *ownCall          // the row of the call; nil: it has none, or none yet
	Gateway *web.GatewayText  // why the gateway refused
	Code    *quartet.CodeText // what the product said
	State   string            // of the verdict
	SeqNo   string
	Curl    string
	Filled  bool // the secret stands in the command
	Once    bool // the command is good for one time, which is over
}

// understand reads the answer, and the row of the call where there is one.
func (o *debugOutcome) understand(v *visit) {
	answer := &o.Report.Answer
	if code := answer.header("X-Ca-Error-Code"); code != "" {
		for _, g := range web.Gateways() {
			if text := g.Text(); text.Code == code {
				o.Gateway = &text
			}
		}
		return
	}
	var said struct {
		Code string `json:"code"`
		Data struct {
			State string `json:"state"`
		} `json:"data"`
		SeqNo string `json:"seqNo"`
	}
	if json.Unmarshal([]byte(answer.Body), &said) != nil {
		return
	}
	o.State, o.SeqNo = said.Data.State, said.SeqNo
	text := ownCall{Code: said.Code}.text()
	o.Code = &text
	var call ownCall
	if said.SeqNo != "" && v.get(v.account("/calls/"+url.PathEscape(said.SeqNo)), &call) == nil {
		o.Call = &call
	}
}

// Verdict is the verdict of the answer as the rest of the console names it.
func (o *debugOutcome) Verdict() string {
	return map[string]string{"1": "match", "2": "mismatch", "3": "undetermined"}[o.State]
}

// Replayed reports whether the answer is that of an earlier call under the same idempotency key,
// which was charged then.
func (o *debugOutcome) Replayed() bool {
	return o.Report.Answer.header("Idempotent-Replayed") == "true"
}

// Pending reports whether nobody knows yet what was charged: a call that got a verdict, or no
// answer that can be read, and whose row could not be looked up. Refusals cost nothing.
func (o *debugOutcome) Pending() bool {
	return o.Gateway == nil && o.Call == nil && (o.State != "" || o.Code == nil)
}

// CallPath leads to the row of the call. That of a refusal may not be written yet when the answer
// is shown, since nobody waits for it.
func (o *debugOutcome) CallPath() string { return ownCall{SeqNo: o.SeqNo}.Path() }

// Message is the gateway's own, in which the string to sign stands that the server has.
func (o *debugOutcome) Message() string { return o.Report.Answer.header("X-Ca-Error-Message") }

// Cause says why it was answered so.
func (o *debugOutcome) Cause(lang string) string {
	switch {
	case o.Gateway != nil && lang == string(english):
		return o.Gateway.Cause
	case o.Gateway != nil:
		return o.Gateway.CauseZH
	case o.Code != nil && lang == string(english):
		return o.Code.Cause
	case o.Code != nil:
		return o.Code.CauseZH
	}
	return ""
}

// Total is how long all steps took.
func (o *debugOutcome) Total() debugStep {
	var t debugStep
	for _, s := range o.Report.Steps {
		t.Took += s.Took
	}
	return t
}

// debugMask is how the API shows a secret.
const debugMask = "••••••••"

// curl is the call as a command. Of a signed call it is a program that signs anew, where one
// can be written; else the call as it was, whose nonce is used up.
func (o *debugOutcome) curl(base string, call *debugCall, secret string) string {
	sent := &o.Report.Request
	if o.Report.Signature != nil {
		if program := o.signedCurl(base, call, secret); program != "" {
			return program
		}
		o.Once = true
	}
	place := secret
	if place == "" {
		place = sample.PlaceAppCode
		if sent.header("Authorization") == "" {
			place = "YOUR_KEY"
		}
	}
	lines := []string{"curl -i -X POST " + quoted(base+sent.Target)}
	for _, h := range sent.Headers {
		lines = append(lines, "-H "+quoted(h.Name+": "+strings.ReplaceAll(h.Value, debugMask, place)))
	}
	lines = append(lines, "--data-raw "+quoted(strings.ReplaceAll(sent.Body, debugMask, place)))
	return strings.Join(lines, " \\\n  ")
}

// signedCurl is the sample in curl with this call in it; "": it cannot hold the call.
func (o *debugOutcome) signedCurl(base string, call *debugCall, secret string) string {
	if len(call.Query) > 0 || !o.Report.Signature.Right {
		return ""
	}
	l, ok := sample.Find("curl")
	if !ok {
		return ""
	}
	r := sample.For(o.Report.Request.Target, nil, sample.Signature)
	r.At(base)
	r.Headers = nil
	for _, h := range o.Report.Request.Headers {
		switch lower := strings.ToLower(h.Name); {
		case lower == "x-ca-key":
			r.AppKey = h.Value
		case lower == "x-ca-signature-method" && h.Value != "HmacSHA256", lower == "x-ca-signature-headers" && h.Value != "X-Ca-Key,X-Ca-Nonce,X-Ca-Timestamp", lower == "content-md5", lower == "date":
			return "" // the sample signs in the plain way alone
		case !strings.HasPrefix(lower, "x-ca-"):
			r.Headers = append(r.Headers, sample.Field(h))
		}
	}
	for _, f := range call.Form {
		r.Form = append(r.Form, sample.Field(f))
	}
	if secret != "" {
		r.AppSecret = secret
	}
	made, err := sample.Render(&l, &r)
	if err != nil {
		return ""
	}
	return made.Code
}

// quoted is a word for a shell.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
