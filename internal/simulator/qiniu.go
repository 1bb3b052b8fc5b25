package simulator

import (
	"crypto/sha1" //nolint:gosec // the contract demands it
	"encoding/base64"
	"net/http"

	"quartet"
)

// Qiniu: POST, JSON: cert_name, cert_no, bank_card, mobile. Header "Authorization: Qiniu
// <access key>:<s>", with s the URL-safe Base64 of HMAC-SHA1 under the secret key over
//
//	POST <path>[?<query>]\nHost: <host>\nContent-Type: <type>\n\n<body>
//
// The answer: result_code; match is a boolean; extern_info is JSON in a string, whose
// checkResultDetail is 1 all agree, 2 several differ, 3 the mobile, 4 the ID number, 5 the name.
//
// Not confirmed: the string that is signed (here that of the firm's other services), that
// result_code is 0 for success, request_id, what is billed (here both results), every other
// code (here the plain ones; 300 where the card's state forbids a comparison).
type qiniu struct {
	onVerdict

	access, secret string
}

func newQiniu(secrets map[string]string) (contract, error) {
	return qiniu{access: secrets["access_key"], secret: secrets["secret_key"]}, nil
}

func (c qiniu) ask(r *request) (question, *reply) {
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	text := r.Method + " " + r.URL.RequestURI() + "\nHost: " + r.Host +
		"\nContent-Type: " + r.Header.Get("Content-Type") + "\n\n" + string(r.body)
	sign := base64.URLEncoding.EncodeToString(hmacOf(sha1.New, c.secret, text))
	if !same(r.Header.Get("Authorization"), "Qiniu "+c.access+":"+sign) {
		denied := jsonReply(object{"error": "bad token"})
		denied.status = http.StatusUnauthorized
		return refuse(denied)
	}
	var body struct {
		Name   string `json:"cert_name"`
		ID     string `json:"cert_no"`
		Card   string `json:"bank_card"`
		Mobile string `json:"mobile"`
	}
	if !r.object(&body) {
		return refuse(qiniuFailure(plainCode(FaultRejected), ""))
	}
	q := question{name: body.Name, id: body.ID, card: body.Card, mobile: body.Mobile, need: quartet.NeedAll}
	if !q.sound() {
		return refuse(qiniuFailure(plainCode(FaultRejected), ""))
	}
	return q, nil
}

func (qiniu) answer(_ question, o outcome) reply {
	switch {
	case o.fault != FaultNone:
		return qiniuFailure(plainCode(o.fault), o.reference)
	case o.verdict == quartet.Undetermined:
		return qiniuFailure(plainCannotCompare, o.reference)
	}
	detail := "2"
	switch {
	case o.verdict == quartet.Match:
		detail = "1"
	case o.reason == quartet.ReasonMobileMismatch:
		detail = "3"
	case o.differs == quartet.NeedID:
		detail = "4"
	case o.differs == quartet.NeedName:
		detail = "5"
	}
	return jsonReply(object{
		"request_id": o.reference, "result_code": 0, "match": o.verdict == quartet.Match,
		"extern_info": string(jsonText(object{"checkResultDetail": detail})),
	})
}

func qiniuFailure(code int, reference string) reply {
	return jsonReply(object{"request_id": reference, "result_code": code})
}
