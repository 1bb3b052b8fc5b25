package console

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"quartet/internal/web"
)

// Names of what stands in every form beside its own fields. They are no names of the API.
const (
	// keyField makes what the form asks for be done once, however often it is sent.
	keyField = "_key"
	// accountField is the account that the page is of. The session may act for another one by
	// the time the form is sent: somebody has switched in another window.
	accountField = "_account"
	// pageField is the page that the form stands on, which its refusal is shown on as well.
	pageField = "_page"

	keyHeader = "Idempotency-Key"
	proofPath = "/session/proof"
)

// acting is the tag of a form that does something. A form with data-kept brings the fields of
// the form that it stands for.
var acting = regexp.MustCompile(`<form [^>]*method="post"[^>]*>`)

// mark writes these fields behind the tag of every form of a page, so that no template forgets
// them. Each form has a key of its own: what two forms ask for is two things.
func (f *frame) mark(page []byte) []byte {
	n := 0
	return acting.ReplaceAllFunc(page, func(tag []byte) []byte {
		n++
		if bytes.Contains(tag, []byte(" data-kept")) {
			return tag
		}
		out := append(bytes.Clone(tag), hidden(pageField, f.Path)...)
		if f.Key == "" {
			return out
		}
		out = append(out, hidden(keyField, f.Key+"-"+strconv.Itoa(n))...)
		if f.Who != nil && f.Who.Account != "" {
			out = append(out, hidden(accountField, f.Who.Account)...)
		}
		return out
	})
}

func hidden(name, value string) string {
	return `<input type="hidden" name="` + name + `" value="` + template.HTMLEscapeString(value) + `">`
}

// take reads these fields. A form for an account that is not acted for any more does nothing.
func (v *visit) take(typed url.Values) error {
	v.key, v.page = typed.Get(keyField), local(typed.Get(pageField), "")
	shown := typed.Get(accountField)
	if shown == "" || !strings.HasPrefix(v.r.URL.Path, homePath) {
		return nil
	}
	if who := v.who(); who != nil && who.Placed() && who.Account != shown {
		return &web.Problem{Status: http.StatusConflict, Code: "conflict", Detail: "you have switched to another account; nothing was done, open this page anew"}
	}
	return nil
}

// nextKey is the key of the next thing that a form asks the API for; "": none. The same form
// asks for the same things in the same order. The proof of a password is none of them: it comes
// before whichever of them wants it.
func (v *visit) nextKey(method, path string) string {
	if method != http.MethodPost || v.key == "" || path == proofPath {
		return ""
	}
	v.acts++
	return v.key + ":" + strconv.Itoa(v.acts)
}
