package console_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/console"
	"quartet/internal/web"
)

// fake is a management API that answers what a test says, and keeps what it was asked. Of what
// a test does not name there is nothing: lists are empty, and what a form does is taken.
type fake struct {
	role    quartet.Role   // of whoever is signed in; "": owner
	site    string         // the address of the house, as its settings have it
	answers map[string]any // by method and path, without /api/v1: JSON as it is, two pages of it, a value that is written as JSON, a refusal, or what gives one of them
	asked   []string       // method, address and body
	keys    []string       // of what came with an idempotency key: it, method and path

	pages *console.Console
}

// refusal is a problem that the API answers.
type refusal struct {
	status int
	code   string
	detail string
	field  string
}

// refusedFields is a refusal of several fields: name and detail in turn.
type refusedFields []string

var (
	stranger    = map[string]any{"GET /session": refusal{401, "unauthenticated", "sign in first", ""}}
	proofNeeded = refusal{403, "proof_needed", "prove your password again first; a proof counts for ten minutes", ""}
)

// but is these answers, and others in place of some or beside them.
func but(answers, others map[string]any) map[string]any {
	all := maps.Clone(answers)
	maps.Copy(all, others)
	return all
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.asked = append(f.asked, strings.TrimSpace(r.Method+" "+strings.TrimPrefix(r.URL.RequestURI(), "/api/v1")+" "+string(body)))
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		f.keys = append(f.keys, key+" "+r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1"))
	}
	answer := f.answer(r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v1"))
	if parts, split := answer.([2]string); split { // a list in two pages
		answer = parts[min(len(r.URL.Query().Get("after")), 1)]
	}
	if now, changes := answer.(func() any); changes {
		answer = now()
	}
	if no, refused := answer.(refusal); refused {
		problem := map[string]any{"title": http.StatusText(no.status), "status": no.status, "code": no.code, "detail": no.detail}
		if no.field != "" {
			problem["errors"] = []map[string]string{{"detail": no.detail, "pointer": "#/" + no.field}}
		}
		w.WriteHeader(no.status)
		answer = problem
	}
	if no, refused := answer.(refusedFields); refused {
		var faults []map[string]string
		for i := 0; i < len(no); i += 2 {
			faults = append(faults, map[string]string{"pointer": "#/" + no[i], "detail": no[i+1]})
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		answer = map[string]any{"status": http.StatusUnprocessableEntity, "code": "invalid", "detail": "faults", "errors": faults}
	}
	if text, written := answer.(string); written {
		_, _ = io.WriteString(w, text)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (f *fake) answer(what string) any {
	if answer, ok := f.answers[what]; ok {
		return answer
	}
	switch what {
	case "GET /session":
		role := f.role
		if role == "" {
			role = quartet.RoleOwner
		}
		return map[string]any{"id": "s1", "kind": "person", "name": "林晓", "account_id": "acme", "role": role, "rights": role.Rights()}
	case "GET /accounts/acme":
		return map[string]any{"name": "测试贸易有限公司", "created_at": "2025-11-20T02:00:00Z"}
	case "GET /accounts/acme/inbox/unread":
		return map[string]int{"unread": 0}
	case "GET /products":
		return map[string]any{"items": []map[string]string{{"id": "1887", "name": "银行卡四要素核验"}}}
	}
	if strings.HasPrefix(what, "GET ") {
		return map[string]any{"items": []any{}}
	}
	return map[string]any{}
}

// was wants the API to have been asked something, to the letter.
func (f *fake) was(t *testing.T, asked string) {
	t.Helper()
	if !slices.Contains(f.asked, asked) {
		t.Errorf("the API was not asked\n%s\nbut\n%s", asked, strings.Join(f.asked, "\n"))
	}
}

// did wants the API to have been asked for these things and for no others, beside reading.
func (f *fake) did(t *testing.T, wanted ...string) {
	t.Helper()
	done := slices.DeleteFunc(slices.Clone(f.asked), func(asked string) bool { return strings.HasPrefix(asked, "GET ") })
	if !slices.Equal(done, wanted) {
		t.Errorf("the API was asked for\n%s\nand not for\n%s", strings.Join(done, "\n"), strings.Join(wanted, "\n"))
	}
}

// seen is what a browser gets.
type seen struct {
	status int
	to     string // where it is led
	text   string // of the page
	header http.Header
}

// look asks for a page.
func (f *fake) look(t *testing.T, path string) seen {
	t.Helper()
	return f.visit(t, httptest.NewRequest(http.MethodGet, path, http.NoBody))
}

// send sends a form of names and values in turn.
func (f *fake) send(t *testing.T, path string, pairs ...string) seen {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.visit(t, r)
}

// upload sends a form with a file in it.
func (f *fake) upload(t *testing.T, path, field, name, content string, pairs ...string) seen {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err != nil || m.Close() != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return f.visit(t, r)
}

// visit is one request to the pages, on the day of the previews.
func (f *fake) visit(t *testing.T, r *http.Request) seen {
	t.Helper()
	if f.pages == nil {
		var err error
		f.pages, err = console.New(console.Options{
			Log: slog.New(slog.NewTextHandler(t.Output(), nil)), API: described(t, f), House: "示例数据服务", Site: f.site, Proxies: web.NewProxies(nil),
			Now: func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai) },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	f.pages.ServeHTTP(w, r)
	return seen{w.Code, w.Header().Get("Location"), w.Body.String(), w.Header()}
}

// says wants a page to have some words, and none of those after "but not".
func (s seen) says(t *testing.T, words ...string) {
	t.Helper()
	not := false
	for _, w := range words {
		switch {
		case w == "but not":
			not = true
		case strings.Contains(s.text, w) == not:
			t.Errorf("%q on the page: %t; it is %d %s", w, not, s.status, s.text)
		}
	}
}

// is wants a status.
func (s seen) is(t *testing.T, status int) seen {
	t.Helper()
	if s.status != status {
		t.Errorf("answered %d, to %q, and not %d", s.status, s.to, status)
	}
	return s
}

// leads wants the browser to be led on after a form.
func (s seen) leads(t *testing.T, to string) {
	t.Helper()
	if s.status != http.StatusSeeOther || s.to != to {
		t.Errorf("answered %d, to %q, and not to %q: %s", s.status, s.to, to, s.text)
	}
}
