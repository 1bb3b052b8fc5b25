package api_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/firm"
)

type firmView struct {
	ID, State, Name, Reason string

	Code    string `json:"credit_code"`
	Sound   bool   `json:"credit_code_sound"`
	Licence string
}

const (
	firmPath = "/api/v1/accounts/buyer/firm"
	firmBody = `{"name":"测试贸易有限公司","credit_code":"91350100M000100Y44","scene":"核对入职员工","purposes":["payroll"],"contact":{"name":"张三丰","mobile":"13900000001"}}`
)

// picture is the scan of a licence that was made up.
var picture = func() string {
	scan, err := os.ReadFile("../../testdata/licence.png")
	if err != nil {
		panic(err)
	}
	return string(scan)
}()

func TestFirm_IsProvedByItsOwnerAndDecidedBySupport(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleOwner), h.as(quartet.RoleSupport)
	owner.want(http.StatusNotFound, http.MethodGet, firmPath, "")
	owner.want(http.StatusConflict, http.MethodPost, firmPath+"/submission", "")
	if a := owner.want(http.StatusUnprocessableEntity, http.MethodPut, firmPath, strings.Replace(firmBody, "91350100M000100Y44", "123", 1)); len(a.Errors) != 1 || a.Errors[0].Pointer != "#/credit_code" {
		t.Errorf("a code that is none: %s", a.text)
	}
	f := read[firmView](t, owner.want(http.StatusOK, http.MethodPut, firmPath, firmBody))
	if f.State != "draft" || f.Sound {
		t.Errorf("%+v", f)
	}
	owner.want(http.StatusUnprocessableEntity, http.MethodPost, firmPath+"/submission", "")
	owner.ask(http.MethodPut, firmPath+"/licence", picture, "Content-Type", "application/octet-stream")
	f = read[firmView](t, owner.want(http.StatusOK, http.MethodPost, firmPath+"/submission", ""))
	if f.State != "submitted" || f.Licence != "image/png" {
		t.Errorf("%+v", f)
	}

	list := read[struct{ Items []firmView }](t, support.want(http.StatusOK, http.MethodGet, "/api/v1/firm-applications?state=submitted", ""))
	if len(list.Items) != 1 || list.Items[0].ID != f.ID {
		t.Errorf("%+v", list)
	}
	at := "/api/v1/firm-applications/" + f.ID
	for _, why := range []string{`{}`, `{"reason":"ok"}`, `{"reason":"      "}`, `{"reason":"他的手机号是 13900000001"}`, `{"reason":"card 6222 0212 3456 7890 123"}`} {
		for _, path := range []string{at + "/licence", at + "/contact"} {
			if a := support.want(http.StatusUnprocessableEntity, http.MethodPost, path, why); len(a.Errors) != 1 || a.Errors[0].Pointer != "#/reason" || strings.Contains(a.text, "139") {
				t.Errorf("%s for %s: %s", path, why, a.text)
			}
		}
	}
	if h.wantAudit(t, owner.by()+" firm.submit"); strings.Contains(h.log.String(), "13900000001") {
		t.Error("the log tells what a reason held")
	}
	const why = `{"reason":" 核对开户申请 "}`
	if a := support.want(http.StatusOK, http.MethodPost, at+"/licence", why); a.text != picture || a.header.Get("Content-Type") != "image/png" || a.header.Get("Content-Disposition") != "attachment" {
		t.Errorf("the scan: %q %v", a.text, a.header)
	}
	if a := support.want(http.StatusOK, http.MethodPost, at+"/contact", why); !strings.Contains(a.text, "13900000001") {
		t.Errorf("the contact: %s", a.text)
	}
	for i, e := range h.audit(t, 2) {
		if want := []string{"the contact", "the scan of the licence"}[i] + ", reason: 核对开户申请"; e.Action != "firm.see" || e.Detail != "account buyer, "+want {
			t.Errorf("the audit says %s %q, want %q", e.Action, e.Detail, want)
		}
	}
	for _, path := range []string{at + "/licence", at + "/contact"} {
		owner.want(http.StatusForbidden, http.MethodPost, path, why)
	}
	owner.want(http.StatusForbidden, http.MethodGet, at, "")
	if a := support.want(http.StatusConflict, http.MethodPost, at+"/approval", `{}`); !strings.Contains(a.Detail, "override") {
		t.Errorf("a code that is not sound: %s", a.text)
	}
	support.want(http.StatusOK, http.MethodPost, at+"/approval", `{"override":true}`)
	support.want(http.StatusConflict, http.MethodPost, at+"/rejection", `{"reason":"too late"}`)
	if a := owner.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer", ""); !strings.Contains(a.text, `"purpose":"payroll"`) {
		t.Errorf("the account: %s", a.text)
	}
	if a := h.as(quartet.RoleAdministrator).want(http.StatusConflict, http.MethodPut, "/api/v1/accounts/buyer/purpose", `{"purpose":"lending"}`); !strings.Contains(a.Detail, "approved for payroll alone") {
		t.Errorf("a purpose that was not approved: %s", a.text)
	}
	f = read[firmView](t, support.want(http.StatusOK, http.MethodPost, at+"/revocation", `{"reason":"执照被吊销"}`))
	if f.State != "revoked" || f.Reason != "执照被吊销" {
		t.Errorf("%+v", f)
	}
	if strings.Contains(h.log.String(), "13900000001") || strings.Contains(h.log.String(), "张三丰") {
		t.Errorf("the log says\n%s", h.log)
	}
}

