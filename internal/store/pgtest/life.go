package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Mode says how a server is stopped.
type Mode int

// The modes of stopping.
const (
	Fast      Mode = iota // sessions are ended, everything is written, then it goes
	Immediate             // as in a crash: it must recover at the next start
)

// Start starts a stopped server again, on the same port and folder.
func (s *Server) Start() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	out, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer out.Close()
	process := s.command("postgres", args...)
	process.Stdout, process.Stderr = out, out
	if err := process.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = process.Wait() // how it ended is in its log
		close(ended)
	}()
	s.process, s.ended = process, ended
	return s.waitReady()
}

// waitReady returns when the server answers a query.
func (s *Server) waitReady() error {
	until := time.Now().Add(patience)
	for {
		err := s.exec("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("PostgreSQL ended while starting:\n%s", s.Log())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(until) {
			return fmt.Errorf("PostgreSQL did not answer in %v: %w\n%s", patience, err, s.Log())
		}
	}
}

// Stop stops the server and returns when it is gone. The folder stays for Start.
func (s *Server) Stop(mode Mode) error {
	if s.process == nil {
		return nil
	}
	signal := syscall.SIGINT
	if mode == Immediate {
		signal = syscall.SIGQUIT
	}
	if err := s.process.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-s.ended:
		s.process = nil
		return nil
	case <-time.After(patience):
		return fmt.Errorf("PostgreSQL did not stop in %v:\n%s", patience, s.Log())
	}
}

// Restart stops and starts.
func (s *Server) Restart(mode Mode) error {
	if err := s.Stop(mode); err != nil {
		return err
	}
	return s.Start()
}

// KillBackends ends every session but its own, as a failing network would.
func (s *Server) KillBackends() error {
	return s.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity " +
		"WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
}

// exec runs one statement on the server's own database.
func (s *Server) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Close stops the server and removes its folder.
func (s *Server) Close() error {
	err := s.Stop(Immediate)
	if s.leash == nil {
		return errors.Join(err, os.RemoveAll(s.dir))
	}
	err = errors.Join(err, s.leash.Close(), s.minder.Wait())
	s.leash = nil
	return err
}

// minding waits until the test binary lets go of the pipe, which the kernel does for it on
// a panic, a timeout or SIGKILL, then stops what runs in the folder and removes it.
const minding = `cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do [ -e "$1/data/postmaster.pid" ] && kill -0 "$pid" 2>/dev/null && sleep 0.2; done
rm -rf "$1"`

// mind starts the minder of the folder.
func (s *Server) mind() error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe for the minder: %w", err)
	}
	defer read.Close()
	s.minder = exec.Command("sh", "-c", minding, "minder", s.dir) //nolint:noctx // our own text; it outlives any context
	s.minder.Dir = "/"
	s.minder.Stdin = read
	s.minder.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := s.minder.Start(); err != nil {
		return errors.Join(fmt.Errorf("start the minder: %w", err), write.Close())
	}
	s.leash = write
	return nil
}
