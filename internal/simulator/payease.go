package simulator

import (
	"crypto/md5" //nolint:gosec // the contract demands it
	"fmt"
	"net/http"
	"strings"
)

// Payease: POST, a form with an hmac in the style of MD5. The answer has status, such as NOPASS,
// and errorMessage: a code RZ00000n, a vertical bar and a text in one string: 1 mismatch, 7
// blocked by risk rules, 8 too frequent, 99 a fault of the channel.
//
// Not confirmed: the fields (here merchantId, requestId, name, idCard, bankCard, mobile,
// hmac), the hmac (here the hexadecimal HMAC-MD5 of the values in that order, joined by
// nothing), status PASS and ERROR, what is billed (here PASS and code 1), the codes 2 card
// state, 3 no record, 4 unsupported, 5 malformed, 6 wrong hmac, 9 busy, 10 no balance and 11
// rate. That requestId must be unique is not said, so a repeat is processed again.
type payease struct {
	onVerdict

	merchant, key string
}

func newPayease(secrets map[string]string) (contract, error) {
	return payease{merchant: secrets["merchant_id"], key: secrets["hmac_key"]}, nil
}

func (c payease) ask(r *request) (question, *reply) {
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	form := r.form()
	var text strings.Builder
	for _, field := range [...]string{"merchantId", "requestId", "name", "idCard", "bankCard", "mobile"} {
		text.WriteString(form.Get(field))
	}
	if !same(form.Get("merchantId"), c.merchant) || !same(form.Get("hmac"), hexHMAC(md5.New, c.key, text.String())) {
		return refuse(payeaseReply("ERROR", 6, "", ""))
	}
	q := read(form, "name", "idCard", "bankCard", "mobile")
	q.order = form.Get("requestId")
	if !soundOrder(q.order, 1, 40) || !q.sound() {
		return refuse(payeaseReply("ERROR", 5, q.order, ""))
	}
	return q, nil
}

func (payease) answer(q question, o outcome) reply {
	code, known := map[Fault]int{
		FaultRejected: 5, FaultNoRecord: 3, FaultUnsupported: 4, FaultFrequency: 8, FaultBusy: 9, FaultExhausted: 10,
		FaultRateLimited: 11, FaultFailed: 99, FaultUnknownCode: 77,
	}[o.fault]
	if known {
		return payeaseReply("ERROR", code, q.order, o.reference)
	}
	return payeaseReply(result(o, "PASS", "NOPASS", "NOPASS", ""), result(o, 0, 1, 2, 0), q.order, o.reference)
}

func payeaseReply(status string, code int, order, reference string) reply {
	message := ""
	if code != 0 {
		message = fmt.Sprintf("RZ%06d|…", code)
	}
	return jsonReply(object{"status": status, "errorMessage": message, "requestId": order, "serialNumber": reference})
}
