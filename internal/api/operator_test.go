package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"quartet"
)

type operatorView struct {
	ID, Name, Role string

	Asked struct{ Role, By string } `json:"asked_role"`
}

type operatorList struct{ Items []operatorView }

type enrolmentView struct{ Ticket, Secret, URL string }

func (h *house) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, h.clock())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestOperators_AreLookedAfterByAdministrators(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.signIn("zhang", password)
	made := read[operatorView](t, b.want(http.StatusCreated, http.MethodPost, "/api/v1/operators", `{"name":"li","role":"support","password":"five other words in a row"}`))
	if made.Name != "li" || made.Role != "support" {
		t.Errorf("%+v", made)
	}
	b.want(http.StatusConflict, http.MethodPost, "/api/v1/operators", `{"name":"LI","role":"auditor","password":"five other words in a row"}`)
	b.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/operators", `{"name":"wang","role":"owner","password":"five other words in a row"}`)

	li := h.browser()
	li.signIn("li", "five other words in a row")
	li.want(http.StatusNoContent, http.MethodPut, sessionPath+"/operator/password", `{"password":"five other words in a row","new_password":"six words in one long row"}`)
	li.want(http.StatusForbidden, http.MethodGet, "/api/v1/operators", "")
	b.want(http.StatusOK, http.MethodPut, "/api/v1/operators/"+made.ID+"/role", `{"role":"auditor"}`)
	li.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	li.signIn("li", "six words in one long row")
	list := read[operatorList](t, li.want(http.StatusOK, http.MethodGet, "/api/v1/operators", ""))
	if len(list.Items) != 2 || list.Items[1].Role != "auditor" {
		t.Errorf("%+v", list)
	}
	b.want(http.StatusNoContent, http.MethodDelete, "/api/v1/operators/"+made.ID, "")
	li.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	if a := b.want(http.StatusConflict, http.MethodDelete, "/api/v1/operators/"+list.Items[0].ID, ""); !strings.Contains(a.Detail, "last administrator") {
		t.Errorf("the last administrator: %s", a.text)
	}
	b.want(http.StatusNotFound, http.MethodDelete, "/api/v1/operators/"+made.ID, "")
	h.pass(10 * time.Minute)
	if a := b.want(http.StatusForbidden, http.MethodPut, "/api/v1/operators/"+list.Items[0].ID+"/role", `{"role":"support"}`); a.Code != "proof_needed" {
		t.Errorf("without a fresh proof: %s", a.text)
	}
}

// Whoever moves money, and whoever could confirm that, is made by two administrators.
func TestOperators_MoveMoneyByTheWordOfASecondAdministrator(t *testing.T) {
	h := newHouse(t)
	zhang, wang := h.browser(), h.as(quartet.RoleAdministrator)
	zhang.signIn("zhang", password)
	const operators = "/api/v1/operators/"
	li := read[operatorView](t, zhang.want(http.StatusCreated, http.MethodPost, "/api/v1/operators", `{"name":"li","role":"treasurer","password":"five other words in a row"}`))
	if li.Role != "" || li.Asked.Role != "treasurer" || li.Asked.By != "zhang" {
		t.Errorf("%+v", li)
	}
	b := h.browser()
	b.signIn("li", "five other words in a row")
	if s := read[sessionView](t, b.want(http.StatusOK, http.MethodGet, sessionPath, "")); len(s.Rights) != 0 {
		t.Errorf("%+v", s)
	}
	b.want(http.StatusForbidden, http.MethodGet, "/api/v1/refunds", "")

	confirmation, treasurer := operators+li.ID+"/role/confirmation", `{"role":"treasurer"}`
	if a := zhang.want(http.StatusForbidden, http.MethodPost, confirmation, treasurer); !strings.Contains(a.Detail, "another administrator") {
		t.Errorf("%s", a.text)
	}
	h.as(quartet.RoleTreasurer).want(http.StatusForbidden, http.MethodPost, confirmation, treasurer)
	wang.want(http.StatusConflict, http.MethodPost, confirmation, `{"role":"administrator"}`)
	li = read[operatorView](t, wang.want(http.StatusOK, http.MethodPost, confirmation, treasurer))
	if li.Role != "treasurer" || li.Asked.Role != "" {
		t.Errorf("%+v", li)
	}
	b.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "") // signed out, and new in the role
	b.signIn("li", "five other words in a row")
	b.want(http.StatusNoContent, http.MethodPut, sessionPath+"/operator/password", `{"password":"five other words in a row","new_password":"six words in one long row"}`)
	b.want(http.StatusOK, http.MethodGet, "/api/v1/refunds", "")

	if li = read[operatorView](t, zhang.want(http.StatusOK, http.MethodPut, operators+li.ID+"/role", `{"role":"administrator"}`)); li.Role != "treasurer" || li.Asked.Role != "administrator" {
		t.Errorf("%+v", li)
	}
	if li = read[operatorView](t, wang.want(http.StatusOK, http.MethodPost, operators+li.ID+"/role/rejection", "")); li.Role != "treasurer" || li.Asked.Role != "" {
		t.Errorf("%+v", li)
	}
	all := read[operatorList](t, zhang.want(http.StatusOK, http.MethodGet, "/api/v1/operators", ""))
	if a := zhang.want(http.StatusForbidden, http.MethodPut, operators+all.Items[0].ID+"/role", `{"role":"support"}`); !strings.Contains(a.Detail, "own role") {
		t.Errorf("the own role: %s", a.text)
	}
}

