package setup

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	"quartet"
	"quartet/internal/config"
)

const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

func (s *Setup) storeState(context.Context) (State, error) {
	if !s.written("store") || !exists(filepath.Join(s.loaded.Data, "quartet.folder")) {
		return State{}, nil
	}
	if s.loaded.Store == "" {
		if err := s.checkLocal(s.loaded.Data); err != nil {
			return State{}, err
		}
		return State{Done: true, Facts: []Text{say("SQLite，在数据目录里", "SQLite, in the data folder")}}, nil
	}
	return State{Done: true, Facts: []Text{say("PostgreSQL，%s", "PostgreSQL, %s", s.loaded.Store)}}, nil
}

// checkLocal refuses SQLite where its locks and its log do not hold.
func (s *Setup) checkLocal(data string) error {
	if kind := s.o.Mount(data); kind != "" {
		return refuse("kind", "数据目录 %s 在网络共享（%s）上，SQLite 的锁和日志在那里不可靠；请换本机磁盘，或用 PostgreSQL", "the data folder %s lies on a shared mount (%s), where the locks and the log of SQLite do not hold; use a disk of this machine, or PostgreSQL", data, kind)
	}
	return nil
}

func (s *Setup) askStore(_ context.Context, given Answers) ([]Question, error) {
	if s.written("store") {
		return nil, nil
	}
	kind, answered := given["kind"]
	if !answered {
		usual := sqlite
		if s.loaded.Store != "" {
			usual = postgres
		}
		return []Question{{Key: "kind", Text: say("数据库", "Store"), Default: usual, Choices: []Choice{
			{sqlite, say("SQLite：一个文件，在数据目录里", "SQLite: one file, in the data folder")},
			{postgres, say("PostgreSQL：已有的数据库", "PostgreSQL: a database that is there")},
		}}}, nil
	}
	if _, answered = given["url"]; kind != postgres || answered {
		return nil, nil
	}
	list := []Question{{
		Key: "url", Text: say("数据库地址", "Address of the database"), Default: s.loaded.Store,
		Help: say("形如 postgres://用户@主机:端口/数据库，不带密码", "such as postgres://user@host:port/database, without a password"),
	}}
	if s.loaded.StorePassword == "" {
		list = append(list, Question{
			Key: "password", Text: say("数据库密码", "Password of the database"), Secret: true, Optional: true,
			Help: say("没有密码就留空；会存到设置文件旁只有本用户能读的文件里", "empty where it takes none; it is kept in a file beside the settings that this user alone can read"),
		})
	}
	return list, nil
}

// actStore opens the store before it is named, so that a name that leads nowhere is not kept.
func (s *Setup) actStore(ctx context.Context, given Answers) (_ Outcome, err error) {
	loaded, password := s.loaded, ""
	if !s.written("store") {
		switch given["kind"] {
		case sqlite:
			loaded.Store = ""
		case postgres:
			loaded.Store, password = given["url"], given["password"]
			if loaded.Store == "" {
				return Outcome{}, refuse("url", "请填写数据库地址", "the address of the database is needed")
			}
			loaded.StorePassword = cmp.Or(password, loaded.StorePassword)
			if _, err := config.Load(config.Layers{Flags: map[string]string{"store": loaded.Store}}); err != nil {
				return Outcome{}, &Refusal{Text: Text{"数据库地址有误：应为 postgres://用户@主机:端口/数据库，且不带密码", err.Error()}, Field: "url", Cause: err}
			}
		default:
			return Outcome{}, refuse("kind", "请选择 sqlite 或 postgres", "choose sqlite or postgres")
		}
	}
	if loaded.Store == "" {
		if err := s.checkLocal(loaded.Data); err != nil {
			return Outcome{}, err
		}
	}
	if loaded.Store != "" && exists(filepath.Join(loaded.Data, "quartet.db")) {
		return Outcome{}, refuse("kind", "数据目录 %s 里已有 SQLite 数据，改用 PostgreSQL 会把它丢在一边；请另选数据目录", "the data folder %s has a SQLite store already, which PostgreSQL would leave behind; choose another data folder", loaded.Data)
	}
	h, err := s.openWith(ctx, loaded)
	if err != nil {
		if quartet.CodeOf(err) == quartet.ErrLocked {
			return Outcome{}, because("", "数据目录或数据库正被另一个进程使用", err)
		}
		if loaded.Store != "" {
			return Outcome{}, &Refusal{Text: Text{"数据库用不了：" + reason(err), "the database cannot be used: " + reason(err)}, Field: "url", Cause: err}
		}
		return Outcome{}, because("kind", "数据库用不了", err)
	}
	defer func() {
		if s.open != h { // else the next try would meet the lock of this one
			err = cmp.Or(err, h.Close())
		}
	}()
	const comment = "Where accounts, units and calls are kept."
	pairs := []pair{{"store", loaded.Store}}
	if password != "" {
		file := filepath.Join(filepath.Dir(s.o.File), "quartet.store-password")
		pairs = append(pairs, pair{"store_password_file", file})
		if _, err := s.with(comment, pairs...); err != nil { // a password that is there stays
			return Outcome{}, err
		}
		if err := replace(file, []byte(password+"\n"), ownerAlone); err != nil {
			return Outcome{}, refuse("password", "无法写入 %s：%v", "cannot write %s: %v", file, err)
		}
	} else if f := s.o.Flags["store_password_file"]; f != "" {
		pairs = append(pairs, pair{"store_password_file", s.path(f)})
	}
	if err := s.add(comment, pairs...); err != nil {
		return Outcome{}, err
	}
	s.open = h
	var out Outcome
	if loaded.Store != "" && s.loaded.StorePasswordFile == "" && loaded.StorePassword != "" {
		out.Said = append(out.Said, say("启动服务时也要设置 %s", "the server needs %s as well", config.PasswordEnv))
	}
	return out, nil
}

// reason is what the driver said, where that says more.
func reason(err error) string {
	text := err.Error()
	for e := err; e != nil; {
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		if e = u.Unwrap(); e != nil && !strings.Contains(text, e.Error()) {
			text += ": " + e.Error()
		}
	}
	return text
}
