package simulator

import (
	"net/http"
	"strconv"
)

// shumaidata / chinaz: GET, all in the query: key, name, idcard, bankcard, mobile. Success is
// code 200 and success true; data.result is 0 match, 1 mismatch, 2 not certified, 3
// cancelled; data.order_no is its own number. 0 and 1 are billed.
//
// Not confirmed: that four elements are asked as three are; that codes and results are a
// number and a text; every code but 200 (here the plain ones). The other way to sign in,
// appid with a signature, is left out: its recipe is not public.
type shumaidata struct {
	onVerdict

	key string
}

func newShumaidata(secrets map[string]string) (contract, error) {
	return shumaidata{key: secrets["key"]}, nil
}

func (c shumaidata) ask(r *request) (question, *reply) {
	if r.Method != http.MethodGet {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	args := r.URL.Query()
	if !same(args.Get("key"), c.key) {
		return refuse(shumaidataFailure(plainUnauthorised))
	}
	q := read(args, "name", "idcard", "bankcard", "mobile")
	if !q.sound() {
		return refuse(shumaidataFailure(plainCode(FaultRejected)))
	}
	return q, nil
}

func (shumaidata) answer(_ question, o outcome) reply {
	if !says(o) {
		return shumaidataFailure(plainCode(o.fault))
	}
	state := 2
	if o.reason != "" && o.reason != "issuer_refused" { // the card is known, and gone
		state = 3
	}
	return jsonReply(object{"code": 200, "success": true, "msg": "成功", "data": object{
		"order_no": o.reference, "result": strconv.Itoa(result(o, 0, 1, state, 7)),
	}})
}

func shumaidataFailure(code int) reply {
	return jsonReply(object{"code": code, "success": false, "msg": "失败", "data": nil})
}
