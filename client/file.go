package client

import (
	"context"
	"io"
	"mime"
	"path/filepath"
)

// File is a file that is read as it comes. Close it. One that breaks off ends with an error, never
// with io.EOF.
type File struct {
	io.ReadCloser

	Name string // under which it may be kept
	Type string // its media type
	Size int64  // -1: not known beforehand
}

// download asks for a file.
func download(ctx context.Context, c *API, r request, options []CallOption) (*File, error) {
	for _, o := range options {
		o(&r)
	}
	r.stream = true
	got, err := c.send(ctx, &r)
	if err != nil {
		return nil, err
	}
	h := got.file.Header
	_, said, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	_, name := filepath.Split(said["filename"]) // it names a file, whatever a house says, and no folder
	return &File{ReadCloser: got.file.Body, Name: name, Type: h.Get("Content-Type"), Size: got.file.ContentLength}, nil
}
