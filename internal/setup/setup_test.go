package setup_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"quartet"
	"quartet/internal/password"
	"quartet/internal/setup"
	"quartet/internal/simulator"
	"quartet/internal/source/httpjson"
)

const words = "correct horse battery staple"

// place is where a house is set up: a folder for its settings, one for its data, and one for
// its keys.
type place struct {
	t     *testing.T
	dir   string
	mount func(string) string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return &place{t: t, dir: t.TempDir(), mount: func(string) string { return "" }}
}

func (p *place) path(name string) string { return filepath.Join(p.dir, name) }

// run begins a run, as a new process would.
func (p *place) run() *setup.Setup {
	p.t.Helper()
	s, err := setup.Open(setup.Options{
		File: p.path("quartet.yaml"), Dir: p.dir, By: "command line (zhang)", User: "zhang", Version: "test",
		Flags: map[string]string{"data": p.path("data")}, Passwords: password.Work{MemoryKiB: 64, Iterations: 1}, Mount: p.mount,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.Close() })
	return s
}

// usual is what somebody answers who takes what is offered.
func usual(t *testing.T) map[setup.Name]setup.Answers {
	t.Helper()
	return map[setup.Name]setup.Answers{
		setup.Administrator: {"name": "zhang", "password": words},
		setup.Factor:        {"password": words},
		setup.Buyer:         {"name": "Acme Air"},
		setup.Address:       {"listen": "127.0.0.1:0"},
	}
}

// take answers a step: with what is said, else with what is offered.
func take(ctx context.Context, s *setup.Setup, name setup.Name, said setup.Answers) (setup.Outcome, error) {
	given := setup.Answers{}
	for {
		questions, err := s.Ask(ctx, name, given)
		if err != nil {
			return setup.Outcome{}, err
		}
		if len(questions) == 0 {
			return s.Act(ctx, name, given)
		}
		for _, q := range questions {
			answer, ok := said[q.Key]
			switch {
			case ok:
			case q.Enrolment != nil:
				if answer, err = totp.GenerateCode(q.Enrolment.Secret, time.Now()); err != nil {
					return setup.Outcome{}, err
				}
			default:
				answer = q.Default
			}
			given[q.Key] = answer
		}
	}
}

