package simulator

import (
	"net/http"
	"strconv"

	"quartet"
)

// CFTG: POST, JSON in two objects. meta: service_code picks the product, request_sn is the
// buyer's number of at most 40, sign. params: name, idcard, bankcard, mobile. Success is
// meta.result_code "200"; data says the result. It has a URL of its own for tests.
//
// Not confirmed: app_id and timestamp in meta, the sign (here the hexadecimal MD5 of
// app_id+request_sn+timestamp+secret), the service code, the names in params, data (here
// result "1", "2" or "3", and serial_no), what is billed (here 1 and 2), every other code
// (here the plain ones). That request_sn must be unique is not said, so a repeat is processed
// again.
type cftg struct {
	onVerdict

	id, secret string
}

func newCftg(secrets map[string]string) (contract, error) {
	return cftg{id: secrets["app_id"], secret: secrets["app_secret"]}, nil
}

func (c cftg) ask(r *request) (question, *reply) {
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	var body struct {
		Meta struct {
			Service   string `json:"service_code"`
			Serial    string `json:"request_sn"`
			ID        string `json:"app_id"`
			Timestamp string `json:"timestamp"`
			Sign      string `json:"sign"`
		} `json:"meta"`
		Params struct {
			Name   string `json:"name"`
			ID     string `json:"idcard"`
			Card   string `json:"bankcard"`
			Mobile string `json:"mobile"`
		} `json:"params"`
	}
	if !r.object(&body) {
		return refuse(cftgReply(plainCode(FaultRejected), "", nil))
	}
	meta, params := body.Meta, body.Params
	if !same(meta.ID, c.id) || !same(meta.Sign, hexMD5(c.id+meta.Serial+meta.Timestamp+c.secret)) {
		return refuse(cftgReply(plainUnauthorised, meta.Serial, nil))
	}
	q := question{
		order: meta.Serial, need: quartet.NeedAll,
		name: params.Name, id: params.ID, card: params.Card, mobile: params.Mobile,
	}
	if meta.Service == "" || !soundOrder(q.order, 1, 40) || !q.sound() {
		return refuse(cftgReply(plainCode(FaultRejected), meta.Serial, nil))
	}
	return q, nil
}

func (cftg) answer(q question, o outcome) reply {
	if !says(o) {
		return cftgReply(plainCode(o.fault), q.order, nil)
	}
	return cftgReply(http.StatusOK, q.order, object{"result": result(o, "1", "2", "3", "9"), "serial_no": o.reference})
}

func cftgReply(code int, serial string, data object) reply {
	return jsonReply(object{
		"meta": object{"result_code": strconv.Itoa(code), "result_msg": "…", "request_sn": serial}, "data": data,
	})
}
