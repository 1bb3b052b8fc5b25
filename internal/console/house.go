package console

import (
	"slices"
	"strings"
)

const (
	housePath         = "/house/"
	houseDoorPath     = "/house/sign-in"
	houseSecurityPath = "/house/security"
)

// houseRoutes are the pages of operators. Each asks the API, which knows what a role may do;
// the menu shows nobody what would only be refused.
func (c *Console) houseRoutes() {
	c.operatorDoorRoutes()
	c.moneyRoutes()
	c.issueRoutes()
	c.buyerRoutes()
	c.helpRoutes()
	c.jobRoutes()
	c.todayRoutes()
	c.catalogueRoutes()
	c.sourceRoutes()
	c.upkeepRoutes()
}

// houseMenu is what the menu of an operator may have, in its groups, with the rights of which
// one is needed.
var houseMenu = []struct {
	group, path, icon, words string
	rights                   []string
}{
	{"今日", housePath, "dashboard", "今日概况", []string{"house.read"}},
	{"客户", houseAccountsPath, "building-store", "买家账户", []string{"house.read"}},
	{"客户", houseFirmsPath, "file-check", "企业认证审核", []string{"house.read"}},
	{"客户", housePeoplePath, "users", "用户", []string{"house.read"}},
	{"客户", houseCallsPath, "list-search", "全部调用", []string{"house.read"}},
	{"资金", houseOrdersPath, "shopping-cart", "订单管理", []string{"house.read", "money.read"}},
	{"资金", houseRefundsPath, "receipt-refund", "退款处理", []string{"money.read"}},
	{"资金", houseTransfersPath, "arrows-exchange", "转账流水", []string{"money.read"}},
	{"资金", houseBanksPath, "building-bank", "收款账户", []string{"house.write", "money.read"}},
	{"资金", housePayoutsPath, "cash", "银行退付", []string{"money.read"}},
	{"资金", houseSurplusPath, "wallet", "多付款项", []string{"money.read"}},
	{"资金", houseAdjustmentsPath, "adjustments", "次数调整", []string{"money.read"}},
	{"资金", houseSettlementsPath, "scale", "渠道对账", []string{"money.read"}},
	{"资金", houseNoticesPath, "bell", "支付通知", []string{"money.read"}},
	{"发票", houseInvoicesPath, "file-invoice", "开票处理", []string{"money.read"}},
	{"发票", houseRedsPath, "rotate", "红字发票", []string{"money.read"}},
	{"发票", houseTaxPath, "settings", "税务设置", []string{"money.read"}},
	{"客服", houseTicketsPath, "headset", "工单", []string{"house.read"}},
	{"客服", houseChatPath, "messages", "聊天", []string{"buyer.serve"}},
	{"客服", houseRatingsPath, "star", "买家评价", []string{"house.read"}},
	{"商品", houseProductsPath, "tag", "产品与套餐", []string{"house.read", "money.read"}},
	{"商品", houseMarketsPath, "building-store", "云市场", []string{"house.read"}},
	{"商品", houseAnnouncementsPath, "speakerphone", "公告管理", []string{"house.read"}},
	{"商品", houseIncidentsPath, "activity-heartbeat", "故障与维护", []string{"house.read"}},
	{"渠道", houseSourcesPath, "plug", "渠道", []string{"house.read", "house.inspect"}},
	{"渠道", houseDrillsPath, "flask", "渠道演练", []string{"house.read", "house.inspect"}},
	{"渠道", houseImportsPath, "database", "名册导入", []string{"house.read", "house.inspect"}},
	{"渠道", houseSandboxPath, "tool", "沙箱", []string{"house.read", "house.inspect"}},
	{"运维", jobsPath, "list-details", "任务", []string{"house.read", "house.inspect"}},
	{"运维", houseAuditPath, "history", "审计记录", []string{"audit.read"}},
	{"运维", houseTokensPath, "plug", "接口令牌", []string{"house.read", "house.inspect"}},
	{"运维", houseOperatorsPath, "user-check", "操作员", []string{"house.write", "house.inspect"}},
	{"运维", houseSettingsPath, "settings", "系统设置", []string{"house.write", "house.inspect"}},
}

func houseNavigation(path string, who *session) []navigation {
	var list []navigation
	group := ""
	for _, m := range houseMenu {
		if !slices.ContainsFunc(m.rights, who.May) {
			continue
		}
		n := navigation{Path: m.path, Icon: m.icon, Words: m.words, Active: path == m.path || m.path != housePath && strings.HasPrefix(path, m.path)}
		if m.group != group {
			group, n.Group = m.group, m.group
		}
		list = append(list, n)
	}
	return list
}

// housed is a page for operators.
func (c *Console) housed(pattern string, s show) { c.behind(pattern, (*visit).houseDoor, s) }

// houseDoor is where somebody must go before pages of operators are for them; "": in.
func (v *visit) houseDoor() string {
	switch s := v.who(); {
	case s == nil, s.Kind != "operator":
		return v.signInFor()
	case s.Factor == "needed":
		return factorPath + "?" + v.next()
	case s.Due:
		return passwordPath
	case s.Factor == "enrol" && v.r.URL.Path != houseSecurityPath:
		return houseSecurityPath
	}
	return ""
}

// home is where a visit begins.
func (v *visit) home() string {
	if s := v.who(); s != nil && s.Kind == "operator" {
		return housePath
	}
	return homePath
}

// roleWords are the roles of operators.
var roleWords = map[string]string{"administrator": "管理员", "treasurer": "财务主管", "support": "客服", "auditor": "审计员"}

// HouseRole is the role of an operator in words.
func (s *session) HouseRole() string { return roleWords[s.Role] }
