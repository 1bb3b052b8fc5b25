package sandbox

import (
	"slices"
	"strings"
	"time"

	"quartet"
	"quartet/internal/web"
)

var table = slices.Concat(verdicts(), mismatches(), undetermined(), refusals(), gatewayAnswers(), slowAnswers())

// verdicts are the three states without a reason.
func verdicts() []Row {
	state := func(v quartet.Verdict, meaning, zh string) Row {
		return Row{number("%07d", v), Outcome{Code: quartet.CodeOK, Verdict: v}, meaning, zh}
	}
	return []Row{
		state(quartet.Match, "all elements agree", "要素一致"),
		state(quartet.Mismatch, "the elements do not agree; the source says no more", "要素不一致，渠道未说明哪一项"),
		state(quartet.Undetermined, "the card's state forbids a comparison; the source says no more", "卡状态异常，无法核验，渠道未说明原因"),
	}
}

// mismatches are state 2 for each choice of elements that differ. Name and ID number are
// the holder's: where one of them differs, nobody looks at the mobile for the reason.
func mismatches() []Row {
	digit := func(set, bit quartet.ElementSet) int {
		if set.Has(bit) {
			return 1
		}
		return 0
	}
	row := func(set quartet.ElementSet, meaning, zh string) Row {
		o := Outcome{Code: quartet.CodeOK, Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: set}
		if set == quartet.NeedMobile {
			o.Reason = quartet.ReasonMobileMismatch
		}
		name, id, mobile := digit(set, quartet.NeedName), digit(set, quartet.NeedID), digit(set, quartet.NeedMobile)
		return Row{number("0002%d%d%d", name, id, mobile), o, meaning, zh}
	}
	return []Row{
		row(quartet.NeedName, "the name differs", "姓名不一致"),
		row(quartet.NeedID, "the ID number differs", "证件号不一致"),
		row(quartet.NeedMobile, "the holder agrees, the mobile differs", "持卡人一致，手机号不一致"),
		row(quartet.NeedName|quartet.NeedID, "name and ID number differ", "姓名、证件号不一致"),
		row(quartet.NeedName|quartet.NeedMobile, "name and mobile differ", "姓名、手机号不一致"),
		row(quartet.NeedID|quartet.NeedMobile, "ID number and mobile differ", "证件号、手机号不一致"),
		row(quartet.NeedName|quartet.NeedID|quartet.NeedMobile, "name, ID number and mobile differ", "姓名、证件号、手机号均不一致"),
	}
}

// undetermined are state 3 for each reason.
func undetermined() []Row {
	row := func(n int, reason quartet.Reason, meaning, zh string) Row {
		o := Outcome{Code: quartet.CodeOK, Verdict: quartet.Undetermined, Reason: reason}
		return Row{number("000300%d", n), o, meaning, zh}
	}
	return []Row{
		row(1, quartet.ReasonCardLost, "the card was reported lost", "卡已挂失"),
		row(2, quartet.ReasonCardExpired, "the card has expired", "卡已过期"),
		row(3, quartet.ReasonCardRestricted, "the card is restricted", "卡受限制"),
		row(4, quartet.ReasonNotEnabled, "the card is not enabled for verification", "卡未开通核验"),
		row(5, quartet.ReasonDormant, "the card is dormant", "睡眠卡"),
		row(6, quartet.ReasonIssuerRefused, "the issuer refuses to say", "发卡行拒绝答复"),
	}
}

// refusals are all codes but 10000, each with its one cause.
func refusals() []Row {
	var rows []Row
	for _, c := range quartet.Codes() {
		if c.Code == quartet.CodeOK {
			continue
		}
		rows = append(rows, Row{number("%07d", c.Code), Outcome{Code: c.Code}, c.Cause, c.CauseZH})
		if c.Code == quartet.CodeDeadline {
			open := Outcome{Code: c.Code, Reason: quartet.ReasonUnresolved}
			rows = append(rows, Row{
				number("1%06d", c.Code), open,
				"the call was given up while a supplier was being asked; the reason is in the log of calls alone",
				"询问渠道期间放弃调用；原因只见于调用记录",
			})
		}
	}
	return rows
}

// Where the wait that Retry-After asks for is no second: a day's limit really ends at
// midnight, and that of an address when its failures have aged.
const (
	dayWait     = time.Hour
	addressWait = time.Minute
)

// gatewayAnswers are all answers of the gateway layer, each with its one cause.
func gatewayAnswers() []Row {
	var rows []Row
	for _, g := range web.Gateways() {
		text := g.Text()
		o := Outcome{Gateway: g}
		switch g {
		case web.WrongSignature:
			o.Message = text.Message + exampleToSign()
		case web.AddressThrottled:
			o.RetryAfter = addressWait
		case web.DayThrottled:
			o.RetryAfter = dayWait
		case web.CredentialThrottled, web.AccountThrottled:
			o.RetryAfter = time.Second
		default:
		}
		rows = append(rows, Row{gatewayNumber(g), o, text.Cause, text.CauseZH})
	}
	return rows
}

// exampleToSign is a string to sign as the gateway shows one, with words in the places of
// the elements: the table knows nobody's.
func exampleToSign() string {
	return "`" + strings.Join([]string{
		"POST", "application/json", "", "application/x-www-form-urlencoded; charset=UTF-8", "",
		"X-Ca-Key:APPKEY", "X-Ca-Nonce:NONCE", "X-Ca-Timestamp:TIMESTAMP",
		quartet.FourElements().Path + "?acc_no=ACC_NO&idcard=IDCARD&mobile=MOBILE&name=NAME",
	}, "#") + "`"
}

// slowAnswers are matches that keep a caller waiting: the last longer than most clients, and
// than the server itself unless its deadline is raised.
func slowAnswers() []Row {
	row := func(delay time.Duration, meaning, zh string) Row {
		o := Outcome{Code: quartet.CodeOK, Verdict: quartet.Match, Delay: delay}
		return Row{number("90000%02d", int(delay/time.Second)), o, meaning, zh}
	}
	return []Row{
		row(time.Second, "all agree, after one second", "一秒后应答：要素一致"),
		row(5*time.Second, "all agree, after five seconds", "五秒后应答：要素一致"),
		row(30*time.Second, "all agree, after thirty seconds, unless the deadline of the server (10 s by default) comes first: then 10003", "三十秒后应答：要素一致；若先到服务器时限（默认 10 秒），则应答 10003"),
	}
}
