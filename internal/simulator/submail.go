package simulator

import (
	"net/http"
	"net/url"
	"strings"
)

// Submail: POST, JSON or a form: appid, name, idNo, cardNumber, mobile, signature. The
// signature is the hexadecimal SHA-256 of the fields and of appkey, without appid and
// signature, as key=value, sorted A to Z, joined by &, values URL-encoded: the key is in the
// string, the id on the wire. The answer: status success or error; result.identical is a
// boolean; send_id is its own number.
//
// Not confirmed: that appid stays out of the string, that blanks are encoded as +, what is
// billed (here both results), every code (here the plain ones; 300 where the card's state
// forbids a comparison). Multipart bodies are left out.
type submail struct {
	onVerdict

	id, key string
}

func newSubmail(secrets map[string]string) (contract, error) {
	return submail{id: secrets["appid"], key: secrets["appkey"]}, nil
}

func (c submail) ask(r *request) (question, *reply) {
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	form := r.form()
	var body map[string]string
	if r.object(&body) {
		for k, v := range body {
			form.Set(k, v)
		}
	}
	fields := map[string]string{"appkey": c.key}
	for k := range form {
		if k != "appid" && k != "signature" {
			fields[k] = form.Get(k)
		}
	}
	text := strings.Join(sortedPairs(fields, url.QueryEscape), "&")
	if !same(form.Get("appid"), c.id) || !same(form.Get("signature"), hexSHA256(text)) {
		return refuse(submailError(plainUnauthorised))
	}
	q := read(form, "name", "idNo", "cardNumber", "mobile")
	if !q.sound() {
		return refuse(submailError(plainCode(FaultRejected)))
	}
	return q, nil
}

func (submail) answer(_ question, o outcome) reply {
	if o.fault != FaultNone {
		return submailError(plainCode(o.fault))
	}
	identical := result(o, true, false, nil, any(nil))
	if identical == nil {
		return submailError(plainCannotCompare)
	}
	return jsonReply(object{"status": "success", "send_id": o.reference, "result": object{"identical": identical}})
}

func submailError(code int) reply {
	return jsonReply(object{"status": "error", "code": code, "msg": "error"})
}
