package setup

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/password"
)

// Name is one of the steps.
type Name string

// The steps, in their order.
const (
	Keys          Name = "keys"
	Store         Name = "store"
	Address       Name = "address"
	Administrator Name = "administrator"
	Factor        Name = "factor"
	Product       Name = "product"
	Source        Name = "source"
	Buyer         Name = "buyer"
)

// Options say what is set up.
type Options struct {
	File    string // of the settings; it is made where it is not there
	Dir     string // where relative paths begin
	Environ []string
	Flags   map[string]string // settings that were given already, by key
	By      string            // as whom the audit has it
	User    string            // of the system: a name for the administrator

	Log       *slog.Logger // nil: nothing is logged
	Now       func() time.Time
	Version   string
	Passwords password.Work

	// Mount tells of what kind the file system of a path is, if others share it over a net;
	// nil: as the system tells it.
	Mount func(path string) string
}

// step is one step of the closed list.
type step struct {
	name  Name
	title Text
	about Text
	house bool     // it works on the opened house
	takes []string // keys of what it asks for; "secret." with any name behind it
	state func(context.Context) (State, error)
	ask   func(context.Context, Answers) ([]Question, error)
	act   func(context.Context, Answers) (Outcome, error)
}

// Setup is one run. It is used by one face at a time.
type Setup struct {
	o      Options
	loaded config.Loaded     // as in force
	file   map[string]string // what the settings file gives, by key
	open   *app.House
	steps  []step

	made      string // the administrator whom this run made, or who said the password in it
	enrolment *enrolling
	chosen    bool // the registry, in this run: until it holds somebody, nothing else tells
}

// Open begins a run on a settings file, which need not be there yet.
func Open(o Options) (*Setup, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Mount == nil {
		o.Mount = mount
	}
	s := &Setup{o: o}
	if resolved, err := filepath.EvalSymlinks(o.File); err == nil {
		s.o.File = resolved // a link stays one
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	s.steps = []step{
		{Keys, say("密钥与数据目录", "Keys and data folder"), say("密钥环能打开全部数据，须与数据分开存放。", "The keyring opens all data, so it lies apart from it."), false, []string{"data", "keyring"}, s.keysState, s.askKeys, s.actKeys},
		{Store, say("数据库", "Store"), say("SQLite 无需另装；已有 PostgreSQL 服务的也可用它。", "SQLite needs nothing else; PostgreSQL is for who runs a server of it."), false, []string{"kind", "url", "password"}, s.storeState, s.askStore, s.actStore},
		{Address, say("地址与 TLS", "Address and TLS"), say("除本机外，调用只走 HTTPS。", "Calls from other machines come over HTTPS alone."), false, []string{"way", "listen", "site", "cert", "key", "proxies"}, s.addressState, s.askAddress, s.actAddress},
		{Administrator, say("管理员", "Administrator"), say("管理产品、渠道、买家和其他人员。", "Runs products, sources, buyers and other operators."), true, []string{"name", "password"}, s.administratorState, s.askAdministrator, s.actAdministrator},
		{Factor, say("管理员的两步验证", "Second factor of the administrator"), say("用身份验证器应用扫描二维码，再输入应用上的六位数字。", "Let an authenticator app read the code, then type the six digits that it shows."), true, []string{"password", "code"}, s.factorState, s.askFactor, s.actFactor},
		{Product, say("首个产品", "First product"), say("银行卡四要素核验，计费表保持不变。", "The check of four elements, with its charge table as it stands."), true, nil, s.productState, nothing, s.actProduct},
		{Source, say("首个渠道", "First source"), say("由谁给出核验结果。", "Who gives the verdicts."), true, []string{"source", "sure", "manifest", "url", "price", anySecret}, s.sourceState, s.askSource, s.actSource},
		{Buyer, say("首个买家", "First buyer"), say("账户、额度和凭证。", "An account, units and a credential."), true, []string{"name", "units"}, s.buyerState, s.askBuyer, s.actBuyer},
	}
	return s, nil
}

func nothing(context.Context, Answers) ([]Question, error) { return nil, nil }

// Close gives the data folder back.
func (s *Setup) Close() error {
	if s.open == nil {
		return nil
	}
	h := s.open
	s.open = nil
	return h.Close()
}

// Step is a step as faces show it.
type Step struct {
	State

	Name         Name
	Title, About Text
}

// Steps tells how every step stands. Its error is a Refusal where what is there is not safe.
func (s *Setup) Steps(ctx context.Context) ([]Step, error) {
	list := make([]Step, 0, len(s.steps))
	ready := true // the house can be opened
	for _, p := range s.steps {
		out := Step{Name: p.name, Title: p.title, About: p.about}
		if !p.house || ready {
			var err error
			if out.State, err = p.state(ctx); err != nil {
				return nil, err
			}
		}
		if (p.name == Keys || p.name == Store) && !out.Done {
			ready = false
		}
		list = append(list, out)
	}
	return list, nil
}

// Next is the first step that is not done; "": all are.
func (s *Setup) Next(ctx context.Context) (Name, error) {
	list, err := s.Steps(ctx)
	for _, p := range list {
		if !p.Done {
			return p.Name, err
		}
	}
	return "", err
}

// Ask gives the questions that a step has after what was answered; none: it can be done.
func (s *Setup) Ask(ctx context.Context, name Name, given Answers) ([]Question, error) {
	p, err := s.find(name)
	if err != nil {
		return nil, err
	}
	return p.ask(ctx, given)
}

// Act does a step with the answers to all its questions. A step that is done changes nothing.
func (s *Setup) Act(ctx context.Context, name Name, given Answers) (Outcome, error) {
	p, err := s.find(name)
	if err != nil {
		return Outcome{}, err
	}
	next, err := s.Next(ctx)
	switch {
	case err != nil:
		return Outcome{}, err
	case next != name:
		return Outcome{}, refuse("", "这一步已经完成，或者前面还有步骤", "this step is done already, or another one comes first")
	}
	return p.act(ctx, given)
}

// Takes reports whether a step asks for an answer of that key, and whether it is a secret.
func (s *Setup) Takes(name Name, key string) (known, secret bool) {
	p, err := s.find(name)
	if err != nil {
		return false, false
	}
	secret = strings.HasPrefix(key, anySecret) && key != anySecret
	if secret {
		return slices.Contains(p.takes, anySecret), true
	}
	return slices.Contains(p.takes, key) && key != anySecret, key == "password"
}

// anySecret begins the keys of secrets that a supplier asks for.
const anySecret = "secret."

func (s *Setup) find(name Name) (step, error) {
	for _, p := range s.steps {
		if p.name == name {
			return p, nil
		}
	}
	return step{}, quartet.Errorf(quartet.ErrNotFound, "there is no step %s", name)
}

// house opens the house, once. The settings must name its keyring and its store.
func (s *Setup) house(ctx context.Context) (*app.House, error) {
	if s.open == nil {
		h, err := s.openWith(ctx, s.loaded)
		if err != nil {
			return nil, err
		}
		s.open = h
	}
	return s.open, nil
}

// openWith opens the house with settings that are not written yet. Like a server it refuses
// a keyring inside the data folder.
func (s *Setup) openWith(ctx context.Context, loaded config.Loaded) (*app.House, error) {
	return app.Open(ctx, app.Options{
		Config: loaded, Serving: true, Log: s.o.Log, Now: s.o.Now, Version: s.o.Version, Passwords: s.o.Passwords,
	})
}

// path is p as the one who typed it means it.
func (s *Setup) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(s.o.Dir, p)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
