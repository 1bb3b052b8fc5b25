package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"quartet/internal/store/pgtest"
)

// server is one process under measurement.
type server struct {
	kind    kind
	dir     string // of its data
	process *exec.Cmd
	load    *load
	pids    func() ([]int, error) // every process that works for it
}

// start starts all servers. stop ends them, also after an error.
func (s *session) start(ctx context.Context) (servers []*server, stop func() error, err error) {
	var pg *pgtest.Server
	stop = func() error {
		var errs []error
		for _, v := range servers {
			errs = append(errs, v.stop())
		}
		if pg != nil {
			errs = append(errs, pg.Close())
		}
		return errors.Join(errs...)
	}
	for _, k := range kinds() {
		if s.only != "" && !slices.Contains(strings.Split(s.only, ","), string(k)) {
			continue
		}
		database := ""
		if k == onPostgres || k == eachPG {
			if pg == nil {
				// As the package would run it, with memory as for a small server.
				if pg, err = pgtest.Start("shared_buffers=256MB", "max_wal_size=2GB"); err != nil {
					return servers, stop, fmt.Errorf("start PostgreSQL: %w", err)
				}
			}
			if database, err = pg.CreateDatabase(); err != nil {
				return servers, stop, err
			}
		}
		v, err := s.startOne(ctx, k, database, pg)
		if v != nil {
			servers = append(servers, v)
		}
		if err != nil {
			return servers, stop, fmt.Errorf("%s: %w", k, err)
		}
	}
	if len(servers) == 0 {
		return nil, stop, fmt.Errorf("there is no server %q; there are %v", s.only, kinds())
	}
	return servers, stop, nil
}

func (s *session) startOne(ctx context.Context, k kind, database string, pg *pgtest.Server) (*server, error) {
	v, at, err := s.launch(ctx, k, database)
	if err != nil {
		return v, err
	}
	v.pids = func() ([]int, error) { return []int{v.process.Process.Pid}, nil }
	if database != "" {
		v.pids = func() ([]int, error) { return withPostgres(v.process.Process.Pid, pg) }
	}
	v.load = newLoad(k, at, s.conns)
	return v, nil
}

// launch starts the process of a server and waits until it serves. One that does not is
// given all the same, to be stopped.
func (s *session) launch(ctx context.Context, k kind, database string) (*server, ready, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, ready{}, fmt.Errorf("find the program itself: %w", err)
	}
	dir := filepath.Join(s.dir, string(k))
	if k == many {
		// Its credentials are issued one by one, and its road writes nothing: no disk is needed.
		if memory, err := os.MkdirTemp("/dev/shm", "quartet-bench-"); err == nil {
			dir = memory
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, ready{}, fmt.Errorf("make a folder for the server: %w", err)
	}
	args := []string{"-serve", string(k), "-dir", dir, "-people", strconv.FormatInt(s.people, 10), "-calls", strconv.Itoa(s.calls), "-database", database}
	if s.profile != "" {
		args = append(args, "-profile", s.profile)
	}
	v := &server{kind: k, dir: dir, process: exec.CommandContext(ctx, self, args...)}
	v.process.Stderr = os.Stderr
	v.process.Cancel = func() error { return v.process.Process.Signal(os.Interrupt) }
	out, err := v.process.StdoutPipe()
	if err != nil {
		return nil, ready{}, fmt.Errorf("read from the server: %w", err)
	}
	if err := v.process.Start(); err != nil {
		return nil, ready{}, fmt.Errorf("start: %w", err)
	}
	at, err := readReady(out)
	return v, at, err
}

func (v *server) stop() error {
	if err := v.process.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop %s: %w", v.kind, err)
	}
	if err := v.process.Wait(); err != nil {
		return fmt.Errorf("%s did not end in good order: %w", v.kind, err)
	}
	if err := os.RemoveAll(v.dir); err != nil {
		return fmt.Errorf("remove the data of %s: %w", v.kind, err)
	}
	return nil
}

// cpu is the processor time that the server has used since it started.
func (v *server) cpu() (time.Duration, error) {
	pids, err := v.pids()
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, pid := range pids {
		sum += processTime(pid)
	}
	return sum, nil
}

// withPostgres adds the database server and its children.
func withPostgres(pid int, pg *pgtest.Server) ([]int, error) {
	f, err := os.Open(filepath.Join(pg.Dir(), "data", "postmaster.pid"))
	if err != nil {
		return nil, fmt.Errorf("find PostgreSQL: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("find PostgreSQL: %w", err)
	}
	master, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return nil, fmt.Errorf("find PostgreSQL: %w", err)
	}
	pids := []int{pid, master}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", master, master))
	if err != nil {
		return nil, fmt.Errorf("list PostgreSQL's processes: %w", err)
	}
	for child := range strings.FieldsSeq(string(text)) {
		if n, err := strconv.Atoi(child); err == nil {
			pids = append(pids, n)
		}
	}
	return pids, nil
}

// tick is the unit of /proc/PID/stat: 100 a second on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// processTime is 0 for a process that has ended.
func processTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name may hold blanks; what follows its closing bracket does not.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick
}

// preciseTime is the processor time of the threads that a process has, to the nanosecond; 0 for
// one that has ended. A Go program hardly ever ends a thread.
func preciseTime(pid int) (sum time.Duration) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, path := range threads {
		text, _ := os.ReadFile(path) // one that has ended meanwhile counts nothing
		ran, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(ran, 10, 64)
		sum += time.Duration(n)
	}
	return sum
}

// flushTimes measures write and fdatasync of one page, in order of size.
func flushTimes(dir string) ([]time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "flush"))
	if err != nil {
		return nil, fmt.Errorf("measure the flush: %w", err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	times := make([]time.Duration, 0, 400)
	for range cap(times) {
		begun := time.Now()
		if _, err := f.Write(page); err != nil {
			return nil, fmt.Errorf("measure the flush: %w", err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			return nil, fmt.Errorf("measure the flush: %w", err)
		}
		times = append(times, time.Since(begun))
	}
	return times, nil
}
