// Package pgtest runs a private PostgreSQL for tests: its own cluster in a temporary
// folder, its own port on 127.0.0.1, fsync on as in earnest. Nothing depends on a server
// that happens to run, and nothing is left behind: a minder outside the test binary takes
// server and folder away when the binary ends, however it ends.
//
//	url := pgtest.Shared(t).NewDatabase(t) // one server a test binary, a fresh database each
//	server := pgtest.New(t, "fsync=off")   // a server of one's own, to stop, restart, misconfigure
//
// A missing PostgreSQL fails the test and says what to install. It never skips.
package pgtest
