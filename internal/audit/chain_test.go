package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// house is a store with the keyring that chains its audit, and a way past the store.
type house struct {
	options store.Options
	store   *store.Store
	ring    *seal.Keyring
	beside  *sql.DB
}

func onBothEngines(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		o := store.Options{Dir: storetest.Folder(t)}
		test(t, newHouse(t, o, "sqlite", "file:"+filepath.Join(o.Dir, "quartet.db")))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		o := store.Options{URL: storetest.Postgres(t)}
		test(t, newHouse(t, o, "pgx", o.URL))
	})
}

func newHouse(t *testing.T, o store.Options, driver, dsn string) *house {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keyring"))
	must(t, err)
	o.Macs = ring.Macs("audit")
	h := &house{options: o, ring: ring}
	h.open(t)
	h.beside, err = sql.Open(driver, dsn)
	must(t, err)
	t.Cleanup(func() { _, _ = h.store.Close(), h.beside.Close() })
	return h
}

func (h *house) open(t *testing.T) {
	t.Helper()
	var err error
	h.store, err = store.Open(context.Background(), h.options)
	must(t, err)
}

func (h *house) reopen(t *testing.T) {
	t.Helper()
	must(t, h.store.Close())
	h.open(t)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write writes that many more entries, of all fields.
func (h *house) write(t *testing.T, n int) {
	t.Helper()
	for range n {
		e := audit.Entry(time.Now(), "王芳", "account.limit", "a1", "10 a second")
		e.Before, e.After = `{"qps":5}`, `{"qps":10}`
		must(t, h.store.Audit(quartet.WithOrigin(t.Context(), "192.0.2.7"), e))
	}
}

func (h *house) sql(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		_, err := h.beside.ExecContext(t.Context(), s)
		must(t, err)
	}
}

func (h *house) verify(t *testing.T, noted quartet.AuditPoint) audit.Report {
	t.Helper()
	r, err := audit.Verify(t.Context(), h.store, h.ring.Macs("audit"), noted)
	must(t, err)
	return r
}

func TestVerify_FindsNothingWhereNobodyTampered(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		if r := h.verify(t, quartet.AuditPoint{}); r.Fault != nil || r.Entries != 0 || r.Head.String() != "0:" {
			t.Errorf("an empty audit: %+v", r)
		}
		h.write(t, 3)
		monday := h.verify(t, quartet.AuditPoint{}).Head
		must(t, h.ring.Rotate())
		h.write(t, 2)
		r := h.verify(t, monday)
		if r.Fault != nil || r.Entries != 5 || r.Head.Place != 5 {
			t.Errorf("under two keys: %+v, %v", r, r.Fault)
		}
		list, err := h.store.AuditLinks(t.Context(), quartet.AuditSearch{}, 4, 2)
		must(t, err)
		if len(list) != 2 || list[0].Place != 3 || list[1].Place != 2 {
			t.Errorf("a page is %+v", list)
		}
		if e := list[0].Entry; e.Origin != "192.0.2.7" || e.Before != `{"qps":5}` || e.After != `{"qps":10}` {
			t.Errorf("kept as %+v", e)
		}
	})
}

