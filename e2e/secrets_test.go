package e2e_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
)

// askTheSandbox asks about somebody with a test credential, by the own card and by those of
// every answer.
func (n *node) askTheSandbox(t *testing.T) person {
	t.Helper()
	p := invent(t, 1, demoSeed+2)[0]
	sandbox := newClient(n.url, n.demo.SandboxAppCode)
	for _, m := range append(magicCards(t), magic{Card: p.AccNo, Code: "10015", Message: "未查询到数据", Status: http.StatusOK}) {
		form := p.form()
		form.Set("acc_no", m.Card)
		a := sandbox.mustAsk(t, form)
		m.is(t, "somebody", a, timeless)
		p.unknownTo(t, a)
	}
	return p
}

// timeless is longer than any answer takes.
const timeless = 1 << 62

// unknownTo is that an answer tells nothing of a person.
func (p person) unknownTo(t *testing.T, a answer) {
	t.Helper()
	text := a.body
	for name, values := range a.header {
		text += name + ": " + strings.Join(values, ", ") + "\n"
	}
	for _, element := range []string{p.Name, p.IDCard, p.AccNo, p.Mobile} {
		if form := found(text, element); form != "" {
			t.Errorf("an answer %s tells an element %s", a.gateway(), form)
		}
	}
}

// askSigned sends all of a person's elements under signatures that are wrong, or right with
// something else that is wrong. The string that the server signed goes to its caller alone.
func (n *node) askSigned(t *testing.T) person {
	t.Helper()
	p := invent(t, 1, demoSeed+3)[0]
	send := func(r *http.Request) answer {
		t.Helper()
		a, err := newClient(n.url, "").send(r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	stranger := signer{n.demo.AppKey, another(n.demo.AppSecret)}
	r, text := stranger.request(t, n.url, p.form(), "X-Ca-Nonce", p.Mobile)
	told := send(r)
	if want := "Invalid Signature, Server StringToSign:`" + strings.ReplaceAll(text, "\n", "#") + "`"; told.header.Get("X-Ca-Error-Message") != want {
		t.Errorf("the caller is told %q", told.header.Get("X-Ca-Error-Message"))
	}
	if !strings.Contains(text, p.Name) || !strings.Contains(text, p.IDCard) || !strings.Contains(text, p.AccNo) || !strings.Contains(text, p.Mobile) {
		t.Errorf("the string to sign lacks an element: the test does not test that")
	}
	r, _ = stranger.request(t, n.url, n.demo.People[0].form()) // somebody else, right after
	p.unknownTo(t, send(r))

	other := md5.Sum([]byte("another body"))
	r, _ = n.signer().request(t, n.url, p.form(), "Content-MD5", base64.StdEncoding.EncodeToString(other[:]))
	if a := send(r); a.gateway() != "400 I400I5" {
		t.Errorf("a wrong MD5: %s", a.gateway())
	} else {
		p.unknownTo(t, a)
	}
	for _, want := range []string{"10015", nonceUsed} { // the nonce tells of the person as well
		r, _ = n.signer().request(t, n.url, p.form(), "X-Ca-Nonce", p.IDCard, "Idempotency-Key", p.AccNo)
		a := send(r)
		if got := a.result(); got != want && a.gateway() != want {
			t.Errorf("signed well: %s %s, want %s", a.gateway(), a.body, want)
		}
		p.unknownTo(t, a)
	}
	for range 200 { // who fails too often is not told any more
		r, _ = stranger.request(t, n.url, p.form())
		if told = send(r); told.status == http.StatusTooManyRequests {
			break
		}
	}
	if told.gateway() != "429 T429SR" {
		t.Errorf("200 wrong signatures: %s", told.gateway())
	}
	p.unknownTo(t, told)
	return p
}

// searchSecrets looks for every secret everywhere, also for the bytes that its digits spell.
func searchSecrets(t *testing.T, left, secrets map[string]string) {
	t.Helper()
	for what, secret := range secrets {
		if secret == "" {
			t.Errorf("%s is empty", what)
		}
		bytes, _ := hex.DecodeString(secret) // of a password none
		for where, text := range left {
			form := found(text, secret)
			if len(bytes) > 0 && strings.Contains(text, string(bytes)) {
				form = "as bytes"
			}
			if form != "" {
				t.Errorf("%s stands in %s (%s)", what, where, form)
			}
		}
	}
}

// handOut issues, rotates and shows secrets beside the running node, uses them and guesses
// at others. It gives all secrets, and what the commands said besides them.
func (n *node) handOut(t *testing.T, dir string, env []string) (secrets, said map[string]string) {
	t.Helper()
	secrets = map[string]string{
		"the AppCode": n.demo.AppCode, "the key": n.demo.Key, "the AppSecret": n.demo.AppSecret, "the sandbox's AppCode": n.demo.SandboxAppCode,
		"a guessed AppCode": "guess-for-an-appcode-93", "a guessed key": "guess-for-a-key-57",
		"the first password": "correct horse battery 1", "the password": "correct horse battery 2", "a wrong password": "wrong horse battery 3",
	}
	said = map[string]string{}
	run := func(in string, want int, args ...string) string {
		t.Helper()
		out, errs, exit := typed(t, env, in, append(args, "--data", dir)...)
		if exit != want {
			t.Fatalf("quartet %s: exit %d\n%s", strings.Join(args, " "), exit, errs)
		}
		said["beside the secrets"] += errs
		return strings.TrimSpace(out)
	}
	first, last, wrong := secrets["the first password"]+"\n", secrets["the password"]+"\n", secrets["a wrong password"]+"\n"
	said["operator add"] = run(first, 0, "operator", "add", "zhang")
	said["operator password"] = run(first+last, 0, "operator", "password", "zhang")
	said["a wrong password"] = run(wrong, 1, "operator", "password", "zhang")
	for _, kind := range []string{"appcode", "key", "appkey"} {
		c := issue(t, dir, env, "demo", "--kind", kind, "--name", "issued")
		secrets["an issued "+kind], secrets["another "+kind] = c.Secret, run("", 0, "credential", "add", "--account", "demo", "--kind", kind)
		secrets["a rotated "+kind] = run("", 0, "credential", "rotate", c.ID)
		if shown := run(last, 0, "credential", "show", c.ID, "--reason", "the buyer lost it"); shown != c.Secret {
			t.Errorf("another secret is shown: %q", shown)
		}
		run(wrong, 1, "credential", "show", c.ID, "--reason", "the buyer lost it")
		form := n.demo.People[0].form()
		switch kind {
		case "appcode":
			newClient(n.url, c.Secret).mustAsk(t, form)
			newClient(n.url, secrets["a guessed AppCode"]).mustAsk(t, form)
			newClient(n.url, "\t"+c.Secret+"\t"+secrets["a guessed AppCode"]).mustAsk(t, form)
		case "key":
			for _, key := range []string{c.Secret, secrets["a guessed key"]} {
				form.Set("key", key)
				newClient(n.url, "").mustAsk(t, form)
			}
			form.Set("key", c.Secret)
			form.Set("idcard", c.Secret) // where it does not belong
			newClient(n.url, "").mustAsk(t, form)
		case "appkey":
			r, _ := signer{c.AppKey, c.Secret}.request(t, n.url, form)
			if a, err := newClient(n.url, "").send(r); err != nil || a.Code == "" {
				t.Errorf("signed with the issued secret: %s %v", a.gateway(), err)
			}
		}
		run("", 0, "credential", "revoke", c.ID)
	}
	return secrets, said
}
