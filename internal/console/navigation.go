package console

import "strings"

// navigation is an entry of the menu, its words in Chinese.
type navigation struct {
	Group             string // its heading, if it is the first of a group
	Path, Icon, Words string
	Active            bool
}

// menu is what the menu of a buyer may have, with the right that an entry is for. Nothing is
// shown that would only be refused.
var menu = []struct {
	path, icon, words, right string
}{
	{"/console/", "home", "概览", ""},
	{"/console/credentials", "key", "凭证", "credential.write"},
	{tokensPath, "plug", "接口令牌", "credential.write"},
	{"/console/orders", "package", "套餐与订单", "account.read"},
	{batchesPath, "table-import", "批量核验", "account.read"},
	{"/console/calls", "list-search", "调用记录", "account.read"},
	{"/console/statements", "report", "用量与账单", "account.read"},
	{"/console/alerts", "bell", "预警", "account.read"},
	{"/console/webhooks", "webhook", "Webhook", "account.read"},
	{"/console/invoices", "file-invoice", "发票", "account.read"},
	{"/console/debug", "player-play", "调试工具", "credential.write"},
	{"/console/samples", "code", "示例代码", ""},
	{"/console/support", "message-circle", "客服与工单", "account.read"},
	{"/console/people", "users", "成员", "member.read"},
	{trailPath, "history", "审计", "account.manage"},
	{"/console/firm", "building", "企业认证", "account.read"},
}

func navigationOf(path string, who *session) []navigation {
	switch path { // pages that stand under the entry of another one
	case plansPath, grantsPath, repurchasesPath:
		path = ordersPath
	}
	if strings.HasPrefix(path, titlesPath) {
		path = invoicesPath
	}
	var list []navigation
	for _, m := range menu {
		if m.right != "" && !who.May(m.right) {
			continue
		}
		list = append(list, navigation{Path: m.path, Icon: m.icon, Words: m.words, Active: path == m.path || m.path != homePath && strings.HasPrefix(path, m.path)})
	}
	return list
}

// place is the name of the account that is acted for.
func (v *visit) place() string {
	var account struct {
		Name string `json:"name"`
	}
	if v.get(v.account(""), &account) != nil {
		return ""
	}
	return account.Name
}
