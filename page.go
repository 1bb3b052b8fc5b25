package quartet

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// PageContent is what the page of a product says in words. It is plain text: whoever shows
// it decides how. Prices, charges, ratings and deals are never part of it; they are read
// from where they stand.
type PageContent struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Scenes      []string   `json:"scenes"`
	Coverage    string     `json:"coverage"`
	Questions   []Question `json:"questions"`
	Phone       string     `json:"phone"`   // of support; empty: none is shown
	Hotline     string     `json:"hotline"` // a 400 number
	Mail        string     `json:"mail"`
}

// Question is one that buyers ask often.
type Question struct {
	Ask    string `json:"ask"`
	Answer string `json:"answer"`
}

// PageDraft is what is being written and nobody outside sees.
type PageDraft struct {
	Product  string
	Content  PageContent
	Revision int64 // grows with each edit, so that two people do not overwrite each other; 0: nothing is drafted
	By       string
	At       time.Time
}

// PageVersion is what was published; the newest one is shown. None is ever changed.
type PageVersion struct {
	Product string
	Version int64
	Content PageContent
	By      string
	At      time.Time
}

const (
	maxPageScenes    = 30
	maxPageQuestions = 50
)

// Check finds what no page may say: ErrInvalid, with the field that is wrong.
func (c PageContent) Check() error {
	checks := []error{
		pageText("name", c.Name, 1, maxProductName, false),
		pageText("description", c.Description, 1, 5000, true),
		pageText("coverage", c.Coverage, 1, 200, false),
		pageText("phone", c.Phone, 0, 40, false),
		pageText("hotline", c.Hotline, 0, 40, false),
		pageText("mail", c.Mail, 0, 200, false),
	}
	if len(c.Scenes) > maxPageScenes {
		checks = append(checks, &Error{Code: ErrInvalid, Field: "scenes", Message: fmt.Sprintf("a page names at most %d scenes", maxPageScenes)})
	}
	if len(c.Questions) > maxPageQuestions {
		checks = append(checks, &Error{Code: ErrInvalid, Field: "questions", Message: fmt.Sprintf("a page answers at most %d questions", maxPageQuestions)})
	}
	for i, s := range c.Scenes {
		checks = append(checks, pageText(fmt.Sprintf("scenes[%d]", i), s, 1, 100, false))
	}
	for i, q := range c.Questions {
		checks = append(checks, pageText(fmt.Sprintf("questions[%d].ask", i), q.Ask, 1, 200, false), pageText(fmt.Sprintf("questions[%d].answer", i), q.Answer, 1, 2000, true))
	}
	for _, number := range []struct{ field, text string }{{"phone", c.Phone}, {"hotline", c.Hotline}} {
		if strings.Trim(number.text, "0123456789+- ") != "" {
			checks = append(checks, &Error{Code: ErrInvalid, Field: number.field, Message: "a telephone number has digits, blanks, + and -"})
		}
	}
	if c.Mail != "" && (strings.Count(c.Mail, "@") != 1 || strings.HasPrefix(c.Mail, "@") || strings.HasSuffix(c.Mail, "@") || strings.ContainsAny(c.Mail, " <>\"")) {
		checks = append(checks, &Error{Code: ErrInvalid, Field: "mail", Message: "write the address alone, such as support@example.com"})
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

func pageText(field, text string, least, most int, lines bool) error {
	n := utf8.RuneCountInString(text)
	bad := func(r rune) bool { return unicode.IsControl(r) && (!lines || r != '\n') }
	if n >= least && n <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, bad) && (least == 0 || strings.TrimSpace(text) != "") {
		return nil
	}
	return &Error{Code: ErrInvalid, Field: field, Message: fmt.Sprintf("this text has %d to %d characters and no control characters", least, most)}
}

// ChargeLines says in Chinese what each outcome of a call costs.
func (t ChargeTable) ChargeLines() []string {
	line := func(outcome string, units int64) string {
		if units == 0 {
			return outcome + "：不计费"
		}
		return fmt.Sprintf("%s：扣 %d 次", outcome, units)
	}
	return []string{
		line("四要素一致（state 1）", t.Match),
		line("四要素不一致（state 2）", t.Mismatch),
		line("核验异常（state 3）", t.Undetermined),
		"未返回核验结果（返回码 10001 至 10020，或网关拒绝）：不计费",
	}
}

// FoundingPage is the page of product 1887 as a new house shows it. Support lines are the
// house's own and are left for it to fill in.
func FoundingPage() PageContent {
	return PageContent{
		Name:        "银行卡四要素核验",
		Description: "提交姓名、身份证号、银行卡号和银行预留手机号，实时核验四项信息是否一致。\n接口通过 HTTPS 调用，返回 JSON，通常在一秒内给出结果；四项信息用后即弃，不写入日志，也不留存明文。",
		Scenes:      []string{"支付开户与绑卡前确认持卡人", "网络借贷与融资担保的身份核实", "律师事务所与公证的当事人核实", "机票、酒店与租车的实名预订", "物流与货运平台的司机入驻", "婚恋与社交平台的实名认证"},
		Coverage:    "全部银联卡",
		Questions: []Question{
			{"核验结果有哪几种？", "返回码 10000 表示得到结果：state 为 1 表示一致，2 表示不一致，3 表示异常，例如卡片已挂失或银行未予答复。"},
			{"哪些调用会扣次数？", "按本页的计费表扣减；没有返回核验结果的调用一律不扣。"},
			{"购买的次数何时到期？", "自购买之日起两年内有效，按北京时间计算到期日当天结束。多个套餐可以叠加，先到期的先用。"},
			{"调用出现问题如何反馈？", "请把返回中的 seqNo 提供给客服，不要提供姓名、卡号等信息。"},
		},
	}
}
