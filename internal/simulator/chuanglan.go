package simulator

import (
	"net/http"
	"strconv"
)

// Chuanglan 253: POST, a form: appId, appKey, name, idNum, cardNo, mobile. The answer:
// chargeStatus 0 or 1 at the top of every reply, errors included; code; data.
//
// Not confirmed: that 200000 is success, data.result "01" match, "02" mismatch, "03" neither and
// data.orderNo, every other code (here the plain ones, as text), what is billed (here 01 and
// 02).
type chuanglan struct {
	onVerdict

	id, key string
}

func newChuanglan(secrets map[string]string) (contract, error) {
	return chuanglan{id: secrets["app_id"], key: secrets["app_key"]}, nil
}

func (c chuanglan) ask(r *request) (question, *reply) {
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	form := r.form()
	if !same(form.Get("appId"), c.id) || !same(form.Get("appKey"), c.key) {
		return refuse(chuanglanFailure(plainUnauthorised))
	}
	q := read(form, "name", "idNum", "cardNo", "mobile")
	if !q.sound() {
		return refuse(chuanglanFailure(plainCode(FaultRejected)))
	}
	return q, nil
}

func (chuanglan) answer(_ question, o outcome) reply {
	if !says(o) {
		return chuanglanFailure(plainCode(o.fault))
	}
	charge := 0
	if o.charged {
		charge = 1
	}
	return jsonReply(object{"chargeStatus": charge, "code": "200000", "message": "成功", "data": object{
		"orderNo": o.reference, "result": result(o, "01", "02", "03", "09"),
	}})
}

func chuanglanFailure(code int) reply {
	return jsonReply(object{"chargeStatus": 0, "code": strconv.Itoa(code), "message": "失败", "data": nil})
}
