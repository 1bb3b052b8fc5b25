package cli_test

import (
	"strings"
	"testing"

	"quartet"
)

func TestOperatorLink_SaysAsWhomTheSignInServiceKnowsThem(t *testing.T) {
	dir := newAccountFolder(t)
	link := func(args ...string) outcome {
		return run(t, words+"\n", append([]string{"--data", dir, "operator", "link"}, args...)...)
	}
	for _, add := range []string{words, words + "\n" + other} {
		name, args := "zhang", []string{}
		if strings.Contains(add, other) {
			name, args = "li", []string{"--role", string(quartet.RoleTreasurer)}
		}
		if o := run(t, add, append([]string{"--data", dir, "operator", "add", name}, args...)...); o.code != 0 {
			t.Fatalf("%+v", o)
		}
	}
	if o := link("li", "--as", "zhang", "--claim", "email", "--value", "Li@example.com"); o.code != 0 || o.out != "the sign-in service vouches for li now\n" {
		t.Fatalf("%+v", o)
	}
	if last := audited(t, dir)[0]; !strings.HasPrefix(last, "zhang|operator.link|") || strings.Contains(strings.ToLower(last), "li@") {
		t.Errorf("the audit says %q", last)
	}
	for _, tt := range []struct {
		why, says string
		args      []string
	}{
		{"somebody else's", "another operator", []string{"zhang", "--as", "zhang", "--value", "li@example.com"}},
		{"another claim", "email or by sub", []string{"li", "--as", "zhang", "--claim", "name", "--value", "li"}},
		{"nothing", "--value is needed", []string{"li", "--as", "zhang"}},
		{"nobody", "no operator of that name", []string{"wang", "--as", "zhang", "--value", "w@example.com"}},
	} {
		if o := link(tt.args...); o.code == 0 || !strings.Contains(o.err, tt.says) {
			t.Errorf("%s: %+v", tt.why, o)
		}
	}
	if o := run(t, other+"\n", "--data", dir, "operator", "link", "li", "--as", "li", "--value", "x@example.com"); o.code != 1 || !strings.Contains(o.err, "li is treasurer and may not do this") {
		t.Errorf("by a treasurer: %+v", o)
	}
	if o := link("li", "--as", "zhang", "--value", ""); o.code != 0 || !strings.Contains(o.out, "no more") || !strings.Contains(audited(t, dir)[0], "operator.unlink") {
		t.Errorf("taken back: %+v", o)
	}
}
