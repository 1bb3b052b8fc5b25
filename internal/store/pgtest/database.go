package pgtest

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// shared is started by its first user and lives as long as the test binary.
var shared = sync.OnceValues(func() (*Server, error) { return Start() }) //nolint:gochecknoglobals // one server a test binary

// Shared is the one server of this test binary. Who stops or misconfigures a server takes
// one of their own by New.
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
	return url
}

// CreateDatabase is NewDatabase outside of tests.
func (s *Server) CreateDatabase() (string, error) {
	return s.createDatabase("template1")
}

// Copy makes a database as that of a URL is, to which nobody may be connected, and returns the
// URL of the new one.
func (s *Server) Copy(tb testing.TB, of string) string {
	tb.Helper()
	u, err := url.Parse(of)
	if err != nil {
		tb.Fatal(err)
	}
	made, err := s.createDatabase(strings.TrimPrefix(u.Path, "/"))
	if err != nil {
		tb.Fatal(err)
	}
	return made
}

func (s *Server) createDatabase(as string) (string, error) {
	name := fmt.Sprintf("quartet_%d", s.names.Add(1))
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + as); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	return s.URL(name), nil
}
