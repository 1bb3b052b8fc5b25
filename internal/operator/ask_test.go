package operator_test

import (
	"slices"
	"strings"
	"testing"

	"quartet"
)

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func (d *desk) role(t *testing.T, id string) quartet.Role {
	t.Helper()
	o, err := d.FindID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o.Role
}

// One administrator alone can neither be two treasurers nor make the administrator who would
// confirm them.
func TestAdmit_NobodyAloneMakesAnybodyWhoMovesMoneyOrConfirmsIt(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	zhang := d.add(t, "zhang")
	wang := d.add(t, "wang")
	for _, role := range []quartet.Role{quartet.RoleTreasurer, quartet.RoleAdministrator} {
		name := "new" + string(role)
		o, err := d.Admit(ctx, "zhang", name, role, password)
		if err != nil || o.Role != "" || len(o.Role.Rights()) != 0 {
			t.Fatalf("%+v, %v", o, err)
		}
		if got := d.says(t, name, password); got != "" {
			t.Errorf("to set up a second factor one must be let in, not %q", got)
		}
		_, err = d.Confirm(ctx, "zhang", o.ID, role)
		wantCode(t, "by who asked", err, quartet.ErrForbidden)
		_, err = d.Confirm(ctx, name, o.ID, role)
		wantCode(t, "by the new one", err, quartet.ErrForbidden)
		_, err = d.Confirm(ctx, "wang", o.ID, quartet.RoleSupport)
		wantCode(t, "another role than is asked for", err, quartet.ErrConflict)
		_, err = d.Ask(ctx, "wang", o.ID, role)
		wantCode(t, "asked for by a second one, so that the first may confirm", err, quartet.ErrConflict)
		if got := d.role(t, o.ID); got != "" {
			t.Fatalf("it is %s meanwhile", got)
		}
		o, err = d.Confirm(ctx, "wang", o.ID, role)
		if err != nil || o.Role != role || !o.Asked.IsZero() || o.Epoch != 1 {
			t.Errorf("%+v, %v", o, err)
		}
		want := []string{"wang|operator.role|" + o.ID + "|" + name + ", asked for by zhang", "zhang|operator.add|" + o.ID + "|" + name}
		if got := d.audit(t)[:2]; !slices.Equal(got, want) {
			t.Errorf("the audit says %q", got)
		}
	}
	support, err := d.Admit(ctx, "zhang", "chen", quartet.RoleSupport, password)
	if err != nil || support.Role != quartet.RoleSupport {
		t.Fatalf("%+v, %v", support, err)
	}
	o, err := d.Ask(ctx, "zhang", support.ID, quartet.RoleTreasurer)
	if err != nil || o.Role != quartet.RoleSupport || o.Asked.Role != quartet.RoleTreasurer || o.Epoch != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = d.Reject(ctx, "zhang", o.ID); err != nil || !o.Asked.IsZero() || o.Role != quartet.RoleSupport {
		t.Errorf("%+v, %v", o, err)
	}
	_, err = d.Confirm(ctx, "wang", o.ID, quartet.RoleTreasurer)
	wantCode(t, "what was taken back", err, quartet.ErrConflict)
	if o, err = d.Ask(ctx, "zhang", o.ID, quartet.RoleAuditor); err != nil || o.Role != quartet.RoleAuditor {
		t.Errorf("a role that moves nothing: %+v, %v", o, err)
	}

	// Between the two of them nothing changes for either without the other one.
	_, err = d.Ask(ctx, "wang", zhang.ID, quartet.RoleTreasurer)
	wantCode(t, "asking for another administrator", err, "")
	_, err = d.Confirm(ctx, "zhang", zhang.ID, quartet.RoleTreasurer)
	wantCode(t, "confirming the own role", err, quartet.ErrForbidden)
	_, err = d.Ask(ctx, "wang", wang.ID, quartet.RoleTreasurer)
	wantCode(t, "asking for the own role", err, quartet.ErrForbidden)
}

func TestSetRole_IsNeverTheOwn(t *testing.T) {
	d := newDesk(t)
	d.add(t, "zhang")
	wang := d.add(t, "wang")
	err := d.SetRole(t.Context(), "wang", "wang", quartet.RoleTreasurer)
	wantCode(t, "the own role", err, quartet.ErrForbidden)
	if !strings.Contains(err.Error(), "another administrator") || d.role(t, wang.ID) != quartet.RoleAdministrator {
		t.Errorf("%v; it is %s", err, d.role(t, wang.ID))
	}
}