// upTo takes all steps before one.
func upTo(t *testing.T, s *setup.Setup, end setup.Name, answers map[setup.Name]setup.Answers) {
	t.Helper()
	for range 20 {
		name, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if name == end || name == "" {
			return
		}
		if _, err := take(t.Context(), s, name, answers[name]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	t.Fatalf("%q is never reached", end)
}

func names(t *testing.T, s *setup.Setup) (done []setup.Name) {
	t.Helper()
	steps, err := s.Steps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range steps {
		if one.Done {
			done = append(done, one.Name)
		}
	}
	return done
}

// tree is what lies in a folder, but for the store's own files, which a look touches too.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	list := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "quartet.db") || strings.Contains(path, "/registry/") || strings.HasSuffix(path, ".lock") {
			return err
		}
		text, err := os.ReadFile(path)
		list[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSetup_MakesAHouseAndChangesNothingTheSecondTime(t *testing.T) {
	p := newPlace(t)
	s := p.run()
	var shown int
	for range 20 {
		name, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if name == "" {
			break
		}
		out, err := take(t.Context(), s, name, usual(t)[name])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		shown += len(out.Once)
	}
	if shown != 2 {
		t.Errorf("%d things were shown once, want recovery codes and an AppCode", shown)
	}
	if end := s.End(); end.Command != "quartet serve --config "+p.path("quartet.yaml") || !strings.HasSuffix(end.Sites[0].Value, "/communication/personal/1887") {
		t.Errorf("%+v", end)
	}
	_ = s.Close()

	for _, name := range []string{"quartet.yaml", "quartet.keyring"} {
		if info, err := os.Stat(p.path(name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(p.path("data")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data folder: %v, %v", info.Mode(), err)
	}
	before := tree(t, p.dir)
	again := p.run()
	if next, err := again.Next(t.Context()); err != nil || next != "" {
		t.Errorf("the second run asks for %q, %v", next, err)
	}
	if _, err := take(t.Context(), again, setup.Administrator, setup.Answers{"name": "li", "password": words}); err == nil {
		t.Error("a step that is done was done again")
	}
	_ = again.Close()
	for path, text := range tree(t, p.dir) {
		if before[path] != text {
			t.Errorf("%s changed", path)
		}
	}
}

// Each step in a run of its own is what kills between the steps leave. Only that an empty
// registry was chosen is not to be seen afterwards, and is asked once more with the buyer.
func TestSetup_GoesOnAfterEachStep(t *testing.T) {
	p := newPlace(t)
	var done []setup.Name
	for range 8 {
		s := p.run()
		name, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if name == setup.Source && slices.Contains(done, name) {
			upTo(t, s, setup.Buyer, usual(t))
			name = setup.Buyer
		}
		if name == "" {
			_ = s.Close()
			break
		}
		if _, err := take(t.Context(), s, name, usual(t)[name]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		done = append(done, name)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := []setup.Name{setup.Keys, setup.Store, setup.Address, setup.Administrator, setup.Factor, setup.Source, setup.Buyer}
	if !slices.Equal(done, want) {
		t.Errorf("the runs did %v", done)
	}
	if next, err := p.run().Next(t.Context()); err != nil || next != "" {
		t.Errorf("%q is left, %v", next, err)
	}
}

func TestSetup_RefusesWhatIsNotSafe(t *testing.T) {
	for _, tt := range []struct {
		name   string
		step   setup.Name
		said   setup.Answers
		before func(p *place)
		want   string
	}{
		{"a keyring inside the data folder", setup.Keys, setup.Answers{"keyring": "data/keys"}, nil, "inside the data folder"},
		{"a keyring on a shared mount", setup.Keys, nil, func(p *place) { p.mount = func(string) string { return "NFS" } }, "shared mount (NFS)"},
		{"a data folder that others can open", setup.Keys, nil, func(p *place) { _ = os.Mkdir(p.path("data"), 0o755); _ = os.Chmod(p.path("data"), 0o755) }, "run chmod 700"},
		{"a keyring that others can read", setup.Keys, nil, func(p *place) { _ = os.WriteFile(p.path("quartet.keyring"), []byte("{}"), 0o644) }, "chmod 600"},
		{"a data folder of a demo", setup.Keys, nil, func(p *place) {
			_ = os.Mkdir(p.path("data"), 0o700)
			_ = os.WriteFile(p.path("data/quartet.keyring"), nil, 0o600)
		}, "as a demo does"},
		{"SQLite on a shared mount", setup.Store, nil, func(p *place) {
			p.mount = func(path string) string {
				if strings.HasSuffix(path, "data") {
					return "CIFS"
				}
				return ""
			}
		}, "shared mount (CIFS)"},
		{"a database that is not there", setup.Store, setup.Answers{"kind": "postgres", "url": "postgres://nobody@127.0.0.1:1/none"}, nil, "the database cannot be used"},
		{"a password in the address of the database", setup.Store, setup.Answers{"kind": "postgres", "url": "postgres://nobody:secret@127.0.0.1/none"}, nil, "carries a password"},
		{"plain HTTP on a public address", setup.Address, setup.Answers{"listen": "0.0.0.0:8080"}, nil, "plain HTTP"},
		{"plain HTTP on a public address behind a proxy", setup.Address, setup.Answers{"way": "proxy", "site": "https://api.example", "listen": "0.0.0.0:8080"}, nil, "plain HTTP"},
		{"a public address without TLS", setup.Address, setup.Answers{"way": "proxy", "site": "http://api.example"}, nil, "begins with https://"},
		{"a proxy that is everybody", setup.Address, setup.Answers{"way": "proxy", "site": "https://api.example", "listen": "127.0.0.1:0", "proxies": "0.0.0.0/0"}, nil, "never all of them"},
		{"no certificate", setup.Address, setup.Answers{"way": "tls", "cert": "none.pem", "key": "none.pem"}, nil, "cannot read the certificate"},
		{"a certificate that has expired", setup.Address, setup.Answers{"way": "tls", "cert": "old.pem", "key": "old.key"}, func(p *place) { p.certificate("old", -time.Hour) }, "has expired"},
		{"the key of another certificate", setup.Address, setup.Answers{"way": "tls", "cert": "a.pem", "key": "b.key"}, func(p *place) { p.certificate("a", time.Hour); p.certificate("b", time.Hour) }, "no pair"},
		{"a key that every user can read", setup.Address, setup.Answers{"way": "tls", "cert": "a.pem", "key": "a.key"}, func(p *place) { p.certificate("a", time.Hour); _ = os.Chmod(p.path("a.key"), 0o644) }, "every user can read it"},
		{"a certificate of another name", setup.Address, setup.Answers{"way": "tls", "cert": "a.pem", "key": "a.key", "site": "https://other.example", "listen": "127.0.0.1:0"}, func(p *place) { p.certificate("a", time.Hour) }, "is not of other.example"},
		{"a short password", setup.Administrator, setup.Answers{"password": "short"}, nil, "12 to 128 characters"},
		{"a password of one character", setup.Administrator, setup.Answers{"password": "aaaaaaaaaaaaaaaa"}, nil, "easily guessed"},
		{"a password that counts", setup.Administrator, setup.Answers{"password": "1234567890123"}, nil, "easily guessed"},
		{"a password that is the name", setup.Administrator, setup.Answers{"name": "zhangsanfeng1", "password": "zhangsanfeng1"}, nil, "is the name"},
		{"a password that is the name with a year", setup.Administrator, setup.Answers{"name": "zhangsan", "password": "zhangsan2026"}, nil, "easily guessed"},
		{"a wrong code", setup.Factor, setup.Answers{"password": words, "code": "000000"}, nil, "not the code"},
		{"a simulator that nobody insists on", setup.Source, setup.Answers{"source": "sim"}, nil, "was not added"},
		{"a supplier without its secret", setup.Source, setup.Answers{"source": "juhe"}, nil, "lacks"},
		{"a buyer without a name", setup.Buyer, setup.Answers{"name": ""}, nil, "1 to 100 characters"},
		{"a buyer with no units", setup.Buyer, setup.Answers{"name": "Acme", "units": "0"}, nil, "whole number from 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t)
			if tt.before != nil {
				tt.before(p)
			}
			s := p.run()
			upTo(t, s, tt.step, usual(t))
			before := names(t, s)
			_, err := take(t.Context(), s, tt.step, tt.said)
			var refusal *setup.Refusal
			if !errors.As(err, &refusal) || !strings.Contains(refusal.English, tt.want) || refusal.Chinese == "" {
				t.Fatalf("%v, want a refusal with %q", err, tt.want)
			}
			if got := names(t, s); !slices.Equal(got, before) {
				t.Errorf("done is %v, was %v", got, before)
			}
			if _, err := take(t.Context(), s, tt.step, usual(t)[tt.step]); err != nil && tt.before == nil {
				t.Errorf("a safe answer is not taken behind it: %v", err)
			}
		})
	}
}

func TestSetup_RefusesASimulatorWhereOthersCall(t *testing.T) {
	p := newPlace(t)
	p.certificate("a", time.Hour)
	s := p.run()
	answers := usual(t)
	answers[setup.Address] = setup.Answers{"way": "tls", "cert": "a.pem", "key": "a.key", "site": "https://api.example", "listen": "127.0.0.1:0"}
	upTo(t, s, setup.Source, answers)
	_, err := take(t.Context(), s, setup.Source, setup.Answers{"source": "sim", "sure": "yes"})
	if err == nil || !strings.Contains(err.Error(), "no simulator") {
		t.Errorf("%v", err)
	}
	if end := s.End(); end.Sites[0].Value != "https://api.example/communication/personal/1887" {
		t.Errorf("%+v", end)
	}
}

func TestSetup_OffersNoSimulatorFirst(t *testing.T) {
	s := newPlace(t).run()
	upTo(t, s, setup.Source, usual(t))
	questions, err := s.Ask(t.Context(), setup.Source, nil)
	if err != nil || len(questions) != 1 || questions[0].Default == "sim" || questions[0].Choices[len(questions[0].Choices)-1].Value != "sim" {
		t.Errorf("%+v, %v", questions, err)
	}
}

func TestSetup_TakesASupplierAndRestsTheEmptyRegistry(t *testing.T) {
	s := newPlace(t).run()
	upTo(t, s, setup.Source, usual(t))
	out, err := take(t.Context(), s, setup.Source, setup.Answers{"source": "market", "url": "https://market.invalid", "secret.appcode": "planted-0123456789abcdef", "price": "0.25"})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, one := range out.Said {
		said = append(said, one.English)
	}
	if text := strings.Join(said, "\n"); !strings.Contains(text, "nothing was sent") || !strings.Contains(text, "registry is empty and was switched off") {
		t.Error(text)
	}
	if done := names(t, s); !slices.Contains(done, setup.Source) {
		t.Errorf("done is %v", done)
	}
}

// A supplier that fails its test stays off, whatever it was told, and is tried anew.
func TestSetup_SwitchesASupplierOnWhenItHasAnswered(t *testing.T) {
	p := newPlace(t)
	secrets := map[string]string{"app_key": "planted-key", "app_secret": "planted-secret-5aabf06d"}
	sim, err := simulator.New("acme", simulator.Script{Default: simulator.Act{Fault: "busy"}}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(sim)
	t.Cleanup(site.Close)
	text, err := httpjson.ShippedManifest("template")
	if err == nil {
		err = os.WriteFile(p.path("acme.yaml"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := p.run()
	upTo(t, s, setup.Source, usual(t))
	said := setup.Answers{"source": "manifest", "manifest": "acme.yaml", "url": site.URL, "secret.app_key": secrets["app_key"], "secret.app_secret": secrets["app_secret"], "price": "0.22"}
	var refusal *setup.Refusal
	if _, err := take(t.Context(), s, setup.Source, said); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "did not answer its test: busy") {
		t.Fatalf("%v", err)
	}
	if slices.Contains(names(t, s), setup.Source) {
		t.Error("it is on all the same")
	}
	sim.SetDefault(simulator.Act{Verdict: quartet.Match})
	out, err := take(t.Context(), s, setup.Source, said)
	if err != nil || out.Said[0].English != "tried: it answered match" || !slices.Contains(names(t, s), setup.Source) {
		t.Errorf("%+v, %v", out, err)
	}
	if sim.Asked() != 2 {
		t.Errorf("it was asked %d times", sim.Asked())
	}
}

// A file that somebody wrote stays as it is; what it gives is not asked for.
func TestSetup_OnlyAddsToTheSettings(t *testing.T) {
	p := newPlace(t)
	const own = "# ours\nlisten: 127.0.0.1:0\nlog: {level: warn}"
	if err := os.WriteFile(p.path("quartet.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.run()
	upTo(t, s, "", usual(t))
	text, err := os.ReadFile(p.path("quartet.yaml"))
	if err != nil || !strings.HasPrefix(string(text), own+"\n") || strings.Count(string(text), "listen") != 1 {
		t.Errorf("%s, %v", text, err)
	}
}

func TestSetup_AsksAnEarlierAdministratorForThePassword(t *testing.T) {
	p := newPlace(t)
	s := p.run()
	upTo(t, s, setup.Factor, usual(t))
	_ = s.Close()
	s = p.run()
	_, err := take(t.Context(), s, setup.Factor, setup.Answers{"password": "another " + words})
	if quartet.CodeOf(err) == "" || err == nil {
		t.Fatal("somebody else's phone was taken")
	}
	if _, err := take(t.Context(), s, setup.Factor, setup.Answers{"password": words}); err != nil {
		t.Error(err)
	}
}

// certificate writes NAME.pem and NAME.key, for api.example, which end so much later.
func (p *place) certificate(name string, ends time.Duration) {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"api.example"}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(ends)}
	cert, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: cert}, ".key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(p.path(name+file), pem.EncodeToMemory(block), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}
