package console

import (
	"bytes"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"quartet/internal/obs"
	"quartet/internal/web"
)

//go:embed template/*.html
var templateFiles embed.FS

// views are the templates in each language.
type views struct {
	sets map[language]*template.Template
}

func newViews(s *static, now func() time.Time) (*views, error) {
	v := &views{sets: map[language]*template.Template{}}
	for _, lang := range []language{chinese, english} {
		set, err := template.New("").Funcs(funcs(lang, s, now)).ParseFS(templateFiles, "template/*.html")
		if err != nil {
			return nil, err
		}
		v.sets[lang] = set
	}
	return v, nil
}

// frame is what stands around every page. Templates of pages reach the page itself by .P.
type frame struct {
	P     page
	Form  *form
	Lang  string
	Theme string
	House string
	Demo  bool
	Path  string // of the page, for what leads back to it
	Key   string // of what the forms of the page ask for; "": nobody is in
	Title string // in Chinese; the template translates it
	Who   *session
	Place string // the name of the account that is acted for
	// Unread are the notes of the inbox that nobody has read.
	Unread int64
	// Operator says that the page is for somebody who runs the house.
	Operator bool
	Nav      []navigation
	Scripts  []string // static files that this page alone needs
	Body     template.HTML
}

// titled is a page with a title; others have that of the house.
type titled interface{ title() string }

// scripted is a page that needs scripts of its own.
type scripted interface{ scripts() []string }

func (c *Console) frame(v *visit, p page) *frame {
	f := &frame{
		P: p, Form: &v.form, Lang: string(v.lang), Theme: v.theme, House: c.o.House, Demo: c.o.Demo, Path: v.r.URL.RequestURI(), Who: v.who(),
	}
	if v.r.Method != http.MethodGet {
		if f.Path = v.page; f.Path == "" {
			f.Path = v.home()
		}
	}
	if f.Who != nil && f.Who.Factor != "needed" {
		f.Key = rand.Text()
	}
	if f.Who != nil && f.Who.Kind == "operator" {
		f.Operator, f.Nav = true, houseNavigation(v.r.URL.Path, f.Who)
		return f
	}
	if f.Who != nil && f.Who.Placed() && f.Who.Factor != "needed" { // before that every entry leads to the door
		f.Nav, f.Place = navigationOf(v.r.URL.Path, f.Who), v.place()
		var unread struct {
			Unread int64 `json:"unread"`
		}
		if v.get(v.account("/inbox/unread"), &unread) == nil {
			f.Unread = unread.Unread
		}
	}
	return f
}

// render writes a page within its frame. Nothing is written before all of it is there.
func (c *Console) render(v *visit, status int, p page) {
	out, err := c.views.render(v.lang, c.frame(v, p))
	if err != nil {
		reference := newReference()
		c.o.Log.ErrorContext(v.r.Context(), "a page could not be made", "reference", reference, "page", p.template(), obs.Err(err))
		http.Error(v.w, v.lang.word("页面出错，请联系客服并提供编号 %s", reference), http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = out.WriteTo(v.w)
}

func (v *views) render(lang language, f *frame) (*bytes.Buffer, error) {
	set := v.sets[lang]
	if t, ok := f.P.(titled); ok {
		f.Title = t.title()
	}
	if s, ok := f.P.(scripted); ok {
		f.Scripts = s.scripts()
	}
	var body, out bytes.Buffer
	if err := set.ExecuteTemplate(&body, f.P.template(), f); err != nil {
		return nil, fmt.Errorf("the page %s: %w", f.P.template(), err)
	}
	f.Body = template.HTML(body.String()) //nolint:gosec // made by a template just now
	if err := set.ExecuteTemplate(&out, "layout", f); err != nil {
		return nil, err
	}
	return bytes.NewBuffer(f.mark(out.Bytes())), nil
}

// FailurePage says what went wrong.
type FailurePage struct {
	Status    int
	Heading   string
	Detail    string
	Reference string
	Helpline  *web.Helpline
}

func (FailurePage) template() string { return "failure" }
func (FailurePage) title() string    { return "出错了" }

func (c *Console) fail(v *visit, p *web.Problem) {
	page := FailurePage{Status: p.Status, Detail: v.lang.refusal(p), Reference: p.Reference, Helpline: p.Support}
	switch p.Status {
	case http.StatusNotFound:
		page.Heading = "没有这个页面"
	case http.StatusForbidden:
		page.Heading = "没有权限"
	case http.StatusTooManyRequests:
		page.Heading = "操作太频繁"
	default:
		page.Heading = "出错了"
	}
	c.render(v, p.Status, page)
}
