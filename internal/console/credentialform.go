package console

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"quartet"
	"quartet/internal/web"
)

// formMoment is how browsers write a local date and time, with seconds or without.
const formMoment = "2006-01-02T15:04:05"

// localMoment is an instant in Shanghai for a field of a form.
func localMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(quartet.Shanghai).Format(formMoment)
}

// terms are what of a credential can be chosen, as it was typed. was is how it stands: an end
// that nobody touched stays to the microsecond.
func (v *visit) terms(was accountCredential) (map[string]any, error) {
	in := map[string]any{"name": v.value("name"), "qps": v.number("qps"), "burst": v.number("burst"), "daily": v.number("daily")}
	if products := v.form.Values["products"]; len(products) > 0 {
		in["products"] = products
	}
	networks, err := v.networks()
	if err != nil {
		return nil, err
	}
	if len(networks) > 0 {
		in["networks"] = networks
	}
	switch text := v.value("expires_at"); {
	case text == "":
	case text == was.Expires():
		in["expires_at"] = was.ExpiresAt
	default:
		if len(text) == len("2006-01-02T15:04") {
			text += ":00"
		}
		at, err := time.ParseInLocation(formMoment, text, quartet.Shanghai)
		if err != nil {
			return nil, faulty("expires_at", "write the end as a date and a time")
		}
		in["expires_at"] = at
	}
	return in, nil
}

// networks are those that were typed, one a line or parted by signs.
func (v *visit) networks() (list []string, err error) {
	for _, text := range strings.FieldsFunc(v.value("networks"), func(r rune) bool { return strings.ContainsRune(" \t\r\n,;，；、", r) }) {
		network, ok := networkOf(text)
		if !ok {
			return nil, faulty("networks", "write networks as 192.0.2.0/24 or 2001:db8::/32, and single addresses as 192.0.2.7")
		}
		list = append(list, network)
	}
	return list, nil
}

// networkOf reads a network or a single address.
func networkOf(text string) (string, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()).String(), true
	}
	p, err := netip.ParsePrefix(text)
	return p.String(), err == nil
}

// faulty is what the API would say of a field, if it came as far.
func faulty(field, detail string) *web.Problem {
	return &web.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: detail, Errors: []web.Fault{{Detail: detail, Pointer: "#/" + field}}}
}

// issued is a credential with its secret.
type issued struct {
	accountCredential

	Secret string `json:"secret"`
}

// showSecret answers a form with a secret. The page has no address of its own, so that nobody
// finds it in a history.
func (c *Console) showSecret(v *visit, p CredentialSecretPage) (string, error) {
	v.form = form{}
	c.render(v, http.StatusOK, p)
	return "", nil
}

func (c *Console) issueCredential(v *visit) (string, error) {
	in, err := v.terms(accountCredential{})
	if err != nil {
		return "", err
	}
	in["kind"] = v.value("kind")
	if v.checked("test") {
		in["test"] = true
	}
	var one issued
	if err := v.post(v.account("/credentials"), in, &one); err != nil {
		return "", err
	}
	return c.showSecret(v, CredentialSecretPage{Credential: one.accountCredential, Secret: one.Secret, Why: "issued"})
}

func (v *visit) credentialAPI(path string) string {
	return v.account("/credentials/" + url.PathEscape(v.r.PathValue("credential")) + path)
}

func (c *Console) changeCredential(v *visit) (string, error) {
	was, err := v.credential()
	if err != nil {
		return "", err
	}
	in, err := v.terms(was)
	if err != nil {
		return "", err
	}
	if err := v.put(v.credentialAPI(""), in, nil); err != nil {
		return "", err
	}
	return was.Path() + "?done=changed", nil
}

func (c *Console) revealCredential(v *visit) (string, error) {
	var one issued
	if err := v.post(v.credentialAPI("/secret"), nil, &one); err != nil {
		return "", err
	}
	return c.showSecret(v, CredentialSecretPage{Credential: one.accountCredential, Secret: one.Secret, Why: "shown"})
}

