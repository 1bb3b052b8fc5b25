package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet/internal/web"
)

const credentialsPath = "/console/credentials" //nolint:gosec // an address, not a secret

// credentialRoutes are the pages of credentials. A secret is in the answer of the very form
// that asked for it, and at no address.
func (c *Console) credentialRoutes() {
	const one = "/console/credentials/{credential}"
	c.signed("GET "+credentialsPath, c.credentialsPage)
	c.signed("GET /console/credentials/new", c.newCredentialPage)
	c.form("POST "+credentialsPath, in(c.issueCredential), c.newCredentialPage)
	c.signed("GET "+one, c.credentialPage)
	c.form("POST "+one, in(c.changeCredential), c.credentialPage)
	c.form("POST "+one+"/secret", in(c.revealCredential), c.credentialPage)
	c.form("POST "+one+"/rotation", in(c.rotateCredential), c.credentialPage)
	c.form("POST "+one+"/revocation", in(c.revokeCredential), c.credentialPage)
}

// accountCredential is a credential of the account, without its secret.
type accountCredential struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Name      string    `json:"name"`
	AppKey    string    `json:"app_key"`
	Test      bool      `json:"test"`
	State     string    `json:"state"`
	QPS       int64     `json:"qps"`
	Burst     int64     `json:"burst"`
	Daily     int64     `json:"daily"`
	Networks  []string  `json:"networks"`
	Products  []string  `json:"products"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	RevokedAt time.Time `json:"revoked_at"`
	LastUsed  time.Time `json:"last_used_at"`
	Secret    string    `json:"secret"`
}

// credentialKinds are the kinds, as people know them.
var credentialKinds = kinds{
	{"appcode", "AppCode", "放在请求头 Authorization 里，最简单"},
	{"appkey", "AppKey / AppSecret", "对每个请求签名，密钥不在网络上传输"},
	{"key", "key", "放在请求体的 key 参数里，用于直接调用"},
}

// KindWords are its kind.
func (c accountCredential) KindWords() string { return cmp.Or(credentialKinds.label(c.Kind), c.Kind) }

// Path is where it is shown.
func (c accountCredential) Path() string { return credentialsPath + "/" + url.PathEscape(c.ID) }

// Active reports whether it can be used.
func (c accountCredential) Active() bool { return c.State == "active" }

// Revoked reports whether it was ended for good.
func (c accountCredential) Revoked() bool { return c.State == "revoked" }

// Words are its state.
func (c accountCredential) Words() string {
	switch c.State {
	case "active":
		return "有效"
	case "expired":
		return "已过期"
	case "revoked":
		return "已吊销"
	}
	return c.State
}

// Limited reports whether anything limits it.
func (c accountCredential) Limited() bool {
	return c.QPS > 0 || c.Daily > 0 || len(c.Networks) > 0 || len(c.Products) > 0
}

// The terms as forms hold them.

func (c accountCredential) NetworkLines() string { return strings.Join(c.Networks, "\n") }
func (c accountCredential) Expires() string      { return localMoment(c.ExpiresAt) }

// Blank is a number for a form, in which none is no limit.
func (accountCredential) Blank(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// CredentialsPage lists the credentials of an account.
type CredentialsPage struct {
	Credentials []accountCredential // those that can be used first, the newest of them first
	Products    map[string]string
	Writes      bool
	Done        string
}

func (CredentialsPage) template() string { return "credentials" }
func (CredentialsPage) title() string    { return "凭证" }

// CredentialPage is one credential, and what can be done with it.
type CredentialPage struct {
	Credential accountCredential
	Products   []choice
	Done       string
}

func (CredentialPage) template() string { return "credential" }
func (CredentialPage) title() string    { return "凭证详情" }

// NewCredentialPage asks what a new credential is to be.
type NewCredentialPage struct {
	Credential accountCredential // nothing: where the form begins
	Products   []choice
}

func (NewCredentialPage) template() string { return "credentialnew" }
func (NewCredentialPage) title() string    { return "新建凭证" }

// Kinds are what it can be.
func (NewCredentialPage) Kinds() any { return credentialKinds }

// CredentialSecretPage shows a secret, once.
type CredentialSecretPage struct {
	Credential accountCredential
	Secret     string
	Why        string    // "issued", "rotated", "shown"
	OldEnds    time.Time // of a rotation
}

func (CredentialSecretPage) template() string { return "credentialsecret" }
func (CredentialSecretPage) title() string    { return "请保存密钥" }

// SecretWords are what the secret of its kind is called.
func (p CredentialSecretPage) SecretWords() string {
	return map[string]string{"appcode": "AppCode", "key": "key", "appkey": "AppSecret"}[p.Credential.Kind]
}

func (v *visit) credentials() ([]accountCredential, error) {
	return all[accountCredential](v, v.account("/credentials"))
}

func (c *Console) credentialsPage(v *visit) (page, error) {
	p := CredentialsPage{Writes: v.who().May("credential.write"), Done: v.done(map[string]string{"revoked": "凭证已吊销，用它的调用从现在起被拒绝"})}
	mine, err := v.credentials()
	if err != nil {
		return nil, err
	}
	slices.Reverse(mine)
	slices.SortStableFunc(mine, func(a, b accountCredential) int { return first(b.Active()) - first(a.Active()) })
	p.Credentials = mine
	p.Products, err = v.productNames()
	return p, err
}

// credential finds the credential that the path names.
func (v *visit) credential() (accountCredential, error) {
	mine, err := v.credentials()
	if err != nil {
		return accountCredential{}, err
	}
	for _, c := range mine {
		if c.ID == v.r.PathValue("credential") {
			return c, nil
		}
	}
	return accountCredential{}, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

// productChoices are all products, those ticked that were typed or else that are given.
func (v *visit) productChoices(given []string) ([]choice, error) {
	if v.form.Values != nil && v.form.Values.Get("_form") == "terms" {
		given = v.form.Values["products"]
	}
	names, err := v.productNames()
	if err != nil {
		return nil, err
	}
	var list []choice
	for id, name := range names {
		list = append(list, choice{Value: id, Label: name, Chosen: slices.Contains(given, id)})
	}
	slices.SortFunc(list, func(a, b choice) int { return strings.Compare(a.Value, b.Value) })
	return list, nil
}

func (c *Console) newCredentialPage(v *visit) (page, error) {
	products, err := v.productChoices(nil)
	return NewCredentialPage{Products: products}, err
}

func (c *Console) credentialPage(v *visit) (page, error) {
	one, err := v.credential()
	if err != nil {
		return nil, err
	}
	p := CredentialPage{Credential: one, Done: v.done(map[string]string{"changed": "已保存，立即生效"})}
	p.Products, err = v.productChoices(one.Products)
	return p, err
}
