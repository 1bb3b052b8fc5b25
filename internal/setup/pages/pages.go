package pages

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"quartet"
	"quartet/internal/console"
	"quartet/internal/obs"
	"quartet/internal/setup"
)

const (
	cookie = "quartet_setup"
	// maxWrong is how many codes may be wrong before the setup is over: a code has 60 bits.
	maxWrong = 5
	// maxForm is more than any step answers.
	maxForm = 64 << 10
)

//go:embed template/*.html
var files embed.FS

// Room does the work. Only one request is in it at a time.
type Room interface {
	Steps(ctx context.Context) ([]setup.Step, error)
	Ask(ctx context.Context, name setup.Name, given setup.Answers) ([]setup.Question, error)
	Act(ctx context.Context, name setup.Name, given setup.Answers) (setup.Outcome, error)
	End() setup.End
}

// Pages serve one setup.
type Pages struct {
	room Room
	log  *slog.Logger
	look console.Look
	view *template.Template
	code string
	mux  http.Handler

	mu      sync.Mutex
	session string          // of the browser that was let in; "": none yet
	secret  map[string]bool // keys of the questions whose answers no page shows
	wrong   int
	over    bool
	done    chan struct{}
}

// New makes the pages of a setup. secure says that they are served over TLS.
func New(room Room, log *slog.Logger, secure bool) (*Pages, error) {
	look, err := console.NewLook()
	if err != nil {
		return nil, err
	}
	p := &Pages{room: room, log: log, look: look, code: newCode(), secret: map[string]bool{}, done: make(chan struct{})}
	p.view, err = template.New("").Funcs(template.FuncMap{"asset": look.Path, "qr": look.QR, "fours": fours, "on": ask}).ParseFS(files, "template/*.html")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", look)
	mux.HandleFunc("GET /{$}", p.show)
	mux.HandleFunc("POST /enter", func(w http.ResponseWriter, r *http.Request) { p.enter(w, r, secure) })
	mux.HandleFunc("POST /{$}", p.take)
	p.mux = http.NewCrossOriginProtection().Handler(mux)
	return p, nil
}

// newCode is twelve letters and digits in fours, of which none is taken for another.
func newCode() string {
	text := rand.Text()
	return text[:4] + "-" + text[4:8] + "-" + text[8:12]
}

// Code lets one browser in, once.
func (p *Pages) Code() string { return p.code }

// Done is closed when the setup is over.
func (p *Pages) Done() <-chan struct{} { return p.done }

