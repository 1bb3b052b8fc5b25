package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/web"
)

func TestProblem_TellsWhatWentWrongUnderTheStatusOfItsCode(t *testing.T) {
	t.Parallel()
	for code, status := range map[quartet.ErrorCode]int{
		quartet.ErrInvalid: 422, quartet.ErrUnsupported: 422, quartet.ErrUnauthenticated: 401, quartet.ErrForbidden: 403,
		quartet.ErrProofNeeded: 403, quartet.ErrNotFound: 404, quartet.ErrConflict: 409, quartet.ErrExhausted: 409,
		quartet.ErrExpired: 409, quartet.ErrHoldGone: 409, quartet.ErrReplayed: 409, quartet.ErrLimited: 429,
		quartet.ErrTooLarge: 413, quartet.ErrTimeout: 504, quartet.ErrUnavailable: 503, quartet.ErrLocked: 503, quartet.ErrUnknownOutcome: 500,
	} {
		err := fmt.Errorf("on the way: %w", &quartet.Error{Code: code, Message: "do this", Cause: errors.New("SELECT secret")})
		p := web.NewProblem(err, func(error) string { t.Errorf("%s was taken for unexpected", code); return "" })
		if p.Status != status || p.Code != string(code) || p.Detail != "do this" || p.Title != http.StatusText(status) || p.Reference != "" {
			t.Errorf("%s: %+v", code, p)
		}
	}
}

func TestProblem_OfAnUnexpectedFaultTellsAReferenceAlone(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New("disk 6222021234567890123"), nil,
		&quartet.Error{Code: quartet.ErrInternal, Message: "the key is wrong"}, &quartet.Error{Code: "unheard of", Message: "strange"},
	} {
		var referred error
		p := web.NewProblem(err, func(e error) string { referred = e; return "REF" })
		text, fault := json.Marshal(p)
		if fault != nil || p.Status != 500 || strings.Contains(string(text), "6222") || strings.Contains(string(text), "key is wrong") {
			t.Errorf("%v: %s", err, text)
		}
		if quartet.CodeOf(err) != "unheard of" && (p.Reference != "REF" || !errors.Is(referred, err)) {
			t.Errorf("%v: %s, referred %v", err, text, referred)
		}
	}
	if p := web.NewProblem(fmt.Errorf("waiting: %w", context.DeadlineExceeded), nil); p.Status != http.StatusGatewayTimeout {
		t.Errorf("what took too long: %+v", p)
	}
}

func TestProblem_PointsAtTheInput(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{"name": "#/name", "contact.mobile": "#/contact/mobile", "lines[3].tags": "#/lines/3/tags", "a/b~c": "#/a~1b~0c"} {
		p := web.NewProblem(&quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: "no"}, nil)
		if len(p.Errors) != 1 || p.Errors[0].Pointer != want || p.Errors[0].Detail != "no" {
			t.Errorf("%s: %+v", field, p.Errors)
		}
	}
	for location, want := range map[string]web.Fault{
		"body.items[3].name": {Detail: "no", Pointer: "#/items/3/name"}, "body": {Detail: "no", Pointer: "#"},
		"query.limit": {Detail: "no", Parameter: "limit"}, "path.account": {Detail: "no", Parameter: "account"}, "elsewhere": {Detail: "no"},
	} {
		if got := web.FaultAt(location, "no"); got != want {
			t.Errorf("%s: %+v", location, got)
		}
	}
}

func TestProblem_IsWrittenAsOne(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	web.NewProblem(quartet.Errorf(quartet.ErrConflict, "choose another name"), nil).Write(w)
	want := `{"title":"Conflict","status":409,"code":"conflict","detail":"choose another name"}` + "\n"
	if w.Code != http.StatusConflict || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Cache-Control") != "no-store" || w.Body.String() != want {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
