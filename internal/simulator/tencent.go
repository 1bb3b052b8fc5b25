package simulator

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"

	"quartet"
)

// Tencent Cloud FaceID: POST / with JSON, the action in X-TC-Action, version 2018-03-01,
// signed by TC3-HMAC-SHA256. BankCard2EVerification takes Name and BankCard,
// BankCardVerification IdCard as well, BankCard4EVerification Phone as well. The answer,
// always with status 200: {Response: {Result, Description, RequestId}}, or {Response: {Error:
// {Code, Message}, RequestId}}. Each action has its own numbers for its results. Elements
// that Encryption lists are encrypted under a key that is itself encrypted to the cloud.
// It charges for every answer that an issuer gave, also for the state of a card; not for
// what it calls malformed, for busy, or for too many tries. There is no number of the
// buyer's and no inquiry.
//
// Not confirmed: how far a clock may be off (here 5 minutes); the code of a card in an
// abnormal state among three elements (here that of a restricted one).
type tencent struct {
	id, secret string
	keys       tencentKeys
}

func newTencent(secrets map[string]string) (contract, error) {
	keys, err := newTencentKeys(secrets["rsa_key"], secrets["sm2_key"])
	if err != nil {
		return nil, err
	}
	return tencent{secrets["secret_id"], secrets["secret_key"], keys}, nil
}

// tencentNumbers are the results of one action. The name is -2 in all of them.
type tencentNumbers struct {
	need                                                                    quartet.ElementSet
	id, card, mobile                                                        string // malformed
	holder, notEnabled, noIssuer, dormant, lost, expired, restricted, other string
	unserved, busy, tooOften, otherID                                       string
}

func tencentAction(name string) (tencentNumbers, bool) {
	const two, three = quartet.NeedName | quartet.NeedCard, quartet.NeedName | quartet.NeedCard | quartet.NeedID
	switch name {
	case "BankCard2EVerification":
		return tencentNumbers{
			two, "", "-3", "",
			"-4", "-5", "-8", "-9", "-11", "-12", "-13", "-18",
			"-15", "-16", "-17", "",
		}, true
	case "BankCardVerification":
		return tencentNumbers{
			three, "-3", "-4", "",
			"-5", "-6", "-9", "-10", "-12", "-13", "-14", "-14",
			"-16", "-17", "-18", "-19",
		}, true
	case "BankCard4EVerification":
		return tencentNumbers{
			quartet.NeedAll, "-3", "-4", "-5",
			"-6", "-7", "-10", "-11", "-13", "-14", "-15", "-21",
			"-17", "-18", "-19", "-20",
		}, true
	default:
		return tencentNumbers{}, false
	}
}

// tencentBody is what an action takes.
type tencentBody struct {
	Name, BankCard, IdCard, Phone string //nolint:revive // the name on the wire
	CertType                      int
	Encryption                    *tencentEncryption
}

func (c tencent) ask(r *request) (question, *reply) {
	if r.URL.Path != "/" {
		return refuse(emptyReply(http.StatusNotFound))
	}
	if r.Method != http.MethodPost || r.mediaType() != "application/json" {
		return refuse(tencentError("UnsupportedProtocol", "POST with application/json alone is simulated"))
	}
	if refusal := c.checkSignature(r); refusal != nil {
		return question{}, refusal
	}
	numbers, ok := tencentAction(r.Header.Get("X-Tc-Action"))
	if !ok {
		return refuse(tencentError("InvalidAction", "the action is unknown"))
	}
	if r.Header.Get("X-Tc-Version") != "2018-03-01" {
		return refuse(tencentError("NoSuchVersion", "the version is unknown"))
	}
	var body tencentBody
	if !r.object(&body) {
		return refuse(tencentError("InvalidParameter", "the body is no JSON of the right types"))
	}
	if body.Encryption != nil {
		if refusal := c.keys.open(&body); refusal != nil {
			return question{}, refusal
		}
	}
	q := question{need: numbers.need, name: body.Name, id: body.IdCard, card: body.BankCard, mobile: body.Phone}
	if q.id == "" && q.need.Has(quartet.NeedID) || q.mobile == "" && q.need.Has(quartet.NeedMobile) || q.name == "" || q.card == "" {
		return refuse(tencentError("MissingParameter", "a parameter is missing"))
	}
	if result := numbers.malformed(q, body.CertType); result != "" {
		return refuse(tencentResult(result, randomNumber()))
	}
	return q, nil
}

// malformed is the result of a question that is not passed on; empty if it is.
func (n tencentNumbers) malformed(q question, certificate int) string {
	switch {
	case certificate != 0 && n.otherID != "":
		return n.otherID
	case strings.TrimSpace(q.name) == "":
		return "-2"
	case n.id != "" && !soundID(q.id):
		return n.id
	case !cardForm.MatchString(q.card):
		return n.card
	case n.mobile != "" && !mobileForm.MatchString(q.mobile):
		return n.mobile
	default:
		return ""
	}
}

func (c tencent) charges(o outcome) bool {
	return o.fault == FaultNone || o.fault == FaultNoRecord || o.fault == FaultUnsupported
}

func (c tencent) answer(q question, o outcome) reply {
	n := tencentNumbersOf(q.need)
	switch o.fault {
	case FaultExhausted:
		return tencentErrorOf("UnauthorizedOperation.Arrears", "the account is in arrears", o.reference)
	case FaultRateLimited:
		return tencentErrorOf("RequestLimitExceeded", "too many requests a second", o.reference)
	case FaultFailed:
		return tencentErrorOf("InternalError.UnKnown", "an internal error", o.reference)
	case FaultNone:
		return tencentResult(n.verdict(o), o.reference)
	default:
	}
	result := map[Fault]string{
		FaultRejected: n.card, FaultNoRecord: n.noIssuer, FaultUnsupported: n.unserved,
		FaultBusy: n.busy, FaultFrequency: n.tooOften, FaultUnknownCode: "-99",
	}[o.fault]
	return tencentResult(result, o.reference)
}

// verdict is the number of an answer that an issuer gave.
func (n tencentNumbers) verdict(o outcome) string {
	switch o.reason {
	case quartet.ReasonHolderMismatch:
		return n.holder
	case quartet.ReasonCardLost:
		return n.lost
	case quartet.ReasonCardExpired:
		return n.expired
	case quartet.ReasonCardRestricted:
		return n.restricted
	case quartet.ReasonNotEnabled:
		return n.notEnabled
	case quartet.ReasonDormant:
		return n.dormant
	default:
	}
	switch o.verdict {
	case quartet.Match:
		return "0"
	case quartet.Undetermined:
		return n.other
	default:
		return "-1" // it does not tell that the mobile differs
	}
}

func tencentNumbersOf(need quartet.ElementSet) tencentNumbers {
	for _, name := range []string{"BankCard2EVerification", "BankCardVerification"} {
		if n, _ := tencentAction(name); n.need == need {
			return n
		}
	}
	n, _ := tencentAction("BankCard4EVerification")
	return n
}

func tencentResult(result, number string) reply {
	return jsonReply(object{"Response": object{"Result": result, "Description": "模拟", "RequestId": number}})
}

func tencentError(code, message string) reply { return tencentErrorOf(code, message, randomNumber()) }

func tencentErrorOf(code, message, number string) reply {
	return jsonReply(object{"Response": object{"Error": object{"Code": code, "Message": message}, "RequestId": number}})
}

// randomNumber is the number of a request that came into no book.
func randomNumber() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	text := hex.EncodeToString(b[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}