func TestVerify_FindsTheFirstPlaceWhereSomebodyTampered(t *testing.T) {
	alter := func(column string) string {
		return `UPDATE audit_entry SET ` + column + ` = 'x' WHERE place = 3`
	}
	const copied = `INSERT INTO audit_entry (id, at, actor, action, subject, detail, origin, before_json, after_json, place, key_id, mac)
		SELECT 'new', at, actor, action, subject, detail, origin, before_json, after_json, %s, key_id, mac FROM audit_entry WHERE place = 3`
	cases := []struct {
		name  string
		does  []string
		place int64
		says  string
	}{
		{"another actor", []string{alter("actor")}, 3, "altered"},
		{"another action", []string{alter("action")}, 3, "altered"},
		{"another subject", []string{alter("subject")}, 3, "altered"},
		{"another detail", []string{alter("detail")}, 3, "altered"},
		{"another origin", []string{alter("origin")}, 3, "altered"},
		{"another before", []string{alter("before_json")}, 3, "altered"},
		{"another after", []string{alter("after_json")}, 3, "altered"},
		{"another id", []string{alter("id")}, 3, "altered"},
		{"another mac", []string{alter("mac")}, 3, "altered"},
		{"another key", []string{alter("key_id")}, 3, "which the keyring does not hold"},
		{"another time", []string{`UPDATE audit_entry SET at = at + 1 WHERE place = 3`}, 3, "altered"},
		{"words moved to the next field", []string{`UPDATE audit_entry SET subject = 'a', detail = '110 a second' WHERE place = 3`}, 3, "altered"},
		{"an altered first entry", []string{`UPDATE audit_entry SET actor = 'x' WHERE place = 1`}, 1, "altered"},
		{"an altered last entry", []string{`UPDATE audit_entry SET actor = 'x' WHERE place = 5`}, 5, "altered"},
		{"one taken out", []string{`DELETE FROM audit_entry WHERE place = 3`}, 3, "taken out"},
		{"one taken out and the gap closed", []string{
			`DELETE FROM audit_entry WHERE place = 3`,
			`UPDATE audit_entry SET place = 3 WHERE place = 4`, `UPDATE audit_entry SET place = 4 WHERE place = 5`,
		}, 3, "moved"},
		{"the first one taken out", []string{`DELETE FROM audit_entry WHERE place = 1`}, 1, "taken out"},
		{"two that changed places", []string{
			`UPDATE audit_entry SET place = 99 WHERE place = 3`, `UPDATE audit_entry SET place = 3 WHERE place = 4`,
			`UPDATE audit_entry SET place = 4 WHERE place = 99`,
		}, 3, "moved"},
		{"one put in", []string{
			`UPDATE audit_entry SET place = 6 WHERE place = 5`, `UPDATE audit_entry SET place = 5 WHERE place = 4`, fmt.Sprintf(copied, "4"),
		}, 4, "put in"},
		{"one put in without a place", []string{fmt.Sprintf(copied, "0")}, 0, "put in"},
		{"one put in below the first", []string{fmt.Sprintf(copied, "-7")}, -7, "put in"},
		{"one put in behind the end", []string{fmt.Sprintf(copied, "6")}, 6, "put in"},
		{"the end cut off", []string{`DELETE FROM audit_entry WHERE place >= 4`}, 4, "cut off"},
		{"the end cut off, and the head moved there", []string{
			`DELETE FROM audit_entry WHERE place >= 4`,
			`UPDATE audit_head SET place = 3, mac = (SELECT mac FROM audit_entry WHERE place = 3)`,
		}, 4, "does not bear its seal"},
		{"all taken out", []string{`DELETE FROM audit_entry`}, 1, "cut off"},
		{"no head", []string{`DELETE FROM audit_head`}, 6, "head of the chain was taken away"},
		{"a head under no key", []string{`UPDATE audit_head SET key_id = 'unkeyed'`}, 6, "which the keyring does not hold"},
		{"a head that was never begun", []string{`UPDATE audit_head SET place = -1, mac = '', key_id = '', seal = ''`}, 6, "taken away"},
	}
	onBothEngines(t, func(t *testing.T, h *house) {
		for _, tt := range cases {
			t.Run(tt.name, func(t *testing.T) {
				h.sql(t, `DELETE FROM audit_entry`, `DELETE FROM audit_head`, `INSERT INTO audit_head (id, place, mac, key_id, seal) VALUES (1, -1, '', '', '')`)
				h.reopen(t)
				h.write(t, 5)
				h.sql(t, tt.does...)
				f := h.verify(t, quartet.AuditPoint{}).Fault
				if f == nil || f.Place != tt.place || !strings.Contains(f.What, tt.says) {
					t.Fatalf("found %v, want place %d: … %s", f, tt.place, tt.says)
				}
				// Neither a restart nor what the house goes on to write covers it up.
				h.reopen(t)
				h.write(t, 2)
				if f := h.verify(t, quartet.AuditPoint{}).Fault; f == nil || f.Place > 6 {
					t.Errorf("found %v after two more entries", f)
				}
			})
		}
	})
}

// What only a head that was written down elsewhere can prove.
func TestVerify_HoldsTheChainAgainstAHeadThatWasWrittenDown(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		h.write(t, 3)
		h.sql(t, `CREATE TABLE kept AS SELECT id, place, mac, key_id, seal FROM audit_head`)
		h.write(t, 2)
		noted := h.verify(t, quartet.AuditPoint{}).Head

		h.sql(t, `DELETE FROM audit_entry WHERE place > 3`, `DELETE FROM audit_head`, `INSERT INTO audit_head (id, place, mac, key_id, seal) SELECT id, place, mac, key_id, seal FROM kept`)
		if f := h.verify(t, quartet.AuditPoint{}).Fault; f != nil {
			t.Fatalf("an older database is whole in itself, yet %v", f)
		}
		if f := h.verify(t, noted).Fault; f == nil || f.Place != 4 || !strings.Contains(f.What, "cut off") {
			t.Errorf("an older database: %v", f)
		}
		h.write(t, 2)
		if f := h.verify(t, noted).Fault; f == nil || f.Place != 5 || !strings.Contains(f.What, "made anew") {
			t.Errorf("an older database that was written on: %v", f)
		}
	})
}

