package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"quartet/internal/operator"
	"quartet/internal/seal"
	"quartet/internal/store"
)

// enrol gives an operator of a folder that nobody has open a second factor, as the API does.
func enrol(t *testing.T, dir, name string) (secret string, recovery []string) {
	t.Helper()
	ring, err := seal.Open(filepath.Join(filepath.Dir(dir), "quartet.keyring"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Macs: ring.Macs("audit")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	roster := operator.New(s, ring, func() time.Time { return time.Now().Add(-time.Minute) }) // so that the code of now is another one
	o, err := roster.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	n, err := roster.Enrolment(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if recovery, err = roster.Enrol(t.Context(), o.ID, n.Ticket, code(t, n.Secret, -time.Minute)); err != nil {
		t.Fatal(err)
	}
	return n.Secret, recovery
}

func code(t *testing.T, secret string, later time.Duration) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, time.Now().Add(later))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOperators_ProveTheirSecondFactorToo(t *testing.T) {
	dir := newAccountFolder(t)
	must(t, "--data", dir, "credential", "add", "--account", "acme", "--name", "main")
	show := []string{"--data", dir, "credential", "show", credentials(t, dir)[0].ID, "--reason", "the buyer lost it"}
	if o := run(t, words, "--data", dir, "operator", "add", "zhang"); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	secret, recovery := enrol(t, dir, "zhang")
	test := func(t *testing.T, later time.Duration, spare string) {
		refused := func(why, in, says string, args ...string) {
			t.Helper()
			if o := run(t, in, args...); o.code == 0 || o.out != "" || !strings.Contains(o.err, says) {
				t.Errorf("%s: %+v", why, o)
			}
		}
		refused("without a code", words+"\n", "a code of the second factor is needed on standard input", show...)
		refused("with another code", words+"\n000000\n", "the code is wrong", show...)
		refused("with another password", "not the password\n000000\n", "the name or the password is wrong", show...)
		good := code(t, secret, later)
		o, asked := ask(t, []string{words, good}, show...)
		if o.code != 0 || strings.Join(asked, "|") != "Password of zhang: |Code of the authenticator app, or a recovery code: " {
			t.Fatalf("%+v, asked %q", o, asked)
		}
		refused("with the code again", words+"\n"+good+"\n", "used", show...)
		refused("to change the password", words+"\n"+other+"\n", "the code is wrong", "--data", dir, "operator", "password", "zhang")
		if o := run(t, words+"\n "+spare+" \n", show...); o.code != 0 {
			t.Errorf("with a recovery code: %+v", o)
		}
		refused("with the recovery code again", words+"\n"+spare+"\n", "the code is wrong", show...)
		for _, entry := range audited(t, dir) {
			if strings.Contains(entry, good) || strings.Contains(entry, spare) {
				t.Errorf("the audit says %q", entry)
			}
		}
	}
	t.Run("without a server", func(t *testing.T) { test(t, 0, recovery[0]) })
	t.Run("beside a server", func(t *testing.T) {
		start(t, nil, serveArgs(dir)...)
		test(t, 30*time.Second, recovery[1]) // the code of the next half minute is taken already, and not used yet
	})
}
