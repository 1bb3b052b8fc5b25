package job_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// The process that is killed runs this test binary with these set.
const (
	crashPhase = "JOB_CRASH_PHASE"
	crashDir   = "JOB_CRASH_DIR"
	crashURL   = "JOB_CRASH_URL"
)

// phases are where a process may die in the middle of a job.
var phases = []string{"claimed", "before the effect", "after the effect", "ended"}

func TestMain(m *testing.M) {
	if phase := os.Getenv(crashPhase); phase != "" {
		doomed(phase)
		return
	}
	os.Exit(m.Run())
}

// here says that a phase is reached, and waits for the end there.
func here(now, phase string) {
	if now == phase {
		_, _ = fmt.Fprintln(os.Stdout, "here")
		select {}
	}
}

// stopping is a store that tells of the phases around a job.
type stopping struct {
	*store.Store

	phase string
}

func (s stopping) ClaimJobs(ctx context.Context, kinds []string, now, lease time.Time, limit int) ([]quartet.Job, error) {
	list, err := s.Store.ClaimJobs(ctx, kinds, now, lease, limit)
	if len(list) > 0 {
		here("claimed", s.phase)
	}
	return list, err
}

func (s stopping) EndJob(ctx context.Context, j quartet.Job) error {
	err := s.Store.EndJob(ctx, j)
	here("ended", s.phase)
	return err
}

func openAt(dir, url string) (*store.Store, error) {
	return store.Open(context.Background(), store.Options{Dir: dir, URL: url})
}

func crashRunner(s *store.Store, phase string) *job.Runner {
	r := job.New(job.Options{Store: stopping{s, phase}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Lease: time.Second})
	r.Handle("account.open", func(ctx context.Context, key string) error {
		here("before the effect", phase)
		now := time.Now()
		// The effect, the entry and the job that follows are one: there is one of each.
		err := s.CreateAccount(ctx, quartet.Account{ID: key, Name: key, CreatedAt: now}, quartet.AuditEntry{ID: key + " opened", At: now, Actor: "job", Action: "account.open", Subject: key})
		if quartet.CodeOf(err) == quartet.ErrConflict {
			err = nil // an earlier try did it
		}
		here("after the effect", phase)
		return err
	})
	return r
}

func doomed(phase string) {
	s, err := openAt(os.Getenv(crashDir), os.Getenv(crashURL))
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	crashRunner(s, phase).Run(context.Background())
}

func TestRunner_DoesWhatAKilledProcessWasDoingOnceInEffect(t *testing.T) {
	for engine, url := range map[string]func(*testing.T) string{
		"SQLite":     func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		for _, phase := range phases {
			t.Run(engine+" "+phase, func(t *testing.T) {
				t.Parallel()
				dir, url := storetest.Folder(t), url(t)
				s, err := openAt(dir, url)
				if err != nil {
					t.Fatal(err)
				}
				now := time.Now()
				if err := s.PutJobs(t.Context(), job.At("account.open", "acme", now, now)); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				die(t, phase, dir, url)
				tries := 2
				if phase == "ended" {
					tries = 1
				}
				finish(t, dir, url, tries)
			})
		}
	}
}

// die runs a process until it reaches the phase, and kills it.
func die(t *testing.T, phase, dir, url string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashPhase+"="+phase, crashDir+"="+dir, crashURL+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil || line != "here\n" {
		t.Fatalf("it did not get to %s: %q %v", phase, line, err)
	}
}

// finish runs jobs until none is left, and looks what there is.
func finish(t *testing.T, dir, url string, tries int) {
	t.Helper()
	s, err := openAt(dir, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		crashRunner(s, "").Run(ctx)
	}()
	for tick := time.NewTicker(20 * time.Millisecond); ctx.Err() == nil; <-tick.C {
		if counts, err := s.JobCounts(ctx); err != nil || counts[quartet.JobDone] == 1 {
			break
		}
	}
	stop()
	<-ended
	list, err := s.Jobs(t.Context(), "", "", 9)
	if err != nil || len(list) != 1 || list[0].State != quartet.JobDone || list[0].Tries != tries {
		t.Errorf("the jobs are %+v, %v", list, err)
	}
	accounts, err := s.Accounts(t.Context())
	if err != nil || len(accounts) != 1 {
		t.Errorf("%d accounts, %v", len(accounts), err)
	}
	entries, err := s.AuditEntries(t.Context(), 9)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
