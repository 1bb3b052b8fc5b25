package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"quartet"
)

// ownCall is a call of the account, as the API tells it.
type ownCall struct {
	SeqNo          string    `json:"seq_no"`
	At             time.Time `json:"at"`
	Product        string    `json:"product_id"`
	Credential     string    `json:"credential_id"`
	CredentialName string    `json:"credential_name"`
	Code           string    `json:"code"`
	Message        string    `json:"message"`
	Verdict        string    `json:"verdict"`
	Reason         string    `json:"reason"`
	Differs        []string  `json:"differs"`
	Units          int64     `json:"units"`
	Latency        int64     `json:"latency_ms"`
}

// Path is where it is shown.
func (c ownCall) Path() string { return callsPath + "/" + url.PathEscape(c.SeqNo) }

// text is the row of its code in the table of result codes.
func (c ownCall) text() quartet.CodeText {
	for _, t := range quartet.Codes() {
		if t.Code.String() == c.Code {
			return t
		}
	}
	return quartet.CodeText{Message: c.Message, English: c.Message}
}

// Words are what its code says, and Cause is why it is given.
func (c ownCall) Words(lang string) string {
	if lang == string(english) {
		return c.text().English
	}
	return c.text().Message
}

func (c ownCall) Cause(lang string) string {
	if lang == string(english) {
		return c.text().Cause
	}
	return c.text().CauseZH
}

// AnsweredAt is when its answer was written.
func (c ownCall) AnsweredAt() time.Time {
	return c.At.Add(time.Duration(c.Latency) * time.Millisecond)
}

// ReasonWords are what lies below its verdict or refusal.
func (c ownCall) ReasonWords() string {
	switch quartet.Reason(c.Reason) {
	case quartet.ReasonHolderMismatch:
		return "姓名或证件号与银行预留不一致"
	case quartet.ReasonMobileMismatch:
		return "手机号与银行预留不一致"
	case quartet.ReasonCardLost:
		return "银行卡已挂失"
	case quartet.ReasonCardExpired:
		return "银行卡已过期"
	case quartet.ReasonCardRestricted:
		return "银行卡状态受限"
	case quartet.ReasonNotEnabled:
		return "银行卡未开通此项核验"
	case quartet.ReasonDormant:
		return "银行卡为睡眠卡或未激活"
	case quartet.ReasonIssuerRefused:
		return "发卡行拒绝核验"
	default: // none, or one that has no words
		return c.Reason
	}
}

// DifferWords are the parameters that differ.
func (c ownCall) DifferWords() []string {
	words := map[string]string{"name": "姓名", "idcard": "证件号", "acc_no": "银行卡号", "mobile": "预留手机号"}
	list := make([]string, len(c.Differs))
	for i, parameter := range c.Differs {
		list[i] = parameter
		if w := words[parameter]; w != "" {
			list[i] = w
		}
	}
	return list
}

// CallPage is one call.
type CallPage struct {
	Call     ownCall
	Products map[string]string
	Opens    bool // whoever looks may see the credential
}

func (CallPage) template() string { return "call" }
func (CallPage) title() string    { return "调用详情" }

// CallUnknownPage says that no call bears a seqNo, and what that may mean.
type CallUnknownPage struct {
	SeqNo string
	Wrong bool // it is not written as one
}

func (CallUnknownPage) template() string { return "callunknown" }
func (CallUnknownPage) title() string    { return "查不到这次调用" }

// asSeqNo is a seqNo as people paste it: in small letters, or with blanks around it.
func asSeqNo(text string) string { return strings.ToUpper(strings.TrimSpace(text)) }

// seqNoShaped reports whether a text is written as a seqNo.
func seqNoShaped(text string) bool {
	if len(text) != 18 {
		return false
	}
	for i, b := range []byte(text) {
		if digit := '0' <= b && b <= '9'; !digit && (i >= 8 || b < 'A' || b > 'Z') {
			return false
		}
	}
	return true
}

func (c *Console) callPage(v *visit) (page, error) {
	seqNo := asSeqNo(v.r.PathValue("seq_no"))
	p := CallPage{Opens: v.who().May("credential.write")}
	err := v.get(v.account("/calls/"+url.PathEscape(seqNo)), &p.Call)
	if problem := problemOf(err); problem != nil && (problem.Status == http.StatusNotFound || problem.Status == http.StatusUnprocessableEntity) {
		c.render(v, http.StatusNotFound, CallUnknownPage{seqNo, !seqNoShaped(seqNo)})
		return nil, nil //nolint:nilnil // it is answered
	}
	if err != nil {
		return nil, err
	}
	p.Products, err = v.productNames()
	return p, err
}

func previewCalls() []ownCall {
	call := func(seqNo string, ago time.Duration, code, verdict string, units, ms int64) ownCall {
		return ownCall{ //nolint:gosec // the name of a credential is no secret
			SeqNo: seqNo, At: previewNow.Add(-ago), Product: "1887", Credential: "c1", CredentialName: "正式环境", Code: code, Verdict: verdict, Units: units, Latency: ms,
		}
	}
	list := []ownCall{
		call("7QK2M0ZD1772424011", 40*time.Second, "10000", "match", 1, 164),
		call("B81XW5TN1772423950", 90*time.Second, "10000", "mismatch", 1, 203),
		call("0GJ4R7PA1772423702", 6*time.Minute, "10000", "undetermined", 0, 187),
		call("M3YH9C2S1772423533", 9*time.Minute, "10008", "", 0, 1),
		call("ZT60LQ8E1772421904", 36*time.Minute, "10003", "", 0, 3001),
		call("4F7UWK1X1772420022", 67*time.Minute, "10000", "match", 1, 1420),
	}
	list[1].Reason, list[1].Differs = "holder_mismatch", []string{"name", "mobile"}
	list[2].Reason = "card_lost"
	list[4].Credential, list[4].CredentialName = "c2", "风控系统"
	return list
}

func callPreviews() []preview {
	calls := previewCalls()
	var list []preview
	for i, name := range []string{"call", "call-mismatch", "call-undetermined", "call-refused"} {
		list = append(list, preview{name: name, path: calls[i].Path(), page: CallPage{calls[i], previewProducts(), true}})
	}
	return append(list,
		preview{name: "call-unknown", path: callsPath + "/7QK2M0ZD1772424012", page: CallUnknownPage{SeqNo: "7QK2M0ZD1772424012"}},
		preview{name: "call-unknown-shape", path: callsPath + "/7QK2M0ZD", page: CallUnknownPage{SeqNo: "7QK2M0ZD", Wrong: true}},
	)
}
