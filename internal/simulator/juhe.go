package simulator

import "net/http"

// Juhe: GET, all in the query: key, realname, idcard, bankcard, mobile, and uorderid, which may
// be left out; it has 8 to 32 letters and digits and is unique. Success is error_code 0;
// result.res is "1" match or "2" mismatch; result.jobid is its own number; it echoes the
// person.
//
// Not confirmed: what is billed (here both results), every other error_code (here the plain
// ones; 300 where the card's state forbids a comparison, since no result says so).
type juhe struct {
	onVerdict

	key string
}

func newJuhe(secrets map[string]string) (contract, error) { return juhe{key: secrets["key"]}, nil }

func (c juhe) ask(r *request) (question, *reply) {
	if r.Method != http.MethodGet {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	if !same(r.URL.Query().Get("key"), c.key) {
		return refuse(juheFailure(plainUnauthorised))
	}
	return askJuhe(r)
}

// askJuhe reads what Juhe and its resale have in common.
func askJuhe(r *request) (question, *reply) {
	args := r.URL.Query()
	q := read(args, "realname", "idcard", "bankcard", "mobile")
	q.order = args.Get("uorderid")
	q.unique = q.order != ""
	if !q.sound() || q.unique && !soundOrder(q.order, 8, 32) {
		return refuse(juheFailure(plainCode(FaultRejected)))
	}
	return q, nil
}

func (juhe) answer(q question, o outcome) reply {
	res := result(o, "1", "2", "", "9")
	switch {
	case !says(o):
		return juheFailure(plainCode(o.fault))
	case res == "":
		return juheFailure(plainCannotCompare)
	}
	return jsonReply(object{"error_code": 0, "reason": "成功", "result": object{
		"jobid": o.reference, "realname": q.name, "idcard": q.id, "bankcard": q.card, "mobile": q.mobile,
		"res": res, "message": result(o, "验证一致", "验证不一致", "", "未知"),
	}})
}

func juheFailure(code int) reply {
	return jsonReply(object{"error_code": code, "reason": "失败", "result": nil})
}
