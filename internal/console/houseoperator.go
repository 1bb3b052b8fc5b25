package console

import (
	"cmp"
	"net/http"
	"time"

	"quartet/internal/web"
)

const houseOperatorsPath = "/house/operators"

// upkeepRoutes are the pages of who runs the house, of what they did and of its settings.
func (c *Console) upkeepRoutes() {
	c.housed("GET "+houseOperatorsPath, c.houseOperatorsPage)
	c.form("POST "+houseOperatorsPath, c.addOperator, c.houseOperatorsPage)
	c.housed("GET "+houseOperatorsPath+"/{operator}", c.houseOperatorPage)
	for part, do := range map[string]act{
		"role": c.askOperatorRole, "role/confirmation": c.confirmOperatorRole, "role/rejection": c.rejectOperatorRole, "removal": c.removeOperator, "second-factor/removal": c.resetOperatorFactor,
	} {
		c.form("POST "+houseOperatorsPath+"/{operator}/"+part, do, c.houseOperatorPage)
	}
	c.auditRoutes()
	c.settingRoutes()
}

func upkeepPreviews() []preview {
	list := operatorPreviews()
	list = append(list, auditPreviews()...)
	return append(list, settingPreviews()...)
}

// houseOperator is somebody who runs the house.
type houseOperator struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Role        string    `json:"role"`
	Asked       *roleAsk  `json:"asked_role"`
	FactorSince time.Time `json:"second_factor_since"`
	SignOn      bool      `json:"sign_on"`
	CreatedAt   time.Time `json:"created_at"`
}

