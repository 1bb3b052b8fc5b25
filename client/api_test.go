package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"quartet"
	"quartet/client"
)

// line answers requests without a network, so that waiting costs nothing in a bubble of synctest.
type line func(*http.Request) (*http.Response, error)

func (l line) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l(r)
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return resp, err
}

// reply is an answer; headers come in pairs.
func reply(status int, body string, headers ...string) *http.Response {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	if status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	for i := 0; i < len(headers); i += 2 {
		w.Header().Set(headers[i], headers[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
	return w.Result()
}

func over(t *testing.T, l line, options ...client.Option) *client.API {
	t.Helper()
	c, err := client.New("https://house.example", append([]client.Option{client.Token("qtk_secret"), client.HTTPClient(&http.Client{Transport: l})}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answers gives them one after the other, the last one for ever, and notes what was asked.
type answers struct {
	all  []func() (*http.Response, error)
	keys []string
	body []string
	at   []time.Time
}

func (a *answers) line(r *http.Request) (*http.Response, error) {
	text := ""
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		text = string(b)
	}
	n := min(len(a.keys), len(a.all)-1)
	a.keys, a.body, a.at = append(a.keys, r.Header.Get("Idempotency-Key")), append(a.body, text), append(a.at, time.Now())
	return a.all[n]()
}

func with(status int, body string, headers ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return reply(status, body, headers...), nil }
}

func broken() (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

const busy = `{"status":503,"title":"Service Unavailable","code":"unavailable","detail":"try again"}`

func TestAPI_SendsAgainWhatGotNoAnswerUnderTheSameKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{all: []func() (*http.Response, error){broken, with(503, busy), with(502, "<html>", "Content-Type", "text/html"), with(201, `{"id":"acme"}`)}}
		got, err := over(t, a.line).OpenAccount(t.Context(), client.OpenAccountRequest{Name: "Acme"})
		if err != nil || got.ID != "acme" || len(a.keys) != 4 {
			t.Fatalf("%+v, %v after %d tries", got, err, len(a.keys))
		}
		if a.keys[0] == "" || len(slices.Compact(a.keys)) != 1 {
			t.Errorf("the keys are %q", a.keys)
		}
		if len(slices.Compact(a.body)) != 1 || a.body[0] != `{"name":"Acme"}` {
			t.Errorf("the bodies are %q", a.body)
		}
		for i := range 3 {
			least := 125 * time.Millisecond << i
			if waited := a.at[i+1].Sub(a.at[i]); waited < least || waited > 2*least+time.Millisecond {
				t.Errorf("wait %d took %s", i, waited)
			}
		}
	})
}

func TestAPI_GivesEveryPostAKeyOfItsOwnUnlessToldOne(t *testing.T) {
	a := &answers{all: []func() (*http.Response, error){with(201, `{}`)}}
	c := over(t, a.line)
	for range 2 {
		if _, err := c.OpenAccount(t.Context(), client.OpenAccountRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.OpenAccount(t.Context(), client.OpenAccountRequest{}, client.Key("mine")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ShowAccount(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if len(a.keys[0]) < 20 || a.keys[0] == a.keys[1] || a.keys[2] != "mine" || a.keys[3] != "" {
		t.Errorf("the keys are %q", a.keys)
	}
}

func TestAPI_WaitsAsLongAsTheHouseAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := `{"status":429,"code":"rate_limited","detail":"too often"}`
		a := &answers{all: []func() (*http.Response, error){with(429, limited, "Retry-After", "7"), with(200, `{"id":"acme"}`)}}
		if _, err := over(t, a.line).ShowAccount(t.Context(), "acme"); err != nil || a.at[1].Sub(a.at[0]) != 7*time.Second {
			t.Errorf("%v, it waited %s", err, a.at[1].Sub(a.at[0]))
		}
		a = &answers{all: []func() (*http.Response, error){with(429, limited, "Retry-After", "3600")}}
		_, err := over(t, a.line).ShowAccount(t.Context(), "acme")
		p, ok := errors.AsType[*client.Problem](err)
		if !ok || p.RetryAfter != time.Hour || len(a.at) != 1 {
			t.Errorf("%v after %d tries", err, len(a.at))
		}
	})
}

func TestAPI_NeverWaitsPastTheEndOfItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a := &answers{all: []func() (*http.Response, error){with(503, busy, "Retry-After", "5")}}
		begun := time.Now()
		if _, err := over(t, a.line).ShowAccount(ctx, "acme"); !errors.Is(err, client.ErrUnavailable) || time.Since(begun) != 0 {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
}

func TestAPI_SendsNothingAgainThatWasAnswered(t *testing.T) {
	for name, answer := range map[string]func() (*http.Response, error){
		"a refusal":                      with(422, `{"status":422,"code":"invalid","detail":"no"}`),
		"that too much is kept":          with(429, `{"status":429,"code":"limited","detail":"erase something"}`),
		"a fault":                        with(500, `{"status":500,"code":"internal","detail":"no"}`),
		"a conflict":                     with(409, `{"status":409,"code":"conflict","detail":"no"}`),
		"a time-out that was kept":       with(504, `{"status":504,"code":"timeout","detail":"no"}`, "Idempotent-Replayed", "true"),
		"what is no answer of the house": with(200, `<html>`, "Content-Type", "text/html"),
		"what moved":                     with(302, ``, "Location", "https://elsewhere.example", "Content-Type", "text/html"),
	} {
		t.Run(name, func(t *testing.T) {
			a := &answers{all: []func() (*http.Response, error){answer}}
			c, err := client.New("https://house.example", client.HTTPClient(&http.Client{Transport: line(a.line)}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.OpenAccount(t.Context(), client.OpenAccountRequest{}); err == nil || len(a.keys) != 1 {
				t.Errorf("%v after %d tries", err, len(a.keys))
			}
		})
	}
}

// The try before may be on its way yet when the next one comes.
func TestAPI_WaitsForItsOwnTryBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		onItsWay := with(409, `{"status":409,"code":"conflict","detail":"on its way","errors":[{"detail":"on its way","parameter":"Idempotency-Key"}]}`)
		a := &answers{all: []func() (*http.Response, error){broken, onItsWay, with(201, `{"id":"acme"}`)}}
		if _, err := over(t, a.line).OpenAccount(t.Context(), client.OpenAccountRequest{}); err != nil {
			t.Error(err)
		}
		a = &answers{all: []func() (*http.Response, error){onItsWay}}
		if _, err := over(t, a.line).OpenAccount(t.Context(), client.OpenAccountRequest{}, client.Key("used")); !errors.Is(err, client.ErrConflict) || len(a.keys) != 1 {
			t.Errorf("%v after %d tries", err, len(a.keys))
		}
	})
}

func TestAPI_SendsAFileAgainIfItCanBeReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			name  string
			file  io.Reader
			tries int
		}{
			{"a file", strings.NewReader("name,idcard\n"), 2},
			{"a pipe", io.MultiReader(strings.NewReader("name,idcard\n")), 1},
		} {
			a := &answers{all: []func() (*http.Response, error){broken, with(201, `{"id":"b"}`)}}
			_, err := over(t, a.line).UploadBatch(t.Context(), "acme", client.UploadBatchQuery{ProductID: "1887"}, tt.file)
			if len(a.body) != tt.tries || (err == nil) != (tt.tries == 2) || len(slices.Compact(a.body)) != 1 || a.body[0] != "name,idcard\n" {
				t.Errorf("%s: %v, sent %q", tt.name, err, a.body)
			}
		}
	})
}

