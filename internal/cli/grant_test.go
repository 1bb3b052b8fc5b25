package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// Whoever extends a grant wants no unit to end earlier, and says until when.
func TestGrantExtend_OnlyEverMovesTheEndLater(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "--id", "acme", "Acme")
	grant := must(t, "--data", dir, "grant", "add", "--account", "acme", "--units", "9", "--expires", "2090-06-30")
	end := func() string {
		list := must(t, "--data", dir, "grant", "list", "--json")
		_, rest, _ := strings.Cut(list, `"expires_at":"`)
		return rest[:len("2090-07-01")]
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"without an end", nil, "give --expires or --years"},
		{"with two ends", []string{"--years", "1", "--expires", "2091-01-01"}, "not both"},
		{"to an earlier end", []string{"--expires", "2090-06-29"}, "ends 2090-07-01 00:00:00"},
		{"to fewer years", []string{"--years", "1"}, "ends 2090-07-01 00:00:00"},
		{"into the past", []string{"--expires", "2020-01-01"}, "is over"},
		{"for no years", []string{"--years", "0"}, "--years must be from 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := run(t, "", append([]string{"--data", dir, "grant", "extend", grant}, tt.args...)...)
			if o.code != 2 || !strings.Contains(o.err, tt.want) {
				t.Errorf("%+v, want exit 2 and %q", o, tt.want)
			}
			if got := end(); got != "2090-07-01" {
				t.Errorf("it ends %s now", got)
			}
		})
	}
	must(t, "--data", dir, "grant", "extend", grant, "--expires", "2090-12-31")
	if got := end(); got != "2091-01-01" {
		t.Errorf("it ends %s", got)
	}
	if o := run(t, "", "--data", dir, "grant", "extend", "none", "--years", "1"); o.code != 1 || !strings.Contains(o.err, "no grant") {
		t.Errorf("%+v", o)
	}
}
