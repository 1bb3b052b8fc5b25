package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// patience bounds every wait for the server to come up or to go down.
const patience = 30 * time.Second

// settings of every server. fsync stays on: what is tested is durability.
func baseSettings() []string {
	return []string{
		"listen_addresses=127.0.0.1", "fsync=on", "synchronous_commit=on", "max_connections=100",
		"shared_buffers=16MB", "wal_level=minimal", "max_wal_senders=0", "autovacuum_naptime=10s",
		"log_min_messages=warning", "timezone=UTC",
	}
}

// Server is one private PostgreSQL.
type Server struct {
	bin      string // folder of the programs
	dir      string // temporary folder: data, socket, log
	port     int
	settings []string
	as       *syscall.Credential // nil: the current user
	process  *exec.Cmd
	ended    chan struct{} // closed when process has ended
	minder   *exec.Cmd
	leash    *os.File // the minder acts when this end of its pipe closes
	names    atomic.Int64
}

// Start makes a cluster and starts it. Each setting is "name=value" of postgresql.conf and
// goes before our own. The caller closes it; what is not closed goes with the test binary.
func Start(settings ...string) (*Server, error) { return startIn("", settings...) }

func startIn(parent string, settings ...string) (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, settings: append(baseSettings(), settings...)}
	if s.as, err = serverUser(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp(parent, "quartet-pg-"); err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	// Another process may take the free port between the look and the start.
	for range 3 {
		if s.port, err = freePort(); err != nil {
			break
		}
		if err = s.Start(); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, s.Close())
}

// prepare puts the folder under a minder and runs initdb in it.
func (s *Server) prepare() error {
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return fmt.Errorf("hand the folder to the user postgres: %w", err)
		}
	}
	if err := s.mind(); err != nil {
		return err
	}
	initdb := s.command("initdb", "--pgdata="+s.data(), "--username=postgres", "--auth=trust",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// serverUser is the user to run as: PostgreSQL refuses to run as root, so root lends it
// Debian's user postgres.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // no credential means: run as we are
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root and there is no user postgres: "+
			"run `make deps`, or install the server (Debian: apt-get install postgresql): %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("uid of postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("gid of postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (int, error) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	addr, _ := l.Addr().(*net.TCPAddr)
	return addr.Port, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command runs a program of PostgreSQL as the server's user, apart from our process group:
// Ctrl-C must reach it through the minder, which also clears the folder.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), args...) //nolint:noctx // a program we found; it outlives any context
	cmd.Dir = s.dir
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")} // none of the PG… settings of whoever runs the tests
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as}
	return cmd
}

// URL of a database on this server. It bears no password: the server trusts loopback.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// Tool is the path of another of PostgreSQL's programs, such as pg_dump.
func (s *Server) Tool(name string) string { return filepath.Join(s.bin, name) }

// Dir is the folder in which the server keeps all it writes.
func (s *Server) Dir() string { return s.dir }

// Log is what the server has logged.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

func (s *Server) logPath() string { return filepath.Join(s.dir, "log") }
