package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"quartet"
)

// workbook reads the first sheet of an XLSX file, a zip archive of XML parts, while the
// sheet streams out of the archive. Unpacked it would need much memory, or a temporary
// file, and that would hold people in clear.
type workbook struct {
	sheet *part
	texts *texts
	line  int
	cells []string
	buf   []byte
}

// The bounds of a workbook. Excel's own are in letters and columns.
const (
	maxText    = 32767 * 4 // bytes of one text
	maxColumns = 16384
	maxPiped   = 128 << 20 // bytes of a workbook that comes through a pipe
	maxPart    = 4 << 20   // bytes of a part that only says where others are
)

func errWorkbook() error {
	return quartet.Errorf(quartet.ErrInvalid, "this workbook cannot be read: save it anew as .xlsx without a password, or as CSV")
}

// piped takes a whole workbook into memory, since its index stands at its end.
func piped(src io.Reader) (*bytes.Reader, error) {
	all, err := io.ReadAll(io.LimitReader(src, maxPiped+1))
	switch {
	case err != nil:
		return nil, err
	case len(all) > maxPiped:
		return nil, quartet.Errorf(quartet.ErrInvalid, "a workbook through a pipe has at most 128 MiB; give its path instead, or CSV")
	}
	return bytes.NewReader(all), nil
}

func newWorkbook(src io.ReaderAt, size int64) (*workbook, error) {
	archive, err := zip.NewReader(src, size)
	if err != nil {
		return nil, errWorkbook()
	}
	sheet, shared, err := firstSheet(archive)
	if err != nil {
		return nil, err
	}
	w := &workbook{texts: &texts{}}
	if shared != "" {
		if err := w.texts.load(archive, shared); err != nil {
			return nil, err
		}
	}
	w.sheet, err = openPart(archive, sheet)
	return w, err
}

func (w *workbook) close() error { return w.sheet.close() }

// relations is a part that says which other parts a part has.
type relations struct {
	List []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// firstSheet finds the parts that hold the first sheet and the shared texts.
func firstSheet(archive *zip.Reader) (sheet, shared string, err error) {
	var root, rels relations
	if err := unmarshalPart(archive, "_rels/.rels", &root); err != nil {
		return "", "", err
	}
	var book string
	for _, r := range root.List {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			book = path.Join("/", r.Target)
		}
	}
	var list struct {
		Sheets []struct {
			ID string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := unmarshalPart(archive, book, &list); err != nil {
		return "", "", err
	}
	dir, name := path.Split(book)
	if err := unmarshalPart(archive, dir+"_rels/"+name+".rels", &rels); err != nil {
		return "", "", err
	}
	sheets := map[string]string{}
	for _, r := range rels.List {
		target := r.Target
		if !path.IsAbs(target) {
			target = dir + target
		}
		switch {
		case strings.HasSuffix(r.Type, "/worksheet"):
			sheets[r.ID] = target
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			shared = target
		}
	}
	for _, s := range list.Sheets {
		if sheets[s.ID] != "" { // a chart has a sheet of its own, but no rows
			return sheets[s.ID], shared, nil
		}
	}
	return "", "", errWorkbook()
}

// record gives the next row. A cell that was left out is blank.
func (w *workbook) record() ([]string, int, error) {
	for {
		w.sheet.bound.left = maxRow
		tok, err := w.sheet.xml.RawToken()
		if err != nil {
			return nil, 0, w.damaged(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if tok.Name.Local == "row" {
				w.line = max(w.line+1, number(attr(tok, "r")))
				if err := w.row(); err != nil {
					return nil, 0, w.damaged(err)
				}
				return w.cells, w.line, nil
			}
		case xml.EndElement:
			if tok.Name.Local == "sheetData" {
				if err := w.sheet.drain(); err != nil {
					return nil, 0, w.damaged(err)
				}
				return nil, 0, io.EOF
			}
		}
	}
}

// damaged is what a fault of the archive or of its XML means. Their own words may repeat
// the content.
func (w *workbook) damaged(err error) error {
	if errors.Is(err, errTooLong) {
		return quartet.Errorf(quartet.ErrInvalid, "row %d of the workbook is longer than 1 MiB; save the sheet as CSV", w.line)
	}
	return quartet.Errorf(quartet.ErrInvalid, "the workbook is damaged after row %d; save it anew, or as CSV", w.line)
}

var errDamaged = errors.New("no sheet of a workbook")

// row reads the cells of the row that has begun.
func (w *workbook) row() error {
	w.cells = w.cells[:0]
	size := 0
	for column := 0; ; column++ {
		tok, err := w.sheet.xml.RawToken()
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if tok.Name.Local != "c" {
				column--
				continue
			}
			if ref := attr(tok, "r"); ref != "" {
				column = columnOf(ref)
			}
			if column < 0 || column >= maxColumns {
				return errDamaged
			}
			text, err := w.cell(attr(tok, "t"))
			if err != nil {
				return err
			}
			if size += len(text); size > maxRow {
				return errTooLong
			}
			for len(w.cells) <= column {
				w.cells = append(w.cells, "")
			}
			w.cells[column] = text
		case xml.EndElement:
			column--
			if tok.Name.Local == "row" {
				return nil
			}
		default:
			column--
		}
	}
}

// cell reads the content of the cell that has begun.
func (w *workbook) cell(kind string) (string, error) {
	var err error
	if w.buf, err = w.sheet.letters(w.buf[:0], "c"); err != nil {
		return "", err
	}
	switch kind {
	case "s":
		if len(w.buf) == 0 { // as some programs write a blank
			return "", nil
		}
		i, err := strconv.Atoi(string(bytes.TrimSpace(w.buf)))
		if err != nil {
			return "", errDamaged
		}
		return w.texts.at(i)
	case "", "n":
		return numeral(string(bytes.TrimSpace(w.buf))), nil
	default:
		return string(w.buf), nil
	}
}

// numeral gives a cell that is kept as a number the way it was typed. A number has 15 digits;
// with more, the last ones are lost, and it is given in scientific notation, which the rules
// of the elements refuse.
func numeral(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil:
		return s
	case f >= 1e15:
		return strconv.FormatFloat(f, 'E', 14, 64)
	case f >= 0 && f == float64(int64(f)): // 1.3800138E10, as some programs write it
		return strconv.FormatInt(int64(f), 10)
	default:
		return s
	}
}

// columnOf is the column, counted from 0, of a reference such as AB12; -1 for none.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && n <= maxColumns; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	return n - 1
}

// number reads a small number; 0 for none.
func number(s string) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
