package api_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
)

type firmView struct {
	ID, State, Name, Why string

	Code    string `json:"credit_code"`
	Sound   bool   `json:"credit_code_sound"`
	Licence string
}

const (
	firmPath = "/api/v1/accounts/buyer/firm"
	firmBody = `{"name":"测试贸易有限公司","credit_code":"91350100M000100Y44","scene":"核对入职员工","purposes":["payroll"],"contact":{"name":"张三丰","mobile":"13900000001"}}`
	picture  = "\x89PNG\r\n\x1a\n and more"
)

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
	if a := support.want(http.StatusOK, http.MethodGet, at+"/licence", ""); a.text != picture || a.header.Get("Content-Type") != "image/png" || a.header.Get("Content-Disposition") != "attachment" {
		t.Errorf("the scan: %q %v", a.text, a.header)
	}
	if a := support.want(http.StatusOK, http.MethodGet, at+"/contact", ""); !strings.Contains(a.text, "13900000001") {
		t.Errorf("the contact: %s", a.text)
	}
	for _, path := range []string{at + "/licence", at + "/contact", at} {
		owner.want(http.StatusForbidden, http.MethodGet, path, "")
	}
	if a := support.want(http.StatusConflict, http.MethodPost, at+"/approval", `{}`); !strings.Contains(a.Detail, "override") {
		t.Errorf("a code that is not sound: %s", a.text)
	}
	support.want(http.StatusOK, http.MethodPost, at+"/approval", `{"override":true}`)
	support.want(http.StatusConflict, http.MethodPost, at+"/rejection", `{"why":"too late"}`)
	if a := owner.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer", ""); !strings.Contains(a.text, `"purpose":"payroll"`) {
		t.Errorf("the account: %s", a.text)
	}
	if a := h.as(quartet.RoleAdministrator).want(http.StatusConflict, http.MethodPut, "/api/v1/accounts/buyer/purpose", `{"purpose":"lending"}`); !strings.Contains(a.Detail, "approved for payroll alone") {
		t.Errorf("a purpose that was not approved: %s", a.text)
	}
	f = read[firmView](t, support.want(http.StatusOK, http.MethodPost, at+"/revocation", `{"why":"执照被吊销"}`))
	if f.State != "revoked" || f.Why != "执照被吊销" {
		t.Errorf("%+v", f)
	}
	if strings.Contains(h.log.String(), "13900000001") || strings.Contains(h.log.String(), "张三丰") {
		t.Errorf("the log says\n%s", h.log)
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
