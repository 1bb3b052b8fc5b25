package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/config"
)

func TestValues_TellWhereEachComesFromAndNoSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "quartet.yaml")
	if err := os.WriteFile(file, []byte("log:\n  level: debug\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const secret = "open sesame"
	l, err := config.Load(config.Layers{
		File: file, Environ: []string{"QUARTET_DEADLINE=7s", "QUARTET_STORE=postgres://quartet@db/quartet", config.PasswordEnv + "=" + secret}, Flags: map[string]string{"drain": "9s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]config.Value{}
	for _, v := range l.Values() {
		if strings.Contains(fmt.Sprint(v.Text, v.Place, v.Help), secret) {
			t.Errorf("%s tells the secret", v.Key)
		}
		got[v.Key] = v
	}
	for key, want := range map[string]string{
		"log.level":      "debug|file|" + l.Origin["log.level"],
		"deadline":       "7s|environment|QUARTET_DEADLINE",
		"drain":          "9s|flag|--drain",
		"log.format":     "json|default|",
		"store_password": "|environment|" + config.PasswordEnv,
	} {
		v := got[key]
		if have := v.Text + "|" + v.From + "|" + v.Place; have != want || v.Secret != (key == "store_password") || !v.Set {
			t.Errorf("%s is %s %+v, want %s", key, have, v, want)
		}
	}
}
