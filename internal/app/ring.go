package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/seal"
)

// mark is what a data folder knows of itself: who it is, and under which key it was
// begun. It holds no secret.
type mark struct {
	ID  string `json:"id"`
	Key string `json:"key"`
	// Chained says that the audit of its database has a chain. Whoever can write only the
	// database cannot have it begun anew.
	Chained bool `json:"chained,omitempty"`
}

const (
	markName    = "quartet.folder"
	keyringName = "quartet.keyring"
)

// openRing opens the keyring that belongs to the folder, or makes both at the first
// start. A keyring that is missing later is never made anew: nothing that was sealed or
// hashed before would mean anything under it.
func (h *House) openRing(o Options) (mark, error) {
	path := h.ringPath(o.KeyringInside)
	if o.Serving && !o.KeyringInside && Within(h.Config.Data, path) {
		return mark{}, quartet.Errorf(quartet.ErrForbidden,
			"the keyring %s lies inside the data folder, so a copy of the data would open everything; move it out and name its new place with --keyring, or set up another folder with --data", path)
	}
	m, err := h.readMark()
	if err != nil {
		return mark{}, err
	}
	h.Ring, err = seal.Open(path)
	switch {
	case quartet.CodeOf(err) == quartet.ErrNotFound && m.ID != "" && o.KeyringInside:
		return mark{}, quartet.Errorf(quartet.ErrForbidden, "the data folder %s was not made by the demo, which leaves it alone; give the demo another one with --data", h.Config.Data)
	case quartet.CodeOf(err) == quartet.ErrNotFound && m.ID != "":
		return mark{}, &quartet.Error{
			Code: quartet.ErrNotFound, Cause: err,
			Message: fmt.Sprintf("the keyring of the data folder %s is not at %s; restore it from its backup, or name its place with --keyring", h.Config.Data, path),
		}
	case quartet.CodeOf(err) == quartet.ErrNotFound:
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return mark{}, quartet.Errorf(quartet.ErrInternal, "cannot make the folder of the keyring: %w", err)
		}
		if h.Ring, err = seal.Create(path); err != nil {
			return mark{}, err
		}
		h.Log.Info("made a keyring: back it up, and keep it apart from the data", "path", path, "key", h.Ring.ID())
		if Within(h.Config.Data, path) {
			h.Log.Warn("the keyring lies inside the data folder: this is for trying out only")
		}
	case err != nil:
		return mark{}, err
	}
	if m.ID == "" {
		m.Key = h.Ring.ID()
		return m, h.writeMark(&m)
	}
	if _, ok := h.Ring.KeyOf(m.Key, seqNoLabel); !ok {
		return mark{}, quartet.Errorf(quartet.ErrForbidden,
			"the keyring %s does not belong to the data folder %s, which was begun under key %s; name the right one with --keyring", path, h.Config.Data, m.Key)
	}
	return m, nil
}

// ringPath is where the keyring is: where the settings say; else in the folder, if it is
// a demo's; else beside it.
func (h *House) ringPath(inside bool) string {
	within := filepath.Join(h.Config.Data, keyringName)
	if h.Config.Keyring != "" {
		return h.Config.Keyring
	}
	if _, err := os.Stat(within); inside || err == nil {
		return within
	}
	return h.Config.KeyringPath()
}

func (h *House) readMark() (mark, error) {
	var m mark
	data, err := os.ReadFile(filepath.Join(h.Config.Data, markName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		return m, quartet.Errorf(quartet.ErrForbidden, "cannot read the data folder %s: %w", h.Config.Data, cause.Err)
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil || m.ID == "" || m.Key == "" {
		return m, &quartet.Error{
			Code: quartet.ErrInvalid, Cause: err,
			Message: fmt.Sprintf("the file %s of the data folder %s is damaged; restore it from a backup", markName, h.Config.Data),
		}
	}
	return m, nil
}

func (h *House) writeMark(m *mark) error {
	if m.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		m.ID = id.String()
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	path := filepath.Join(h.Config.Data, markName)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(h.Config.Data)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Within reports whether path lies in dir, symbolic links resolved.
func Within(dir, path string) bool {
	resolved := func(p string) string {
		abs, err := filepath.Abs(p)
		if err != nil {
			return p
		}
		// Of a path that is not there yet the existing part counts.
		for head, tail := abs, ""; ; head, tail = filepath.Dir(head), filepath.Join(filepath.Base(head), tail) {
			if resolved, err := filepath.EvalSymlinks(head); err == nil {
				return filepath.Join(resolved, tail)
			}
			if head == filepath.Dir(head) {
				return abs
			}
		}
	}
	rel, err := filepath.Rel(resolved(dir), resolved(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
