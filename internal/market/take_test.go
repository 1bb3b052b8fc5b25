package market_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/market"
)

// post sends a message over HTTP, after edit has had its way with it.
func (h *house) post(t *testing.T, m msg, edit func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	s := h.signed(t, m)
	r := httptest.NewRequest(http.MethodPost, market.Path+"yun", bytes.NewReader(s.Body))
	r.Header.Set("X-Market-Timestamp", s.Timestamp)
	r.Header.Set("X-Market-Signature", s.Signature)
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.Handler(func(error) string { return "reference" }).ServeHTTP(w, r)
	return w
}

func TestHandler_AnswersWhatWasSold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.post(t, created("e1", "o1"), nil)
	var a map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK || a["state"] != "active" || len(a["app_code"]) != 32 || a["instance_id"] == "" {
		t.Errorf("%d %s, %v", w.Code, w.Body, err)
	}
	if again := h.post(t, created("e1", "o1"), nil); again.Body.String() != w.Body.String() {
		t.Errorf("a repeat gets %s", again.Body)
	}
	w = h.post(t, created("e2", "o2").with("plan_id", "1887-900"), nil)
	if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || got != `{"instance_id":"0","state":"provisioning"}` {
		t.Errorf("%d %s", w.Code, got)
	}
}

func TestHandler_Refuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.done(t, created("e1", "o1"))
	resign := func(body string, at time.Time) func(*http.Request) {
		return func(r *http.Request) {
			stamp := strconv.FormatInt(at.Unix(), 10)
			*r = *httptest.NewRequest(http.MethodPost, r.URL.Path, strings.NewReader(body))
			r.Header.Set("X-Market-Timestamp", stamp)
			r.Header.Set("X-Market-Signature", market.Sign(h.secret, stamp, []byte(body)))
		}
	}
	for name, tt := range map[string]struct {
		message msg
		edit    func(*http.Request)
		status  int
		written bool
	}{
		"unsigned":                  {created("e2", "o2"), func(r *http.Request) { r.Header.Del("X-Market-Signature") }, http.StatusUnauthorized, true},
		"forged":                    {created("e2", "o2"), func(r *http.Request) { r.Header.Set("X-Market-Signature", strings.Repeat("0", 64)) }, http.StatusUnauthorized, true},
		"at another time":           {created("e2", "o2"), func(r *http.Request) { r.Header.Set("X-Market-Timestamp", strconv.FormatInt(h.now.Unix()+1, 10)) }, http.StatusUnauthorized, true},
		"stale":                     {nil, resign(`{}`, h.now.Add(-301*time.Second)), http.StatusUnauthorized, true},
		"from the future":           {nil, resign(`{}`, h.now.Add(301*time.Second)), http.StatusUnauthorized, true},
		"with another body":         {created("e1", "o9"), nil, http.StatusConflict, false},
		"an unknown market":         {created("e2", "o2"), func(r *http.Request) { r.URL.Path = market.Path + "nobody" }, http.StatusUnauthorized, false},
		"an unknown action":         {about("pause", "e2", "o1"), nil, http.StatusUnprocessableEntity, false},
		"an unknown field":          {about("expire", "e2", "o1").with("colour", "red"), nil, http.StatusUnprocessableEntity, false},
		"no JSON":                   {nil, resign(`{"event_id":`, h.now), http.StatusUnprocessableEntity, false},
		"a field twice":             {nil, resign(`{"event_id":"e2","event_id":"e2","action":"expire","order_id":"o1"}`, h.now), http.StatusUnprocessableEntity, false},
		"a field in other letters":  {nil, resign(`{"Event_ID":"e2","action":"expire","order_id":"o1"}`, h.now), http.StatusUnprocessableEntity, false},
		"too large":                 {created("e2", "o2").with("buyer_name", strings.Repeat("x", 70<<10)), nil, http.StatusRequestEntityTooLarge, false},
		"another method":            {created("e2", "o2"), func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed, false},
		"a renewal without its end": {about("renew", "e2", "o1"), nil, http.StatusUnprocessableEntity, false},
	} {
		h.now = h.now.Add(2 * time.Second) // entries of refusals are a second apart at least
		before := h.actions(t, "market.refuse")
		edit := tt.edit
		switch {
		case name == "stale":
			edit = resign(`{}`, h.now.Add(-301*time.Second))
		case name == "from the future":
			edit = resign(`{}`, h.now.Add(301*time.Second))
		case tt.message == nil:
			edit = func(r *http.Request) { tt.edit(r) }
		}
		w := h.post(t, tt.message, edit)
		if w.Code != tt.status || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s %s", name, w.Code, w.Header(), w.Body)
		}
		if written := h.actions(t, "market.refuse") > before; written != tt.written {
			t.Errorf("%s: the audit has it: %v", name, written)
		}
	}
	if len(h.grants(t)) != 1 {
		t.Error("what was refused gave something")
	}
}

