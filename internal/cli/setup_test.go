package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSetup_RefusesPagesThatOthersCouldReadOnTheWay(t *testing.T) {
	dir := t.TempDir()
	o := run(t, "", "setup", "--web", "--web-listen", "0.0.0.0:0", "--config", filepath.Join(dir, "q.yaml"), "--data", filepath.Join(dir, "data"))
	if o.code != 2 || !strings.Contains(o.err, "passwords would cross the net in clear") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestSetup_SpeaksTheLanguageThatIsAsked(t *testing.T) {
	for lang, want := range map[string]string{"zh": "[1/8] 密钥与数据目录", "en": "[1/8] Keys and data folder"} {
		dir := t.TempDir()
		o := run(t, "", "setup", "--lang", lang, "--config", filepath.Join(dir, "q.yaml"), "--data", filepath.Join(dir, "data"))
		if o.code != 2 || !strings.Contains(o.out, want) {
			t.Errorf("%s: exit %d\n%s%s", lang, o.code, o.out, o.err)
		}
	}
}

// A flag that the settings file contradicts would be forgotten by the server.
func TestSetup_RefusesAFlagThatTheSettingsContradict(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "q.yaml")
	if err := os.WriteFile(file, []byte("data: /srv/one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := run(t, "", "setup", "--config", file, "--data", filepath.Join(dir, "two"))
	if o.code != 1 || !strings.Contains(o.err, "change one of them") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

func TestSetup_RefusesAnswersThatWouldBeMistaken(t *testing.T) {
	for _, tt := range []struct {
		name, answers string
		mode          os.FileMode
		want          string
	}{
		{"a code that YAML reads as octal", "factor: {code: 012345}", 0o600, `code of step factor must stand in quotes`},
		{"a password of digits", "administrator: {password: 938475610293}", 0o600, `password of step administrator must stand in quotes`},
		{"a step that is none", "shop: {name: Acme}", 0o600, "nothing asks for name of step shop"},
		{"a question that is none", "store: {kindd: sqlite}", 0o600, "nothing asks for kindd of step store"},
		{"a password that others can read", `administrator: {password: "` + "correct horse battery staple" + `"}`, 0o640, "run chmod 600"},
		{"a secret that others can read", `source: {secret.appcode: "planted"}`, 0o644, "run chmod 600"},
		{"plain answers that others can read", "store: {kind: sqlite}", 0o644, "an answer to"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "answers.yaml")
			if err := os.WriteFile(file, []byte(tt.answers), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
			o := run(t, "", "setup", "--answers", file, "--config", filepath.Join(dir, "q.yaml"), "--data", filepath.Join(dir, "data"))
			if o.code != 2 || !strings.Contains(o.err, tt.want) || strings.Contains(o.err, "938475610293") {
				t.Errorf("exit %d: %s", o.code, o.err)
			}
		})
	}
}

func TestSetup_RefusesAKeyOfThePagesThatEveryUserCanRead(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "web.key")
	if err := os.WriteFile(key, []byte("planted"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	o := run(t, "", "setup", "--web", "--web-listen", "127.0.0.1:0", "--web-cert", filepath.Join(dir, "web.pem"), "--web-key", key, "--config", filepath.Join(dir, "q.yaml"), "--data", filepath.Join(dir, "data"))
	if o.code != 1 || !strings.Contains(o.err, "every user can read it") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

func TestServe_TellsOfTheSetupInANewFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	args := []string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}
	s := start(t, nil, args...)
	s.await(t, "`quartet setup` makes an administrator")
	s.stop()
	if s = start(t, nil, args...); strings.Contains(s.log.String(), "quartet setup") {
		t.Error("it tells so again of a folder that is there")
	}
}
