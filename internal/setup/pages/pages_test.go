package pages_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"quartet/internal/setup"
	"quartet/internal/setup/pages"
)

// room is a setup of two steps that asks what it is told to.
type room struct {
	done  map[setup.Name]bool
	acted []setup.Answers
}

func both(s string) setup.Text { return setup.Text{Chinese: s, English: s} }

func (r *room) Steps(context.Context) ([]setup.Step, error) {
	var list []setup.Step
	for _, name := range []setup.Name{setup.Store, setup.Administrator} {
		list = append(list, setup.Step{Name: name, Title: both(string(name)), State: setup.State{Done: r.done[name]}})
	}
	return list, nil
}

func (r *room) Ask(_ context.Context, name setup.Name, given setup.Answers) ([]setup.Question, error) {
	_, kind := given["kind"]
	_, password := given["password"]
	switch {
	case name == setup.Store && !kind:
		return []setup.Question{{Key: "kind", Text: both("Store"), Default: "a", Choices: []setup.Choice{{Value: "a", Text: both("A")}, {Value: "b", Text: both("B")}}}}, nil
	case !password:
		return []setup.Question{{Key: "name", Text: both("Name")}, {Key: "password", Text: both("Password"), Secret: true, Twice: name == setup.Administrator}}, nil
	default:
		return nil, nil
	}
}

func (r *room) Act(_ context.Context, name setup.Name, given setup.Answers) (setup.Outcome, error) {
	if given["name"] == "<bad>" {
		return setup.Outcome{}, &setup.Refusal{Text: both("not that name"), Field: "name"}
	}
	r.done[name] = true
	r.acted = append(r.acted, given)
	return setup.Outcome{Once: []setup.Shown{{Text: both("keep this"), Lines: []string{"shown-once"}}}}, nil
}

func (*room) End() setup.End { return setup.End{Command: "quartet serve --config quartet.yaml"} }

// browser is one who visits the pages.
type browser struct {
	t   *testing.T
	c   *http.Client
	url string
}

func newSite(t *testing.T, r *room) (*pages.Pages, string) {
	t.Helper()
	p, err := pages.New(r, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	return p, s.URL
}

func visit(t *testing.T, site string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar}, site}
}

func (b *browser) read(r *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		b.t.Errorf("the policy is %q", policy)
	}
	return r.StatusCode, string(text)
}

func (b *browser) get() (int, string) { b.t.Helper(); return b.read(b.c.Get(b.url + "/")) }

func (b *browser) post(path string, pairs ...string) (int, string) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.read(b.c.PostForm(b.url+path, form))
}

