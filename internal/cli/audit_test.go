package cli_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

func TestAudit_IsProvedAndItsHeadWrittenDown(t *testing.T) {
	both(t, func(t *testing.T, dir string) {
		must(t, "--data", dir, "account", "suspend", "acme")
		head := must(t, "--data", dir, "audit", "head")
		must(t, "--data", dir, "account", "resume", "acme")
		if o := run(t, "", "--data", dir, "audit", "verify", "--head", head); o.code != 0 || !strings.Contains(o.out, "all as they were written") {
			t.Fatalf("%+v", o)
		}
		if o := run(t, "", "--data", dir, "audit", "verify", "--head", "nonsense"); o.code != 2 || !strings.Contains(o.err, "PLACE:MAC") {
			t.Errorf("a head that is none: %+v", o)
		}

		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "quartet.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), `UPDATE audit_entry SET actor = 'zhang' WHERE action = 'account.suspend'`); err != nil {
			t.Fatal(err)
		}
		place, _, _ := strings.Cut(head, ":")
		if o := run(t, "", "--data", dir, "audit", "verify"); o.code != 1 || !strings.HasPrefix(o.out, "place "+place+", entry ") {
			t.Errorf("an altered entry: %+v", o)
		}
		if o := run(t, "", "--data", dir, "audit", "verify", "--json"); o.code != 1 || !strings.Contains(o.out, `"place":`+place) {
			t.Errorf("an altered entry as JSON: %+v", o)
		}
		if o := run(t, "", "--data", dir, "audit", "head"); o.code != 1 || o.out != "" || !strings.Contains(o.err, "not whole") {
			t.Errorf("the head of a tampered audit: %+v", o)
		}
	})
}
