package console

import (
	"net/url"
	"strings"
	"time"
)

const trailPath = "/console/audit"

// trailEntry is an entry of the audit of the account.
type trailEntry struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Person  string    `json:"person_id"`
	Name    string    `json:"person_name"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Origin  string    `json:"origin"`
	Token   string    `json:"token_name"`

	Facts []trailFact `json:"facts"`
}

// actionWords are what is done, by the names of the audit.
var actionWords = map[string]string{ //nolint:gosec // words, not secrets
	"account.open": "开通账户", "account.suspend": "停用账户", "account.resume": "恢复账户", "account.limit": "更改账户限速", "account.purpose": "更改账户用途",
	"person.register": "注册，加入账户", "session.account": "进入账户",
	"member.role": "更改成员角色", "member.remove": "移除成员", "invitation.send": "邀请成员", "invitation.accept": "接受邀请", "invitation.withdraw": "撤回邀请",
	"credential.issue": "创建凭证", "credential.change": "更改凭证", "credential.rotate": "更换密钥", "credential.show": "查看密钥", "credential.debug": "用凭证调试", "credential.revoke": "吊销凭证",
	"firm.begin": "开始企业认证", "firm.save": "保存企业认证", "firm.scan": "上传营业执照", "firm.submit": "提交企业认证", "firm.approve": "通过企业认证", "firm.reject": "退回企业认证", "firm.revoke": "撤销企业认证", "firm.see": "查看认证资料",
	"order.place": "下单", "order.pay": "订单支付", "order.close": "关闭订单", "order.trial": "领取免费测试", "order.refund": "订单退款",
	"refund.ask": "申请退款", "refund.approve": "同意退款", "refund.reject": "拒绝退款", "refund.done": "退款完成", "rating.add": "评价",
	"title.add": "添加发票抬头", "title.change": "更改发票抬头", "title.delete": "删除发票抬头", "invoice.apply": "申请发票", "invoice.cancel": "取消发票申请", "invoice.reject": "退回发票申请", "invoice.issue": "开具发票",
	"webhook.add": "添加 Webhook", "webhook.change": "更改 Webhook", "webhook.rotate": "更换 Webhook 密钥", "webhook.remove": "删除 Webhook", "webhook.replay": "重发通知", "webhook.test": "测试 Webhook",
	"alert_rule.add": "添加预警", "alert_rule.change": "更改预警", "alert_rule.remove": "删除预警", "alert.acknowledge": "确认预警", "repurchase.set": "设置自动续购", "repurchase.remove": "取消自动续购",
	"ticket.open": "提交工单", "ticket.close": "关闭工单", "ticket.solve": "确认工单已解决", "ticket.rate": "评价客服",
	"batch.upload": "上传批量文件", "batch.columns": "指定批量文件的列", "batch.start": "开始批量核验", "batch.pause": "暂停批量核验", "batch.resume": "继续批量核验", "batch.cancel": "取消批量核验",
	"token.create": "创建接口令牌", "token.revoke": "吊销接口令牌",
	"batch.ask_again": "重新核验未决行", "batch.reveal": "导出批量明文结果", "batch.erase": "删除批量数据",
}

// Words are what was done.
func (e trailEntry) Words() string {
	if w := actionWords[e.Action]; w != "" {
		return w
	}
	return e.Action
}

// Path is where what it is about is shown; "": nowhere.
func (e trailEntry) Path() string {
	noun, _, _ := strings.Cut(e.Action, ".")
	at := map[string]string{"credential": credentialsPath, "order": ordersPath, "ticket": "/console/support"}[noun]
	if at == "" {
		return ""
	}
	return at + "/" + url.PathEscape(e.Subject)
}

// TrailPage is the audit of the account.
type TrailPage struct {
	Entries []trailEntry
	Next    string
}

func (TrailPage) template() string { return "trail" }
func (TrailPage) title() string    { return "审计" }

func (c *Console) trailPage(v *visit) (page, error) {
	var entries list[trailEntry]
	if err := v.get(query(v.account("/audit"), "after", v.r.URL.Query().Get("after")), &entries); err != nil {
		return nil, err
	}
	p := TrailPage{Entries: entries.Items}
	if entries.Next != "" {
		p.Next = query(trailPath, "after", entries.Next)
	}
	return p, nil
}

func trailPreviews() []preview {
	at := func(minutes int) time.Time { return previewNow.Add(-time.Duration(minutes) * time.Minute) }
	return []preview{
		{name: "audit", path: trailPath, page: TrailPage{Next: trailPath + "?after=e7", Entries: []trailEntry{
			{ID: "e1", At: at(3), By: "person", Name: "张三丰", Action: "credential.debug", Subject: "c3", Facts: []trailFact{{Name: "kind", Values: []string{"appkey"}}, {Name: "name", Values: []string{"联调"}}}, Origin: "192.0.2.7"},
			{ID: "e2", At: at(90), By: "person", Name: "林晓", Action: "credential.show", Subject: "c1", Facts: []trailFact{{Name: "kind", Values: []string{"appcode"}}}, Origin: "192.0.2.24"},
			{ID: "e3", At: at(1500), By: "house", Action: "firm.approve", Subject: "f1"},
			{ID: "e4", At: at(2900), By: "person", Action: "order.place", Subject: "o1", Facts: []trailFact{{Name: "plan_id", Values: []string{"1887-6000"}}, {Name: "amount_fen", Values: []string{"200000"}}}, Origin: "2001:db8::7"},
			{ID: "e5", At: at(3100), By: "person", Name: "林晓", Action: "invitation.send", Subject: "i1", Facts: []trailFact{{Name: "address", Values: []string{"c***@example.com"}}, {Name: "role", Values: []string{"reader"}}}, Origin: "192.0.2.24"},
			{ID: "e6", At: at(3200), By: "person", Name: "林晓", Action: "member.role", Subject: "p2", Facts: []trailFact{{Name: "role", Values: []string{"developer"}, Before: []string{"finance"}}}, Origin: "192.0.2.24"},
			{ID: "e8", At: at(3250), By: "person", Name: "林晓", Action: "batch.start", Subject: "b1", Facts: []trailFact{{Name: "units", Values: []string{"500"}}}, Origin: "198.51.100.7", Token: "批量任务"},
			{ID: "e7", At: at(3300), By: "person", Name: "林晓", Action: "credential.change", Subject: "c1", Facts: []trailFact{{Name: "qps", Values: []string{"50"}, Before: []string{"5"}}, {Name: "networks", Before: []string{"192.0.2.0/24", "2001:db8::/32"}}}, Origin: "192.0.2.24"},
		}}},
		{name: "audit-empty", path: trailPath, page: TrailPage{}},
	}
}