func TestPages_LeadOneBrowserThroughAndEnd(t *testing.T) {
	r := &room{done: map[setup.Name]bool{}}
	p, site := newSite(t, r)
	b := visit(t, site)
	if status, text := b.get(); status != http.StatusUnauthorized || strings.Contains(text, "Store") {
		t.Fatalf("without the code: %d\n%s", status, text)
	}
	if status, text := b.post("/", "step", "store", "answer.kind", "a", "answer.password", "x"); status != http.StatusUnauthorized || len(r.acted) > 0 {
		t.Fatalf("answers without the code: %d\n%s", status, text)
	}
	if status, text := b.post("/enter", "code", strings.ToLower(p.Code())); status != http.StatusOK || !strings.Contains(text, `value="b"`) {
		t.Fatalf("with the code: %d\n%s", status, text)
	}
	other := visit(t, site)
	if status, _ := other.post("/enter", "code", p.Code()); status != http.StatusGone {
		t.Errorf("the code lets a second browser in: %d", status)
	}
	_, text := b.post("/", "step", "store", "answer.kind", "b")
	if !strings.Contains(text, `name="answer.kind" value="b"`) || !strings.Contains(text, `type="password"`) {
		t.Fatalf("the second page of a step:\n%s", text)
	}
	status, text := b.post("/", "step", "store", "answer.kind", "b", "answer.name", "<bad>", "answer.password", "planted-secret")
	if status != http.StatusUnprocessableEntity || !strings.Contains(text, "not that name") || !strings.Contains(text, "&lt;bad&gt;") || !strings.Contains(text, `name="answer.kind" value="b"`) || strings.Contains(text, "planted-secret") {
		t.Fatalf("a refusal: %d\n%s", status, text)
	}
	if _, text = b.post("/", "step", "store", "answer.kind", "b", "answer.name", "good", "answer.password", " planted-secret "); !strings.Contains(text, "shown-once") {
		t.Fatalf("the outcome:\n%s", text)
	}
	if r.acted[0]["password"] != " planted-secret " {
		t.Errorf("the password became %q", r.acted[0]["password"])
	}
	if _, text = b.get(); strings.Contains(text, "shown-once") {
		t.Error("it is shown again")
	}
	if status, text = b.post("/", "step", "administrator", "answer.name", "zhang", "answer.password", "a", "again.password", "b"); status != http.StatusUnprocessableEntity || len(r.acted) != 1 {
		t.Fatalf("two passwords that differ: %d\n%s", status, text)
	}
	_, text = b.post("/", "step", "administrator", "answer.name", "zhang", "answer.password", "a", "again.password", "a")
	if !strings.Contains(text, "quartet serve --config") || !strings.Contains(text, "shown-once") {
		t.Fatalf("the end:\n%s", text)
	}
	select {
	case <-p.Done():
	default:
		t.Error("it is not over")
	}
	if status, _ := b.get(); status != http.StatusGone {
		t.Errorf("behind the end: %d", status)
	}
}

// resumed is a room whose administrator says the password before the second factor is asked
// for.
type resumed struct{ room }

func (r *resumed) Ask(_ context.Context, _ setup.Name, given setup.Answers) ([]setup.Question, error) {
	_, password := given["password"]
	_, code := given["code"]
	switch {
	case !password && !code:
		return []setup.Question{{Key: "password", Text: both("Password"), Secret: true}}, nil
	case !code:
		return []setup.Question{{Key: "code", Text: both("Digits"), Enrolment: &setup.Enrolment{Secret: "JBSWY3DPEHPK3PXP", URL: "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"}}}, nil
	default:
		return nil, nil
	}
}

func TestPages_CarryNoPasswordFurther(t *testing.T) {
	r := &resumed{room{done: map[setup.Name]bool{setup.Store: true}}}
	p, err := pages.New(r, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	b := visit(t, s.URL)
	if _, text := b.post("/enter", "code", p.Code()); !strings.Contains(text, `name="answer.password"`) {
		t.Fatalf("no password is asked for:\n%s", text)
	}
	_, text := b.post("/", "step", "administrator", "answer.password", " planted-secret ")
	if !strings.Contains(text, `name="answer.code"`) || strings.Contains(text, "planted-secret") || strings.Contains(text, `name="answer.password"`) {
		t.Errorf("the page behind the password:\n%s", text)
	}
}

func TestPages_EndAfterWrongCodes(t *testing.T) {
	r := &room{done: map[setup.Name]bool{}}
	p, site := newSite(t, r)
	b := visit(t, site)
	for range 5 {
		b.post("/enter", "code", "AAAA-AAAA-AAAA")
	}
	if status, _ := b.post("/enter", "code", p.Code()); status != http.StatusGone {
		t.Errorf("the right code after five wrong ones: %d", status)
	}
	<-p.Done()
}

func TestPages_AnswerToTheNamesOfThisMachineAlone(t *testing.T) {
	p, _ := newSite(t, &room{done: map[setup.Name]bool{}})
	for host, want := range map[string]int{"127.0.0.1:8088": 401, "localhost:8088": 401, "[::1]:8088": 401, "attacker.example": 421, "attacker.example:8088": 421} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		if p.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d, want %d", host, w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/enter", strings.NewReader("code="+p.Code()))
	r.Host = "127.0.0.1:8088"
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site: %d", w.Code)
	}
}
