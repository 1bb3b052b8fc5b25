package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/store/pgtest"
)

// visitor is somebody at the management API.
type visitor struct {
	t    *testing.T
	http *http.Client
	url  string
}

func (n *node) visitor() *visitor {
	n.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		n.t.Fatal(err)
	}
	return &visitor{n.t, &http.Client{Jar: jar}, n.url + "/api/v1"}
}

// ask sends a body, if there is one, as JSON and wants a status.
func (v *visitor) ask(status int, method, path string, body any) string {
	v.t.Helper()
	var in io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			v.t.Fatal(err)
		}
		in = strings.NewReader(string(text))
	}
	req, err := http.NewRequest(method, v.url+path, in)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if resp.StatusCode != status {
		v.t.Fatalf("%s %s: %d %s, want %d", method, path, resp.StatusCode, text, status)
	}
	return string(text)
}

// got is what a visitor is answered, decoded.
func got[T any](v *visitor, status int, method, path string, body any) (out T) {
	v.t.Helper()
	text := v.ask(status, method, path, body)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		v.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
	return out
}

// operator adds an operator on the command line and signs in.
func (n *node) operator(dir string, env []string) *visitor {
	n.t.Helper()
	if _, errs, exit := typed(n.t, env, words+"\n", "operator", "add", "zhang", "--data", dir); exit != 0 {
		n.t.Fatalf("operator add: exit %d %s", exit, errs)
	}
	v := n.visitor()
	v.ask(http.StatusNoContent, http.MethodPost, "/session/operator", map[string]string{"name": "zhang", "password": words})
	return v
}

// engines are the databases that a shop runs on, as settings of a node.
func engines(t *testing.T) map[string][]string {
	return map[string][]string{
		"SQLite":     environ(guardOff),
		"PostgreSQL": environ(guardOff, "QUARTET_STORE="+pgtest.Shared(t).NewDatabase(t)),
	}
}

func TestShop_IsRunOverTheManagementAPI(t *testing.T) {
	t.Parallel()
	for engine, env := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			n := startDemo(t, dir, env)
			n.visitor().ask(http.StatusUnauthorized, http.MethodGet, "/accounts", nil)
			zhang := n.operator(dir, env)

			type account struct {
				ID   string `json:"id"`
				Name string `json:"name"`
			}
			acme := got[account](zhang, http.StatusCreated, http.MethodPost, "/accounts", account{ID: "acme", Name: "Acme"})
			type secret struct{ ID, Secret string }
			issued := got[secret](zhang, http.StatusCreated, http.MethodPost, "/accounts/"+acme.ID+"/credentials", map[string]any{"kind": "appcode"})
			if again := got[secret](zhang, http.StatusOK, http.MethodPost, "/accounts/acme/credentials/"+issued.ID+"/secret", map[string]string{"reason": "the buyer lost it"}); again.Secret != issued.Secret {
				t.Error("the secret that is shown again is another one")
			}
			buyer := newClient(n.url, issued.Secret)
			if a := buyer.mustAsk(t, n.demo.People[0].form()); a.gateway() != "403 I403AA" {
				t.Errorf("who has bought nothing: %d %s %s", a.status, a.gateway(), a.body)
			}
			zhang.ask(http.StatusNoContent, http.MethodDelete, "/accounts/acme/credentials/"+issued.ID, nil)
			if a := buyer.mustAsk(t, n.demo.People[0].form()); a.gateway() != "400 A400AC" {
				t.Errorf("by what was revoked: %d %s %s", a.status, a.gateway(), a.body)
			}

			n.kill()
			n = startDemo(t, dir, env)
			zhang.url = n.url + "/api/v1"
			list := got[struct{ Items []account }](zhang, http.StatusOK, http.MethodGet, "/accounts", nil) // still signed in
			if len(list.Items) != 2 {
				t.Errorf("accounts after the crash: %+v", list)
			}
			zhang.ask(http.StatusNoContent, http.MethodDelete, "/session", nil)
			zhang.ask(http.StatusUnauthorized, http.MethodGet, "/accounts", nil)
			if log := n.log.String(); strings.Contains(log, issued.Secret) || strings.Contains(log, words) {
				t.Errorf("the log tells a secret:\n%s", log)
			}
		})
	}
}

func TestShop_IsUnderstoodByAClientGeneratedFromItsDescription(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff)
	n := startDemo(t, dir, env)
	n.operator(dir, env)
	if _, errs, exit := typed(t, env, words+"\n"+words+"\n", "operator", "add", "li", "--role", "treasurer", "--data", dir); exit != 0 {
		t.Fatalf("operator add: exit %d %s", exit, errs)
	}
	description, err := filepath.Abs("../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	program := t.TempDir()
	if err := os.CopyFS(program, os.DirFS("clients/openapi")); err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(map[string]any{"URL": n.url, "Name": "zhang", "Password": words, "Treasurer": "li", "Mailbox": filepath.Join(dir, "mailbox"), "Person": map[string]string{
		"Name": n.demo.People[0].Name, "IDCard": n.demo.People[0].IDCard, "AccNo": "6200000000000000018", "Mobile": n.demo.People[0].Mobile,
		"Card": n.demo.People[0].AccNo,
	}})
	if err != nil {
		t.Fatal(err)
	}
	var said []byte
	for _, line := range [][]string{
		{"mod", "download"},
		{"tool", "ogen", "--target", "quartet", "--package", "quartet", "--clean", "--loglevel", "error", description},
		{"run", "."},
	} {
		cmd := exec.Command("go", line...)
		cmd.Dir, cmd.Stdin = program, strings.NewReader(string(in))
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
		var errs strings.Builder
		cmd.Stderr = &errs
		if said, err = cmd.Output(); err != nil {
			t.Fatalf("go %s: %v\n%s%s", strings.Join(line, " "), err, said, errs.String())
		}
	}
	if want := "zhang administrator, 1 products, answered 10000; trial paid, answered 10000, refund of 50000 fen done, 5 stars, 1209 units remain\n"; string(said) != want {
		t.Errorf("it says %q, want %q", said, want)
	}
}