func TestOperator_CanOnlyEnrolUntilThereIsASecondFactor(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Demo = false })
	b := h.browser()
	b.signIn("zhang", password)
	b.want(http.StatusForbidden, http.MethodGet, "/api/v1/operators", "")
	const enrolment, factor = sessionPath + "/operator/enrolment", sessionPath + "/operator/factor"
	b.want(http.StatusForbidden, http.MethodPost, factor, `{"code":"000000"}`)

	n := read[enrolmentView](t, b.want(http.StatusOK, http.MethodPost, enrolment, ""))
	b.want(http.StatusUnprocessableEntity, http.MethodPut, enrolment, `{"ticket":"`+n.Ticket+`","code":"000000"}`)
	before := b.copy()
	got := read[struct {
		Codes []string `json:"recovery_codes"`
	}](t, b.want(http.StatusOK, http.MethodPut, enrolment, `{"ticket":"`+n.Ticket+`","code":"`+h.code(t, n.Secret)+`"}`))
	if len(got.Codes) != 10 {
		t.Errorf("%d recovery codes", len(got.Codes))
	}
	before.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	b.want(http.StatusOK, http.MethodGet, "/api/v1/operators", "")
	b.want(http.StatusConflict, http.MethodPost, enrolment, "")

	next := h.browser()
	next.signIn("zhang", password)
	if s := read[sessionView](t, next.want(http.StatusOK, http.MethodGet, sessionPath, "")); s.SecondFactor != "needed" || len(s.Rights) != 0 {
		t.Errorf("%+v", s)
	}
	next.want(http.StatusForbidden, http.MethodGet, "/api/v1/operators", "")
	next.want(http.StatusForbidden, http.MethodPut, sessionPath+"/operator/password", `{"password":"`+password+`","new_password":"five other words in a row"}`)
	if a := next.want(http.StatusUnauthorized, http.MethodPost, factor, `{"code":"000000"}`); strings.Contains(a.text, "000000") {
		t.Errorf("it repeats the code: %s", a.text)
	}
	h.pass(time.Minute)
	code := h.code(t, n.Secret)
	next.want(http.StatusNoContent, http.MethodPost, factor, `{"code":"`+code+`"}`)
	next.want(http.StatusOK, http.MethodGet, "/api/v1/operators", "")

	third := h.browser()
	third.signIn("zhang", password)
	if a := third.ask(http.MethodPost, factor, `{"code":"`+code+`"}`); a.Code != "replayed" {
		t.Errorf("a code a second time: %d %s", a.status, a.text)
	}
	third.want(http.StatusNoContent, http.MethodPost, factor, `{"code":"`+got.Codes[3]+`"}`)
	if log := h.log.String(); strings.Contains(log, n.Secret) || strings.Contains(log, code) || strings.Contains(log, got.Codes[3]) || strings.Contains(log, n.Ticket) {
		t.Errorf("the log tells a secret:\n%s", log)
	}
}

func TestOperatorPassword_IsChangedByItsOwnerAndSignsOutElsewhere(t *testing.T) {
	h := newHouse(t)
	b, elsewhere := h.browser(), h.browser()
	b.signIn("zhang", password)
	elsewhere.signIn("zhang", password)
	const path = sessionPath + "/operator/password"
	b.want(http.StatusUnauthorized, http.MethodPut, path, `{"password":"five other words in a row","new_password":"six words in one long row"}`)
	b.want(http.StatusUnprocessableEntity, http.MethodPut, path, `{"password":"`+password+`","new_password":"short"}`)
	b.want(http.StatusNoContent, http.MethodPut, path, `{"password":"`+password+`","new_password":"six words in one long row"}`)
	b.want(http.StatusOK, http.MethodGet, sessionPath, "")
	elsewhere.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	if a := h.browser().signIn("zhang", password); a.status != http.StatusUnauthorized {
		t.Errorf("the old one: %s", a.text)
	}
	h.as(quartet.RoleOwner).want(http.StatusForbidden, http.MethodPut, path, `{"password":"a","new_password":"b"}`)
}
