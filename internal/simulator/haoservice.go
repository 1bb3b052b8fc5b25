package simulator

import "net/http"

// haoservice: GET, all in the query: key, name, idCardCode, accountNo; three elements.
// Success is error_code 0; result.result is a letter: T valid, F invalid, N cannot verify, P
// timeout. It echoes the person, and the echo spells the ID field differently.
//
// Not confirmed: what is billed (here T and F), every other error_code (here the plain ones).
type haoservice struct {
	onVerdict

	key string
}

func newHaoservice(secrets map[string]string) (contract, error) {
	return haoservice{key: secrets["key"]}, nil
}

func (c haoservice) ask(r *request) (question, *reply) {
	if r.Method != http.MethodGet {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	args := r.URL.Query()
	if !same(args.Get("key"), c.key) {
		return refuse(haoserviceFailure(plainUnauthorised))
	}
	q := read(args, "name", "idCardCode", "accountNo", "")
	if !q.sound() {
		return refuse(haoserviceFailure(plainCode(FaultRejected)))
	}
	return q, nil
}

func (haoservice) answer(q question, o outcome) reply {
	if !says(o) && o.fault != FaultFailed {
		return haoserviceFailure(plainCode(o.fault))
	}
	letter := result(o, "T", "F", "N", "X")
	if o.fault == FaultFailed {
		letter = "P"
	}
	return jsonReply(object{"error_code": 0, "reason": "成功", "result": object{
		"name": q.name, "idcardCode": q.id, "accountNo": q.card, "result": letter,
	}})
}

func haoserviceFailure(code int) reply {
	return jsonReply(object{"error_code": code, "reason": "失败", "result": nil})
}