// Who does not have its secret learns nothing of whether there is a market of a name.
func TestHandler_TellsNoStrangerWhatMarketsThereAre(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for what, edit := range map[string]func(*http.Request){
		"forged":    func(r *http.Request) { r.Header.Set("X-Market-Signature", strings.Repeat("0", 64)) },
		"unsigned":  func(r *http.Request) { r.Header.Del("X-Market-Signature") },
		"no time":   func(r *http.Request) { r.Header.Del("X-Market-Timestamp") },
		"stale":     func(r *http.Request) { r.Header.Set("X-Market-Timestamp", "1") },
		"no header": func(r *http.Request) { r.Header = http.Header{} },
	} {
		one := h.post(t, created("e1", "o1"), edit)
		two := h.post(t, created("e1", "o1"), func(r *http.Request) { edit(r); r.URL.Path = market.Path + "nobody" })
		if one.Code != http.StatusUnauthorized || one.Code != two.Code || one.Body.String() != two.Body.String() {
			t.Errorf("%s: %d %s; of no market %d %s", what, one.Code, one.Body, two.Code, two.Body)
		}
	}
}

// Strangers cannot make the audit grow faster than an entry a second.
func TestRefusal_OfManyAtOnceIsWrittenOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	forged := h.signed(t, created("e1", "o1"))
	forged.Signature = strings.Repeat("0", 64)
	for range 50 {
		_, err := h.Take(t.Context(), "yun", forged)
		wantCode(t, "forged", err, quartet.ErrUnauthenticated)
	}
	h.now = h.now.Add(time.Second)
	_, err := h.Take(t.Context(), "yun", forged)
	wantCode(t, "forged", err, quartet.ErrUnauthenticated)
	list, err := h.store.AuditEntries(t.Context(), 100)
	must(t, err)
	if h.actions(t, "market.refuse") != 2 || !strings.Contains(list[0].Detail, "49 others") {
		t.Errorf("%d entries, the last says %q", h.actions(t, "market.refuse"), list[0].Detail)
	}
}

func TestMarket_IsRotatedAndSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	old := h.secret
	_, next, err := h.Rotate(ctx, "zhao", "yun")
	must(t, err)
	_, err = h.send(t, created("e1", "o1"))
	wantCode(t, "the old secret", err, quartet.ErrUnauthenticated)
	h.secret = next
	h.done(t, created("e1", "o1"))
	_, err = h.Off(ctx, "zhao", "yun")
	must(t, err)
	_, err = h.send(t, created("e2", "o2"))
	wantCode(t, "a market that is off", err, quartet.ErrForbidden)
	_, h.secret, err = h.Rotate(ctx, "zhao", "yun")
	must(t, err)
	h.done(t, created("e2", "o2"))
	_, _, err = h.Add(ctx, "zhao", "yun")
	wantCode(t, "to add it again", err, quartet.ErrConflict)
	_, _, err = h.Add(ctx, "zhao", "Yun/1")
	wantCode(t, "another name", err, quartet.ErrInvalid)
	list, err := h.List(ctx)
	if err != nil || len(list) != 1 || bytes.Contains(list[0].Sealed, []byte(h.secret)) || old == next {
		t.Errorf("%+v, %v", list, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"event_id":"e1","action":"create","order_id":"o1","buyer_id":"b1","buyer_name":"武当","plan_id":"1887-1200","trial":false,"expires_on":"2027-03-02"}`))
	f.Add([]byte(`{"event_id":"e1","action":"release","instance_id":"0","order_id":"o1","refund":true}`))
	f.Add([]byte(`{"event_id":null}`))
	f.Add([]byte(`[{}] `))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := market.Parse(body)
		switch {
		case err == nil && (m.Event == "" || m.Order == "" && m.Instance == "" || !json.Valid(body)):
			t.Errorf("%q is read as %+v", body, m)
		case err != nil && quartet.CodeOf(err) != quartet.ErrInvalid:
			t.Errorf("%q: %v", body, err)
		}
	})
}
