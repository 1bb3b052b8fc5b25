package console

import (
	"net/http"
	"net/url"
	"time"

	"quartet/internal/web"
)

func (c *Console) houseCredentialRoutes() {
	const one = houseAccountsPath + "/{account}/credentials/{credential}"
	c.housed("GET "+one, c.houseCredentialPage)
	c.form("POST "+one, c.changeHouseCredential, c.houseCredentialPage)
	c.form("POST "+one+"/secret", c.revealHouseCredential, c.houseCredentialPage)
	c.form("POST "+one+"/revocation", c.revokeHouseCredential, c.houseCredentialPage)
}

// HouseCredentialPage is a credential of a buyer. Its secret is on the answer of the form that
// asks for it with a reason, and nowhere else.
type HouseCredentialPage struct {
	Account    buyer
	Credential accountCredential
	Products   []choice
	Runs       bool // whoever looks may change it and see its secret
	Done       string
}

func (HouseCredentialPage) template() string { return "housecredential" }
func (HouseCredentialPage) title() string    { return "凭证详情" }

// Path is where it is shown.
func (p HouseCredentialPage) Path() string {
	return p.Account.Path() + "/credentials/" + url.PathEscape(p.Credential.ID)
}

// HouseSecretPage shows a secret, once and after it was written who looks and why.
type HouseSecretPage struct {
	Account    buyer
	Credential accountCredential
	Secret     string
}

func (HouseSecretPage) template() string { return "housesecret" }
func (HouseSecretPage) title() string    { return "密钥" }

// houseCredential finds the credential that the path names, in its account.
func (v *visit) houseCredential() (accountCredential, error) {
	list, err := all[accountCredential](v, v.pathIn("/accounts", "account")+"/credentials")
	if err != nil {
		return accountCredential{}, err
	}
	for _, c := range list {
		if c.ID == v.r.PathValue("credential") {
			return c, nil
		}
	}
	return accountCredential{}, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

func (c *Console) houseCredentialPage(v *visit) (page, error) {
	p := HouseCredentialPage{Runs: v.who().May("house.write"), Done: v.done(map[string]string{"changed": "已保存，立即生效", "revoked": "凭证已吊销，用它的调用从现在起被拒绝"})}
	id := v.r.PathValue("account")
	named, err := v.buyers(id)
	if err != nil {
		return nil, err
	}
	p.Account = named[id]
	if p.Credential, err = v.houseCredential(); err != nil {
		return nil, err
	}
	p.Products, err = v.productChoices(p.Credential.Products)
	return p, err
}

// theCredential is a path of the API to the credential that the address of the page names.
func (v *visit) theCredential(what string) string {
	return v.pathIn(v.pathIn("/accounts", "account")+"/credentials", "credential") + what
}

func (v *visit) atHouseCredential(done string) string {
	return query(v.pathIn(v.pathIn(houseAccountsPath, "account")+"/credentials", "credential"), "done", done)
}

func (c *Console) changeHouseCredential(v *visit) (string, error) {
	was, err := v.houseCredential()
	if err != nil {
		return "", err
	}
	in, err := v.terms(was)
	if err != nil {
		return "", err
	}
	return v.atHouseCredential("changed"), v.put(v.theCredential(""), in, nil)
}

func (c *Console) revealHouseCredential(v *visit) (string, error) {
	var got issued
	if err := v.post(v.theCredential("/secret"), map[string]string{"reason": v.value("reason")}, &got); err != nil {
		return "", err
	}
	id := v.r.PathValue("account")
	named, err := v.buyers(id)
	if err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, HouseSecretPage{named[id], got.accountCredential, got.Secret})
	return "", nil
}

func (c *Console) revokeHouseCredential(v *visit) (string, error) {
	return v.atHouseCredential("revoked"), v.remove(v.theCredential(""))
}

func previewHouseCredentials() []accountCredential {
	return []accountCredential{
		{ID: "c1", Kind: "appcode", Name: "正式环境", State: "active", QPS: 20, Daily: 50000, Networks: []string{"192.0.2.0/24"}, CreatedAt: previewNow.AddDate(0, -3, 0), LastUsed: previewNow.Add(-time.Minute)},
		{ID: "c2", Kind: "appkey", Name: "风控系统", AppKey: "204081632", State: "active", CreatedAt: previewNow.AddDate(0, -2, 0)},
		{ID: "c3", Kind: "key", Name: "联调", Test: true, State: "revoked", CreatedAt: previewNow.AddDate(0, -3, -4), RevokedAt: previewNow.AddDate(0, -1, 0)},
	}
}

func houseCredentialPreviews() []preview {
	all := previewHouseCredentials()
	acme := buyer{"acme", "测试贸易有限公司"}
	p := HouseCredentialPage{Account: acme, Credential: all[0], Products: []choice{{Value: "1887", Label: "银行卡四要素核验"}}, Runs: true}
	reads := p
	reads.Runs = false
	ended := p
	ended.Credential, ended.Done = all[2], "凭证已吊销，用它的调用从现在起被拒绝"
	return []preview{
		{name: "house-credential", path: p.Path(), page: p},
		{name: "house-credential-reads", path: p.Path(), page: reads},
		{name: "house-credential-revoked", path: ended.Path(), page: ended},
		{name: "house-credential-refused", path: p.Path(), page: p, form: form{Values: url.Values{"_form": {"secret"}, "reason": {"ok"}}, Faults: map[string]string{"reason": "请说明原因，4 到 200 字"}}},
		{name: "house-credential-secret", path: p.Path(), page: HouseSecretPage{acme, all[0], "f0e1d2c3b4a5968778695a4b3c2d1e0f"}},
	}
}