func TestAPI_ReadsAListPageByPage(t *testing.T) {
	var asked []string
	c := over(t, func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.RawQuery)
		if r.URL.Query().Get("after") == "" {
			return reply(200, `{"items":[{"id":"1"},{"id":"2"}],"next":"2.ab c"}`), nil
		}
		return reply(200, `{"items":[{"id":"3"}]}`), nil
	})
	read := func(most int) (ids []string) {
		for o, err := range c.ListOrders(t.Context(), "acme", client.ListOrdersQuery{State: "paid"}, client.PageSize(2)) {
			if err != nil {
				t.Fatal(err)
			}
			if ids = append(ids, o.ID); len(ids) == most {
				break
			}
		}
		return ids
	}
	if got := read(9); !slices.Equal(got, []string{"1", "2", "3"}) || !slices.Equal(asked, []string{"limit=2&state=paid", "after=2.ab+c&limit=2&state=paid"}) {
		t.Errorf("it read %q by %q", got, asked)
	}
	asked = nil
	if got := read(2); len(got) != 2 || len(asked) != 1 {
		t.Errorf("of which two it asked %q", asked)
	}
}

func TestAPI_EndsAListWithWhatFailed(t *testing.T) {
	c := over(t, func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("after") == "" {
			return reply(200, `{"items":[{"id":"1"}],"next":"1.x"}`), nil
		}
		return reply(200, `{"items":[{"id":"1"}],"next":"1.x"}`), nil // for ever
	})
	n, failed := 0, 0
	for _, err := range c.ListAccounts(t.Context(), client.ListAccountsQuery{}) {
		if n++; err != nil {
			failed++
		}
	}
	if n != 3 || failed != 1 {
		t.Errorf("%d items, %d failures", n, failed)
	}
}