// A draft grows as its owner learns what is asked for, and says at each step what is wrong.
func TestFirm_IsSaidInParts(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleOwner), h.as(quartet.RoleSupport)
	for _, said := range []string{`{}`, `{"name":"测试贸易有限公司"}`, `{"contact":{"name":"张三丰"}}`, strings.Replace(firmBody, "Y44", "Y43", 1)} {
		if f := read[firmView](t, owner.want(http.StatusOK, http.MethodPut, firmPath, said)); f.State != "draft" {
			t.Errorf("%s: %+v", said, f)
		}
	}
	scan := []string{"Content-Type", "image/png"}
	for _, length := range []int{firm.MaxScan + 1, firm.MaxScan + 2, 4 * firm.MaxScan} {
		if a := owner.want(http.StatusRequestEntityTooLarge, http.MethodPut, firmPath+"/licence", picture+strings.Repeat(" ", length-len(picture)), scan...); !strings.Contains(a.Detail, "5 MiB") || a.Code != "too_large" {
			t.Errorf("a scan of %d bytes: %s", length, a.text)
		}
	}
	if a := owner.want(http.StatusUnprocessableEntity, http.MethodPut, firmPath+"/licence", picture[:12], scan...); len(a.Errors) != 1 || a.Errors[0].Pointer != "#/licence" {
		t.Errorf("the head of a picture: %s", a.text)
	}
	owner.want(http.StatusOK, http.MethodPut, firmPath+"/licence", picture, scan...)
	f := read[firmView](t, owner.want(http.StatusOK, http.MethodPost, firmPath+"/submission", ""))
	if f = read[firmView](t, support.want(http.StatusOK, http.MethodPost, "/api/v1/firm-applications/"+f.ID+"/approval", "")); f.State != "approved" {
		t.Errorf("%+v", f)
	}
}

func TestFirm_OfAnotherAccountIsNotShown(t *testing.T) {
	h := newHouse(t)
	owner := h.as(quartet.RoleOwner)
	for _, path := range []string{"/api/v1/accounts/other/firm", "/api/v1/accounts/other/firm/applications"} {
		owner.want(http.StatusNotFound, http.MethodGet, path, "")
	}
	owner.want(http.StatusNotFound, http.MethodPut, "/api/v1/accounts/other/firm", firmBody)
	h.as(quartet.RoleFinance).want(http.StatusForbidden, http.MethodPut, firmPath, firmBody)
}
