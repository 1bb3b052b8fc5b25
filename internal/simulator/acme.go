package simulator

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"strings"
	"time"

	"quartet"
)

// An invented supplier, for teaching: it has all that a good contract has.
//
// POST /v1/verify, JSON: order_no (18 of 0-9A-Z, unique), name, id_no, card_no, mobile; id_no
// and mobile may be left out together, mobile alone may. Headers X-Acme-Key; X-Acme-Time,
// Unix milliseconds, good for 5 minutes; X-Acme-Sign, the hexadecimal HMAC-SHA256 under the
// secret of
//
//	card_no=…&id_no=…&mobile=…&name=…&order_no=…&time=…
//
// which are the fields of the body and the time as key=value, sorted by key, joined by &.
// The answer: status ok or error, code, and with ok result same, different or unknown, with
// detail; charged, true for same and different; trade_no.
//
// POST /v1/query, JSON: order_no, signed alike. The answer: status ok, code OK, found, and if
// found all that the first answer said. A repeated order_no is answered as the first time,
// uncharged.
//
// The test person is free of charge, whatever is answered.
const (
	acmeWindow     = 5 * time.Minute
	acmeTestCard   = "6200000000000005"
	acmeTestMobile = "13900000001"
)

type acme struct{ key, secret string }

func newAcme(secrets map[string]string) (contract, error) {
	return acme{secrets["app_key"], secrets["app_secret"]}, nil
}

func (c acme) ask(r *request) (question, *reply) {
	inquiry := r.URL.Path == "/v1/query"
	if !inquiry && r.URL.Path != "/v1/verify" {
		return refuse(emptyReply(http.StatusNotFound))
	}
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	var body map[string]string
	if !r.object(&body) || body == nil {
		return refuse(acmeError("PARAM", "the body is no JSON object of strings"))
	}
	if !same(r.Header.Get("X-Acme-Key"), c.key) {
		return refuse(acmeError("KEY", "X-Acme-Key is unknown"))
	}
	stamp := r.Header.Get("X-Acme-Time")
	if !within(stamp, r.now, acmeWindow) {
		return refuse(acmeError("TIME", "X-Acme-Time is not within 5 minutes"))
	}
	if !same(r.Header.Get("X-Acme-Sign"), c.sign(body, stamp)) {
		return refuse(acmeError("SIGN", "X-Acme-Sign is wrong"))
	}
	q := question{
		order: body["order_no"], unique: true, inquiry: inquiry,
		name: body["name"], id: body["id_no"], card: body["card_no"], mobile: body["mobile"],
		need: quartet.NeedCard | quartet.NeedName,
	}
	if q.id != "" || q.mobile != "" {
		q.need |= quartet.NeedID
	}
	if q.mobile != "" {
		q.need |= quartet.NeedMobile
	}
	q.test = q.card == acmeTestCard && q.mobile == acmeTestMobile
	if !soundOrder(q.order, 18, 18) || !inquiry && !q.sound() {
		return refuse(acmeError("PARAM", "a field is missing or malformed"))
	}
	return q, nil
}

func (c acme) sign(body map[string]string, stamp string) string {
	fields := maps.Clone(body)
	fields["time"] = stamp
	return hexHMAC(sha256.New, c.secret, strings.Join(sortedPairs(fields, plainly), "&"))
}

func (acme) charges(o outcome) bool { return !o.test && onVerdict{}.charges(o) }

func (c acme) answer(_ question, o outcome) reply { return jsonReply(acmeBody(o)) }

func (c acme) finding(_ question, o outcome, found bool) reply {
	if !found {
		return jsonReply(object{"status": "ok", "code": "OK", "found": false})
	}
	body := acmeBody(o)
	body["status"], body["found"] = "ok", true
	return jsonReply(body)
}

func acmeBody(o outcome) object {
	if o.fault != FaultNone {
		code := map[Fault]string{
			FaultRejected: "PARAM", FaultNoRecord: "NO_RECORD", FaultUnsupported: "UNSUPPORTED", FaultFrequency: "FREQUENT",
			FaultBusy: "BUSY", FaultExhausted: "BALANCE", FaultRateLimited: "LIMIT", FaultFailed: "SYSTEM", FaultUnknownCode: "E_777",
		}[o.fault]
		return object{"status": "error", "code": code, "detail": "", "charged": o.charged, "trade_no": o.reference}
	}
	result := map[quartet.Verdict]string{quartet.Match: "same", quartet.Mismatch: "different", quartet.Undetermined: "unknown"}[o.verdict]
	return object{
		"status": "ok", "code": "OK", "result": result, "detail": acmeDetail(o),
		"charged": o.charged, "trade_no": o.reference,
	}
}

// acmeDetail names what differs, with commas, or the state of the card.
func acmeDetail(o outcome) string {
	switch {
	case o.differs != 0:
		return o.differs.String()
	case o.reason == quartet.ReasonHolderMismatch:
		return "holder"
	default:
		return string(o.reason)
	}
}

func acmeError(code, detail string) reply {
	return jsonReply(object{"status": "error", "code": code, "detail": detail, "charged": false})
}
