package web

import "net/http"

// Gateway is an answer of the gateway layer. The zero value means that there is none.
type Gateway uint8

// The gateway answers. None of them is ever charged.
const (
	NoGateway Gateway = iota
	APINotFound
	BodyTooLarge
	InvalidBody
	NoCredential
	UnknownAppCode
	SubscriptionInvalid
	QuotaExhausted
	QuotaExpired
	gateways // how many there are
)

// GatewayText is one row of the table of gateway answers.
type GatewayText struct {
	Status  int
	Code    string // X-Ca-Error-Code
	Message string // X-Ca-Error-Message; callers compare it byte by byte
	Cause   string // the one cause
	CauseZH string // the one cause, in Chinese
}

// Text is the row of g.
func (g Gateway) Text() GatewayText {
	if g >= gateways {
		g = NoGateway
	}
	return gatewayTexts[g]
}

var gatewayTexts = [gateways]GatewayText{
	APINotFound:         {http.StatusNotFound, "I404NF", "API not found", "the path is no product's, or the method is not POST", "路径不属于任何产品，或方法不是 POST"},
	BodyTooLarge:        {http.StatusRequestEntityTooLarge, "I413RL", "Request body too Large", "the body has more than 64 KiB", "报文超过 64 KiB"},
	InvalidBody:         {http.StatusBadRequest, "I400BD", "Invalid body", "the body is compressed, or broke off before its end", "报文经过压缩，或在结束前中断"},
	NoCredential:        {http.StatusBadRequest, "A400MA", "Need authorization", "neither an AppCode nor the parameter key was given", "既没有 AppCode，也没有参数 key"},
	UnknownAppCode:      {http.StatusBadRequest, "A400AC", "Invalid AppCode `not exists`", "the AppCode is unknown or revoked, or two different ones were given", "AppCode 不存在、已作废，或同时给出两个不同的 AppCode"},
	SubscriptionInvalid: {http.StatusForbidden, "B403MI", "Api Market Subscription invalid", "the account of this AppCode is suspended", "该 AppCode 所属账户已停用"},
	QuotaExhausted:      {http.StatusForbidden, "B403MQ", "Api Market Subscription quota exhausted", "no unit is left", "次数已用完"},
	QuotaExpired:        {http.StatusForbidden, "B403ME", "Api Market Subscription expired", "units are left, but their validity is over", "尚有次数，但已过有效期"},
}

// Gateways is the whole table, in the order in which a request meets the answers.
func Gateways() []GatewayText {
	return append([]GatewayText(nil), gatewayTexts[NoGateway+1:]...)
}

// The values are shared by all answers and must not be changed.
var (
	jsonType   = []string{"application/json; charset=UTF-8"}
	binaryType = []string{"application/octet-stream"}
)

// Write answers with g: a status, headers and no body. Names are spelt as callers that
// take them case-sensitively expect them.
func (g Gateway) Write(w http.ResponseWriter, requestID []string) {
	text := g.Text()
	h := w.Header()
	h["Content-Type"] = binaryType
	h["X-Ca-Error-Code"] = []string{text.Code}
	h["X-Ca-Error-Message"] = []string{text.Message}
	h["X-Ca-Request-Id"] = requestID
	w.WriteHeader(text.Status)
}

// WriteJSON answers with the bytes of an answer of the product. An error means that the
// client is gone, which changes nothing: the call stands as it was accounted.
func WriteJSON(w http.ResponseWriter, requestID []string, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["X-Ca-Request-Id"] = requestID
	_, _ = w.Write(body)
}
