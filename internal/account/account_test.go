package account_test

import (
	"path/filepath"
	"testing"
	"time"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

func newDesk(t *testing.T) (*account.Desk, *seal.Keyring, *store.Store) {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return account.New(st, ring, time.Now), ring, st
}

func TestOpen_FindsTheAccountByIDAndByName(t *testing.T) {
	desk, _, _ := newDesk(t)
	made, err := desk.Open(t.Context(), "tester", "", "  Acme 航空  ")
	if err != nil {
		t.Fatal(err)
	}
	if made.Name != "Acme 航空" || made.ID == "" {
		t.Errorf("%+v", made)
	}
	for _, ref := range []string{made.ID, made.Name} {
		if got, err := desk.Find(t.Context(), ref); err != nil || got.ID != made.ID {
			t.Errorf("%q finds %+v, %v", ref, got, err)
		}
	}
	if _, err := desk.Find(t.Context(), "nobody"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("got %v", err)
	}
}

func TestOpen_Refuses(t *testing.T) {
	desk, _, _ := newDesk(t)
	if _, err := desk.Open(t.Context(), "tester", "acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, id, account string
		want              quartet.ErrorCode
	}{
		{"a name that is taken", "", "Acme", quartet.ErrConflict},
		{"a name that is another's id", "", "acme", quartet.ErrConflict},
		{"an id that is taken", "acme", "Other", quartet.ErrConflict},
		{"a blank name", "", " ", quartet.ErrInvalid},
		{"a name with a control character", "", "a\nb", quartet.ErrInvalid},
		{"an id with capitals", "Acme2", "Other", quartet.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := desk.Open(t.Context(), "tester", tt.id, tt.account); quartet.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestSuspend_AndResume(t *testing.T) {
	desk, _, _ := newDesk(t)
	if _, err := desk.Open(t.Context(), "tester", "acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	if a, err := desk.Suspend(t.Context(), "tester", "Acme", "账款逾期"); err != nil || !a.Suspended() {
		t.Fatalf("%+v, %v", a, err)
	}
	first, _ := desk.Find(t.Context(), "acme")
	if _, err := desk.Suspend(t.Context(), "tester", "acme", "账款逾期"); err != nil {
		t.Fatal(err)
	}
	if again, _ := desk.Find(t.Context(), "acme"); !again.SuspendedAt.Equal(first.SuspendedAt) {
		t.Error("a second suspension moved the first")
	}
	if a, err := desk.Resume(t.Context(), "tester", "acme"); err != nil || a.Suspended() {
		t.Fatalf("%+v, %v", a, err)
	}
}

func TestCheckRing_KnowsAForeignKeyring(t *testing.T) {
	desk, _, st := newDesk(t)
	if _, err := desk.Open(t.Context(), "tester", "acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := desk.Issue(t.Context(), "tester", "acme", quartet.Credential{Kind: quartet.KindAppCode}); err != nil {
		t.Fatal(err)
	}
	if err := desk.CheckRing(t.Context()); err != nil {
		t.Errorf("its own ring: %v", err)
	}
	_, other, _ := newDesk(t)
	if err := account.New(st, other, time.Now).CheckRing(t.Context()); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("a foreign ring: %v", err)
	}
}
