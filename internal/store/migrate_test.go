package store_test

import (
	"database/sql"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
)

// schemaOf builds a database as an earlier version left it.
func schemaOf(t *testing.T, dialect goose.Dialect, driver, dsn string, version int64) *sql.Conn {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	p, err := goose.NewProvider(dialect, db, os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return beside(t, driver, dsn)
}

// filled3 is a row of each kind that the version before sources kept.
var filled3 = []string{
	`INSERT INTO account (id, name, created_at, suspended_at, qps, burst) VALUES ('a', '老客户', 1000000, 0, 5, 9)`,
	`INSERT INTO product (id, path, name, need, detail, charge_match, charge_mismatch, charge_undetermined, is_on) VALUES ('1887', '/p', '四要素', 15, 'state', 1, 1, 0, 1)`,
	`INSERT INTO quota_grant (id, account_id, units, used, held, withdrawn, trial, priority, origin, created_at, expires_at, frozen_at)
		VALUES ('g', 'a', 10, 1, 1, 0, 0, 0, 'gift', 1000000, 2000000, 0)`,
	`INSERT INTO quota_entry (id, grant_id, kind, units, note, at) VALUES ('e', 'g', 'granted', 10, '', 1000000)`,
	`INSERT INTO hold (second, n, grant_id, account_id, credential_id, product_id, units, created_at, deadline, params, card, claim_until, nonce)
		VALUES (7, 2, 'g', 'a', 'c', '1887', 1, 1000000, 1500000, '', '', 0, 3)`,
	`INSERT INTO call (second, n, at, account_id, credential_id, product_id, code, verdict, reason, charged, grant_id, source, latency_us, params, card, sent, nonce, differs)
		VALUES (7, 1, 7000000, 'a', 'c', '1887', 10000, 2, 'mobile_mismatch', 1, 'g', 'sim', 1500, '', '', 1, 3, 8)`,
}

// A house that has been at work since before there were sources loses nothing and can go
// on: its calls stand, its hold settles, and the audit holds.
func TestMigrate_AHouseFromBeforeSourcesGoesOn(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), pgtest.Shared(t).NewDatabase(t)
	for _, c := range []struct {
		name, driver, dsn string
		dialect           goose.Dialect
		o                 store.Options
	}{
		{"sqlite", "sqlite", "file:" + dir + "/quartet.db", goose.DialectSQLite3, store.Options{Dir: dir}},
		{"postgres", "pgx", url, goose.DialectPostgres, store.Options{URL: url}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			old := schemaOf(t, c.dialect, c.driver, c.dsn, 3)
			exec(t, old, filled3...)
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			s := leased(t, c.o)
			check := func(what string, got, want any, err error) {
				t.Helper()
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
			at := func(second int64) time.Time { return time.Unix(second, 0) }
			accounts, err := s.Accounts(t.Context())
			check("accounts", accounts, []quartet.Account{{ID: "a", Name: "老客户", Rate: quartet.Rate{QPS: 5, Burst: 9}, CreatedAt: at(1)}}, err)
			products, err := s.Products(t.Context())
			check("products", products, []quartet.Product{{
				ID: "1887", Path: "/p", Name: "四要素", Need: quartet.NeedAll, Detail: quartet.DetailState, Charge: quartet.ChargeTable{Match: 1, Mismatch: 1}, On: true,
			}}, err)
			g := quartet.Grant{ID: "g", Account: "a", Units: 10, Used: 1, Held: 1, Origin: "gift", CreatedAt: at(1), ExpiresAt: at(2)}
			grants, err := s.Grants(t.Context(), "")
			check("grants: what was paid is not known", grants, []quartet.Grant{g}, err)
			entries, err := s.Entries(t.Context(), "g")
			check("entries: a grant that never moved tells when it ends", entries, []quartet.Entry{{ID: "e", Grant: "g", Kind: quartet.EntryGranted, Units: 10, At: at(1), Until: at(2)}}, err)
			h := quartet.Hold{
				SeqNo: quartet.SeqNo{Second: 7, N: 2}, Grant: "g", Account: "a", Credential: "c", Product: "1887", Units: 1,
				CreatedAt: at(1), Deadline: time.UnixMicro(1_500_000), Nonce: 3, Claim: quartet.Claim{SeqNo: quartet.SeqNo{Second: 7, N: 2}},
			}
			holds, err := s.Holds(t.Context(), 2_000_000, 0)
			check("holds: with nobody that is known", holds, []quartet.Hold{h}, err)
			call := quartet.Call{
				SeqNo: quartet.SeqNo{Second: 7, N: 1}, At: at(7), Account: "a", Credential: "c", Product: "1887", Code: quartet.CodeOK, Verdict: quartet.Mismatch,
				Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile, Charged: 1, Grant: "g", Source: "sim", Latency: 1500 * time.Microsecond, Nonce: 3, Sent: true,
			}
			found, err := s.FindCall(t.Context(), call.SeqNo)
			check("a call", found, call, err)
			counts, err := s.Usage(t.Context(), "", 0, 0)
			check("what it was counted as", counts, []quartet.Usage{{UsageKey: quartet.UsageOf(&call), Calls: 1, Units: 1}}, err)
			attempts, err := s.Attempts(t.Context(), call.SeqNo)
			check("its attempts", len(attempts), 0, err)
			sources, err := s.Sources(t.Context())
			check("sources", len(sources), 0, err)
			policy, err := s.Policy(t.Context())
			check("the policy", policy, quartet.Policy{Order: quartet.OrderPriority, Pins: map[string]string{}}, err)

			// The source that it was with is written down now, and the hold settles.
			src := quartet.Source{Name: "sim", Kind: quartet.SourceSim, On: true, CreatedAt: at(100), ChangedAt: at(100)}
			if err := s.CreateSource(t.Context(), src, quartet.AuditEntry{}); err != nil {
				t.Fatal(err)
			}
			settled := call
			settled.SeqNo, settled.At = h.SeqNo, at(200)
			settled.Attempts = []quartet.Attempt{{Source: "sim", At: at(200), Sent: true, Verdict: quartet.Mismatch, Charged: quartet.ChargedYes, Cost: 9}}
			g.Used, g.Held = 2, 0
			err = commit(t.Context(), s, quartet.Postings{Changed: []quartet.Grant{g}, Ended: []quartet.SeqNo{h.SeqNo}, Calls: []quartet.Call{settled}})
			if err != nil {
				t.Fatal(err)
			}
			books, err := s.Books(t.Context(), true)
			check("units of charged calls", books.Open, map[string]int64{"g": 2}, err)
			check("evidence that is missing", []int64{books.Stray, books.Unwitnessed}, []int64{0, 0}, nil)
		})
	}
}
