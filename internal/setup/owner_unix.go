//go:build unix

package setup

import (
	"io/fs"
	"os"
	"syscall"
)

// own gives a new file the owner and group of the one whose place it takes.
func own(f *os.File, was fs.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	to, ok := was.Sys().(*syscall.Stat_t)
	is, known := now.Sys().(*syscall.Stat_t)
	if !ok || !known || to.Uid == is.Uid && to.Gid == is.Gid {
		return nil
	}
	return f.Chown(int(to.Uid), int(to.Gid))
}
