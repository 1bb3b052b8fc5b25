package console

import (
	"cmp"
	"strconv"

	"quartet"
)

// trailFact is one thing that an entry tells beside its action. Names are of a closed set, and
// so are the values of some.
type trailFact struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	Before []string `json:"before"`
}

// factWords are what the names mean.
var factWords = map[string]string{
	"address": "邮箱或手机号", "role": "角色", "kind": "类型", "test": "沙箱", "name": "名称", "qps": "每秒最多调用", "burst": "突发上限", "daily": "每天最多调用",
	"networks": "IP 白名单", "products": "产品", "expires_at": "有效期至", "purposes": "用途", "plan_id": "套餐", "product_id": "产品", "order_id": "订单号",
	"orders": "订单数", "amount_fen": "金额", "monthly": "每月最多下单", "why": "原因", "host": "主机", "enabled": "启用中", "overlap_minutes": "旧密钥保留分钟数",
	"units": "次数", "percent": "百分比", "days": "天数", "minutes": "分钟数", "category": "类别", "stars": "打分", "doubted": "税号存疑", "scopes": "权限范围",
}

// Words are what it is about.
func (f trailFact) Words() string { return factWords[f.Name] }

// trailValue is a value. What people wrote, and numbers, are the same in every language.
type trailValue struct {
	Text string
	Word bool
}

// Is is what it became, Was what it was before a change.
func (f trailFact) Is() []trailValue  { return f.shown(f.Values) }
func (f trailFact) Was() []trailValue { return f.shown(f.Before) }

func (f trailFact) shown(values []string) []trailValue {
	list := make([]trailValue, len(values))
	for i, value := range values {
		word := wordOf(f.Name, value)
		list[i] = trailValue{word, word != ""}
		switch fen, err := strconv.ParseInt(value, 10, 64); {
		case word != "":
		case f.Name == "amount_fen" && err == nil:
			list[i].Text = yuan(fen)
		default:
			list[i].Text = value
		}
	}
	return list
}

// wordOf is the word for a value of a closed set; "": it is none.
func wordOf(name, value string) string {
	switch name {
	case "role":
		return roleNames[value]
	case "test", "enabled", "doubted":
		return map[string]string{"true": "是", "false": "否"}[value]
	case "why":
		return map[string]string{"cancelled": "买家取消", "timeout": "超时未支付"}[value]
	case "category":
		return labelOf(ticketCategories, value)
	case "purposes":
		for _, p := range quartet.FirmPurposes() {
			if p.Code == value {
				return p.Name
			}
		}
	case "kind":
		return kindWord(value)
	}
	return ""
}

// kindWord is the word for a kind of a credential, an alert, an invoice or its title.
func kindWord(value string) string {
	others := map[string]string{"special": "增值税专用发票", "ordinary": "普通发票", "firm": "企业", "personal": "个人"}
	return cmp.Or(credentialKinds.label(value), ruleKinds.label(value), others[value])
}
