package quartet

// Code is a result code as the wire shows it, "10000" to "10020".
type Code uint16

// The result codes. Each has exactly one cause; see Codes for the table.
const (
	CodeOK             Code = 10000
	CodeElement        Code = 10001
	CodeUnreachable    Code = 10002
	CodeDeadline       Code = 10003
	CodeInternal       Code = 10004
	CodeKey            Code = 10005
	CodeContradiction  Code = 10006
	CodeSourcesFailed  Code = 10007
	CodeMissing        Code = 10008
	CodeUnreadable     Code = 10009
	CodeForbidden      Code = 10010
	CodeSourcesOff     Code = 10011
	CodeIdempotency    Code = 10012
	CodeUnsupported    Code = 10013
	CodeProductOff     Code = 10014
	CodeNoRecord       Code = 10015
	CodeNotUnderstood  Code = 10016
	CodeSourceBusy     Code = 10017
	CodeSourceRejected Code = 10018
	CodeNotCommitted   Code = 10019
	CodeLimited        Code = 10020
)

// CodeText is one row of the result code table.
type CodeText struct {
	Code    Code
	Message string // as the wire shows it
	English string // the message in English, for documents
	Cause   string // the one cause
	CauseZH string // the one cause, in Chinese
	Charged string // who pays
}

const (
	chargedNo    = "no"
	chargedTable = "by the charge table: 1 and 2 yes, 3 no"
)

// codeTexts is indexed by code minus 10000.
var codeTexts = [...]CodeText{
	{CodeOK, "成功", "success", "a verdict", "得到核验结论", chargedTable},
	{CodeElement, "参数传入有误", "a parameter is wrong", "an element breaks its rule: format, date, check digit, character", "要素不合规则：格式、日期、校验位、字符", chargedNo},
	{CodeUnreachable, "访问失败", "access failed", "no eligible source could be reached (never sent)", "所有可用渠道均无法连接（请求未发出）", chargedNo},
	{CodeDeadline, "请求超时", "the request timed out", "the deadline passed without a verdict", "在时限内没有得到结论", chargedNo},
	{CodeInternal, "系统异常", "system fault", "unexpected internal fault", "系统内部出现意外错误", chargedNo},
	{CodeKey, "用户验证失败", "the caller was not recognised", "a key was given, without gateway credentials, and is blank, unknown, revoked or expired", "仅以 key 调用，而 key 为空、不存在、已作废或已到期", chargedNo},
	{CodeContradiction, "查询参数错误", "query parameter error", "the same element given twice with different values", "同一要素出现两次且取值不同", chargedNo},
	{CodeSourcesFailed, "调用接口失败", "calling the interface failed", "every eligible source was asked and failed", "所有可用渠道都已询问且都失败", chargedNo},
	{CodeMissing, "请检查请求参数", "check the request parameters", "a required element is missing or blank", "缺少必填要素或其为空", chargedNo},
	{CodeUnreadable, "请求报文格式错误", "the message format is wrong", "the body cannot be read: invalid UTF-8, broken percent-encoding, broken JSON, JSON number for an element", "报文无法读取：非 UTF-8、百分号编码损坏、JSON 损坏、要素不是 JSON 字符串", chargedNo},
	{CodeForbidden, "访问受限", "access is restricted", "purpose not permitted; for key callers also account suspended, address not allowed or product not granted", "用途未获许可；以 key 调用时还包括账户停用、来源地址不在白名单、凭证不含该产品", chargedNo},
	{CodeSourcesOff, "接口访问失败", "access to the interface failed", "every eligible source is switched off, under maintenance, without an authorisation in force or unusable, or its breaker is open", "所有可用渠道都已关闭、维护中、授权未生效或已到期、配置不可用，或处于熔断", chargedNo},
	{CodeIdempotency, "请求失败", "the request failed", "idempotency key reused with other parameters, or the same key still in flight", "幂等键用于不同参数，或同一幂等键的请求尚未结束", chargedNo},
	{CodeUnsupported, "无效参数", "invalid parameter", "certificate or card kind that no source supports", "没有渠道支持该证件类型或卡种", chargedNo},
	{CodeProductOff, "该接口已停用", "this interface is switched off", "product switched off", "产品已停用", chargedNo},
	{CodeNoRecord, "未查询到数据", "no data found", "the source holds no record of this card", "渠道没有该卡的记录", chargedNo},
	{CodeNotUnderstood, "接口调用异常", "the interface call went wrong", "the source's answer could not be understood (unknown code)", "渠道的应答无法识别（未知代码）", chargedNo},
	{CodeSourceBusy, "查询失败", "the query failed", "the source is busy, our account with it is exhausted, or our own limit for it is reached: questions at once, a second or a day", "渠道繁忙，本方在渠道的余额用尽，或达到本方为渠道设的上限：同时、每秒或每日的询问数", chargedNo},
	{CodeSourceRejected, "参数错误", "parameter error", "the source calls parameters malformed that passed our rules", "渠道认为参数有误，而其已通过本方规则", chargedNo},
	{CodeNotCommitted, "系统异常", "system fault", "the store cannot commit, or the node is stopping", "存储无法提交，或节点正在停止", chargedNo},
	{CodeLimited, "同一参数请求次数超限", "too many requests with the same parameters", "same-parameter or per-card limit", "同一参数或同一卡的请求次数超限", chargedNo},
}

// Codes returns the whole table in the order of the codes.
func Codes() []CodeText { return append([]CodeText(nil), codeTexts[:]...) }

// Valid reports whether c is one of the 21 codes.
func (c Code) Valid() bool {
	return c >= CodeOK && int(c-CodeOK) < len(codeTexts)
}

// Message is the text that the wire shows beside the code.
func (c Code) Message() string {
	if !c.Valid() {
		return codeTexts[CodeInternal-CodeOK].Message
	}
	return codeTexts[c-CodeOK].Message
}

// String is the code as the wire shows it.
func (c Code) String() string {
	if !c.Valid() {
		return "10004"
	}
	return string([]byte{'1', '0', '0', '0' + byte((c-CodeOK)/10), '0' + byte((c-CodeOK)%10)})
}
