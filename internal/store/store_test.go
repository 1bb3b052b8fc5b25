package store_test

import (
	"testing"

	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

func TestStore_KeepsTheLawOnSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		t.Helper()
		o := store.Options{Dir: storetest.Folder(t)}
		return func(t *testing.T) *store.Store { return open(t, o) }
	})
}

func TestStore_KeepsTheLawOnPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		t.Helper()
		o := store.Options{URL: storetest.Postgres(t)}
		return func(t *testing.T) *store.Store { return open(t, o) }
	})
}

func open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
