package app_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
)

// TestOpen_KnowsOutsideTheDatabaseThatTheAuditHasAChain lets somebody who can write the
// database alone take the chain away, as it was before there was one.
func TestOpen_KnowsOutsideTheDatabaseThatTheAuditHasAChain(t *testing.T) {
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	open := func() *app.House {
		t.Helper()
		h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := open()
	if _, err := h.Desk.Open(t.Context(), "wang", "acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.Data, "quartet.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`UPDATE audit_entry SET place = 0, key_id = '', mac = '', actor = 'nobody'`, `UPDATE audit_head SET place = -1, mac = '', key_id = '', seal = ''`,
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	h = open()
	defer h.Close()
	r, err := h.VerifyAudit(t.Context(), quartet.AuditPoint{})
	if err != nil || r.Fault == nil {
		t.Errorf("entries that were written anew are vouched for: %+v, %v", r, err)
	}
}
