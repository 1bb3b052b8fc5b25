package console

import (
	"html/template"
	"net/http"
)

// Look is what pages beside the console share with it, so that they look like it and are
// guarded like it: its files, its policy and its QR codes.
type Look struct{ files *static }

// NewLook makes the files ready to be served.
func NewLook() (Look, error) {
	s, err := newStatic()
	return Look{s}, err
}

// Path is where a file is served.
func (l Look) Path(name string) (string, error) { return l.files.path(name) }

// ServeHTTP serves the files, below /static/.
func (l Look) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.files.ServeHTTP(w, r) }

// Guard sets the headers of a page.
func (Look) Guard(h http.Header) { guardHeaders(h) }

// QR draws a text as a QR code.
func (Look) QR(text string) (template.HTML, error) { return qrCode(text) }
