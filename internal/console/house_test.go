package console_test

import (
	"net/http"
	"testing"

	"quartet"
)

// Whatever an operator may have to do first, and wherever they begin: a page answers.
func TestHouse_LeadsOperatorsToAPageFromEverywhere(t *testing.T) {
	for _, role := range []quartet.Role{quartet.RoleAdministrator, quartet.RoleTreasurer, quartet.RoleSupport, quartet.RoleAuditor} {
		for name, standing := range map[string]map[string]any{
			"nothing is due": {"second_factor": "proved"}, "a code is asked for": {"second_factor": "needed"}, "an authenticator must be taken": {"second_factor": "enrol"},
			"the password was given": {"second_factor": "none", "password_due": true},
		} {
			session := but(map[string]any{"id": "s1", "kind": "operator", "name": "王芳", "role": role, "rights": role.Rights(), "fresh_until": "2026-03-02T04:09:00Z"}, standing)
			f := &fake{answers: map[string]any{"GET /session": session}}
			for _, path := range []string{"/console/", "/console/orders/42", "/house/", "/account/security", "/account/password", "/account/places", "/sign-in", "/house/sign-in", "/"} {
				at, page := path, f.look(t, path)
				for led := 0; page.status == http.StatusSeeOther && led < 5; led++ {
					at, page = page.to, f.look(t, page.to)
				}
				if page.status != http.StatusOK {
					t.Errorf("%s, %s: from %s to %s, which answers %d", role, name, path, at, page.status)
				}
			}
		}
	}
}

// What an operator proves or chooses at the door leads on to pages of the house.
func TestHouse_FormsOfTheDoorLeadOn(t *testing.T) {
	session := map[string]any{"id": "s1", "kind": "operator", "name": "王芳", "role": quartet.RoleSupport, "rights": quartet.RoleSupport.Rights(), "fresh_until": "2026-03-02T04:09:00Z"}
	f := &fake{answers: map[string]any{"GET /session": but(session, map[string]any{"second_factor": "needed"})}}
	f.send(t, "/sign-in/factor", "code", "123456").leads(t, "/house/")
	f.did(t, `POST /session/operator/factor {"code":"123456"}`)
	f = &fake{answers: map[string]any{"GET /session": but(session, map[string]any{"second_factor": "proved", "password_due": true})}}
	page := f.send(t, "/account/password", "current_password", "the old one here", "password", phrase).is(t, http.StatusSeeOther)
	f.answers["GET /session"] = but(session, map[string]any{"second_factor": "proved"})
	f.look(t, page.to).is(t, http.StatusOK)
	for _, path := range []string{"/console/orders", "/account/places", "/account/security/name"} {
		if page := f.send(t, path, "name", "x"); page.status == http.StatusNotFound || page.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, page.status)
		}
	}
}