// roleAsk is a role that waits for a second administrator.
type roleAsk struct {
	Role string    `json:"role"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// Words are the role.
func (a roleAsk) Words() string { return roleWords[a.Role] }

// Words are the role of the operator.
func (o houseOperator) Words() string {
	if o.Role == "" {
		return "暂无角色"
	}
	return roleWords[o.Role]
}

// Path is the page of the operator.
func (o houseOperator) Path() string { return pathTo(houseOperatorsPath+"/", o.ID) }

// operatorRoles are what an operator can be, the least powerful first.
var operatorRoles = []choice{{Value: "support", Label: "客服"}, {Value: "auditor", Label: "审计员"}, {Value: "treasurer", Label: "财务主管"}, {Value: "administrator", Label: "管理员"}}

// HouseOperatorsPage lists those who run the house.
type HouseOperatorsPage struct {
	Operators []houseOperator
	Next      string
	Role      string // that was chosen for a new one
	Runs      bool   // whoever looks may change this
	Done      string
}

func (HouseOperatorsPage) template() string { return "houseoperators" }
func (HouseOperatorsPage) title() string    { return "操作员" }

// Roles are those for a new one.
func (p HouseOperatorsPage) Roles() []choice { return chosen(operatorRoles, p.Role) }

func (c *Console) houseOperatorsPage(v *visit) (page, error) {
	p := HouseOperatorsPage{Runs: v.who().May("house.write"), Role: v.value("role"), Done: v.done(map[string]string{"removed": "操作员已移除，并已退出登录"})}
	var some list[houseOperator]
	if err := v.get(query("/operators", "limit", "50", "after", v.r.URL.Query().Get("after")), &some); err != nil {
		return nil, err
	}
	p.Operators = some.Items
	if some.Next != "" {
		p.Next = query(houseOperatorsPath, "after", some.Next)
	}
	return p, nil
}

func (c *Console) addOperator(v *visit) (string, error) {
	var made houseOperator
	in := map[string]string{"name": v.value("name"), "role": v.value("role"), "password": v.secret("password")}
	if err := v.post("/operators", in, &made); err != nil {
		return "", err
	}
	done := "added"
	if made.Asked != nil {
		done = "asked"
	}
	return query(made.Path(), "done", done), nil
}

// HouseOperatorPage is one of them.
type HouseOperatorPage struct {
	Operator houseOperator
	Role     string // that is chosen
	Runs     bool
	Self     bool // it is whoever looks
	Asked    bool // whoever looks has asked for the role that waits, and may not confirm it
	Done     string
}

func (HouseOperatorPage) template() string { return "houseoperator" }
func (p HouseOperatorPage) title() string  { return p.Operator.Name }
func (p HouseOperatorPage) Roles() []choice {
	return chosen(operatorRoles, cmp.Or(p.Role, p.Operator.Role))
}

// operator finds the one of the page. There are few; the API lists them alone.
func (v *visit) operator() (houseOperator, error) {
	everyone, err := all[houseOperator](v, "/operators")
	if err != nil {
		return houseOperator{}, err
	}
	for i := range everyone {
		if everyone[i].ID == v.r.PathValue("operator") {
			return everyone[i], nil
		}
	}
	return houseOperator{}, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

func (c *Console) houseOperatorPage(v *visit) (page, error) {
	o, err := v.operator()
	if err != nil {
		return nil, err
	}
	who := v.who()
	return HouseOperatorPage{
		Operator: o, Role: v.value("role"), Runs: who.May("house.write"), Self: o.Name == who.Name, Asked: o.Asked != nil && o.Asked.By == who.Name,
		Done: v.done(map[string]string{
			"added": "操作员已添加，首次登录须修改密码", "asked": "已提交，待另一位管理员确认", "role": "角色已更改，已退出登录",
			"confirmed": "角色已生效", "rejected": "已驳回，角色不变", "factor": "两步验证已重置，已退出登录",
		}),
	}, nil
}

// operatorAct does something about the operator of the page.
func (v *visit) operatorAct(method, part string, in any, done string) (string, error) {
	id := v.r.PathValue("operator")
	if err := v.ask(method, pathTo("/operators/", id)+part, in, nil); err != nil {
		return "", err
	}
	return query(pathTo(houseOperatorsPath+"/", id), "done", done), nil
}

func (c *Console) askOperatorRole(v *visit) (string, error) {
	var changed houseOperator
	at := pathTo("/operators/", v.r.PathValue("operator"))
	if err := v.put(at+"/role", map[string]string{"role": v.value("role")}, &changed); err != nil {
		return "", err
	}
	done := "role"
	if changed.Asked != nil {
		done = "asked"
	}
	return query(pathTo(houseOperatorsPath+"/", v.r.PathValue("operator")), "done", done), nil
}

func (c *Console) confirmOperatorRole(v *visit) (string, error) {
	return v.operatorAct(http.MethodPost, "/role/confirmation", map[string]string{"role": v.value("asked_role")}, "confirmed")
}

func (c *Console) rejectOperatorRole(v *visit) (string, error) {
	return v.operatorAct(http.MethodPost, "/role/rejection", nil, "rejected")
}

func (c *Console) resetOperatorFactor(v *visit) (string, error) {
	return v.operatorAct(http.MethodDelete, "/second-factor", nil, "factor")
}

func (c *Console) removeOperator(v *visit) (string, error) {
	return query(houseOperatorsPath, "done", "removed"), v.remove(pathTo("/operators/", v.r.PathValue("operator")))
}

func operatorPreviews() []preview {
	at := previewNow
	qian := houseOperator{ID: "o1", Name: "qian", Role: "administrator", FactorSince: at.AddDate(0, -2, 0), CreatedAt: at.AddDate(0, -2, 0)}
	wang := houseOperator{ID: "o2", Name: "wang", Role: "support", SignOn: true, CreatedAt: at.AddDate(0, -1, 0)}
	sun := houseOperator{ID: "o3", Name: "sun", Asked: &roleAsk{"treasurer", "li", at.Add(-3 * time.Hour)}, CreatedAt: at.Add(-3 * time.Hour)}
	own := sun
	own.Asked = &roleAsk{"treasurer", "qian", at.Add(-3 * time.Hour)}
	return []preview{
		{name: "house-operators", path: houseOperatorsPath, page: HouseOperatorsPage{Operators: []houseOperator{qian, wang, sun}, Runs: true}},
		{name: "house-operators-refused", path: houseOperatorsPath, page: HouseOperatorsPage{Operators: []houseOperator{qian}, Role: "auditor", Runs: true}, form: form{
			Values: map[string][]string{"name": {"zhou li"}, "role": {"auditor"}}, Faults: map[string]string{"name": "登录名最多 64 个字母、数字和 . - _ @，以字母或数字开头"},
		}},
		{name: "house-operator", path: wang.Path(), page: HouseOperatorPage{Operator: wang, Runs: true}},
		{name: "house-operator-asked", path: sun.Path(), page: HouseOperatorPage{Operator: sun, Runs: true}},
		{name: "house-operator-own", path: own.Path(), page: HouseOperatorPage{Operator: own, Runs: true, Asked: true, Done: "已提交，待另一位管理员确认"}},
		{name: "house-operator-self", path: qian.Path(), page: HouseOperatorPage{Operator: qian, Runs: true, Self: true}},
	}
}
