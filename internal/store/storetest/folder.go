package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"quartet/internal/store"
)

// Test is what a test, or one case of a property, offers.
type Test interface {
	Helper()
	Fatal(args ...any)
	Cleanup(do func())
}

// Folder is the folder of a fresh SQLite database whose schema is there already, for tests of
// rules that go through hundreds of them. It lies in memory where the machine has a place for
// that, so that a flush, which the store makes as ever, waits for no disk: nothing that such a
// test proves has to outlive the power. It goes with the test.
func Folder(t Test) string {
	t.Helper()
	dir, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	data, err := migrated()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "quartet.db"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func newFolder() (string, error) {
	const memory = "/dev/shm"
	if dir, err := os.MkdirTemp(memory, "quartet"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "quartet")
}

// migrated is a database as Open makes it, made once.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := newFolder()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // which writes all of it into the one file
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "quartet.db"))
})
