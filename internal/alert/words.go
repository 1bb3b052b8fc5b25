package alert

import (
	"fmt"
	"time"

	"quartet"
)

// Alerts are read by people, so they are in their language.

func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04") }

func what(product string) string {
	if product == "" {
		return "全部产品"
	}
	return "产品 " + product
}

// words are the subject and the text of an alert. They name no person and no element.
func words(a *quartet.Alert) (subject, text string) {
	p := what(a.Product)
	switch a.Kind {
	case quartet.AlertRemaining:
		if a.Value == 0 {
			return "额度已用完", fmt.Sprintf("%s的可用额度于 %s 用完，新的调用将不能得到核验结果。请及时购买。", p, clock(a.At))
		}
		return "额度不足提醒", fmt.Sprintf("%s的可用额度于 %s 降至 %d 次（提醒线为 %d 次）。请及时购买，以免影响调用。", p, clock(a.At), a.Value, a.Line)
	case quartet.AlertExpiry:
		return "额度即将到期", fmt.Sprintf("%s有 %d 次未用额度将于 %s 到期，到期后不能再用。", p, a.Value, clock(a.Until))
	case quartet.AlertRate:
		return "调用量异常提醒", fmt.Sprintf("%s在截至 %s 的一小时内调用 %d 次，而过去各日同一小时平均为 %d 次。如非本人所为，请检查并更换调用凭证。", p, clock(a.At), a.Value, a.Base)
	case quartet.AlertErrors:
		return "调用失败增多提醒", fmt.Sprintf("%s在截至 %s 的数分钟内调用 %d 次，其中 %d 次没有得到核验结果（提醒线为 %d%%）。请按返回码查看原因。", p, clock(a.At), a.Base, a.Value, a.Line)
	default:
		return "提醒", p + "有一条提醒。"
	}
}

// event is what programs are told of an alert: counts and ids alone.
type event struct {
	Rule    string    `json:"rule_id"`
	Product string    `json:"product_id,omitempty"`
	Line    int64     `json:"line"`
	Value   int64     `json:"value"`
	Base    int64     `json:"base"`
	Grant   string    `json:"grant_id,omitempty"`
	Until   time.Time `json:"expires_at,omitzero"`
}

func eventOf(a *quartet.Alert) event {
	e := event{a.Rule, a.Product, a.Line, a.Value, a.Base, a.Grant, a.Until}
	if !e.Until.IsZero() {
		e.Until = e.Until.UTC()
	}
	return e
}
