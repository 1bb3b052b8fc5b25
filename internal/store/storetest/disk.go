//go:build linux

package storetest

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite" // empties the log
)

// Disk is a fault of the disk that holds SQLite's log of writes. The fault stands behind
// the descriptors of this process, so it needs no rights and harms nobody else.
type Disk int

// The faults.
const (
	Full        Disk = iota // no space is left
	Unwritable              // writes fail
	Unflushable             // writes are taken, and the flush fails
)

// Break puts a fault under the log of the database in a folder, once its store is open and
// has written. heal makes the disk good again; the end of the test does so too. What was
// written before can be read meanwhile, since none of it is left in the log.
func Break(t *testing.T, dir string, fault Disk) (heal func()) {
	t.Helper()
	empty(t, dir)
	log := filepath.Join(dir, "quartet.db-wal")
	path, flags := map[Disk]string{Full: "/dev/full", Unwritable: log, Unflushable: "/dev/null"}[fault], unix.O_RDWR
	if fault == Unwritable {
		flags = unix.O_RDONLY
	}
	bad, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	must(t, err)
	good := map[int]int{} // descriptor → copy of what it was
	for _, fd := range descriptors(t, log) {
		if fd == bad {
			continue
		}
		kept, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		must(t, err)
		good[fd] = kept
		must(t, unix.Dup3(bad, fd, unix.O_CLOEXEC))
	}
	if len(good) == 0 {
		t.Fatal("the log is not open; nothing was broken")
	}
	heal = func() {
		for fd, kept := range good {
			must(t, unix.Dup3(kept, fd, unix.O_CLOEXEC))
			must(t, unix.Close(kept))
		}
		clear(good)
	}
	must(t, unix.Close(bad))
	t.Cleanup(heal)
	return heal
}

// empty moves what the log holds into the database.
func empty(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "quartet.db")+"?_pragma=busy_timeout(5000)")
	must(t, err)
	defer func() { must(t, db.Close()) }()
	var busy, pages, moved int
	must(t, db.QueryRowContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved))
	if busy != 0 {
		t.Fatal("the log could not be emptied; somebody reads or writes")
	}
}

// descriptors are those of this process that lead to a file.
func descriptors(t *testing.T, path string) []int {
	t.Helper()
	const open = "/proc/self/fd"
	list, err := os.ReadDir(open)
	must(t, err)
	path, err = filepath.EvalSymlinks(path)
	must(t, err)
	var found []int
	for _, e := range list {
		if to, err := os.Readlink(filepath.Join(open, e.Name())); err == nil && to == path {
			fd, err := strconv.Atoi(e.Name())
			must(t, err)
			found = append(found, fd)
		}
	}
	return found
}