func (c *Console) rotateCredential(v *visit) (string, error) {
	var one issued
	if err := v.post(v.credentialAPI("/rotation"), map[string]int64{"overlap_seconds": v.number("overlap_seconds")}, &one); err != nil {
		return "", err
	}
	p := CredentialSecretPage{Credential: one.accountCredential, Secret: one.Secret, Why: "rotated"}
	// It may end before the overlap does. If it cannot be read, the page says nothing of it: the
	// secret is told now or never.
	if old, err := v.credential(); err == nil {
		p.OldEnds = old.ExpiresAt
	}
	return c.showSecret(v, p)
}

func (c *Console) revokeCredential(v *visit) (string, error) {
	if err := v.remove(v.credentialAPI("")); err != nil {
		return "", err
	}
	return credentialsPath + "?done=revoked", nil
}

// Overlaps are how long the old secret may go on.
func (CredentialPage) Overlaps() []choice {
	return []choice{
		{Value: "0", Label: "立即停用旧密钥"}, {Value: "3600", Label: "1 小时"}, {Value: "86400", Label: "24 小时", Chosen: true}, {Value: "604800", Label: "7 天"}, {Value: "2592000", Label: "30 天"},
	}
}

func credentialPreviews() []preview {
	main := accountCredential{ID: "c1", Kind: "appcode", Name: "正式环境", State: "active", CreatedAt: previewNow.AddDate(-1, 0, 0), LastUsed: previewNow.Add(-40 * time.Second)}
	signing := accountCredential{
		ID: "c2", Kind: "appkey", AppKey: "688783591", Name: "风控系统", State: "active", QPS: 20, Burst: 40, Daily: 50000, Networks: []string{"192.0.2.0/24", "198.51.100.7/32"},
		Products: []string{"1887"}, CreatedAt: previewNow.AddDate(0, -3, 0), ExpiresAt: previewNow.AddDate(1, 0, 0), LastUsed: previewNow.Add(-3 * time.Hour),
	}
	test := accountCredential{ID: "c3", Kind: "appcode", Name: "联调", Test: true, State: "active", CreatedAt: previewNow.AddDate(0, -1, 0)}
	old := accountCredential{ID: "c4", Kind: "key", State: "revoked", CreatedAt: previewNow.AddDate(-1, -2, 0), RevokedAt: previewNow.AddDate(-1, 0, 0), LastUsed: previewNow.AddDate(-1, 0, 0)}
	over := accountCredential{ID: "c5", Kind: "appcode", Name: "正式环境", State: "expired", CreatedAt: previewNow.AddDate(-1, -2, 0), ExpiresAt: previewNow.AddDate(-1, 0, 1)}
	products := []choice{{Value: "1887", Label: "银行卡四要素核验"}}
	chosen := []choice{{Value: "1887", Label: "银行卡四要素核验", Chosen: true}}
	return []preview{
		{name: "credentials", path: credentialsPath, page: CredentialsPage{Credentials: []accountCredential{test, signing, main, over, old}, Products: previewProducts(), Writes: true}},
		{name: "credentials-empty", path: credentialsPath, page: CredentialsPage{Writes: true}},
		{name: "credential", path: signing.Path(), page: CredentialPage{Credential: signing, Products: chosen, Done: "已保存，立即生效"}},
		{name: "credential-revoked", path: old.Path(), page: CredentialPage{Credential: old, Products: products}},
		{name: "credential-new", path: credentialsPath, page: NewCredentialPage{Products: products}},
		{name: "credential-new-refused", path: credentialsPath, page: NewCredentialPage{Products: chosen}, form: form{
			Values: map[string][]string{"_form": {"terms"}, "kind": {"appkey"}, "name": {"正式环境"}, "networks": {"192.0.2.1/24"}, "qps": {"20"}, "products": {"1887"}, "test": {"yes"}},
			Faults: map[string]string{"networks": "192.0.2.1/24 在前缀长度之后还有位；请写成 192.0.2.0/24，或只写该地址"},
		}},
		{name: "credential-secret", path: credentialsPath, page: CredentialSecretPage{Credential: main, Secret: "00112233445566778899aabbccddeeff", Why: "issued"}},
		{name: "credential-secret-rotated", path: credentialsPath, page: CredentialSecretPage{ //nolint:gosec // of nobody
			Credential: signing, Secret: "ffeeddccbbaa99887766554433221100", Why: "rotated", OldEnds: previewNow.AddDate(0, 0, 1),
		}},
	}
}