func TestVerify_FindsAChainThatWasTakenAwayAndBegunAnew(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		anew := func() {
			h.sql(t, `UPDATE audit_entry SET place = 0, key_id = '', mac = '', detail = 'altered'`,
				`UPDATE audit_head SET place = -1, mac = '', key_id = '', seal = ''`)
			h.reopen(t)
		}
		h.write(t, 3)
		noted := h.verify(t, quartet.AuditPoint{}).Head
		anew() // as after an update from before there was a chain
		if r := h.verify(t, quartet.AuditPoint{}); r.Fault != nil || r.Entries != 4 {
			t.Errorf("a first beginning: %+v, %v", r, r.Fault)
		}
		if f := h.verify(t, noted).Fault; f == nil || f.Place != 3 {
			t.Errorf("against what was written down: %v", f)
		}
		list, err := h.store.AuditEntries(t.Context(), 1)
		must(t, err)
		if list[0].Action != quartet.AuditBegun || !strings.Contains(list[0].Detail, "the 3 entries") {
			t.Errorf("the beginning is told as %+v", list[0])
		}
		h.write(t, 1)
		anew()
		if f := h.verify(t, quartet.AuditPoint{}).Fault; f == nil || f.Place != 6 || !strings.Contains(f.What, "begun anew") {
			t.Errorf("a second beginning: %v", f)
		}
	})
}

func TestVerify_KnowsAChainWithoutAKeyForNone(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		h.options.Macs = nil
		h.reopen(t)
		h.write(t, 1)
		f := h.verify(t, quartet.AuditPoint{}).Fault
		if f == nil || f.Place != 1 || !strings.Contains(f.What, "unkeyed") {
			t.Errorf("found %v", f)
		}
	})
}

func TestChain_HasNoGapHoweverManyWriteAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := quartet.Account{ID: "a", Name: "a", CreatedAt: time.Now()}
		must(t, h.store.CreateAccount(t.Context(), a, audit.Entry(time.Now(), "王芳", "account.add", "a", "")))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					// One that takes the directory's row as well, one that does not, one that fails.
					err := h.store.UpdateAccount(context.Background(), a, audit.Entry(time.Now(), "王芳", "account.limit", "a", ""))
					if err != nil {
						t.Error(err)
					}
					if err := h.store.Audit(context.Background(), audit.Entry(time.Now(), "李强", "credential.show", "c", "")); err != nil {
						t.Error(err)
					}
					if h.store.CreateAccount(context.Background(), a, audit.Entry(time.Now(), "王芳", "account.add", "a", "")) == nil {
						t.Error("an account was added twice")
					}
				}
			})
		}
		wg.Wait()
		if r := h.verify(t, quartet.AuditPoint{}); r.Fault != nil || r.Entries != 81 {
			t.Errorf("%d entries, %v", r.Entries, r.Fault)
		}
	})
}

func TestVerify_FindsAChainThatWasTakenAwayWhereItIsKnownToHaveBegun(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		h.options.Chained = true
		h.reopen(t)
		h.write(t, 3)
		if f := h.verify(t, quartet.AuditPoint{}).Fault; f != nil {
			t.Errorf("a chain that nobody touched: %v", f)
		}
		h.sql(t, `UPDATE audit_entry SET place = 0, key_id = '', mac = '', detail = 'altered'`,
			`UPDATE audit_head SET place = -1, mac = '', key_id = '', seal = ''`)
		for range 2 {
			h.reopen(t)
		}
		if f := h.verify(t, quartet.AuditPoint{}).Fault; f == nil {
			t.Error("entries that were written anew are vouched for")
		}
		list, err := h.store.AuditEntries(t.Context(), 10)
		must(t, err)
		if len(list) != 4 || list[0].Action != quartet.AuditBroken {
			t.Errorf("what was found is told as %+v", list)
		}
	})
}
