package config

import "time"

// Webhook is how programs of buyers are told what happens.
type Webhook struct {
	Private bool          // their URLs may lead to this machine and to private networks
	Wait    time.Duration // after the first failure
}

func webhookSettings() []Setting {
	return []Setting{
		flag("webhook.private", "let webhooks of buyers lead to this machine, also over plain HTTP, and to private networks", func(c *Config) *bool { return &c.Webhook.Private }),
		duration("webhook.wait", "how long after a first failure a webhook is tried again; the wait doubles, up to an hour", func(c *Config) *time.Duration { return &c.Webhook.Wait }),
	}
}

// checkWebhook finds waits that are none.
func (l *Loaded) checkWebhook(bad func(key, format string, args ...any)) {
	if l.Webhook.Wait < 100*time.Millisecond || l.Webhook.Wait > time.Hour {
		bad("webhook.wait", "must be from 100ms to 1h")
	}
}
