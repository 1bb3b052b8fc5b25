package setup_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/password"
	"quartet/internal/setup"
)

// opened is the house that a setup is making, as somebody works in it between two runs.
func (p *place) opened(work func(ctx context.Context, h *app.House) error) {
	p.t.Helper()
	c, err := config.Load(config.Layers{File: p.path("quartet.yaml")})
	if err != nil {
		p.t.Fatal(err)
	}
	h, err := app.Open(p.t.Context(), app.Options{Config: c, Passwords: password.Work{MemoryKiB: 64, Iterations: 1}})
	if err != nil {
		p.t.Fatal(err)
	}
	if err := errors.Join(work(p.t.Context(), h), h.Close()); err != nil {
		p.t.Fatal(err)
	}
}

// begun is a place where everything up to a step is done.
func begun(t *testing.T, step setup.Name) *place {
	t.Helper()
	p := newPlace(t)
	s := p.run()
	upTo(t, s, step, usual(t))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// has is what accounts of a name were given.
func (p *place) has(name string) (units int64, credentials int) {
	p.t.Helper()
	p.opened(func(ctx context.Context, h *app.House) error {
		a, err := h.Desk.Find(ctx, name)
		if err != nil {
			return err
		}
		grants, err := h.Store.Grants(ctx, a.ID)
		for _, g := range grants {
			units += g.Units
		}
		list, err2 := h.Desk.Credentials(ctx, a.ID)
		credentials = len(list)
		return errors.Join(err, err2)
	})
	return units, credentials
}

func TestSetup_GivesNothingToAStranger(t *testing.T) {
	p := begun(t, setup.Buyer)
	p.opened(func(ctx context.Context, h *app.House) error {
		now := time.Now()
		stranger := quartet.Account{ID: "stranger", Name: "Stranger", CreatedAt: now}
		person := quartet.Person{ID: "0193-person", Name: "Li", Email: quartet.Contact{Hash: quartet.Fingerprint{1}, Sealed: []byte("sealed")}, Epoch: 1, Created: now}
		code := quartet.SentCode{ID: "0193-code", Purpose: quartet.PurposeSignUp, Channel: quartet.ChannelEmail, Address: quartet.Contact{Hash: quartet.Fingerprint{1}, Sealed: []byte("sealed")}, Hash: quartet.Fingerprint{2}, Created: now, Expires: now.Add(time.Hour)}
		if err := h.Store.PutCode(ctx, code, quartet.Message{ID: "0193-message", Channel: quartet.ChannelEmail, Kind: "code.signup", Sealed: []byte("sealed"), Created: now, Expires: now.Add(time.Hour)}); err != nil {
			return err
		}
		err := h.Store.Register(ctx, quartet.Registration{
			Code: code.ID, Person: person, Account: stranger, Member: quartet.Member{Account: stranger.ID, Person: person.ID, Role: quartet.RoleOwner, Since: now},
		}, quartet.AuditEntry{At: now, Actor: "test", Action: "person.register", Subject: person.ID})
		if err != nil {
			return err
		}
		if _, err = h.Desk.Open(ctx, "test", "halted", "Halted"); err == nil {
			_, err = h.Desk.Suspend(ctx, "test", "halted", "owes")
		}
		return err
	})
	s := p.run()
	upTo(t, s, setup.Buyer, usual(t))
	if _, err := take(t.Context(), s, setup.Buyer, setup.Answers{"name": "Stranger"}); err == nil {
		t.Error("the stranger was taken for the first buyer")
	}
	out, err := take(t.Context(), s, setup.Buyer, setup.Answers{"name": "Acme Air"})
	if err != nil || !strings.Contains(out.Said[0].English, "for Acme Air") {
		t.Fatalf("%+v, %v", out, err)
	}
	_ = s.Close()
	for _, name := range []string{"Stranger", "Halted"} {
		if units, credentials := p.has(name); units != 0 || credentials != 0 {
			t.Errorf("%s has %d units and %d credentials", name, units, credentials)
		}
	}
	if units, credentials := p.has("Acme Air"); units != 100 || credentials != 1 {
		t.Errorf("the buyer has %d units and %d credentials", units, credentials)
	}
}

func TestSetup_NamesTheBuyerWhomItGoesOnWith(t *testing.T) {
	for name, want := range map[string]string{"": "the buyer Begun (account begun) was there", "Begun": "the buyer Begun (account begun) was there", "Acme Air": "for Acme Air"} {
		t.Run(name, func(t *testing.T) {
			p := begun(t, setup.Buyer)
			p.opened(func(ctx context.Context, h *app.House) error {
				_, err := h.Desk.Open(ctx, "test", "begun", "Begun")
				return err
			})
			s := p.run()
			upTo(t, s, setup.Buyer, usual(t))
			questions, err := s.Ask(t.Context(), setup.Buyer, nil)
			if err != nil || len(questions) != 1 || questions[0].Default != "Begun" || !strings.Contains(questions[0].Help.English, "account begun") {
				t.Fatalf("%+v, %v", questions, err)
			}
			said := setup.Answers{"name": name}
			if name == "" {
				delete(said, "name")
			}
			out, err := take(t.Context(), s, setup.Buyer, said)
			if err != nil || !strings.Contains(out.Said[0].English, want) || len(out.Once) != 1 || !strings.Contains(out.Once[0].Text.English, "quartet credential show") {
				t.Errorf("%+v, %v", out, err)
			}
		})
	}
}

// Terms are what a contract says; who tries a source once more has not changed it.
func TestSetup_KeepsTheTermsOfASourceThatIsKnown(t *testing.T) {
	p := begun(t, setup.Source)
	until := time.Date(2027, 3, 1, 0, 0, 0, 0, quartet.Shanghai)
	said := setup.Answers{"source": "market", "url": "https://market.invalid", "secret.appcode": "planted-0123456789abcdef", "price": "0.25"}
	s := p.run()
	if _, err := take(t.Context(), s, setup.Source, said); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	later, err := quartet.ParsePrice("2027-01-01=0.30")
	if err != nil {
		t.Fatal(err)
	}
	p.opened(func(ctx context.Context, h *app.House) error {
		_, err := h.Sources.Change(ctx, "test", "market", func(known *quartet.Source) {
			known.Terms.AuthorisedUntil, known.Terms.Purposes, known.Terms.DailyCap = until, []string{"onboarding"}, 500
			known.Terms.Prices = append(known.Terms.Prices, later)
		}, nil)
		if err != nil {
			return err
		}
		_, err = h.Sources.Switch(ctx, "test", "market", false, "")
		return err
	})
	s = p.run()
	said["price"] = "0.28"
	if _, err = take(t.Context(), s, setup.Source, said); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	p.opened(func(ctx context.Context, h *app.House) error {
		one, err := h.Sources.Find(ctx, "market")
		terms := one.Terms
		if !one.On || !terms.AuthorisedUntil.Equal(until) || !slices.Equal(terms.Purposes, []string{"onboarding"}) || terms.DailyCap != 500 || len(terms.Prices) != 2 {
			t.Errorf("%+v", terms)
		}
		if got := terms.PriceAt(time.Date(2026, 12, 1, 0, 0, 0, 0, quartet.Shanghai), 0); got != 28*1000 {
			t.Errorf("a question costs %d", got)
		}
		return err
	})
}

func TestSetup_RefusesASourceOfAnotherKindUnderAName(t *testing.T) {
	p := begun(t, setup.Source)
	p.opened(func(ctx context.Context, h *app.House) error {
		_, err := h.Sources.Add(ctx, "test", quartet.Source{Name: "market", Kind: quartet.SourceSim}, nil)
		return err
	})
	_, err := take(t.Context(), p.run(), setup.Source, setup.Answers{"source": "market", "url": "https://market.invalid", "secret.appcode": "planted-0123456789abcdef"})
	if err == nil || !strings.Contains(err.Error(), "source market already, of kind sim") {
		t.Errorf("%v", err)
	}
}

// A server often runs as another user, who reads the settings through their group.
func TestSetup_KeepsModeAndOwnerOfTheSettings(t *testing.T) {
	p := newPlace(t)
	file := p.path("quartet.yaml")
	if err := errors.Join(os.WriteFile(file, []byte("# ours\n"), 0o600), os.Chmod(file, 0o640)); err != nil {
		t.Fatal(err)
	}
	const daemon = 1
	chowned := os.Chown(file, -1, daemon) == nil // root alone may
	upTo(t, p.run(), setup.Address, usual(t))
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if to, ok := info.Sys().(*syscall.Stat_t); chowned && ok && to.Gid != daemon {
		t.Errorf("the group is %d", to.Gid)
	}
}

// The store was opened before its name could not be written: the next try must not meet our
// own lock.
func TestSetup_OpensTheStoreAgainAfterSettingsThatCouldNotBeWritten(t *testing.T) {
	p := newPlace(t)
	s := p.run()
	upTo(t, s, setup.Store, usual(t))
	good, err := os.ReadFile(p.path("quartet.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path("quartet.yaml"), append([]byte("nonsense: 1\n"), good...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := take(t.Context(), s, setup.Store, nil); err == nil {
		t.Fatal("settings with a fault were added to")
	}
	if err := os.WriteFile(p.path("quartet.yaml"), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := take(t.Context(), s, setup.Store, nil); err != nil {
		t.Error(err)
	}
}

func TestSetup_CallsAPasswordWrongOnlyWhereItIs(t *testing.T) {
	p := begun(t, setup.Factor)
	s := p.run()
	for range 30 {
		_, err := take(t.Context(), s, setup.Factor, setup.Answers{"password": "another " + words})
		var refusal *setup.Refusal
		if !errors.As(err, &refusal) {
			t.Fatalf("%v", err)
		}
		wrong := strings.Contains(refusal.Chinese, "密码不对")
		if limited := quartet.CodeOf(err) == quartet.ErrLimited; limited == wrong {
			t.Fatalf("%s", refusal.Chinese)
		} else if limited {
			return
		}
	}
	t.Error("guessing is never limited")
}
