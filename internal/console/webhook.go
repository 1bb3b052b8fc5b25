package console

import (
	"net/http"
	"net/url"
	"time"

	"quartet/internal/web"
)

// ownWebhook is a program of the account that is told what happens.
type ownWebhook struct {
	ID          string    `json:"id"`
	URL         string    `json:"url"`
	Enabled     bool      `json:"enabled"`
	DisabledAt  time.Time `json:"disabled_at"`
	DisabledWhy string    `json:"disabled_reason"`
	Failing     time.Time `json:"failing_since"`
	SecretAt    time.Time `json:"secret_at"`
	OldUntil    time.Time `json:"old_secret_until"`
	CreatedAt   time.Time `json:"created_at"`
}

// Path is where it is shown.
func (w ownWebhook) Path() string { return webhooksPath + "/" + url.PathEscape(w.ID) }

// WhyWords are why it is disabled.
func (w ownWebhook) WhyWords() string {
	if w.DisabledWhy == "by its owner" {
		return "由成员停用"
	}
	return "连续多天未能送达，已自动停用"
}

// WebhooksPage lists the webhooks of an account, and names new ones.
type WebhooksPage struct {
	Webhooks []ownWebhook
	Writes   bool
	Done     string
}

func (WebhooksPage) template() string { return "webhooks" }
func (WebhooksPage) title() string    { return "Webhook" }

// WebhookPage is one webhook with what was sent to it.
type WebhookPage struct {
	Webhook ownWebhook
	Log     []sentEvent // newest first
	Next    string      // address of the following page
	Writes  bool
	Old     bool // the secret before still signs
	Done    string
}

func (WebhookPage) template() string { return "webhook" }
func (WebhookPage) title() string    { return "Webhook 详情" }

// Overlaps are how long the old secret may sign too.
func (WebhookPage) Overlaps() []choice {
	return []choice{
		{Value: "0", Label: "立即停用旧密钥"}, {Value: "60", Label: "1 小时"}, {Value: "1440", Label: "24 小时", Chosen: true}, {Value: "10080", Label: "7 天"},
	}
}

// WebhookSecretPage shows the secret of a webhook, once.
type WebhookSecretPage struct {
	Webhook ownWebhook
	Secret  string
	Rotated bool
}

func (WebhookSecretPage) template() string { return "webhooksecret" }
func (WebhookSecretPage) title() string    { return "请保存密钥" }

// webhookSecret is a webhook with its secret.
type webhookSecret struct {
	ownWebhook

	Secret string `json:"secret"`
}

func (v *visit) webhooks() ([]ownWebhook, error) { return all[ownWebhook](v, v.account("/webhooks")) }

