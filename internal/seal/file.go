package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"quartet"
)

// readFile reads a keyring that its owner alone can open.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &quartet.Error{
			Code: quartet.ErrNotFound, Cause: err,
			Message: "there is no keyring at " + path,
		}
	}
	if err != nil {
		return nil, &quartet.Error{
			Code: quartet.ErrForbidden, Cause: err,
			Message: fmt.Sprintf("cannot open the keyring %s: %v", path, err),
		}
	}
	defer func() { _ = f.Close() }()
	// The mode is taken from the open file, so that it is the mode of what is read.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, &quartet.Error{
			Code:    quartet.ErrInvalid,
			Message: fmt.Sprintf("the keyring %s is not a regular file", path),
		}
	}
	if mode := info.Mode().Perm(); mode&0o177 != 0 {
		return nil, &quartet.Error{
			Code:    quartet.ErrForbidden,
			Message: fmt.Sprintf("the keyring %s has mode %04o and others may use it; run chmod 600 on it", path, mode),
		}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return data, nil
}

// createFile writes a new file whole or not at all, and never over another: it is
// written beside and linked into place, which fails when the name is taken.
func createFile(path string, data []byte) error {
	beside, err := writeBeside(path, data)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(beside) }()
	if err := os.Link(beside, path); err != nil {
		return err
	}
	return syncFolder(path)
}

// replaceFile puts new content in the place of the old, whole or not at all.
func replaceFile(path string, data []byte) error {
	beside, err := writeBeside(path, data)
	if err != nil {
		return err
	}
	if err := os.Rename(beside, path); err != nil {
		_ = os.Remove(beside)
		return err
	}
	return syncFolder(path)
}

func writeBeside(path string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(fileMode), f.Sync(), f.Close())
	return f.Name(), err
}

// syncFolder makes the name itself durable.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
