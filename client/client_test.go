package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"quartet/client"
)

func serve(t *testing.T, h http.HandlerFunc) client.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return client.Client{BaseURL: srv.URL + "/", AppCode: "c0de"}
}

var person = client.Person{Name: "张 三", IDCard: "id+1", AccNo: "62", Mobile: "139"}

func TestVerify_SendsWhatTheProductExpects(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got := []string{
			r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Header.Get("Idempotency-Key"),
			r.PostForm.Get("name"), r.PostForm.Get("idcard"), r.PostForm.Get("acc_no"), r.PostForm.Get("mobile"),
		}
		want := []string{
			"POST", client.Path, "APPCODE c0de", "application/x-www-form-urlencoded; charset=UTF-8", "once",
			person.Name, person.IDCard, person.AccNo, person.Mobile,
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("got %q", got)
		}
		w.Header().Set("Idempotent-Replayed", "true")
		_, _ = fmt.Fprint(w, `{"code":"10000","message":"成功","data":{"state":"2"},"seqNo":"4XU29Z4D1704061618"}`)
	})
	got, err := c.VerifyOnce(t.Context(), "once", person)
	want := client.Answer{Code: "10000", Message: "成功", State: client.Mismatch, SeqNo: "4XU29Z4D1704061618", Replayed: true}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestVerify_TellsRefusalsFromVerdicts(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"code":"10015","message":"未查询到数据","data":null,"seqNo":"4XU29Z4D1704061618"}`)
	})
	got, err := c.Verify(t.Context(), person)
	if err != nil || got.State != "" || got.Code != "10015" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestVerify_GivesTheGatewaysAnswerAsAnError(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Ca-Error-Code", "B403MQ")
		w.Header().Set("X-Ca-Error-Message", "Api Market Subscription quota exhausted")
		w.WriteHeader(http.StatusForbidden)
	})
	_, err := c.Verify(t.Context(), person)
	var refused *client.GatewayError
	if !errors.As(err, &refused) || refused.Status != 403 || refused.Code != "B403MQ" {
		t.Errorf("got %v", err)
	}
}

// A proxy that gives up may have passed the call on: only the gateway's own code says that
// nothing was charged.
func TestVerify_DoesNotTakeAProxysErrorForARefusal(t *testing.T) {
	for _, status := range []int{http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusNotFound, http.StatusNoContent, http.StatusFound} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		got, err := c.Verify(t.Context(), person)
		var refused *client.GatewayError
		if err == nil || errors.As(err, &refused) || got != (client.Answer{}) {
			t.Errorf("%d: %+v, %v", status, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("it does not say %d: %v", status, err)
		}
	}
}

func TestVerify_NeverTakesSomethingElseForAVerdict(t *testing.T) {
	for _, body := range []string{`<html>`, `{}`, `{"code":"10000","data":null}`, `{"code":"10000","data":{}}`, `{"code":10000}`} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) })
		if got, err := c.Verify(t.Context(), person); err == nil || got.State != "" {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestVerify_SaysHowABaseURLIsWritten(t *testing.T) {
	for _, base := range []string{"", "127.0.0.1:8080", "localhost:8080", "ftp://127.0.0.1", "http://", "http://[", "http:127.0.0.1"} {
		_, err := client.Client{BaseURL: base}.Verify(t.Context(), person)
		if err == nil || !strings.Contains(err.Error(), "such as http://") {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestVerify_SaysWhenNobodyAnswers(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (client.Client{BaseURL: "http://127.0.0.1:1"}).Verify(ctx, person); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPerson_PrintsNoElement(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, person); got != "[person]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
