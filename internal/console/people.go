package console

import (
	"net/url"
	"slices"
	"time"

	"quartet"
)

const peoplePath = "/console/people"

// peopleRoutes are the pages of people, the firm, and the audit of the account.
func (c *Console) peopleRoutes() {
	c.signed("GET "+peoplePath, c.peoplePage)
	c.form("POST "+peoplePath+"/invitations", in(c.invite), c.peoplePage)
	c.form("POST "+peoplePath+"/invitations/{invitation}/withdrawal", in(c.withdrawInvitation), c.peoplePage)
	c.form("POST "+peoplePath+"/{person}/role", in(c.setRole), c.peoplePage)
	c.form("POST "+peoplePath+"/{person}/removal", in(c.removeMember), c.peoplePage)
	c.signed("GET "+trailPath, c.trailPage)
	c.firmRoutes()
}

// member is one of the people of the account.
type member struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Email  string    `json:"email"`
	Mobile string    `json:"mobile"`
	Role   string    `json:"role"`
	Since  time.Time `json:"since"`
}

// Path is where something is done with their place.
func (m member) Path() string { return peoplePath + "/" + url.PathEscape(m.ID) }

// Addresses are where they are reached, masked.
func (m member) Addresses() (list []string) {
	for _, a := range []string{m.Email, m.Mobile} {
		if a != "" {
			list = append(list, a)
		}
	}
	return list
}

// sentInvitation is an invitation to the account.
type sentInvitation struct {
	ID      string    `json:"id"`
	Address string    `json:"address"`
	Role    string    `json:"role"`
	State   string    `json:"state"`
	Created time.Time `json:"created_at"`
	Expires time.Time `json:"expires_at"`
}

// Open reports whether it can still be taken.
func (i sentInvitation) Open() bool { return i.State == "open" }

// Words are its state.
func (i sentInvitation) Words() string {
	return map[string]string{"open": "等待接受", "taken": "已加入", "ended": "已撤回", "expired": "已过期"}[i.State]
}

// Path is where it is withdrawn.
func (i sentInvitation) Path() string {
	return peoplePath + "/invitations/" + url.PathEscape(i.ID) + "/withdrawal"
}

// accountRoles are those of people in an account, the one that may most first.
var accountRoles = []quartet.Role{quartet.RoleOwner, quartet.RoleDeveloper, quartet.RoleFinance, quartet.RoleReader}

// rightRow is one right, and which of the roles have it, in their order.
type rightRow struct {
	Words string
	Has   []bool
}

var rightWords = []struct {
	right quartet.Right
	words string
}{
	{quartet.MayRead, "查看订单、用量和调用记录"},
	{quartet.MayBuy, "下单、支付、退款、开发票"},
	{quartet.MayIntegrate, "管理凭证和 Webhook，使用调试工具"},
	{quartet.MayAsk, "咨询客服，提交工单"},
	{quartet.MayReadMembers, "查看成员"},
	{quartet.MayManage, "邀请和管理成员，查看审计"},
	{quartet.MayProveFirm, "提交企业认证"},
}

// PeoplePage lists the people of the account.
type PeoplePage struct {
	Members     []member
	Invitations []sentInvitation // the newest first
	Me          string
	Manages     bool
	Done        string
}

func (PeoplePage) template() string { return "people" }
func (PeoplePage) title() string    { return "成员" }

// RoleName is what a role is called.
func (PeoplePage) RoleName(role string) string { return roleNames[role] }

// Roles are the choices of a role.
func (PeoplePage) Roles(now string) (list []choice) {
	for _, r := range accountRoles {
		list = append(list, choice{string(r), roleNames[string(r)], string(r) == now})
	}
	return list
}

// Rights are what each role may do.
func (PeoplePage) Rights() (rows []rightRow) {
	for _, w := range rightWords {
		row := rightRow{Words: w.words}
		for _, r := range accountRoles {
			row.Has = append(row.Has, r.May(w.right))
		}
		rows = append(rows, row)
	}
	return rows
}

func (c *Console) peoplePage(v *visit) (page, error) {
	people, err := all[member](v, v.account("/members"))
	if err != nil {
		return nil, err
	}
	sent, err := all[sentInvitation](v, v.account("/invitations"))
	if err != nil {
		return nil, err
	}
	var me struct {
		ID string `json:"id"`
	}
	if err := v.get("/me", &me); err != nil {
		return nil, err
	}
	slices.SortStableFunc(sent, func(a, b sentInvitation) int {
		if a.Open() == b.Open() {
			return 0
		} else if a.Open() {
			return -1
		}
		return 1
	})
	return PeoplePage{
		Members: people, Invitations: sent, Me: me.ID, Manages: v.who().May("account.manage"),
		Done: v.done(map[string]string{"invited": "邀请已发出", "withdrawn": "邀请已撤回", "role": "角色已更改", "removed": "成员已移除"}),
	}, nil
}

func (c *Console) invite(v *visit) (string, error) {
	in := map[string]string{"address": v.value("address"), "role": v.value("role")}
	return query(peoplePath, "done", "invited"), v.post(v.account("/invitations"), in, nil)
}

func (c *Console) withdrawInvitation(v *visit) (string, error) {
	return query(peoplePath, "done", "withdrawn"), unknown(v.remove(v.account(pathTo("/invitations/", v.r.PathValue("invitation")))))
}

func (c *Console) setRole(v *visit) (string, error) {
	path := v.account(pathTo("/members/", v.r.PathValue("person")) + "/role")
	return query(peoplePath, "done", "role"), unknown(v.put(path, map[string]string{"role": v.value("role")}, nil))
}

func (c *Console) removeMember(v *visit) (string, error) {
	return query(peoplePath, "done", "removed"), unknown(v.remove(v.account(pathTo("/members/", v.r.PathValue("person")))))
}

func peoplePreviews() []preview {
	ago := func(days int) time.Time { return previewNow.AddDate(0, 0, -days) }
	full := PeoplePage{Me: "p1", Manages: true, Members: []member{
		{"p1", "林晓", "l***@example.com", "139****0001", "owner", ago(200)},
		{"p2", "张三丰", "z***@example.com", "", "developer", ago(120)},
		{"p3", "王芳", "w***@example.com", "", "finance", ago(30)},
	}, Invitations: []sentInvitation{
		{"i1", "c***@example.com", "reader", "open", ago(2), ago(-5)},
		{"i2", "139****0009", "finance", "expired", ago(20), ago(13)},
	}}
	alone, reads := PeoplePage{Me: "p1", Manages: true, Members: full.Members[:1]}, full
	reads.Me, reads.Manages = "p2", false
	refused := url.Values{"_form": {"invite"}, "address": {"lin"}, "role": {"developer"}}
	list := []preview{
		{name: "people", path: peoplePath, page: full},
		{name: "people-alone", path: peoplePath, page: alone},
		{name: "people-reads", path: peoplePath, page: reads},
		{name: "people-refused", path: peoplePath, page: full, form: form{Values: refused, Faults: map[string]string{"address": "请输入邮箱或 11 位手机号"}}},
	}
	return append(append(list, trailPreviews()...), firmPreviews()...)
}
