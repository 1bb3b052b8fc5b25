package simulator

import (
	"net/http"
	"strconv"
	"time"
)

// Jumdata: GET with a query or POST with a form: appId, timestamp in milliseconds, sign, name,
// idcard, bankcard, mobile; sign is the hexadecimal SHA-256 of appId+appSecret+timestamp.
// Success is code 200; data says the result, in the dear edition with what differs; taskNo is
// its own number.
//
// Not confirmed: the window of the time (here 5 minutes), the fields of data (here result
// "1", "2" or "3" and detail), what is billed (here 1 and 2), every other code (here the plain
// ones).
type jumdata struct {
	onVerdict

	id, secret string
}

const jumdataWindow = 5 * time.Minute

func newJumdata(secrets map[string]string) (contract, error) {
	return jumdata{id: secrets["app_id"], secret: secrets["app_secret"]}, nil
}

func (c jumdata) ask(r *request) (question, *reply) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	args := r.arguments()
	stamp := args.Get("timestamp")
	if !same(args.Get("appId"), c.id) || !within(stamp, r.now, jumdataWindow) ||
		!same(args.Get("sign"), hexSHA256(c.id+c.secret+stamp)) {
		return refuse(jumdataFailure(plainUnauthorised, ""))
	}
	q := read(args, "name", "idcard", "bankcard", "mobile")
	if !q.sound() {
		return refuse(jumdataFailure(plainCode(FaultRejected), ""))
	}
	return q, nil
}

func (jumdata) answer(_ question, o outcome) reply {
	if !says(o) {
		return jumdataFailure(plainCode(o.fault), o.reference)
	}
	return jsonReply(object{"code": 200, "msg": "成功", "taskNo": o.reference, "data": object{
		"result": strconv.Itoa(result(o, 1, 2, 3, 9)), "detail": o.differs.String(),
	}})
}

func jumdataFailure(code int, reference string) reply {
	return jsonReply(object{"code": code, "msg": "失败", "taskNo": reference, "data": nil})
}
