package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"quartet"
)

// part is one XML part of a workbook, token by token.
type part struct {
	file  io.ReadCloser
	bound *bound
	xml   *xml.Decoder
}

// openPart opens a part by its path. Programs differ in how they write paths.
func openPart(archive *zip.Reader, name string) (*part, error) {
	for _, f := range archive.File {
		if !strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), strings.TrimPrefix(name, "/")) {
			continue
		}
		file, err := f.Open()
		if err != nil {
			break
		}
		b := &bound{src: file, left: maxRow}
		return &part{file, b, xml.NewDecoder(bufio.NewReaderSize(b, 32<<10))}, nil
	}
	return nil, errWorkbook()
}

// unmarshalPart reads a small part whole.
func unmarshalPart(archive *zip.Reader, name string, into any) error {
	p, err := openPart(archive, name)
	if err != nil {
		return err
	}
	p.bound.left = maxPart
	err = p.xml.Decode(into)
	if errors.Join(err, p.close()) != nil {
		return errWorkbook()
	}
	return nil
}

// letters appends the text within the element that has begun, up to its end: that of a cell,
// or of an entry among the shared texts. The reading aids of Chinese and Japanese (rPh) and
// the formula are no part of it.
func (p *part) letters(buf []byte, end string) ([]byte, error) {
	in, aid := false, false
	for {
		tok, err := p.xml.RawToken()
		if err != nil {
			return buf, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "t", "v":
				in = !aid
			case "rPh":
				aid = true
			}
		case xml.CharData:
			if !in {
				continue
			}
			if buf = append(buf, tok...); len(buf) > maxText {
				return buf, errTooLong
			}
		case xml.EndElement:
			switch tok.Name.Local {
			case "t", "v":
				in = false
			case "rPh":
				aid = false
			case end:
				return unescape(buf), nil
			}
		}
	}
}

// unescape undoes _xHHHH_, by which a workbook writes the letters that XML cannot hold, and
// its own underscore before such a text (ECMA-376, ST_Xstring).
func unescape(text []byte) []byte {
	if !bytes.Contains(text, []byte("_x")) {
		return text
	}
	return escaped.ReplaceAllFunc(text, func(e []byte) []byte {
		n, err := strconv.ParseUint(string(e[2:6]), 16, 16)
		if err != nil { // cannot happen: four hex digits
			return e
		}
		return utf8.AppendRune(nil, rune(n))
	})
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// drain reads the rest, so that the archive's checksum is compared.
func (p *part) drain() error {
	_, err := io.Copy(io.Discard, p.file)
	return err
}

func (p *part) close() error { return p.file.Close() }

// texts are the shared texts of a workbook. Millions of short ones are few objects here.
type texts struct {
	slabs  [][]byte // of each text the length, then the letters
	starts []uint32 // slab and offset of each text
	size   int
}

const (
	slab     = 20        // bits of an offset
	maxTexts = 128 << 20 // bytes, counting eight more for each text
)

func (x *texts) load(archive *zip.Reader, name string) error {
	p, err := openPart(archive, name)
	if err != nil {
		return err
	}
	err = errors.Join(x.read(p), p.close())
	switch {
	case errors.Is(err, errTooLong):
		return quartet.Errorf(quartet.ErrInvalid, "the workbook holds too much text (128 MiB, or more in one cell than Excel takes); save the sheet as CSV")
	case err != nil:
		return errWorkbook()
	}
	return nil
}

func (x *texts) read(p *part) error {
	var buf []byte
	for {
		p.bound.left = maxRow
		tok, err := p.xml.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "si" {
			if buf, err = p.letters(buf[:0], "si"); err != nil {
				return err
			}
			if err := x.add(buf); err != nil {
				return err
			}
		}
	}
}

func (x *texts) add(text []byte) error {
	if x.size += len(text) + 8; x.size > maxTexts {
		return errTooLong
	}
	last := len(x.slabs) - 1
	if last < 0 || cap(x.slabs[last])-len(x.slabs[last]) < binary.MaxVarintLen32+len(text) {
		x.slabs = append(x.slabs, make([]byte, 0, 1<<slab))
		last++
	}
	x.starts = append(x.starts, uint32(last<<slab|len(x.slabs[last])))
	x.slabs[last] = append(binary.AppendUvarint(x.slabs[last], uint64(len(text))), text...)
	return nil
}

func (x *texts) at(i int) (string, error) {
	if i < 0 || i >= len(x.starts) {
		return "", errDamaged
	}
	s := x.slabs[x.starts[i]>>slab][x.starts[i]&(1<<slab-1):]
	n, k := binary.Uvarint(s)
	return string(s[k : k+int(n)]), nil
}
