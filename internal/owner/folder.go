package owner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"quartet"
)

const (
	lockName   = "quartet.lock"
	socketName = "quartet.sock"
	// patience lets a command that is about to end give the folder back.
	patience = time.Second
	pause    = 20 * time.Millisecond
)

// Folder is a data folder that this process owns.
type Folder struct {
	dir  string
	lock *os.File

	closing sync.Once
}

// Lock makes the folder when absent and takes it. ErrLocked: another process owns it.
func Lock(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, quartet.Errorf(quartet.ErrInternal, "cannot make the data folder %s: %w", dir, errors.Unwrap(err))
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrForbidden, "cannot open the data folder %s: %w", dir, errors.Unwrap(err))
	}
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if errors.Is(err, syscall.EWOULDBLOCK) && time.Now().Before(end) {
			continue
		}
		holder := readHolder(f)
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &quartet.Error{
				Code: quartet.ErrLocked, Cause: err,
				Message: fmt.Sprintf("the data folder %s belongs to another running quartet process%s; stop that one first, or give another folder with --data", dir, holder),
			}
		}
		return nil, &quartet.Error{
			Code: quartet.ErrInternal, Cause: err,
			Message: fmt.Sprintf("cannot lock the data folder %s: %v", dir, err),
		}
	}
	// The number only helps whoever is refused; the lock itself is the flock.
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &Folder{dir: dir, lock: f}, nil
}

// Close gives the folder back.
func (f *Folder) Close() error {
	var err error
	f.closing.Do(func() { err = f.lock.Close() })
	return err
}

func readHolder(f *os.File) string {
	buf := make([]byte, 16)
	n, _ := f.ReadAt(buf, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (pid %d)", pid)
}
