package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
)

// mailed waits for the first message that a job puts into the mailbox of a demo.
func mailed(t *testing.T, data string) string {
	t.Helper()
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(data, "mailbox", "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			continue
		}
		if text, err := os.ReadFile(files[0]); err == nil && len(text) > 0 {
			return string(text)
		}
	}
	t.Fatal("nothing came into the mailbox")
	return ""
}

// registrant is a browser in which somebody has just registered by the mailbox of a demo.
type registrant struct {
	*http.Client

	t      *testing.T
	n      *node
	letter string // that brought the code
}

func (n *node) register(t *testing.T, data string) *registrant {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &registrant{Client: &http.Client{Jar: jar}, t: t, n: n}
	asked := b.post("/codes", `{"purpose":"signup","address":"zhang@example.com"}`, http.StatusCreated)
	b.letter = mailed(t, data)
	code := regexp.MustCompile(`\d{6}`).FindString(b.letter)
	b.post("/people", `{"code":"`+asked["id"].(string)+`","digits":"`+code+`","name":"张三丰","account_name":"三丰","password":"`+words+`"}`, http.StatusNoContent)
	return b
}

func (b *registrant) post(path, body string, want int) map[string]any {
	b.t.Helper()
	resp, err := b.Post(b.n.URL()+"/api/v1"+path, "application/json", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out)
	if resp.StatusCode != want {
		b.t.Fatalf("%s: %d %v", path, resp.StatusCode, out)
	}
	return out
}

func TestDemo_LetsABuyerRegisterByItsMailbox(t *testing.T) {
	c := settings(t)
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, KeyringInside: true})
	if err != nil {
		t.Fatal(err)
	}
	browser := n.register(t, c.Data)
	if !strings.HasPrefix(browser.letter, "To: zhang@example.com\nSubject: 注册验证码\n") {
		t.Errorf("the mailbox holds %q", browser.letter)
	}
	if code, _ := get(t, n.URL()+"/api/v1/me"); code != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", code)
	}
	resp, err := browser.Get(n.URL() + "/api/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("whoever registered: %d", resp.StatusCode)
	}
}

func TestServe_SaysWhatOfItsPostIsWrong(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const manifest = "name: a\nurl: https://sms.example/send\nsecrets: [token]\nform: {m: '{mobile}', t: '{text}', k: '{secret.token}'}\nsuccess: {path: code, is: '0'}\n"
	for _, tt := range []struct {
		name string
		set  func(*config.Notify)
		want string
	}{
		{"a password that is not there", func(n *config.Notify) {
			n.Mail = config.Mail{Host: "mail.example", Security: "tls", From: "a@b.cn", Username: "a", PasswordFile: filepath.Join(dir, "none")}
		}, "mail.password_file"},
		{"a manifest that is wrong", func(n *config.Notify) { n.SMS.ManifestFile = write("wrong.yaml", "name: A\n") }, "1:7: name: "},
		{"a secret that is not there", func(n *config.Notify) {
			n.SMS = config.SMS{ManifestFile: write("m.yaml", manifest), SecretsFolder: dir}
		}, "sms.secrets_folder"},
		{"mails in clear", func(n *config.Notify) {
			n.Mail = config.Mail{Host: "mail.example", Security: "none", From: "a@b.cn"}
		}, "in clear"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := settings(t)
			c.Notify = config.Default().Notify
			tt.set(&c.Notify)
			_, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, KeyringInside: true})
			if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
