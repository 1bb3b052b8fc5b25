package simulator

import (
	"net/http"
	"time"
)

// lfv2: GET with a query or POST with a form: name, idcard, bankcard, mobile. Its sign is in
// the headers: appId, timestamp in milliseconds, sign, which is the hexadecimal SHA-256 of
// appId+timestamp+appKey: another order than its neighbours'. The time is good for 5 minutes.
// Code 4 is a wrong sign, 10 an address that is not allowed.
//
// Not confirmed: the names of idcard, mobile and the headers, that 0 is success, data.result
// (here the numbers 1, 2, 3) and data.orderNo, what is billed (here 1 and 2), every other code
// (here the plain ones).
type lfv2 struct {
	onVerdict

	id, key string
}

const (
	lfv2Window  = 5 * time.Minute
	lfv2BadSign = 4
)

func newLfv2(secrets map[string]string) (contract, error) {
	return lfv2{id: secrets["app_id"], key: secrets["app_key"]}, nil
}

func (c lfv2) ask(r *request) (question, *reply) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	stamp := r.Header.Get("Timestamp")
	if !same(r.Header.Get("Appid"), c.id) || !within(stamp, r.now, lfv2Window) ||
		!same(r.Header.Get("Sign"), hexSHA256(c.id+stamp+c.key)) {
		return refuse(lfv2Failure(lfv2BadSign))
	}
	q := read(r.arguments(), "name", "idcard", "bankcard", "mobile")
	if !q.sound() {
		return refuse(lfv2Failure(plainCode(FaultRejected)))
	}
	return q, nil
}

func (lfv2) answer(_ question, o outcome) reply {
	if !says(o) {
		return lfv2Failure(plainCode(o.fault))
	}
	return jsonReply(object{"code": 0, "message": "ok", "data": object{
		"result": result(o, 1, 2, 3, 9), "orderNo": o.reference,
	}})
}

func lfv2Failure(code int) reply { return jsonReply(object{"code": code, "message": "失败"}) }
