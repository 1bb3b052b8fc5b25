package console

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"quartet/internal/web"
)

const (
	// sendStall is how long whoever sends a file may send nothing.
	sendStall = 30 * time.Second
	// answerWithin is how long what is said of a file may take once it has come.
	answerWithin = 5 * time.Minute
	// mostDrained is how much of a file is read after it was refused: a browser that still sends
	// hears no answer.
	mostDrained = 64 << 20
	// mostFields is how many fields may stand before a file.
	mostFields = 32
)

// handOn gives the file that a form holds under a name to pass as it comes: it may be larger than
// memory. The fields of these names, which stand before it, are in the form by then. Of a form of
// more than so many bytes it gives an *http.MaxBytesError.
func (v *visit) handOn(name string, most int64, fields []string, pass func(file *multipart.Part) error) error {
	v.form.Values = url.Values{name: {""}}
	unread := &web.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "the form could not be read"}
	v.r.Body = http.MaxBytesReader(v.w, &steady{v.r.Body, http.NewResponseController(v.w)}, most)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return unread
	}
	defer func() { _, _ = io.CopyN(io.Discard, v.r.Body, mostDrained) }()
	for taken := 0; ; {
		part, err := parts.NextPart()
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return err
		}
		if err != nil {
			return unread // at the end there is no file either
		}
		switch field := part.FormName(); {
		case strings.HasPrefix(field, "_"), slices.Contains(fields, field):
			if taken++; taken > mostFields || v.takePart(part) != nil {
				return unread
			}
		case field == name && part.FileName() == "":
			return faulty(name, "choose a file")
		case field == name:
			if err := v.take(v.form.Values); err != nil {
				return err
			}
			return pass(part)
		}
	}
}

// takePart reads a field that stands before the file of a form.
func (v *visit) takePart(part *multipart.Part) error {
	const most = 1 << 10
	b, err := io.ReadAll(io.LimitReader(part, most))
	v.form.Values.Set(part.FormName(), string(b))
	return err
}

// fileOf reads the file of a form whole; of one that is larger it says these words.
func (v *visit) fileOf(name string, most int64, fields []string, tooLarge string) (file *multipart.Part, content []byte, err error) {
	err = v.handOn(name, most, fields, func(part *multipart.Part) (err error) {
		if content, err = io.ReadAll(part); err == nil && len(content) == 0 {
			return faulty(name, "choose a file")
		}
		file = part
		return err
	})
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, nil, &web.Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: tooLarge, Errors: faulty(name, tooLarge).Errors}
	}
	return file, content, err
}

// steady reads a body for as long as it comes, whatever the limit for a whole request.
type steady struct {
	io.ReadCloser

	line *http.ResponseController
}

func (s *steady) Read(p []byte) (int, error) {
	now := time.Now() // a server without deadlines has none to move
	_ = s.line.SetReadDeadline(now.Add(sendStall))
	_ = s.line.SetWriteDeadline(now.Add(answerWithin))
	return s.ReadCloser.Read(p)
}
