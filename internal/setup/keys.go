package setup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/seal"
)

func (s *Setup) keysState(context.Context) (State, error) {
	if !s.written("data") || !s.written("keyring") {
		return State{}, nil
	}
	ring := s.loaded.KeyringPath()
	if err := s.checkKeys(s.loaded.Data, ring); err != nil {
		return State{}, err
	}
	if !exists(ring) {
		return State{}, nil
	}
	if _, err := seal.Open(ring); err != nil {
		return State{}, because("", "密钥环不可用", err)
	}
	st := State{Done: true, Facts: []Text{
		say("数据目录 %s", "data folder %s", s.loaded.Data),
		say("密钥环 %s", "keyring %s", ring),
	}}
	return st, nil
}

func (s *Setup) askKeys(_ context.Context, given Answers) ([]Question, error) {
	if _, answered := given["data"]; !answered && !s.written("data") {
		return []Question{{
			Key: "data", Text: say("数据目录", "Data folder"), Default: s.loaded.Data,
			Help: say("只有运行服务的用户能打开它", "only the user that runs the server can open it"),
		}}, nil
	}
	if _, answered := given["keyring"]; !answered && !s.written("keyring") {
		c := s.loaded.Config
		c.Data = s.dataOf(given)
		return []Question{{
			Key: "keyring", Text: say("密钥环文件", "Keyring file"), Default: c.KeyringPath(),
			Help: say("不能放在数据目录里", "not inside the data folder"),
		}}, nil
	}
	return nil, nil
}

func (s *Setup) dataOf(given Answers) string {
	if data := given["data"]; data != "" && !s.written("data") {
		return s.path(data)
	}
	return s.loaded.Data
}

// actKeys makes the folder and the keyring, then names them: a keyring that nobody named yet
// is found again at the same place.
func (s *Setup) actKeys(_ context.Context, given Answers) (Outcome, error) {
	data, ring := s.dataOf(given), s.loaded.KeyringPath()
	if !s.written("keyring") {
		c := s.loaded.Config
		c.Data, c.Keyring = data, given["keyring"]
		if c.Keyring != "" {
			c.Keyring = s.path(c.Keyring)
		}
		ring = c.KeyringPath()
	}
	if err := s.checkKeys(data, ring); err != nil {
		return Outcome{}, err
	}
	for _, dir := range []string{data, filepath.Dir(ring)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return Outcome{}, refuse("data", "无法创建目录 %s：%v", "cannot make the folder %s: %v", dir, err)
		}
	}
	if exists(ring) {
		if _, err := seal.Open(ring); err != nil {
			return Outcome{}, because("keyring", "密钥环不可用", err)
		}
	} else if _, err := seal.Create(ring); err != nil {
		return Outcome{}, refuse("keyring", "无法创建密钥环 %s：%v", "cannot make the keyring %s: %v", ring, errors.Unwrap(err))
	}
	written, named := s.file["keyring"]
	if !named {
		written = ring
	}
	if err := s.add("The data, and the keys that open it: keep backups of the two apart.", pair{"data", s.dataWritten(data)}, pair{"keyring", written}); err != nil {
		return Outcome{}, err
	}
	return Outcome{Said: []Text{
		say("请现在备份密钥环 %s，并与数据备份分开保存（例如另一台机器或保险柜里的 U 盘）：丢了它，数据再也打不开；与数据放在一起，谁拿到都能打开", "back the keyring %s up now, to a place apart from backups of the data (another machine, a stick in a safe): without it the data never opens again, and beside the data it opens all of it", ring),
	}}, nil
}

// dataWritten is the data folder as the file has it, if it has it.
func (s *Setup) dataWritten(data string) string {
	if text, ok := s.file["data"]; ok && s.path(text) == data {
		return text
	}
	return data
}

// checkKeys refuses places where others could take the data, or the keys with it.
func (s *Setup) checkKeys(data, ring string) error {
	if app.Within(data, ring) {
		return refuse("keyring", "密钥环 %s 在数据目录里：数据一旦被复制，全部内容就能打开；请放到数据目录之外", "the keyring %s lies inside the data folder, so a copy of the data would open everything; put it elsewhere", ring)
	}
	if exists(filepath.Join(data, "quartet.keyring")) {
		return refuse("data", "数据目录 %s 里有密钥环，是演示环境留下的；请另选目录", "the data folder %s holds a keyring of its own, as a demo does; choose another folder", data)
	}
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return refuse("data", "无法查看数据目录 %s：%v", "cannot look at the data folder %s: %v", data, err)
	case !info.IsDir():
		return refuse("data", "%s 不是目录", "%s is not a folder", data)
	case info.Mode().Perm()&0o077 != 0:
		return refuse("data", "数据目录 %s 的权限是 %04o，其他用户可以进入；请先执行 chmod 700", "the data folder %s has mode %04o and other users can open it; run chmod 700 on it", data, info.Mode().Perm())
	}
	if _, err := os.Stat(filepath.Join(data, "quartet.folder")); err == nil && !exists(ring) {
		return refuse("keyring", "数据目录 %s 已有数据，但它的密钥环不在 %s；请从备份恢复，或填写它的实际位置", "the data folder %s is in use, and its keyring is not at %s; restore it from its backup, or name its place", data, ring)
	}
	if kind := s.o.Mount(ring); kind != "" {
		return refuse("keyring", "密钥环 %s 在网络共享（%s）上，其他机器也能读到；请放到本机磁盘", "the keyring %s lies on a shared mount (%s), where other machines can read it; put it on a disk of this machine", ring, kind)
	}
	if _, err := seal.Open(ring); quartet.CodeOf(err) == quartet.ErrForbidden {
		return because("keyring", "密钥环不可用", err)
	}
	return nil
}
