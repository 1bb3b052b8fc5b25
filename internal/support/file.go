package support

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
)

// MaxFile is the largest file that comes with a message, in bytes.
const MaxFile = 10 << 20

const (
	maxFileName = 120
	maxPixels   = 20_000 // of a side of an image
)

// file is what came with a message.
type file struct {
	quartet.TicketFile

	name    string
	content []byte
}

func wrongFile(code quartet.ErrorCode, message string) error {
	return &quartet.Error{Code: code, Field: "file", Message: message}
}

// inspect finds in the bytes of a file what it is. Nothing is taken that could run where it is
// shown.
func inspect(name string, content []byte) (*file, error) {
	if len(content) > MaxFile {
		return nil, wrongFile(quartet.ErrTooLarge, "a file has at most 10 MiB")
	}
	f := &file{name: fileName(name), content: content, TicketFile: quartet.TicketFile{ID: newID(), Size: int64(len(content))}}
	switch kind := http.DetectContentType(content); kind {
	case "image/png":
		return f.image(kind, png.DecodeConfig)
	case "image/jpeg":
		return f.image(kind, jpeg.DecodeConfig)
	case "application/pdf":
		f.Kind = kind
		return f, nil
	}
	text, ok := readText(content)
	if !ok {
		return nil, wrongFile(quartet.ErrUnsupported, "a file is a PNG or JPEG image, a PDF, or text (txt, csv)")
	}
	if _, found := Scrub(text); found {
		return nil, wrongFile(quartet.ErrInvalid, "the file holds what looks like ID numbers, cards or mobiles; take them out first, a seqNo is enough to find a call")
	}
	f.Kind = "text/plain"
	if strings.EqualFold(path.Ext(f.name), ".csv") {
		f.Kind = "text/csv"
	}
	return f, nil
}

func (f *file) image(kind string, decode func(io.Reader) (image.Config, error)) (*file, error) {
	c, err := decode(bytes.NewReader(f.content))
	if err != nil || c.Width < 1 || c.Height < 1 {
		return nil, wrongFile(quartet.ErrUnsupported, "this image cannot be read; save it anew")
	}
	if c.Width > maxPixels || c.Height > maxPixels {
		return nil, wrongFile(quartet.ErrTooLarge, "an image has at most 20000 pixels a side")
	}
	f.Kind, f.Width, f.Height = kind, int64(c.Width), int64(c.Height)
	return f, nil
}

// readText reads a text in UTF-8 or GB 18030. Neither pages of browsers nor anything with
// signs that no text has is one.
func readText(content []byte) (string, bool) {
	text := string(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	if !utf8.ValidString(text) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
		if err != nil {
			return "", false
		}
		text = string(decoded)
	}
	for _, r := range text {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f || r == utf8.RuneError {
			return "", false
		}
	}
	kind, _, _ := strings.Cut(http.DetectContentType(content), ";")
	return text, len(content) > 0 && (kind == "text/plain" || kind == "application/octet-stream") && !strings.HasPrefix(strings.TrimSpace(text), "<")
}

// fileName is a name without a path, and without what looks like an element.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name, _ = Scrub(name)
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("/\":;<>\n\t", r) {
			return '_'
		}
		return r
	}, name)
	for utf8.RuneCountInString(name) > maxFileName {
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:] // the end tells what it is
	}
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	return name
}

// File opens a file that came with a message. ErrNotFound: there is none of that id, or it is
// not for who asks.
func (d *Desk) File(ctx context.Context, who Who, ticket, id string) (Line, []byte, error) {
	if _, err := d.find(ctx, who, ticket); err != nil {
		return Line{}, nil, err
	}
	m, sealed, err := d.o.Store.TicketFile(ctx, ticket, id)
	if err != nil {
		return Line{}, nil, err
	}
	if m.Internal && who.Side != quartet.SideSupport {
		return Line{}, nil, quartet.Errorf(quartet.ErrNotFound, "there is no such file")
	}
	line, err := d.line(m)
	if err != nil {
		return line, nil, err
	}
	content, err := d.o.Ring.Unseal(sealed, fileOf(id))
	return line, content, err
}
