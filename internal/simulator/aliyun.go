package simulator

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"quartet"
)

// Alibaba Cloud cloudauth, version 2019-03-07: BankMetaVerify, POST or GET /, parameters in
// the query or in a form, signed in one of two ways (aliyunsign.go). VerifyMode is
// VERIFY_BANK_CARD, ProductType BANK_CARD_2_META, …_3_META or …_4_META; UserName and BankCard
// always, IdentifyNum from three elements on, Mobile with four; ParamType normal or md5, with
// which parts of the elements are hashed (aliyunmd5.go). The answer: {RequestId, Code, Message,
// ResultObject: {BizCode, SubCode}}; Code 200 with BizCode 1 match, 2 mismatch, which is also
// said of a card in a bad state, 3 nothing could be compared. It charges for 1 and 2. What the
// gateway in front refuses has another form and status: {RequestId, HostId, Code, Message,
// Recommend}. There is no number of the buyer's and no inquiry.
//
// Not confirmed: whether SubCode always stands beside BizCode (here it is empty where there is
// no record, which no SubCode says); the error codes of the gateway for this product; which
// IdentityType stands for another certificate (here none is taken).
type aliyun struct {
	id, secret string
	nonces     *nonces
	digits     *digits
}

func newAliyun(secrets map[string]string) (contract, error) {
	return aliyun{secrets["access_key_id"], secrets["access_key_secret"], &nonces{seen: map[string]time.Time{}}, &digits{}}, nil
}

// nonces remembers what was signed, for as long as it could come again.
type nonces struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// fresh reports whether a nonce is new.
func (n *nonces) fresh(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for old, at := range n.seen {
		if now.Sub(at) > 2*aliyunWindow {
			delete(n.seen, old)
		}
	}
	_, again := n.seen[nonce]
	n.seen[nonce] = now
	return nonce != "" && !again
}

func (c aliyun) ask(r *request) (question, *reply) {
	if r.URL.Path != "/" {
		return refuse(emptyReply(http.StatusNotFound))
	}
	values := r.URL.Query()
	for k, v := range r.form() {
		values[k] = append(values[k], v...)
	}
	action, version, refusal := c.checkSignature(r, values)
	switch {
	case refusal != nil:
		return question{}, refusal
	case action != "BankMetaVerify":
		return refuse(popError(http.StatusNotFound, "InvalidAction.NotFound", "the API is not found"))
	case version != "2019-03-07":
		return refuse(popError(http.StatusNotFound, "InvalidVersion", "the version is not valid"))
	}
	return c.read(values)
}

// read takes the question out of parameters whose signature is right.
func (c aliyun) read(values url.Values) (question, *reply) {
	need, known := map[string]quartet.ElementSet{
		"BANK_CARD_2_META": quartet.NeedName | quartet.NeedCard,
		"BANK_CARD_3_META": quartet.NeedName | quartet.NeedCard | quartet.NeedID,
		"BANK_CARD_4_META": quartet.NeedAll,
	}[values.Get("ProductType")]
	q := read(values, "UserName", "IdentifyNum", "BankCard", "Mobile")
	q.need = need
	paramType := values.Get("ParamType")
	switch {
	case !known || values.Get("VerifyMode") != "VERIFY_BANK_CARD" || paramType != "normal" && paramType != "md5":
		return refuse(aliyunReply("401", "illegal parameter", "", "", randomNumber()))
	case q.name == "" || q.card == "" || need.Has(quartet.NeedID) && q.id == "" || need.Has(quartet.NeedMobile) && q.mobile == "":
		return refuse(aliyunReply("400", "missing parameter", "", "", randomNumber()))
	case paramType == "md5" && !c.digits.open(&q), paramType == "normal" && !q.sound(), values.Get("IdentityType") != "":
		return refuse(aliyunReply("401", "illegal parameter", "", "", randomNumber()))
	}
	return q, nil
}

func (aliyun) charges(o outcome) bool {
	return o.fault == FaultNone && o.reason != quartet.ReasonIssuerRefused
}

func (aliyun) answer(_ question, o outcome) reply {
	said := func(biz, sub string) reply { return aliyunReply("200", "success", biz, sub, o.reference) }
	switch o.fault {
	case FaultNone:
		return said(aliyunVerdict(o))
	case FaultRejected:
		return aliyunReply("401", "illegal parameter", "", "", o.reference)
	case FaultNoRecord:
		return said("3", "")
	case FaultUnsupported:
		return said("3", "301")
	case FaultFrequency:
		return said("3", "306")
	case FaultExhausted:
		return aliyunReply("412", "arrears", "", "", o.reference)
	case FaultFailed:
		return aliyunReply("500", "system error", "", "", o.reference)
	case FaultBusy:
		return popErrorOf(http.StatusServiceUnavailable, "Throttling", "the request was denied due to flow control", o.reference)
	case FaultRateLimited:
		return popErrorOf(http.StatusBadRequest, "Throttling.User", "the request was denied due to user flow control", o.reference)
	default:
		return said("9", "999")
	}
}

// aliyunVerdict is BizCode and SubCode. It has no word for a mismatch that nobody explains:
// that is said of the holder.
func aliyunVerdict(o outcome) (biz, sub string) {
	if o.verdict == quartet.Match {
		return "1", "101"
	}
	switch o.reason {
	case quartet.ReasonMobileMismatch:
		return "2", "214"
	case quartet.ReasonNotEnabled:
		return "2", "202"
	case quartet.ReasonCardExpired:
		return "2", "203"
	case quartet.ReasonCardRestricted:
		return "2", "204"
	case quartet.ReasonDormant:
		return "2", "208"
	case quartet.ReasonCardLost:
		return "2", "210"
	case quartet.ReasonIssuerRefused:
		return "3", "302"
	default:
	}
	if o.verdict == quartet.Undetermined {
		return "2", "213"
	}
	return "2", "201"
}

func aliyunReply(code, message, biz, sub, number string) reply {
	body := object{"RequestId": number, "Code": code, "Message": message}
	if biz != "" {
		body["ResultObject"] = object{"BizCode": biz, "SubCode": sub}
	}
	return jsonReply(body)
}

// popError is an error of the gateway.
func popError(status int, code, message string) reply {
	return popErrorOf(status, code, message, randomNumber())
}

func popErrorOf(status int, code, message, number string) reply {
	answer := jsonReply(object{
		"RequestId": number, "HostId": "cloudauth.aliyuncs.com", "Code": code, "Message": message,
		"Recommend": "https://api.example.com/troubleshoot",
	})
	answer.status = status
	return answer
}
