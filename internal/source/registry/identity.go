package registry

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"quartet"
	"quartet/internal/seal"
)

// identityHead is how much of a file its identity covers.
const identityHead = 64 << 10

// Identify names a file by its place, size, time of change and beginning, so that an
// import of it that was cut off is known again. The name is a keyed hash, because a
// short file could be guessed from a plain one.
func (r *Registry) Identify(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	f, err := os.Open(full)
	if err != nil {
		code := quartet.ErrInvalid
		if errors.Is(err, fs.ErrNotExist) {
			code = quartet.ErrNotFound
		}
		return "", &quartet.Error{Code: code, Cause: err, Message: fmt.Sprintf("cannot read %s: %v", path, err)}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	head, err := io.ReadAll(io.LimitReader(f, identityHead))
	if err != nil {
		return "", err
	}
	sum := seal.NewHasher(r.ring.Key("registry.file")).Sum(full,
		strconv.FormatInt(info.Size(), 10), strconv.FormatInt(info.ModTime().UnixNano(), 10), string(head))
	return hex.EncodeToString(sum[:]), nil
}
