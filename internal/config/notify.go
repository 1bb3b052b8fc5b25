package config

import (
	"net/url"
	"strings"
)

// Notify is how people are told things. Without a host no mail goes out, without a manifest
// no SMS.
type Notify struct {
	House string // the name that messages are signed with
	Site  string // where browsers find this house; empty: no passkeys
	Mail  Mail
	SMS   SMS
}

// Mail is where e-mails are handed over. The password is named by its file.
type Mail struct {
	Host         string
	Port         int // 0: what is usual for the security
	Security     string
	Username     string
	PasswordFile string
	From         string
}

// SMS is by whom text messages are sent.
type SMS struct {
	ManifestFile  string
	SecretsFolder string // of files that are named as the secrets of the manifest
}

func notifySettings() []Setting {
	return []Setting{
		text("house", "name of this house, with which messages are signed", func(c *Config) *string { return &c.Notify.House }),
		text("site", "address at which browsers find this house, such as https://shop.example; empty: no passkeys", func(c *Config) *string { return &c.Notify.Site }),
		text("mail.host", "mail server that takes our e-mails; empty: none are sent", func(c *Config) *string { return &c.Notify.Mail.Host }),
		number("mail.port", "port of the mail server; 0: 587, or 465 for tls", func(c *Config) *int { return &c.Notify.Mail.Port }),
		text("mail.security", "starttls, tls, or none for a mail server on this machine", func(c *Config) *string { return &c.Notify.Mail.Security }),
		text("mail.username", "name to sign in with at the mail server", func(c *Config) *string { return &c.Notify.Mail.Username }),
		text("mail.password_file", "file that holds the password for the mail server", func(c *Config) *string { return &c.Notify.Mail.PasswordFile }),
		text("mail.from", "address that e-mails come from", func(c *Config) *string { return &c.Notify.Mail.From }),
		text("sms.manifest_file", "file that describes the provider of SMS; empty: none are sent", func(c *Config) *string { return &c.Notify.SMS.ManifestFile }),
		text("sms.secrets_folder", "folder whose files, named as the secrets of the manifest, hold them", func(c *Config) *string { return &c.Notify.SMS.SecretsFolder }),
	}
}

// checkNotify finds what is set by half.
func (l *Loaded) checkNotify(bad func(key, format string, args ...any)) {
	n := l.Notify
	if n.House == "" {
		bad("house", "must be a name")
	}
	if u, err := url.Parse(n.Site); n.Site != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "") {
		bad("site", "must be an address such as https://shop.example")
	}
	switch n.Mail.Security {
	case "starttls", "tls", "none":
	default:
		bad("mail.security", "must be starttls, tls or none")
	}
	if n.Mail.Host != "" && n.Mail.From == "" {
		bad("mail.from", "is missing; a mail server needs it")
	}
	if n.Mail.Port < 0 || n.Mail.Port > 65535 {
		bad("mail.port", "must be from 0 to 65535")
	}
	if (n.Mail.Username == "") != (n.Mail.PasswordFile == "") {
		bad("mail.username", "mail.username and mail.password_file go together")
	}
}
