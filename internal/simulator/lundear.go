package simulator

import (
	"net/http"
	"strconv"

	"quartet"
)

// Lundear, as cloud markets sell it: GET with a query or POST with a form: name, idcard, cardno,
// mobile. The code itself is the result: 0 match, 1 mismatch, 2 invalid card, 3 state
// abnormal, 4 either, 5 restricted, 9 ask the issuer, 95 too frequent, 96 try again. data
// tells of the card.
//
// Not confirmed: the market's key (here Authorization: APPCODE), what is billed (here 0 and 1),
// the names within data, codes of other failures (here the plain ones).
type lundear struct {
	onVerdict

	appcode string
}

func newLundear(secrets map[string]string) (contract, error) {
	return lundear{appcode: secrets["appcode"]}, nil
}

func (c lundear) ask(r *request) (question, *reply) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	if !same(r.Header.Get("Authorization"), "APPCODE "+c.appcode) {
		return refuse(gateway(http.StatusBadRequest, "A400AC", "Invalid AppCode `not exists`"))
	}
	q := read(r.arguments(), "name", "idcard", "cardno", "mobile")
	if !q.sound() {
		return refuse(lundearReply(2))
	}
	return q, nil
}

func (lundear) answer(_ question, o outcome) reply {
	switch o.fault {
	case FaultNone:
	case FaultRejected:
		return lundearReply(2)
	case FaultFrequency:
		return lundearReply(95)
	case FaultBusy:
		return lundearReply(96)
	case FaultExhausted:
		return gateway(http.StatusForbidden, "B403MQ", "Api Market Subscription quota exhausted")
	case FaultRateLimited:
		return gateway(http.StatusTooManyRequests, "T429PA", "Throttled by API Flow Control")
	default:
		return lundearReply(plainCode(o.fault))
	}
	state := 3
	switch o.reason {
	case quartet.ReasonCardRestricted:
		state = 5
	case quartet.ReasonIssuerRefused:
		state = 9
	default:
	}
	return lundearReply(result(o, 0, 1, state, 0))
}

func lundearReply(code int) reply {
	return jsonReply(object{
		"code": strconv.Itoa(code), "desc": "…",
		"data": object{"bankName": "测试银行", "cardType": "借记卡"},
	})
}
