package usage_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/usage"
)

// These make a process of this test binary one that forgets calls until it is killed.
const (
	doomDir = "QUARTET_TEST_PRUNE_DIR"
	doomURL = "QUARTET_TEST_PRUNE_URL"
)

func TestMain(m *testing.M) {
	if o := (store.Options{Dir: os.Getenv(doomDir), URL: os.Getenv(doomURL)}); o.Dir != "" || o.URL != "" {
		_, _ = fmt.Fprintln(os.Stdout, forget(o))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// pruned is when calls of begun have been kept long enough.
var pruned = begun.AddDate(0, 0, quartet.LeastCallDays+2)

func forget(o store.Options) error {
	s, err := store.Open(context.Background(), o)
	if err != nil {
		return err
	}
	_, err = usage.Prune(context.Background(), &doomed{Store: s}, quartet.LeastCallDays, pruned)
	return err
}

// doomed says that it is in the middle once a chunk has gone, and stops before the last ones do.
type doomed struct {
	*store.Store

	chunks int
}

func (d *doomed) PruneCalls(ctx context.Context) (int64, error) {
	if d.chunks++; d.chunks == 2 {
		_, _ = fmt.Fprintln(os.Stdout, "here")
	}
	if d.chunks > 3 {
		select {} // until it is killed
	}
	return d.Store.PruneCalls(ctx)
}

// Wherever in it the process is killed: what is left proves what it must, and the next one goes on.
func TestPrune_GoesOnWhereItsProcessWasKilled(t *testing.T) {
	const calls = 2600 // more chunks than the process that is killed removes
	for engine, o := range map[string]store.Options{"SQLite": {Dir: t.TempDir()}, "PostgreSQL": {URL: storetest.Postgres(t)}} {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			kept(t, o, calls)
			killed(t, o)
			s, err := store.Open(ctx, o)
			must(t, err)
			defer func() { _ = s.Close() }()
			proved(t, s)
			gone, err := usage.Prune(ctx, s, quartet.LeastCallDays, pruned)
			if err != nil || gone == 0 || gone >= calls {
				t.Errorf("%d more calls are forgotten, %v", gone, err)
			}
			proved(t, s)
			if left, err := s.LatestCalls(ctx, quartet.CallFilter{Limit: 9}); err != nil || len(left) != 0 {
				t.Errorf("%d calls are left, %v", len(left), err)
			}
		})
	}
}

// kept is a book with so many charged calls of a day that is closed.
func kept(t *testing.T, o store.Options, calls int64) {
	t.Helper()
	ctx := t.Context()
	s, err := store.Open(ctx, o)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	_, _, err = s.LeaseNode(ctx, "folder", "session", begun)
	must(t, err)
	must(t, s.CreateAccount(ctx, quartet.Account{ID: "a", Name: "a", CreatedAt: begun}, quartet.AuditEntry{}))
	day := quartet.DayOf(begun.Unix()) - 1
	p := quartet.Postings{
		Opened:  []quartet.Grant{{ID: "g", Account: "a", Units: 2 * calls, Used: calls, Origin: "gift", CreatedAt: begun.AddDate(0, 0, -9), ExpiresAt: begun.AddDate(1, 0, 0)}},
		Entries: []quartet.Entry{{ID: "e", Grant: "g", Kind: quartet.EntryGranted, Units: 2 * calls, At: begun.AddDate(0, 0, -9), Until: begun.AddDate(1, 0, 0)}},
	}
	for i := range calls {
		at := time.Unix(quartet.DayStart(day)+i, 0)
		p.Calls = append(p.Calls, quartet.Call{
			SeqNo: quartet.SeqNo{Second: at.Unix(), N: 1}, At: at, Account: "a", Credential: "c", Product: "1887", Code: quartet.CodeOK, Verdict: quartet.Match, Source: "registry",
			Grant: "g", Charged: 1,
		})
	}
	must(t, s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings { return p }))
	must(t, s.CloseDay(ctx, day, begun.UnixMicro()))
	proved(t, s)
}

// killed lets a process forget calls, and kills it in the middle.
func killed(t *testing.T, o store.Options) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), doomDir+"="+o.Dir, doomURL+"="+o.URL)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil || line != "here\n" {
		t.Fatalf("it did not get to where it is killed: %q, %v", line, err)
	}
}

func proved(t *testing.T, s *store.Store) {
	t.Helper()
	if r, err := quota.Audit(t.Context(), s, true); err != nil || len(r.Differences) > 0 {
		t.Fatalf("the books differ: %v, %v", r.Differences, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
