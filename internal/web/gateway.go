package web

import "net/http"

// Gateway is an answer of the gateway layer. The zero value means that there is none.
type Gateway uint8

// The gateway answers, in the order in which a request meets them. None of them is ever
// charged.
const (
	NoGateway Gateway = iota
	PlainHTTP
	URLTooLarge
	APINotFound
	InvalidStage
	BodyTooLarge
	InvalidBody
	NoCredential
	UnknownAppCode
	UnknownAppKey
	NoSignature
	WrongSignature
	WrongMD5
	InvalidTimestamp
	TimestampExpired
	NonceUsed
	AddressThrottled
	AddressRefused
	NotAuthorised
	SubscriptionInvalid
	QuotaExhausted
	QuotaExpired
	CredentialThrottled
	DayThrottled
	AccountThrottled
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
	PlainHTTP:           {http.StatusForbidden, "I403PT", "Invalid protocol http unsupported", "the call came over plain HTTP where HTTPS is demanded", "要求 HTTPS，而请求经明文 HTTP 到达"},
	URLTooLarge:         {http.StatusRequestEntityTooLarge, "I413UL", "Request URL too Large", "path and query have more than 8 KiB", "路径与查询串超过 8 KiB"},
	APINotFound:         {http.StatusNotFound, "I404NF", "API not found", "the path is no product's, or the method is not POST", "路径不属于任何产品，或方法不是 POST"},
	InvalidStage:        {http.StatusBadRequest, "I400SG", "Invalid Stage", "X-Ca-Stage is none of RELEASE, PRE, TEST", "X-Ca-Stage 不是 RELEASE、PRE、TEST 之一"},
	BodyTooLarge:        {http.StatusRequestEntityTooLarge, "I413RL", "Request body too Large", "the body has more than 64 KiB", "报文超过 64 KiB"},
	InvalidBody:         {http.StatusBadRequest, "I400BD", "Invalid body", "the body is compressed, or broke off before its end", "报文经过压缩，或在结束前中断"},
	NoCredential:        {http.StatusBadRequest, "A400MA", "Need authorization", "neither a signature nor an AppCode nor the parameter key was given", "既没有签名，也没有 AppCode 或参数 key"},
	UnknownAppCode:      {http.StatusBadRequest, "A400AC", "Invalid AppCode `not exists`", "the AppCode is unknown, revoked or expired, or two different ones were given", "AppCode 不存在、已作废、已到期，或同时给出两个不同的 AppCode"},
	UnknownAppKey:       {http.StatusBadRequest, "A400IK", "Invalid AppKey", "the AppKey is unknown, revoked, expired or missing", "AppKey 不存在、已作废、已到期或缺失"},
	NoSignature:         {http.StatusUnauthorized, "A401ES", "Empty Signature", "an AppKey without a signature", "有 AppKey 而没有签名"},
	WrongSignature:      {http.StatusForbidden, "A403IS", SignatureMessage, "the signature is not that of this request; the string that the server signed follows in backticks, line ends as #", "签名与请求不符；其后反引号内为服务端的待签名串，换行写作 #"},
	WrongMD5:            {http.StatusBadRequest, "I400I5", "Invalid Content-MD5", "Content-MD5 is not that of the body", "Content-MD5 与报文不符"},
	InvalidTimestamp:    {http.StatusBadRequest, "S400IT", "Invalid Timestamp", "X-Ca-Timestamp is no number of milliseconds", "X-Ca-Timestamp 不是毫秒数"},
	TimestampExpired:    {http.StatusBadRequest, "S400TE", "Timestamp Expired", "X-Ca-Timestamp is more than 15 minutes off", "X-Ca-Timestamp 与服务器时间相差超过 15 分钟"},
	NonceUsed:           {http.StatusBadRequest, "S400NU", "Nonce Used", "this AppKey has used X-Ca-Nonce before, within 15 minutes", "该 AppKey 在 15 分钟内已使用过此 X-Ca-Nonce"},
	AddressThrottled:    {http.StatusTooManyRequests, "T429SR", "Throttled by IP Flow Control", "too many calls of this address failed to say who calls", "该地址身份验证失败过于频繁"},
	AddressRefused:      {http.StatusForbidden, "A403IP", "Access Denied by IP Control Policy", "the credential may not be used from this address", "该凭证不允许从此地址使用"},
	NotAuthorised:       {http.StatusForbidden, "I403AA", "Unauthorized", "the credential may not call this product, or its account has never had units", "该凭证无权调用此产品，或其账户从未有过额度"},
	SubscriptionInvalid: {http.StatusForbidden, "B403MI", "Api Market Subscription invalid", "the account is suspended, or the units that it has left are frozen", "账户已停用，或剩余额度均被冻结"},
	QuotaExhausted:      {http.StatusForbidden, "B403MQ", "Api Market Subscription quota exhausted", "no unit is left", "次数已用完"},
	QuotaExpired:        {http.StatusForbidden, "B403ME", "Api Market Subscription expired", "units are left, but their validity is over", "尚有次数，但已过有效期"},
	CredentialThrottled: {http.StatusTooManyRequests, "T429PA", "Throttled by API Flow Control", "more calls a second than this credential may make, or more nonces than can be remembered", "超过该凭证每秒调用次数，或随机数已多到无法记住"},
	DayThrottled:        {http.StatusTooManyRequests, "T429PR", "Throttled by APP Flow Control", "more calls a day than this credential may make", "超过该凭证每日调用次数"},
	AccountThrottled:    {http.StatusTooManyRequests, "T429GR", "Throttled by GROUP Flow Control", "more calls a second than this account may make", "超过该账户每秒调用次数"},
}

// SignatureMessage begins the message of WrongSignature. Clients strip exactly this text
// and show what follows beside their own string.
const SignatureMessage = "Invalid Signature, Server StringToSign:"

// Gateways lists all answers, in the order in which a request meets them.
func Gateways() []Gateway {
	var all []Gateway
	for g := NoGateway + 1; g < gateways; g++ {
		all = append(all, g)
	}
	return all
}

// The values are shared by all answers and must not be changed.
var (
	jsonType   = []string{"application/json; charset=UTF-8"}
	binaryType = []string{"application/octet-stream"}
)

// Write answers with g: a status, headers and no body. more follows the message. Names are
// spelt as callers that take them case-sensitively expect them.
func (g Gateway) Write(w http.ResponseWriter, requestID []string, more string) {
	text := g.Text()
	h := w.Header()
	h["Content-Type"] = binaryType
	h["X-Ca-Error-Code"] = []string{text.Code}
	h["X-Ca-Error-Message"] = []string{text.Message + more}
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
