package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"quartet/internal/web"
)

// alertRule says when the account is told something.
type alertRule struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Product  string    `json:"product_id"`
	Units    int64     `json:"units"`
	Percent  int64     `json:"percent"`
	Days     int64     `json:"days"`
	Minutes  int64     `json:"minutes"`
	Floor    int64     `json:"floor"`
	Inbox    bool      `json:"inbox"`
	Webhook  bool      `json:"webhook"`
	MailTo   string    `json:"mail_to"`
	Cooldown int64     `json:"cooldown_minutes"`
	Armed    bool      `json:"armed"`
	FiredAt  time.Time `json:"fired_at"`
}

// Path is where it is shown.
func (r alertRule) Path() string { return rulesPath + "/" + url.PathEscape(r.ID) }

// ruleKinds are the kinds of rules, in words.
var ruleKinds = kinds{
	{"remaining", "剩余次数", "剩余次数降到某个数或比例时提醒，及时补充，调用不中断。"},
	{"expiry", "即将到期", "套餐还有次数、快要到期时提醒，避免浪费。"},
	{"rate", "用量异常", "调用比平时同一时段多出很多时提醒，及早发现程序故障或凭证泄露。"},
	{"errors", "失败增多", "短时间内很多调用没有得到核验结果时提醒。"},
}

// KindWords are its kind.
func (r alertRule) KindWords() string { return cmp.Or(ruleKinds.label(r.Kind), r.Kind) }

// mailTos are who can get a mail.
var mailTos = []choice{{Label: "不发邮件"}, {Value: "order.buy", Label: "负责采购的成员"}, {Value: "credential.write", Label: "负责接入的成员"}, {Value: "account.read", Label: "全部成员"}}

// MailWords are who gets a mail.
func (r alertRule) MailWords() string { return labelIn(mailTos, r.MailTo) }

// RulePage is a rule, or what a new one is to be.
type RulePage struct {
	Rule     alertRule // without an id: a new one
	Products map[string]string
	// Typed are what was typed into the fields that are no lines of text; nil: nothing yet.
	Typed url.Values
	Sets  bool
}

func (RulePage) template() string { return "alertrule" }
func (p RulePage) title() string {
	if p.Rule.ID == "" {
		return "新建预警规则"
	}
	return "预警规则"
}

// Kinds are the kinds that a rule can be of.
func (RulePage) Kinds() any { return ruleKinds }

// KindHint tells what the kind is for.
func (p RulePage) KindHint() string { return ruleKinds.hint(p.Rule.Kind) }

// value is what was typed or chosen in a field, or else what stands in the rule.
func (p RulePage) value(name, given string) string {
	if p.Typed != nil {
		return p.Typed.Get(name)
	}
	return given
}

// On reports whether a box is ticked.
func (p RulePage) On(name string) bool {
	if p.Typed != nil {
		return p.Typed.Has(name)
	}
	return name == "inbox" && p.Rule.Inbox || name == "webhook" && p.Rule.Webhook
}

// The choices of a rule.

func (p RulePage) ProductChoices() []choice {
	return chosen(named(p.Products), p.value("product_id", p.Rule.Product))
}

func (p RulePage) MailTos() []choice { return chosen(mailTos, p.value("mail_to", p.Rule.MailTo)) }

func (p RulePage) Minutes() []choice {
	return chosen([]choice{{Value: "5"}, {Value: "10"}, {Value: "30"}, {Value: "60"}}, p.value("minutes", strconv.FormatInt(p.Rule.Minutes, 10)))
}

// Cooldowns are how long a rule may be quiet; one that another program chose stands there too.
func (p RulePage) Cooldowns() []choice {
	list := []choice{{Value: "0", Label: "不间隔"}, {Value: "60", Label: "1 小时"}, {Value: "360", Label: "6 小时"}, {Value: "1440", Label: "24 小时"}, {Value: "4320", Label: "3 天"}, {Value: "10080", Label: "7 天"}}
	now := p.value("cooldown_minutes", strconv.FormatInt(p.Rule.Cooldown, 10))
	if !slices.ContainsFunc(list, func(c choice) bool { return c.Value == now }) {
		list = append(list, choice{Value: now}) // it has no words but its minutes
	}
	return chosen(list, now)
}

// Blank is a number for a form, in which none is left empty.
func (RulePage) Blank(n int64) string { return accountCredential{}.Blank(n) }

