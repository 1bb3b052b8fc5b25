package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"quartet"
	"quartet/internal/notify"
	"quartet/internal/password"
	"quartet/internal/person"
)

// mailboxFolder is where a demo puts what it would send, within the data folder.
const mailboxFolder = "mailbox"

// openPeople puts together who signs in for buyers, and how they are told things. A demo
// that has no mail server has its local mailbox instead.
func (h *House) openPeople(demo bool, w password.Work) error {
	set := h.Config.Notify
	o := notify.Options{House: set.House, Support: h.supportLines()}
	if set.Mail.Host != "" {
		m, err := h.mailServer()
		if err != nil {
			return err
		}
		o.Mailer = m
	}
	if set.SMS.ManifestFile != "" {
		t, err := h.smsProvider()
		if err != nil {
			return err
		}
		o.Texter = t
	}
	if demo && (o.Mailer == nil || o.Texter == nil) {
		box, err := notify.NewMailbox(filepath.Join(h.Config.Data, mailboxFolder), h.Now)
		if err != nil {
			return err
		}
		if o.Mailer == nil {
			o.Mailer = box
		}
		if o.Texter == nil {
			o.Texter = box
		}
	}
	h.Messages = notify.New(h.Store, h.Ring, o, h.Now)
	var err error
	h.People, err = person.New(h.Store, person.Options{Ring: h.Ring, Post: h.Messages, Firms: h.Firms, Now: h.Now, House: set.House, Site: set.Site, Passwords: w})
	return err
}

func (h *House) mailServer() (*notify.SMTP, error) {
	set := h.Config.Notify.Mail
	secret := ""
	if set.PasswordFile != "" {
		var err error
		if secret, err = secretFile("mail.password_file", set.PasswordFile); err != nil {
			return nil, err
		}
	}
	return notify.NewSMTP(notify.SMTPOptions{
		Host: set.Host, Port: set.Port, Security: notify.Security(set.Security), Username: set.Username, Password: secret,
		From: set.From, Name: h.Config.Notify.House,
	})
}

func (h *House) smsProvider() (*notify.HTTP, error) {
	set := h.Config.Notify.SMS
	text, err := os.ReadFile(set.ManifestFile)
	if err != nil {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "sms.manifest_file", Message: "the manifest of the SMS provider cannot be read", Cause: err}
	}
	m, err := notify.ParseManifest(text)
	if err != nil {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "sms.manifest_file", Message: fmt.Sprintf("%s:%v", set.ManifestFile, err), Cause: err}
	}
	secrets := map[string]string{}
	for _, name := range m.Secrets() {
		if secrets[name], err = secretFile("sms.secrets_folder", filepath.Join(set.SecretsFolder, name)); err != nil {
			return nil, err
		}
	}
	return notify.NewHTTP(m, secrets)
}

// secretFile reads a secret of one line, without repeating anything of it.
func secretFile(key, path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator says where it is
	if err != nil {
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: key, Message: fmt.Sprintf("%s: the file %s cannot be read", key, path), Cause: err}
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
