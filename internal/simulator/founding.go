package simulator

import (
	"net/http"
	"strings"

	"quartet"
)

// The founding contract, product 1887: POST /communication/personal/1887, a form with name,
// idcard, acc_no and mobile. Sold on a cloud market, behind a gateway that takes
// "Authorization: APPCODE <code>" (dialect market), or direct, with the field key (dialect
// direct). The answer is {code, message, data: {state}, seqNo}; code 10000 with state 1
// match, 2 mismatch, 3 undetermined; all other codes have data null. The gateway answers with
// a status, an empty body and X-Ca-Error-* headers. It has no order number and tells no
// reason. An Idempotency-Key that comes along is booked as the buyer's number, and nothing
// more: each question is charged, whatever its key.
//
// Not confirmed: what is billed (here states 1 and 2), which codes stand for a busy or
// failing supplier (here 10017 and 10007), the throttling answer of the gateway.

const foundingPath = "/communication/personal/1887"

type founding struct {
	onVerdict

	appcode, key string // one of them
}

func newMarket(secrets map[string]string) (contract, error) {
	return founding{appcode: secrets["appcode"]}, nil
}

func newDirect(secrets map[string]string) (contract, error) {
	return founding{key: secrets["key"]}, nil
}

func (c founding) ask(r *request) (question, *reply) {
	if r.URL.Path != foundingPath || r.Method != http.MethodPost {
		return refuse(gateway(http.StatusNotFound, "I404NF", "API not found"))
	}
	if c.appcode != "" {
		scheme, code, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		switch {
		case scheme != "APPCODE" || code == "":
			return refuse(gateway(http.StatusBadRequest, "A400MA", "Need authorization"))
		case !same(code, c.appcode):
			return refuse(gateway(http.StatusBadRequest, "A400AC", "Invalid AppCode `not exists`"))
		}
	}
	form := r.form()
	if c.key != "" && !same(form.Get("key"), c.key) {
		return refuse(seller("10005", "用户验证失败", "", ""))
	}
	q := read(form, "name", "idcard", "acc_no", "mobile")
	q.order = r.Header.Get("Idempotency-Key")
	switch {
	case q.name == "" || q.id == "" || q.card == "" || q.mobile == "":
		return refuse(seller("10008", "请检查请求参数", "", ""))
	case !q.sound():
		return refuse(seller("10001", "参数传入有误", "", ""))
	}
	return q, nil
}

func (c founding) answer(_ question, o outcome) reply {
	switch o.fault {
	case FaultNone:
		return seller("10000", "成功", o.verdict.State(), o.reference)
	case FaultExhausted:
		if c.appcode != "" {
			return gateway(http.StatusForbidden, "B403MQ", "Api Market Subscription quota exhausted")
		}
		return seller("10017", "查询失败", "", o.reference)
	case FaultRateLimited:
		return gateway(http.StatusTooManyRequests, "T429PA", "Throttled by API Flow Control")
	case FaultRejected:
		return seller("10001", "参数传入有误", "", o.reference)
	case FaultNoRecord:
		return seller("10015", "未查询到数据", "", o.reference)
	case FaultUnsupported:
		return seller("10013", "无效参数", "", o.reference)
	case FaultFrequency:
		return seller("10020", "同一参数请求次数超限", "", o.reference)
	case FaultBusy:
		return seller("10017", "查询失败", "", o.reference)
	case FaultFailed:
		return seller("10007", "调用接口失败", "", o.reference)
	default:
		return seller("10099", "未知", "", o.reference)
	}
}

// seller is an answer of the layer behind the gateway.
func seller(code, message, state, seqNo string) reply {
	type data struct {
		State string `json:"state"`
	}
	body := struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Data    *data  `json:"data"`
		SeqNo   string `json:"seqNo"`
	}{code, message, nil, seqNo}
	if state != quartet.NoVerdict.State() {
		body.Data = &data{state}
	}
	return jsonReply(body)
}

// gateway is an answer of the layer in front.
func gateway(status int, code, message string) reply {
	return reply{status: status, header: map[string]string{"X-Ca-Error-Code": code, "X-Ca-Error-Message": message}}
}
