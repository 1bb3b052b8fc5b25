package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// Who counts tries and who takes them back hold the counters in one order, whatever is done
// with each: otherwise two at once wait for each other until the database ends one of them.
func TestForgive_TakesCountersInTheOrderInWhichTryDoes(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	s, ctx := open(t, store.Options{URL: url}), t.Context()
	low, high := quartet.Throttle{Key: quartet.Fingerprint{1}, Span: time.Hour}, quartet.Throttle{Key: quartet.Fingerprint{2}, Span: time.Hour}
	if _, err := s.Try(ctx, time.Now(), low, high); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `SELECT 1 FROM throttle WHERE id = $1 FOR UPDATE`, low.Key[:]); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Forgive(ctx, []quartet.Fingerprint{high.Key}, []quartet.Fingerprint{low.Key}) }()
	for waits := 0; waits == 0; { // until it stands behind the low one
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.Exec(ctx, `SELECT 1 FROM throttle WHERE id = $1 FOR UPDATE NOWAIT`, high.Key[:]); err != nil {
		t.Errorf("it holds the high one: %v", err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
