package e2e_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // a million rows are written beside the program
	_ "modernc.org/sqlite"             // likewise

	"quartet"
	"quartet/internal/store/pgtest"
)

const (
	manyCalls = 1_000_000
	// mostMemory is what an export may add to what the process had, in KiB: that of a collector
	// which waits for new memory of this size, while the rows are many times as much.
	mostMemory = 96 << 10
)

// writeMany writes a million calls of an account over ten days that are over, with their counts.
func writeMany(t *testing.T, driver, address string) (from, to string) {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	day := quartet.DayOf(time.Now().Unix()) - 12
	first := quartet.DayStart(day)
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO call (second, n, at, account_id, credential_id, product_id, code, verdict, reason, charged, grant_id, source, latency_us, params, card, sent)
			WITH RECURSIVE counted (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counted WHERE i < %d)
			SELECT %d + CAST(i AS BIGINT) * 864 / 1000, i + 1, (%d + CAST(i AS BIGINT) * 864 / 1000) * 1000000, 'many', 'c', '1887', 10000, 1 + i %% 3, '', 0, '', 'registry', 1500, CAST('' AS BYTEA), CAST('' AS BYTEA), 0 FROM counted`, manyCalls-1, first, first),
		`INSERT INTO usage_hour (account_id, hour, product_id, credential_id, code, verdict, calls, units)
			SELECT account_id, second / 3600, product_id, credential_id, code, verdict, count(*), 0 FROM call WHERE account_id = 'many' GROUP BY 1, 2, 3, 4, 5, 6`,
	} {
		if driver == "sqlite" {
			statement = strings.ReplaceAll(statement, `CAST('' AS BYTEA)`, `x''`)
		}
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	date := func(day int64) string {
		return time.Unix(quartet.DayStart(day), 0).In(quartet.Shanghai).Format(time.DateOnly)
	}
	return date(day), date(day + 9)
}

// memory is what the process has in memory, in KiB, and has had at most since forget.
func (n *node) memory() (now, most int64) {
	n.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.cmd.Process.Pid))
	if err != nil {
		n.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch fields[0] {
		case "VmRSS:":
			now, err = strconv.ParseInt(fields[1], 10, 64)
		case "VmHWM:":
			most, err = strconv.ParseInt(fields[1], 10, 64)
		}
		if err != nil {
			n.t.Fatal(err)
		}
	}
	return now, most
}

func (n *node) forget() {
	n.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", n.cmd.Process.Pid), []byte("5"), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// open begins to take a file, once there is a place for it: those who left need a moment to be
// noticed.
func (v *visitor) open(path string) *http.Response {
	v.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		resp, err := v.http.Get(v.url + path)
		if err != nil {
			v.t.Fatal(err)
		}
		if resp.StatusCode == http.StatusOK {
			return resp
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusTooManyRequests || time.Now().After(end) {
			v.t.Fatalf("%s: %d %s", path, resp.StatusCode, text)
		}
	}
}

func TestExport_AMillionCallsInBoundedMemory(t *testing.T) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			dir, env := folder(t), environ(guardOff)
			driver, address := "sqlite", filepath.Join(dir, "quartet.db")
			if engine == "PostgreSQL" {
				driver, address = "pgx", pgtest.Shared(t).NewDatabase(t)
				env = append(env, "QUARTET_STORE="+address)
			}
			n := startDemo(t, dir, env)
			must(t, env, "account", "add", "--id", "many", "Many", "--data", dir)
			n.stop()
			from, to := writeMany(t, driver, address)
			n = startDemo(t, dir, env)
			operator := n.operator(dir, env)
			span := "?from=" + from + "&to=" + to

			// Whoever leaves in the middle leaves no query and no place taken.
			for range 6 {
				resp := operator.open("/accounts/many/calls.csv" + span)
				if _, err := io.ReadFull(resp.Body, make([]byte, 100_000)); err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
			}

			before, _ := n.memory()
			n.forget()
			resp := operator.open("/accounts/many/calls.csv" + span)
			lines, size := 0, 0
			for r := bufio.NewReaderSize(resp.Body, 1<<20); ; {
				line, err := r.ReadSlice('\n')
				size += len(line)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				lines++
			}
			_ = resp.Body.Close()
			_, most := n.memory()
			t.Logf("CSV: %d lines, %d MiB; the process had %d MiB and at most %d MiB", lines, size>>20, before>>10, most>>10)
			if lines != manyCalls+1 {
				t.Errorf("there are %d lines", lines)
			}
			if most-before > mostMemory {
				t.Errorf("the export took %d MiB", (most-before)>>10)
			}

			before, _ = n.memory()
			n.forget()
			resp = operator.open("/accounts/many/calls.xlsx" + span)
			book, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			_, most = n.memory()
			t.Logf("XLSX: %d MiB; the process had %d MiB and at most %d MiB", len(book)>>20, before>>10, most>>10)
			if err != nil || !bytes.HasPrefix(book, []byte("PK")) || !bytes.Contains(book[len(book)-1024:], []byte("[Content_Types].xml")) {
				t.Errorf("the workbook is not whole: %v", err)
			}
			if most-before > mostMemory {
				t.Errorf("the workbook took %d MiB", (most-before)>>10)
			}
			if out := must(t, env, "quota", "audit", "--data", dir); !strings.HasSuffix(strings.TrimSpace(out), "0 differences") {
				t.Error(out)
			}
		})
	}
}
