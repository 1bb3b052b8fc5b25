package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

const staticPath = "/static/"

// static serves scripts, styles and pictures under names that change with their content, so
// that browsers keep them for good.
type static struct {
	files map[string]*asset // by the path after /static/
	names map[string]string // the path of a file by its plain name
}

type asset struct {
	kind        string
	plain, gzip []byte
}

func newStatic() (*static, error) {
	s := &static{files: map[string]*asset{}, names: map[string]string{}}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind := mime.TypeByExtension(path.Ext(name))
		switch path.Ext(name) {
		case ".css", ".js", ".svg", ".ico":
		default:
			return nil // licences and lists
		}
		b, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		a := &asset{kind: kind, plain: b}
		var zipped bytes.Buffer
		z, err := gzip.NewWriterLevel(&zipped, gzip.DefaultCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(b); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		a.gzip = zipped.Bytes()
		sum := sha256.Sum256(b)
		plain := strings.TrimPrefix(name, "static/")
		ext := path.Ext(plain)
		hashed := strings.TrimSuffix(plain, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		s.files[hashed], s.names[plain] = a, staticPath+hashed
		return nil
	})
	return s, err
}

// path is where a file is served. A name that is none is a mistake in a template.
func (s *static) path(name string) (string, error) {
	p, ok := s.names[name]
	if !ok {
		return "", fmt.Errorf("there is no static file %s", name)
	}
	return p, nil
}

// ServeHTTP implements http.Handler.
func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.files[strings.TrimPrefix(r.URL.Path, staticPath)]
	if a == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	_, _ = w.Write(body)
}
