package pgtest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"quartet/internal/store/pgtest"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func show(t *testing.T, conn *pgx.Conn, setting string) string {
	t.Helper()
	var value string
	if err := conn.QueryRow(t.Context(), "SHOW "+setting).Scan(&value); err != nil {
		t.Fatalf("show %s: %v", setting, err)
	}
	return value
}

func TestServer_KeepsCommittedRowsAcrossACrash(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	url := server.NewDatabase(t)
	conn := connect(t, url)
	if got := show(t, conn, "fsync"); got != "on" {
		t.Fatalf("fsync is %q, want on", got)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept (n BIGINT); INSERT INTO kept VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(pgtest.Immediate); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := connect(t, url).QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n); err != nil || n != 7 {
		t.Fatalf("after the crash: n = %d, %v", n, err)
	}
}

func TestServer_TakesSettings(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t, "fsync=off")
	if got := show(t, connect(t, server.URL("postgres")), "fsync"); got != "off" {
		t.Fatalf("fsync is %q, want off", got)
	}
}

func TestServer_KillsBackends(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	conn := connect(t, server.URL("postgres"))
	if err := server.KillBackends(); err != nil {
		t.Fatal(err)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Fatal("the session outlived KillBackends")
	}
}

func TestShared_GivesEachTestItsOwnDatabase(t *testing.T) {
	t.Parallel()
	server := pgtest.Shared(t)
	if a, b := server.NewDatabase(t), server.NewDatabase(t); a == b {
		t.Fatalf("two databases have one URL %s", a)
	}
}

// orphan makes the child of the next test start a server and wait to be killed.
const orphan = "QUARTET_PGTEST_ORPHAN"

func TestServer_LeavesNothingBehindWhenTheBinaryIsKilled(t *testing.T) {
	t.Parallel()
	if os.Getenv(orphan) != "" {
		server, err := pgtest.Start()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString(server.Dir() + "\n")
		select {}
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), orphan+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 256)
	n, err := out.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(string(buf[:n]))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for range 100 {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s is still there ten seconds after the kill", dir)
}
