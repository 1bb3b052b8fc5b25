package store_test

import (
	"testing"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
)

// An attempt without its call can only be made by hand.
func TestBooks_CountAttemptsOfCallsThatDoNotExist(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), pgtest.Shared(t).NewDatabase(t)
	for _, c := range []struct {
		o               store.Options
		driver, outside string
	}{
		{store.Options{Dir: dir}, "sqlite", "file:" + dir + "/quartet.db"},
		{store.Options{URL: url}, "pgx", url},
	} {
		s := leased(t, c.o)
		call := newCall()
		call.Attempts = []quartet.Attempt{{Source: "a", Skipped: "off"}, {Source: "b", Sent: true, Verdict: quartet.Match}}
		if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{call}}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{0, 2} {
			b, err := s.Books(t.Context(), true)
			if err != nil || b.Stray != want {
				t.Errorf("%d are counted, want %d: %v", b.Stray, want, err)
			}
			exec(t, beside(t, c.driver, c.outside), `DELETE FROM call`)
		}
	}
}
