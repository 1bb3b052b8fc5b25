package quota_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
	"quartet/internal/store/storetest"
)

// outcome is what a caller was told of his call.
type outcome struct {
	call quartet.Call
	code quartet.ErrorCode
}

// load charges from many callers until stop is called, which gives all outcomes.
func load(l *quota.Ledger, account string, callers int) (stop func() []outcome) {
	var (
		mu   sync.Mutex
		list []outcome
		wg   sync.WaitGroup
	)
	ctx, cancel := context.WithCancel(context.Background())
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				c := newCall(account)
				err := l.Charge(context.Background(), &c, 1, quartet.Claim{})
				mu.Lock()
				list = append(list, outcome{c, quartet.CodeOf(err)})
				mu.Unlock()
			}
		})
	}
	return func() []outcome {
		cancel()
		wg.Wait()
		return list
	}
}

// mustStand compares what the callers were told with what stands: acknowledged means
// there, refused means absent, unanswered may be either.
func mustStand(t *testing.T, s *store.Store, told []outcome) map[quartet.ErrorCode]int {
	t.Helper()
	rows, saw, unanswered := calls(t, s), map[quartet.ErrorCode]int{}, 0
	for _, o := range told {
		saw[o.code]++
		_, there := rows[o.call.SeqNo]
		switch o.code {
		case "":
			if !there {
				t.Errorf("an acknowledged call is lost: %v", o.call.SeqNo)
			}
		case quartet.ErrUnknownOutcome:
			if there {
				unanswered++
			}
		case quartet.ErrUnavailable:
			if there {
				t.Errorf("a refused call was charged: %v", o.call.SeqNo)
			}
		default:
			t.Errorf("an outcome that nobody expects: %q", o.code)
		}
	}
	if want := saw[""] + unanswered; len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	if r := mustAudit(t, s); r.Used != int64(len(rows)) {
		t.Errorf("%d units used by %d calls", r.Used, len(rows))
	}
	return saw
}

func TestPostgreSQL_ThatRestartsUnderLoadLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	url := server.NewDatabase(t)
	s := openStore(t, store.Options{URL: url})
	batches := make(chan struct{}, 1)
	l := openLedger(t, s, quota.Options{OnBatch: func(int, time.Duration) {
		select {
		case batches <- struct{}{}:
		default:
		}
	}})
	addAccount(t, s, l, "a", 1<<39)
	stop := load(l, "a", 32)
	meanwhile := func(some int, harm func() error) {
		for range some {
			<-batches
		}
		if err := harm(); err != nil {
			t.Fatal(err)
		}
	}
	for range 30 { // in the middle of whatever batch is on its way, before its commit or after
		meanwhile(2, server.KillBackends)
	}
	for _, mode := range []pgtest.Mode{pgtest.Immediate, pgtest.Fast, pgtest.Immediate} {
		meanwhile(20, func() error { return server.Restart(mode) })
	}
	meanwhile(20, func() error { return nil })
	told := stop()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	saw := mustStand(t, openStore(t, store.Options{URL: url}), told)
	if saw[""] == 0 || saw[quartet.ErrUnavailable] == 0 {
		t.Errorf("outcomes %v; the restarts met no batch", saw)
	}
}

// A race that is lost once, or as often as it takes to fall apart into single acts, costs
// nobody his call.
func TestPostgreSQL_ARaceThatWasLostIsRunAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01"} {
		for times := 1; times <= 2; times++ {
			t.Run(fmt.Sprintf("%s %d times", code, times), func(t *testing.T) {
				t.Parallel()
				url := storetest.Postgres(t)
				f := &failing{Store: openStore(t, store.Options{URL: url})}
				l := openLedger(t, f, quota.Options{})
				addAccount(t, f.Store, l, "a", 20)
				loseRaces(t, url, code, times)
				list, errs := gathered(t, f, l, 8)
				told := make([]outcome, len(list))
				for i := range list {
					told[i] = outcome{list[i], quartet.CodeOf(errs[i])}
				}
				if saw := mustStand(t, f.Store, told); saw[""] != len(list) {
					t.Errorf("outcomes %v, want all served", saw)
				}
				if f.count() < 2+times {
					t.Errorf("%d commits; the race was not lost", f.count())
				}
			})
		}
	}
}

// loseRaces makes the server give up the first transactions that write a call.
func loseRaces(t *testing.T, url, code string, times int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range []string{
		`CREATE SEQUENCE tries`,
		fmt.Sprintf(`CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('tries') <= %d THEN RAISE EXCEPTION 'scripted' USING ERRCODE = '%s'; END IF;
			RETURN NULL; END $$`, times, code),
		`CREATE TRIGGER give_up AFTER INSERT ON call FOR EACH STATEMENT EXECUTE FUNCTION give_up()`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