// ServeHTTP implements http.Handler.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.look.Guard(w.Header())
	if !known(r.Host) && r.TLS == nil { // another site's name that leads to this machine
		http.Error(w, "this is not the address of the setup", http.StatusMisdirectedRequest)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// known reports whether a Host can only mean this machine.
func known(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// page is what the one template shows.
type page struct {
	English bool
	Inside  bool
	Steps   []setup.Step
	Now     *setup.Step // the step that is asked for
	Number  int
	Form    []setup.Question
	Given   setup.Answers // what was answered on the page before; no secrets
	Typed   setup.Answers // what is offered again
	Fault   *setup.Refusal
	Outcome *setup.Outcome
	End     *setup.End
	Over    bool
	Wrong   bool
}

// T is a text in the language of the page.
func (p *page) T(t setup.Text) string { return t.In(p.English) }

// W chooses between two words.
func (p *page) W(chinese, english string) string {
	return setup.Text{Chinese: chinese, English: english}.In(p.English)
}

// FaultOf is what is wrong with the answer to a question.
func (p *page) FaultOf(key string) string {
	if p.Fault == nil || p.Fault.Field != key {
		return ""
	}
	return p.T(p.Fault.Text)
}

// Loose is a refusal of the step as a whole, or of a question that this page does not ask.
func (p *page) Loose() string {
	if p.Fault == nil {
		return ""
	}
	for _, q := range p.Form {
		if q.Key == p.Fault.Field {
			return ""
		}
	}
	return p.T(p.Fault.Text)
}

// Value is what stands in a field at first.
func (p *page) Value(q setup.Question) string {
	if typed, ok := p.Typed[q.Key]; ok {
		return typed
	}
	return q.Default
}

func english(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en")
}

func (p *Pages) inside(r *http.Request) bool {
	c, err := r.Cookie(cookie)
	return err == nil && p.session != "" && !p.over && same(c.Value, p.session)
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := &page{English: english(r)}
	if !p.inside(r) {
		p.door(w, v)
		return
	}
	p.next(w, r, v, nil)
}

// door asks for the code, or says that there is none any more.
func (p *Pages) door(w http.ResponseWriter, v *page) {
	status := http.StatusUnauthorized
	if v.Over = p.over || p.session != ""; v.Over {
		status = http.StatusGone
	}
	p.render(w, status, v)
}

// enter takes the code from the first who has it.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, secure bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v := &page{English: english(r)}
	if p.over || p.session != "" {
		p.door(w, v)
		return
	}
	if !same(strings.ToUpper(strings.TrimSpace(r.PostFormValue("code"))), p.code) {
		if p.wrong++; p.wrong >= maxWrong {
			p.log.Warn("too many wrong codes; the setup is over, start it again")
			p.end()
		}
		v.Wrong = true
		p.door(w, v)
		return
	}
	p.session = rand.Text()
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: p.session, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}) //nolint:gosec // without TLS the pages are on this machine alone
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// take takes the answers of one page of a step, and does the step when it has all.
func (p *Pages) take(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := &page{English: english(r)}
	if !p.inside(r) {
		p.door(w, v)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	name := setup.Name(r.PostForm.Get("step"))
	given := setup.Answers{}
	for key, values := range r.PostForm {
		if question, ok := strings.CutPrefix(key, "answer."); ok {
			if given[question] = values[0]; !p.secret[question] {
				given[question] = strings.TrimSpace(values[0])
			}
		}
	}
	if again, typed := given["password"], r.PostForm["again.password"]; len(typed) > 0 && typed[0] != again {
		p.refuse(w, r, v, name, given, &setup.Refusal{Text: setup.Text{Chinese: "两次输入的密码不同", English: "the two passwords differ"}, Field: "password"})
		return
	}
	questions, err := p.room.Ask(r.Context(), name, given)
	if err == nil && len(questions) > 0 {
		p.next(w, r, v, given)
		return
	}
	var out setup.Outcome
	if err == nil {
		out, err = p.room.Act(r.Context(), name, given)
	}
	if err != nil {
		p.refuse(w, r, v, name, given, err)
		return
	}
	if len(out.Once)+len(out.Said) > 0 {
		v.Outcome = &out
	}
	p.nextOrEnd(w, r, v)
}

// nextOrEnd shows what a step made, leads on, and ends the setup behind the last one.
func (p *Pages) nextOrEnd(w http.ResponseWriter, r *http.Request, v *page) {
	steps, err := p.room.Steps(r.Context())
	if err != nil {
		p.fail(w, r, v, err)
		return
	}
	left := false
	for _, one := range steps {
		left = left || !one.Done
	}
	switch {
	case !left:
		p.next(w, r, v, nil)
	case v.Outcome == nil:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		v.Inside, v.Steps = true, steps
		p.render(w, http.StatusOK, v)
	}
}

// next shows the step that comes next, after what was answered of it; behind the last one the
// end, and the setup is over.
func (p *Pages) next(w http.ResponseWriter, r *http.Request, v *page, given setup.Answers) {
	var err error
	if v.Steps, err = p.room.Steps(r.Context()); err != nil {
		p.fail(w, r, v, err)
		return
	}
	// A room that asks on behind a secret has taken it: the page carries it no further.
	v.Inside, v.Given = true, maps.Clone(given)
	maps.DeleteFunc(v.Given, func(key, _ string) bool { return p.secret[key] })
	for i := range v.Steps {
		if !v.Steps[i].Done {
			v.Now, v.Number = &v.Steps[i], i+1
			break
		}
	}
	if v.Now == nil {
		end := p.room.End()
		v.End = &end
		p.end()
		p.render(w, http.StatusOK, v)
		return
	}
	if v.Form, err = p.room.Ask(r.Context(), v.Now.Name, given); err != nil {
		p.fail(w, r, v, err)
		return
	}
	p.render(w, http.StatusOK, v)
}

// refuse shows the page of a step again, with the reason. The questions of one page are asked
// again; those of the page before stay answered where they can be asked without a secret.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, v *page, name setup.Name, given setup.Answers, err error) {
	refusal, ok := errors.AsType[*setup.Refusal](err)
	if !ok {
		p.fail(w, r, v, err)
		return
	}
	steps, err := p.room.Steps(r.Context())
	if err != nil {
		p.fail(w, r, v, err)
		return
	}
	v.Inside, v.Steps, v.Fault = true, steps, refusal
	for i := range steps {
		if steps[i].Name == name {
			v.Now, v.Number = &steps[i], i+1
		}
	}
	if v.Now == nil || v.Now.Done {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	v.Given, v.Form = p.pageOf(r.Context(), name, given, refusal.Field)
	v.Typed = setup.Answers{}
	for _, q := range v.Form {
		if answer, answered := given[q.Key]; answered && !q.Secret && q.Enrolment == nil {
			v.Typed[q.Key] = answer
		}
	}
	p.render(w, http.StatusUnprocessableEntity, v)
}

// pageOf is the page of a step that asks a question, and what is answered before it; the last
// page that can be asked where no page does.
func (p *Pages) pageOf(ctx context.Context, name setup.Name, given setup.Answers, field string) (before setup.Answers, form []setup.Question) {
	before = setup.Answers{}
	for {
		next, err := p.room.Ask(ctx, name, before)
		if err != nil || len(next) == 0 {
			return before, form // the page before is asked again
		}
		form = next
		more := maps.Clone(before)
		secret := false
		for _, q := range next {
			more[q.Key] = given[q.Key]
			if secret = secret || q.Secret || q.Enrolment != nil; q.Key == field {
				return before, form
			}
		}
		after, err := p.room.Ask(ctx, name, more)
		if secret || err != nil || len(after) == 0 {
			return before, form // what comes behind cannot be asked
		}
		before = more
	}
}

// fail shows what keeps the setup from going on.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, v *page, err error) {
	refusal, ok := errors.AsType[*setup.Refusal](err)
	if !ok {
		p.log.ErrorContext(r.Context(), "a step failed", obs.Err(err))
		refusal = &setup.Refusal{Text: setup.Text{Chinese: "这一步没有成功：" + err.Error(), English: err.Error()}}
		if quartet.CodeOf(err) == quartet.ErrInternal {
			refusal.Text = setup.Text{Chinese: "这一步没有成功，原因见终端", English: "the step failed; the terminal says why"}
		}
	}
	v.Inside, v.Fault, v.Form, v.Now = true, refusal, nil, nil
	p.render(w, http.StatusUnprocessableEntity, v)
}

// end lets nobody in any more.
func (p *Pages) end() {
	if !p.over {
		p.over = true
		close(p.done)
	}
}

func (p *Pages) render(w http.ResponseWriter, status int, v *page) {
	for _, q := range v.Form {
		if q.Secret {
			p.secret[q.Key] = true
		}
	}
	var out bytes.Buffer
	if err := p.view.ExecuteTemplate(&out, "setup", v); err != nil {
		p.log.Error("a page could not be made", obs.Err(err))
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}

// asked is one question on its page.
type asked struct {
	Page     *page
	Question setup.Question
}

func ask(p *page, q setup.Question) asked { return asked{p, q} }

// fours is a secret as people type it.
func fours(s string) string {
	const four = 4
	var groups []string
	for ; s != ""; s = s[min(four, len(s)):] {
		groups = append(groups, s[:min(four, len(s))])
	}
	return strings.Join(groups, " ")
}

// Grace is how long files of the last page are served behind it.
const Grace = 5 * time.Second
