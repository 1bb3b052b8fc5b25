package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"quartet/internal/config"
)

// pair is a setting and its value. Keys of one group follow each other.
type pair struct{ key, value string }

// load reads the settings as they are in force, and what the file alone gives of them. A flag
// that says something else than the file is refused: the server would not see it.
func (s *Setup) load() error {
	layers := config.Layers{Environ: s.o.Environ, Flags: s.o.Flags}
	s.file = map[string]string{}
	if exists(s.o.File) {
		layers.File = s.o.File
		text, err := os.ReadFile(s.o.File)
		if err != nil {
			return refuse("", "读不到设置文件：%v", "cannot read the settings file: %v", err)
		}
		alone, _ := config.Parse(s.o.File, text) // its faults are those of the whole, below
		for _, v := range alone.Values() {
			if v.From == "file" && !v.Secret {
				s.file[v.Key] = v.Text
			}
		}
	}
	loaded, err := config.Load(layers)
	if err != nil {
		return err
	}
	for key, value := range s.o.Flags {
		if there, written := s.file[key]; written && there != value && s.path(there) != s.path(value) {
			return refuse("", "命令行的 %s 与设置文件里的不同；请改其中一处", "%s on the command line is another one than in the settings file; change one of them", key)
		}
	}
	loaded.Data = s.path(loaded.Data)
	if loaded.Keyring != "" {
		loaded.Keyring = s.path(loaded.Keyring)
	}
	s.loaded = loaded
	return nil
}

// written reports whether the settings file gives a setting.
func (s *Setup) written(key string) bool {
	_, ok := s.file[key]
	return ok
}

// missing are those of the pairs that the file does not give. What it gives otherwise is
// refused: a file that somebody wrote is theirs to change.
func (s *Setup) missing(pairs []pair) ([]pair, error) {
	var list []pair
	for _, p := range pairs {
		switch {
		case !s.written(p.key):
			list = append(list, p)
		case s.file[p.key] != p.value:
			return nil, refuse("", "设置文件 %s 里的 %s 是另一个值，请先改好或删掉那一行", "the settings file %s gives another %s; change it there, or take the line out", s.o.File, p.key)
		}
	}
	return list, nil
}

// add writes settings behind what is in the file, whole or not at all, once the result is
// known to be in order.
func (s *Setup) add(comment string, pairs ...pair) error {
	text, err := s.with(comment, pairs...)
	if err != nil || text == nil {
		return err
	}
	if err := replace(s.o.File, text, keepMode); err != nil {
		return refuse("", "无法写入设置文件 %s：%v", "cannot write the settings file %s: %v", s.o.File, err)
	}
	return s.load()
}

// with is the settings file with more settings behind what is in it; nil: it gives them all.
func (s *Setup) with(comment string, pairs ...pair) ([]byte, error) {
	pairs, err := s.missing(pairs)
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	text := []byte("# Quartet. `quartet setup` wrote this; quartet.example.yaml shows every setting.\n")
	if exists(s.o.File) {
		if text, err = os.ReadFile(s.o.File); err != nil {
			return nil, err
		}
	}
	text = append([]byte(strings.TrimRight(string(text), "\n")), "\n\n"+"# "+comment+"\n"+lines(pairs)...)
	if _, err := config.Parse(s.o.File, text); err != nil {
		if faults, ok := errors.AsType[config.Faults](err); ok {
			return nil, &Refusal{Text: Text{"设置有误：" + faults.Error(), faults.Error()}, Cause: err}
		}
		return nil, err
	}
	return text, nil
}

func lines(pairs []pair) string {
	var b strings.Builder
	group := ""
	for _, p := range pairs {
		head, tail, grouped := strings.Cut(p.key, ".")
		if !grouped {
			group = ""
			fmt.Fprintf(&b, "%s: %s\n", p.key, quoted(p.value))
			continue
		}
		if head != group {
			group = head
			fmt.Fprintf(&b, "%s:\n", head)
		}
		fmt.Fprintf(&b, "  %s: %s\n", tail, quoted(p.value))
	}
	return b.String()
}

func quoted(value string) string {
	if value == "true" || value == "false" {
		return value
	}
	return strconv.Quote(value)
}

const (
	ownerAlone = false
	keepMode   = true
)

// replace writes a file, whole or not at all. Its owner alone can read it, unless keep says
// that mode and owner of the file that was there stay: a server may run as another user.
func replace(path string, text []byte, keep bool) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if was, found := os.Stat(path); keep && found == nil {
		err = errors.Join(err, own(f, was), f.Chmod(was.Mode().Perm()))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