// usualRules are what forms begin with.
func usualRule(kind string) alertRule {
	r := alertRule{Kind: kind, Inbox: true, Webhook: true, Cooldown: 1440, MailTo: "order.buy"}
	switch kind {
	case "expiry":
		r.Days = 30
	case "rate":
		r.Percent, r.Days, r.Floor, r.MailTo, r.Cooldown = 300, 7, 100, "credential.write", 60
	case "errors":
		r.Percent, r.Minutes, r.Floor, r.MailTo, r.Cooldown = 10, 10, 20, "credential.write", 60
	default:
		r.Kind, r.Percent = "remaining", 10
	}
	return r
}

func (v *visit) rules() ([]alertRule, error) { return all[alertRule](v, v.account("/alert-rules")) }

func (c *Console) newRulePage(v *visit) (page, error) {
	kind := v.r.URL.Query().Get("kind")
	if v.form.Values != nil {
		kind = v.value("kind")
	}
	return v.rulePageOf(usualRule(kind))
}

func (c *Console) rulePage(v *visit) (page, error) {
	rules, err := v.rules()
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		if r.ID == v.r.PathValue("rule") {
			return v.rulePageOf(r)
		}
	}
	return nil, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

func (v *visit) rulePageOf(r alertRule) (page, error) {
	p := RulePage{Rule: r, Sets: v.setsAlerts()}
	if v.form.Values.Get("_form") == "rule" {
		p.Typed = v.form.Values
	}
	var err error
	p.Products, err = v.productNames()
	return p, err
}

// ruleTerms are what a rule asks for, as it was typed.
func (v *visit) ruleTerms() (map[string]any, error) {
	in := map[string]any{"inbox": v.checked("inbox"), "webhook": v.checked("webhook")}
	for _, name := range []string{"units", "percent", "days", "minutes", "floor", "cooldown_minutes"} {
		n := v.number(name)
		if n < 0 {
			return nil, faulty(name, "write a whole number of 0 or more")
		}
		if n > 0 {
			in[name] = n
		}
	}
	for _, name := range []string{"product_id", "mail_to"} {
		if v.value(name) != "" {
			in[name] = v.value(name)
		}
	}
	return in, nil
}

func (c *Console) addRule(v *visit) (string, error) {
	in, err := v.ruleTerms()
	if err != nil {
		return "", err
	}
	in["kind"] = v.value("kind")
	return alertsPath + "?done=added", v.post(v.account("/alert-rules"), in, nil)
}

func (v *visit) ruleAPI() string {
	return v.account("/alert-rules/" + url.PathEscape(v.r.PathValue("rule")))
}

func (c *Console) changeRule(v *visit) (string, error) {
	in, err := v.ruleTerms()
	if err != nil {
		return "", err
	}
	return alertsPath + "?done=changed", v.put(v.ruleAPI(), in, nil)
}

func (c *Console) removeRule(v *visit) (string, error) {
	return alertsPath + "?done=removed", v.remove(v.ruleAPI())
}

func previewRules() []alertRule {
	units, empty := usualRule("remaining"), usualRule("remaining")
	units.Percent, units.Units, units.FiredAt, units.Product = 0, 1000, previewNow.Add(-2*time.Hour), "1887"
	empty.Percent, empty.MailTo, empty.Webhook = 0, "", false
	rules := []alertRule{usualRule("remaining"), units, empty, usualRule("expiry"), usualRule("rate"), usualRule("errors")}
	for i := range rules {
		rules[i].ID, rules[i].Armed = "r"+strconv.Itoa(i+1), rules[i].FiredAt.IsZero()
	}
	return rules
}

func rulePreviews() []preview {
	var list []preview
	for _, k := range ruleKinds {
		list = append(list, preview{name: "alert-rule-new-" + k.Value, path: rulesPath, page: RulePage{Rule: usualRule(k.Value), Products: previewProducts(), Sets: true}})
	}
	refused := url.Values{"_form": {"rule"}, "kind": {"remaining"}, "units": {"1000"}, "percent": {"10"}, "inbox": {"yes"}, "mail_to": {""}, "cooldown_minutes": {"360"}, "product_id": {"1887"}}
	return append(list,
		preview{name: "alert-rule-refused", path: rulesPath, page: RulePage{Rule: usualRule("remaining"), Products: previewProducts(), Typed: refused, Sets: true}, form: form{
			Values: refused, Faults: map[string]string{"percent": "次数和比例只填一项"},
		}},
		preview{name: "alert-rule", path: rulesPath + "/r2", page: RulePage{Rule: previewRules()[1], Products: previewProducts(), Sets: true}},
	)
}
