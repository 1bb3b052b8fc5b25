package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"quartet/internal/web"
)

// maxForm is the most that a form may hold. Files are sent to the API by themselves.
const maxForm = 256 << 10

// form is what was typed, and what is wrong with it. Its fields are named as the API names
// them, so that a fault finds its field.
type form struct {
	Values url.Values
	Faults map[string]string
	// Detail is what is wrong with no field alone; Reference is what support is told.
	Detail, Reference string
	Helpline          *web.Helpline
}

// readForm reads the form of a request, once.
func (v *visit) readForm(most int64) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, most)
	if err := v.r.ParseForm(); err != nil {
		return &web.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "the form could not be read"}
	}
	v.form.Values = v.r.PostForm
	return v.take(v.form.Values)
}

// value is what was typed into a field, without blanks around it.
func (v *visit) value(name string) string { return strings.TrimSpace(v.form.Values.Get(name)) }

// secret is a field as it was typed, blanks and all.
func (v *visit) secret(name string) string { return v.form.Values.Get(name) }

// number is a field that holds a whole number. What is none is -1, which the API refuses with
// the words for it.
func (v *visit) number(name string) int64 {
	text := strings.ReplaceAll(v.value(name), ",", "")
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// checked reports whether a box was ticked.
func (v *visit) checked(name string) bool { return v.form.Values.Has(name) }

// shownInForm reports whether a refusal is something that the form can say beside what was typed.
func shownInForm(p *web.Problem) bool {
	switch p.Status {
	case http.StatusUnauthorized:
		return true // a wrong password of the sign-in form; elsewhere the door is asked again
	case http.StatusNotFound:
		return len(p.Errors) > 0
	}
	return p.Status < http.StatusInternalServerError || p.Status == http.StatusServiceUnavailable
}

// refuse puts a refusal into the form.
func (f *form) refuse(v *visit, p *web.Problem) {
	f.Faults = map[string]string{}
	var rest []string // of fields that the page does not have
	for _, e := range p.Errors {
		words := v.lang.problem(e.Detail)
		name := strings.TrimPrefix(e.Pointer, "#/") + e.Parameter
		switch {
		case !f.Values.Has(name):
			rest = append(rest, words)
		case f.Faults[name] != "":
			f.Faults[name] = v.lang.joined(f.Faults[name], words)
		default:
			f.Faults[name] = words
		}
	}
	if f.Detail = v.lang.joined(rest...); len(f.Faults) == 0 {
		f.Detail = v.lang.refusal(p)
	}
	f.Reference, f.Helpline = p.Reference, p.Support
}

// refusal is a problem as a whole. The API puts the names of inputs before what is wrong with them;
// the words that have a Chinese are those behind the names.
func (l language) refusal(p *web.Problem) string {
	if l == english || len(p.Errors) == 0 {
		return l.problem(p.Detail)
	}
	all := make([]string, len(p.Errors))
	for i, e := range p.Errors {
		all[i] = l.problem(e.Detail)
	}
	return l.joined(all...)
}

// joined are faults in one line.
func (l language) joined(faults ...string) string {
	if l == english {
		return strings.Join(faults, "; ")
	}
	return strings.Join(faults, "；")
}