// webhook finds the webhook that the path names.
func (v *visit) webhook() (ownWebhook, error) {
	mine, err := v.webhooks()
	if err != nil {
		return ownWebhook{}, err
	}
	for _, w := range mine {
		if w.ID == v.r.PathValue("webhook") {
			return w, nil
		}
	}
	return ownWebhook{}, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

func (v *visit) webhookAPI(path string) string {
	return v.account("/webhooks/" + url.PathEscape(v.r.PathValue("webhook")) + path)
}

func (c *Console) webhooksPage(v *visit) (page, error) {
	p := WebhooksPage{Writes: v.who().May("credential.write"), Done: v.done(map[string]string{"removed": "Webhook 已删除，不再发送"})}
	var err error
	p.Webhooks, err = v.webhooks()
	return p, err
}

func (c *Console) webhookPage(v *visit) (page, error) {
	w, err := v.webhook()
	if err != nil {
		return nil, err
	}
	p := WebhookPage{Webhook: w, Writes: v.who().May("credential.write"), Old: w.OldUntil.After(c.o.Now()), Done: v.done(map[string]string{
		"moved": "地址已保存", "enabled": "已启用", "disabled": "已停用，不再发送", "tested": "测试消息已发出，几秒后刷新可看到结果", "replayed": "已重新发送，几秒后刷新可看到结果",
	})}
	p.Log, p.Next, err = v.deliveries(w)
	return p, err
}

func (c *Console) addWebhook(v *visit) (string, error) {
	var made webhookSecret
	if err := v.post(v.account("/webhooks"), map[string]string{"url": v.value("url")}, &made); err != nil {
		return "", err
	}
	return c.showWebhookSecret(v, WebhookSecretPage{made.ownWebhook, made.Secret, false})
}

// showWebhookSecret answers a form with a secret, at no address of its own.
func (c *Console) showWebhookSecret(v *visit, p WebhookSecretPage) (string, error) {
	v.form = form{}
	c.render(v, http.StatusOK, p)
	return "", nil
}

// changeWebhook lets a webhook lead elsewhere, or disables or enables it where it is.
func (c *Console) changeWebhook(v *visit) (string, error) {
	was, err := v.webhook()
	if err != nil {
		return "", err
	}
	to, enabled, done := was.URL, was.Enabled, "moved"
	switch v.value("do") {
	case "enable":
		enabled, done = true, "enabled"
	case "disable":
		enabled, done = false, "disabled"
	default:
		to = v.value("url")
	}
	err = v.put(v.webhookAPI(""), map[string]any{"url": to, "enabled": enabled}, nil)
	return was.Path() + "?done=" + done, err
}

func (c *Console) rotateWebhook(v *visit) (string, error) {
	var made webhookSecret
	if err := v.post(v.webhookAPI("/secret"), map[string]int64{"overlap_minutes": v.number("overlap_minutes")}, &made); err != nil {
		return "", err
	}
	return c.showWebhookSecret(v, WebhookSecretPage{made.ownWebhook, made.Secret, true})
}

func (c *Console) removeWebhook(v *visit) (string, error) {
	return webhooksPath + "?done=removed", v.remove(v.webhookAPI(""))
}

func (c *Console) testWebhook(v *visit) (string, error) {
	return webhooksPath + "/" + url.PathEscape(v.r.PathValue("webhook")) + "?done=tested", v.post(v.webhookAPI("/test"), nil, nil)
}

func previewWebhooks() []ownWebhook {
	return []ownWebhook{
		{ID: "w1", URL: "https://hooks.example.com/quartet/alerts", Enabled: true, SecretAt: previewNow.AddDate(0, -2, 0), CreatedAt: previewNow.AddDate(0, -2, 0)},
		{ID: "w2", URL: "https://risk.example.com/events", Enabled: true, Failing: previewNow.Add(-5 * time.Hour), SecretAt: previewNow.AddDate(0, 0, -1), OldUntil: previewNow.AddDate(0, 0, 6), CreatedAt: previewNow.AddDate(0, -1, 0)},
		{ID: "w3", URL: "https://old.example.com/events", DisabledAt: previewNow.AddDate(0, 0, -9), DisabledWhy: "nothing came through for days", SecretAt: previewNow.AddDate(-1, 0, 0), CreatedAt: previewNow.AddDate(-1, 0, 0)},
	}
}

func webhookPreviews() []preview {
	all := previewWebhooks()
	const secret = "whsec_000102030405060708090a0b0c0d0e0f"
	return []preview{
		{name: "webhooks", path: webhooksPath, page: WebhooksPage{Webhooks: all, Writes: true}},
		{name: "webhooks-empty", path: webhooksPath, page: WebhooksPage{Writes: true}},
		{name: "webhooks-refused", path: webhooksPath, page: WebhooksPage{Webhooks: all[:1], Writes: true}, form: form{
			Values: url.Values{"url": {"http://hooks.example.com"}}, Faults: map[string]string{"url": "必须以 https:// 开头"},
		}},
		{name: "webhook", path: all[1].Path(), page: WebhookPage{Webhook: all[1], Log: previewDeliveries(), Next: all[1].Path() + "?after=d1", Writes: true, Old: true, Done: "测试消息已发出，几秒后刷新可看到结果"}},
		{name: "webhook-disabled", path: all[2].Path(), page: WebhookPage{Webhook: all[2], Writes: true}},
		{name: "webhook-secret", path: webhooksPath, page: WebhookSecretPage{all[0], secret, false}},
		{name: "webhook-secret-rotated", path: all[1].Path(), page: WebhookSecretPage{all[1], secret, true}},
	}
}
