package simulator

import "net/http"

// 1cloudsp: POST, a form with its credentials beside the person: accesskey, secret, realname,
// idcard, bankcard, mobile. Success is ret 0; data.res is the integer 1 match or 2 mismatch;
// data.bank_name; it echoes the person masked.
//
// Not confirmed: what is billed (here both results), how it masks, every other ret (here the
// plain ones; 300 where the card's state forbids a comparison).
type onecloudsp struct {
	onVerdict

	key, secret string
}

func newOnecloudsp(secrets map[string]string) (contract, error) {
	return onecloudsp{key: secrets["accesskey"], secret: secrets["secret"]}, nil
}

func (c onecloudsp) ask(r *request) (question, *reply) {
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	form := r.form()
	if !same(form.Get("accesskey"), c.key) || !same(form.Get("secret"), c.secret) {
		return refuse(onecloudspFailure(plainUnauthorised))
	}
	q := read(form, "realname", "idcard", "bankcard", "mobile")
	if !q.sound() {
		return refuse(onecloudspFailure(plainCode(FaultRejected)))
	}
	return q, nil
}

func (onecloudsp) answer(q question, o outcome) reply {
	res := result(o, 1, 2, 0, 9)
	switch {
	case !says(o):
		return onecloudspFailure(plainCode(o.fault))
	case res == 0:
		return onecloudspFailure(plainCannotCompare)
	}
	return jsonReply(object{"ret": 0, "msg": "ok", "data": object{
		"res": res, "bank_name": "测试银行", "bankcard": q.card[:4] + "****" + q.card[len(q.card)-4:],
	}})
}

func onecloudspFailure(code int) reply { return jsonReply(object{"ret": code, "msg": "error"}) }
