package api

import (
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// uploadStall is how long whoever sends a file may send nothing.
const uploadStall = 30 * time.Second

// Upload is a file that is read as it comes, in the memory of a part of it.
type Upload struct {
	body io.Reader
}

// Resolve takes the body of the request. huma calls it for every input with an Upload.
func (u *Upload) Resolve(hc huma.Context) []error {
	r, w := humago.Unwrap(hc)
	u.body = &inlet{r.Body, http.NewResponseController(w)}
	return nil
}

// inlet reads a body for as long as it comes: where the server has a limit for the whole
// request, it is one for each part of this, and for the answer behind it.
type inlet struct {
	body io.Reader
	line *http.ResponseController
}

func (i *inlet) Read(p []byte) (int, error) {
	_ = i.line.SetReadDeadline(time.Now().Add(uploadStall)) // a recorder has none
	n, err := i.body.Read(p)
	if err != nil {
		_ = i.line.SetWriteDeadline(time.Now().Add(exportStall))
	}
	return n, err
}
