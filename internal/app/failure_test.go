//go:build linux

package app_test

import (
	"context"
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // a writer from outside

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store/pgtest"
	"quartet/internal/store/storetest"
)

// becomes waits until /readyz answers with a status. Nobody sends the node any call.
func (n *node) becomes(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		code, why := get(t, n.AdminURL()+"/readyz")
		if code == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("/readyz stays %d: %s\n%s", code, why, n.log)
		}
	}
}

func (n *node) wantReady(t *testing.T, want int) {
	t.Helper()
	if code, why := get(t, n.AdminURL()+"/readyz"); code != want {
		t.Errorf("/readyz: %d %s, want %d", code, why, want)
	}
}

// wantUsed proves the books: so many units used, none held, no difference.
func (n *node) wantUsed(t *testing.T, want int64) {
	t.Helper()
	r, err := quota.Audit(t.Context(), n.Store, true)
	if err != nil {
		t.Fatal(err)
	}
	if r.Used != want || r.Held != 0 || len(r.Differences) > 0 {
		t.Errorf("used %d, held %d, %v; want %d used", r.Used, r.Held, r.Differences, want)
	}
}

const (
	ready   = http.StatusOK
	unready = http.StatusServiceUnavailable
)

func TestFullDisk_Answers10019ChargesNothingAndIsOverWhenThereIsRoom(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	if got := n.result(t, person(1)); got != paid {
		t.Fatalf("got %s", got)
	}
	heal := storetest.Break(t, c.Data, storetest.Full)
	for i := range int64(3) {
		if got := n.result(t, person(2+i)); got != "10019" {
			t.Errorf("got %s, want 10019", got)
		}
		n.wantReady(t, unready)
	}
	// Once the rows of the refusals are past, nothing but the node itself can find out.
	if err := n.Ledger.Check(t.Context()); quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("a batch of nothing: %v", err)
	}
	heal()
	n.becomes(t, ready)
	n.wantUsed(t, 1)
	if got := n.result(t, person(9)); got != paid {
		t.Errorf("with room again: %s", got)
	}
	n.wantUsed(t, 2)
}

func TestFullDisk_IsNoticedWithoutACall(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	heal := storetest.Break(t, c.Data, storetest.Full)
	n.becomes(t, unready)
	heal()
	n.becomes(t, ready)
}

func TestBusyDatabase_Answers10019ChargesNothingAndIsOverWithTheOtherWriter(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.Data, "quartet.db")+"?_pragma=busy_timeout(5000)") // the node writes too
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, step := range []struct{ statement, result string }{{"BEGIN IMMEDIATE", "10019"}, {"ROLLBACK", paid}} {
		if _, err := db.ExecContext(t.Context(), step.statement); err != nil {
			t.Fatal(err)
		}
		if step.result == paid {
			n.becomes(t, ready)
			n.wantUsed(t, 0)
		}
		if got := n.result(t, person(1)); got != step.result {
			t.Errorf("after %s: got %s, want %s", step.statement, got, step.result)
		}
		if step.result != paid {
			n.wantReady(t, unready)
		}
	}
	n.wantUsed(t, 1)
}

func TestFailedFlush_StopsTheNodeAndNobodyIsAnswered(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := launch(t, c)
	if got := n.result(t, person(1)); got != paid {
		t.Fatalf("got %s", got)
	}
	heal := storetest.Break(t, c.Data, storetest.Unflushable)
	unanswered := func(what string) {
		t.Helper()
		if a, err := n.client.Verify(t.Context(), person(2)); err == nil {
			t.Errorf("%s was answered: %+v", what, a)
		}
	}
	unanswered("the call whose flush failed")
	select {
	case err := <-n.Failed():
		if quartet.CodeOf(err) != quartet.ErrInternal {
			t.Errorf("the node stops for %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the node does not stop")
	}
	n.wantReady(t, unready)
	heal()
	unanswered("a call after it, on a disk that is good again")
	n.wantReady(t, unready)
	if err := n.Stop(context.Background()); err == nil {
		t.Error("the node says that it stopped in good order")
	}
	n = start(t, c)
	n.wantUsed(t, 1)
	if got := n.result(t, person(3)); got != paid {
		t.Errorf("after a restart: %s", got)
	}
}

func TestPostgreSQL_ThatIsDownMakesTheNodeUnreadyUntilItIsBack(t *testing.T) {
	server := pgtest.New(t)
	c := settings(t)
	c.Store = server.NewDatabase(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	if err := server.Stop(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	n.becomes(t, unready)
	if got := n.result(t, person(1)); got != "10019" {
		t.Errorf("while it is down: %s", got)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	n.becomes(t, ready)
	n.wantUsed(t, 0)
	if got := n.result(t, person(2)); got != paid {
		t.Errorf("when it is back: %s", got)
	}
}
