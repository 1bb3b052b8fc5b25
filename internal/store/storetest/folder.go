package storetest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"quartet/internal/store"
	"quartet/internal/store/pgtest"
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
	around, err := newFolder() // what a house keeps beside its folder goes with it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(around) })
	dir := filepath.Join(around, "data")
	data, err := migrated()
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "quartet.db"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// folderRoom is more than the folders of tests that run at once take.
const folderRoom = 256 << 20

func newFolder() (string, error) { return os.MkdirTemp(pgtest.Memory(folderRoom), "quartet-test-") }

// Postgres is the URL of a fresh database on the shared PostgreSQL of the tests, whose schema is
// there already.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := pgtest.Shared(tb)
	of, err := model()
	if err != nil {
		tb.Fatal(err)
	}
	return server.Copy(tb, of)
}

// model is the URL of a database on the shared server that is copied, made once.
var model = sync.OnceValues(func() (string, error) {
	server, err := pgtest.Running()
	if err != nil {
		return "", err
	}
	url, err := server.CreateDatabase()
	if err != nil {
		return "", err
	}
	s, err := store.Open(context.Background(), store.Options{URL: url})
	if err != nil {
		return "", err
	}
	return url, errors.Join(s.Close(), unchain("pgx", url))
})

// unchain takes the beginning of the audit's chain back: each house begins it under a key of its
// own.
func unchain(driver, at string) error {
	db, err := sql.Open(driver, at)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), `UPDATE audit_head SET place = -1, mac = '', key_id = '', seal = ''`)
	return errors.Join(err, db.Close())
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
	file := filepath.Join(dir, "quartet.db")
	if err := errors.Join(s.Close(), unchain("sqlite", "file:"+file)); err != nil { // closed, all of it is in the one file
		return nil, err
	}
	return os.ReadFile(file)
})
