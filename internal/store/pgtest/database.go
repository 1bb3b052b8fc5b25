package pgtest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// shared is started by its first user and lives as long as the test binary.
var shared = sync.OnceValues(func() (*Server, error) { return startIn(Memory(sharedRoom)) }) //nolint:gochecknoglobals // one server a test binary

// sharedRoom is more than the databases of one test binary take, which go with their tests.
const sharedRoom = 2 << 30

// Memory is a folder whose files lie in memory, where the machine has one with room for so many
// bytes, else the one of temporary files. A flush there waits for no disk, which is as well for
// whatever need not outlive the power.
func Memory(room uint64) string {
	const memory = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < room { //nolint:gosec // a size of blocks is positive
		return os.TempDir()
	}
	trial, err := os.MkdirTemp(memory, "quartet-trial-")
	if err != nil { // nobody may write there
		return os.TempDir()
	}
	_ = os.Remove(trial)
	return memory
}

// Running is the server of Shared, outside of tests.
func Running() (*Server, error) { return shared() }

// Shared is the one server of this test binary. Its files lie in memory, if they can: what it
// flushes outlives any process, though not the power. Who stops, misconfigures or measures a
// server takes one of their own by New.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	s, err := shared()
	if err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	return s
}

// New starts a server that ends with the test.
func New(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s, err := Start(settings...)
	if err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("stop PostgreSQL: %v", err)
		}
	})
	return s
}

// NewDatabase makes an empty database and returns its URL.
func (s *Server) NewDatabase(tb testing.TB) string {
	tb.Helper()
	url, err := s.CreateDatabase()
	if err != nil {
		tb.Fatal(err)
	}
	s.dropAfter(tb, url)
	return url
}

// dropAfter takes a database away with its test, whoever is still connected to it.
func (s *Server) dropAfter(tb testing.TB, of string) {
	tb.Cleanup(func() {
		if s.process != nil { // else it goes with the server
			_ = s.exec("DROP DATABASE " + nameOf(of) + " WITH (FORCE)") // else it goes with the folder
		}
	})
}

// nameOf is the name of the database of a URL that URL made.
func nameOf(of string) string {
	name, _, _ := strings.Cut(of[strings.LastIndex(of, "/")+1:], "?")
	return name
}

// CreateDatabase is NewDatabase outside of tests.
func (s *Server) CreateDatabase() (string, error) {
	return s.createDatabase("template1")
}

// Copy makes a database as that of a URL is, to which nobody may be connected, and returns the
// URL of the new one.
func (s *Server) Copy(tb testing.TB, of string) string {
	tb.Helper()
	url, err := s.createDatabase(nameOf(of))
	if err != nil {
		tb.Fatal(err)
	}
	s.dropAfter(tb, url)
	return url
}

func (s *Server) createDatabase(as string) (string, error) {
	name := fmt.Sprintf("quartet_%d", s.names.Add(1))
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + as); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	return s.URL(name), nil
}
