package api_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"

	"quartet"
)

// What the API answers, good or bad, is what its description promises.
func TestAnswers_KeepToTheDescription(t *testing.T) {
	h := newHouse(t)
	_, doc := description(t)
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	b := h.as(quartet.RoleAdministrator)
	keeps := func(status int, method, path, body string) answer {
		t.Helper()
		a := b.want(status, method, path, body)
		req, err := http.NewRequest(method, path, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		route, params, err := router.FindRoute(req)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		in := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
			Status:                 a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader([]byte(a.text))),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
			t.Errorf("%s %s: %v\n%s", method, path, err, a.text)
		}
		return a
	}
	const accounts = "/api/v1/accounts"
	keeps(http.StatusOK, http.MethodGet, sessionPath, "")
	keeps(http.StatusOK, http.MethodGet, "/api/v1/sessions", "")
	keeps(http.StatusOK, http.MethodGet, "/api/v1/products", "")
	keeps(http.StatusOK, http.MethodGet, "/api/v1/jobs", "")
	keeps(http.StatusCreated, http.MethodPost, accounts, `{"id":"acme","name":"Acme"}`)
	keeps(http.StatusConflict, http.MethodPost, accounts, `{"id":"acme","name":"Acme"}`)
	keeps(http.StatusOK, http.MethodGet, accounts, "")
	keeps(http.StatusOK, http.MethodPut, accounts+"/acme/suspension", `{"reason":"账款逾期"}`)
	keeps(http.StatusOK, http.MethodGet, accounts+"/acme", "")
	keeps(http.StatusOK, http.MethodPut, accounts+"/acme/rate", `{"qps":5}`)
	keeps(http.StatusUnprocessableEntity, http.MethodPut, accounts+"/acme/rate", `{"qps":-5}`)
	issued := read[struct{ ID string }](t, keeps(http.StatusCreated, http.MethodPost, accounts+"/acme/credentials",
		`{"kind":"appkey","name":"shop","networks":["192.0.2.0/24"],"products":["1887"],"expires_at":"2027-01-01T00:00:00+08:00"}`))
	one := accounts + "/acme/credentials/" + issued.ID
	keeps(http.StatusUnprocessableEntity, http.MethodPost, one+"/secret", "")
	keeps(http.StatusOK, http.MethodPost, one+"/secret", `{"reason":"客户丢失了密钥"}`)
	keeps(http.StatusOK, http.MethodPut, one, `{"daily":100}`)
	keeps(http.StatusCreated, http.MethodPost, one+"/rotation", `{"overlap_seconds":60}`)
	keeps(http.StatusNoContent, http.MethodDelete, one, "")
	keeps(http.StatusConflict, http.MethodDelete, one, "")
	keeps(http.StatusOK, http.MethodGet, accounts+"/acme/credentials?limit=1", "")
	keeps(http.StatusNotFound, http.MethodDelete, accounts+"/buyer/credentials/"+issued.ID, "")
	keeps(http.StatusNoContent, http.MethodDelete, sessionPath, "")
	keeps(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
}