func TestProblem_MatchesItsCode(t *testing.T) {
	c := over(t, func(*http.Request) (*http.Response, error) {
		return reply(422, `{"status":422,"title":"Unprocessable Entity","code":"invalid","detail":"name: write one","errors":[{"detail":"write one","pointer":"#/name"}]}`), nil
	})
	_, err := c.OpenAccount(t.Context(), client.OpenAccountRequest{})
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || !errors.Is(err, client.ErrInvalid) || errors.Is(err, client.ErrConflict) || p.Status != 422 || p.Errors[0].Pointer != "#/name" || err.Error() != "name: write one" {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestProblem_KnowsEveryCodeOfTheHouse(t *testing.T) {
	known := []client.Code{
		client.ErrInvalid, client.ErrUnsupported, client.ErrUnauthenticated, client.ErrForbidden, client.ErrProofNeeded, client.ErrNotFound, client.ErrConflict, client.ErrExhausted, client.ErrExpired,
		client.ErrLimited, client.ErrTooLarge, client.ErrTimeout, client.ErrUnavailable, client.ErrLocked, client.ErrUnknownOutcome, client.ErrHoldGone, client.ErrReplayed, client.ErrInternal,
	}
	for _, code := range []quartet.ErrorCode{
		quartet.ErrInternal, quartet.ErrInvalid, quartet.ErrUnauthenticated, quartet.ErrForbidden, quartet.ErrProofNeeded, quartet.ErrNotFound, quartet.ErrConflict, quartet.ErrExhausted, quartet.ErrExpired,
		quartet.ErrLimited, quartet.ErrTooLarge, quartet.ErrUnsupported, quartet.ErrTimeout, quartet.ErrUnavailable, quartet.ErrUnknownOutcome, quartet.ErrHoldGone, quartet.ErrReplayed, quartet.ErrLocked,
	} {
		if !slices.Contains(known, client.Code(code)) {
			t.Errorf("the client does not know %s", code)
		}
	}
}

func TestNew_LetsNoTokenCrossTheNetworkInClear(t *testing.T) {
	for base, good := range map[string]bool{
		"https://house.example": true, "http://127.0.0.1:8080": true, "http://[::1]:8080": true, "http://localhost": true, "http://house.example": false, "HTTP://house.example": false, "http://10.0.0.1": false, "house.example": false,
	} {
		if _, err := client.New(base, client.Token("qtk_x")); (err == nil) != good {
			t.Errorf("%s: %v", base, err)
		}
	}
	if _, err := client.New("http://house.example", client.Token("qtk_x"), client.PlainHTTP()); err != nil {
		t.Error(err)
	}
	if _, err := client.New("https://house.example", client.Token("qtk_x\r\nX: y")); err == nil {
		t.Error("a token with a line feed passed")
	}
}

func TestAPI_PrintsNoToken(t *testing.T) {
	c := over(t, nil)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, c); strings.Contains(got, "qtk_secret") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func TestAPI_AsksOnlyForWhatHasAName(t *testing.T) {
	c := over(t, func(r *http.Request) (*http.Response, error) {
		return reply(200, `{"id":"`+r.URL.EscapedPath()+`"}`), nil
	})
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.ShowAccount(t.Context(), id); err == nil {
			t.Errorf("%q was asked for", id)
		}
	}
	if got, err := c.ShowAccount(t.Context(), "a/b?c"); err != nil || got.ID != "/api/v1/accounts/a%2Fb%3Fc" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFile_NeverTakesAPartForTheWhole(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer qtk_x" {
			t.Errorf("it says %q", r.Header)
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="may.csv"`)
		_, _ = io.WriteString(w, "row\n")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(srv.Close)
	c, err := client.New(srv.URL, client.Token("qtk_x"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.ExportCallsAsCSV(t.Context(), "acme", client.ExportCallsAsCSVQuery{From: "2026-03-01"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if f.Name != "may.csv" || f.Type != "text/csv; charset=utf-8" || string(text) != "row\n" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%+v %q %v", f, text, err)
	}
}
