package operator_test

import (
	"testing"

	"quartet"
)

func TestSetRole_IsWrittenWithWhatItWasBefore(t *testing.T) {
	d := newDesk(t)
	d.add(t, "zhang")
	li := d.add(t, "li")
	if err := d.SetRole(t.Context(), "zhang", "li", quartet.RoleAuditor); err != nil {
		t.Fatal(err)
	}
	now, err := d.FindID(t.Context(), li.ID)
	if err != nil || now.Role != quartet.RoleAuditor || now.Epoch != 1 {
		t.Errorf("%+v, %v", now, err)
	}
	entries, err := d.store.AuditEntries(t.Context(), 1)
	if err != nil || entries[0].Action != "operator.role" || entries[0].Before != `{"role":"administrator"}` || entries[0].After != `{"role":"auditor"}` {
		t.Errorf("%+v, %v", entries, err)
	}
	if err := d.SetRole(t.Context(), door, "zhang", quartet.RoleSupport); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("the last administrator: %v", err)
	}
	if err := d.SetRole(t.Context(), "zhang", "li", quartet.RoleFinance); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("a role of buyers: %v", err)
	}
}

func TestRemove_LetsNobodyInAndKeepsTheName(t *testing.T) {
	d := newDesk(t)
	d.add(t, "zhang")
	li := d.add(t, "li")
	if err := d.Remove(t.Context(), "zhang", "li"); err != nil {
		t.Fatal(err)
	}
	if got := d.says(t, "li", password); got != quartet.ErrUnauthenticated {
		t.Errorf("who is gone is answered %q", got)
	}
	if _, err := d.FindID(t.Context(), li.ID); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("found: %v", err)
	}
	if _, err := d.Add(t.Context(), door, "Li", quartet.RoleSupport, password); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("the name given again: %v", err)
	}
	if err := d.Remove(t.Context(), "zhang", "zhang"); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("the last administrator: %v", err)
	}
}

func TestAuthenticate_RemembersFailuresThroughARestart(t *testing.T) {
	d := newDesk(t)
	d.add(t, "zhang")
	for range 5 {
		d.says(t, "zhang", "wrong")
		d.restart()
	}
	if got := d.says(t, "zhang", password); got != quartet.ErrLimited {
		t.Errorf("answered %q", got)
	}
}
