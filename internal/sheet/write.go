package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Writer takes rows that are written as they come: it needs the memory of one row, and no
// temporary file. A cell is a string or an int64. Close ends it; what is not closed is damaged.
type Writer interface {
	Row(cells ...any) error
	Close() error
}

// NewCSV writes CSV in UTF-8 with a byte-order mark, by which spreadsheets in Chinese know it.
// No text becomes a formula.
func NewCSV(out io.Writer) Writer {
	buf := bufio.NewWriterSize(out, 64<<10)
	return &commaTable{buf: buf, csv: csv.NewWriter(buf)}
}

type commaTable struct {
	buf   *bufio.Writer
	csv   *csv.Writer
	cells []string
	begun bool
}

func (t *commaTable) Row(cells ...any) error {
	if !t.begun {
		t.begun, t.csv.UseCRLF = true, true
		if _, err := t.buf.WriteString("\ufeff"); err != nil {
			return err
		}
	}
	t.cells = t.cells[:0]
	for _, c := range cells {
		switch c := c.(type) {
		case int64:
			t.cells = append(t.cells, strconv.FormatInt(c, 10))
		case string:
			t.cells = append(t.cells, Harmless(c))
		default:
			return fmt.Errorf("sheet: a cell of %T", c)
		}
	}
	return t.csv.Write(t.cells)
}

func (t *commaTable) Close() error {
	t.csv.Flush()
	if err := t.csv.Error(); err != nil {
		return err
	}
	return t.buf.Flush()
}

// maxRows is how many rows a sheet of a workbook has.
const maxRows = 1 << 20

// NewWorkbook writes an XLSX file. A table that is longer than a sheet goes on in another one,
// under the first row again. Texts are kept as texts, so none becomes a formula.
func NewWorkbook(out io.Writer, name string) Writer { return newBook(out, name, maxRows) }

func newBook(out io.Writer, name string, rows int) *bookTable {
	t := &bookTable{zip: zip.NewWriter(out), name: name, most: rows}
	t.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return t
}

type bookTable struct {
	zip    *zip.Writer
	name   string
	most   int
	head   []any
	sheet  *bufio.Writer // nil: none is begun
	sheets int
	row    int // of this sheet
	line   bytes.Buffer
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func (t *bookTable) Row(cells ...any) error {
	if t.sheet == nil || t.row == t.most {
		if err := t.begin(); err != nil {
			return err
		}
	}
	if t.head == nil {
		t.head = append([]any{}, cells...)
	} else if t.row == 0 {
		if err := t.put(t.head); err != nil {
			return err
		}
	}
	return t.put(cells)
}

func (t *bookTable) put(cells []any) error {
	t.row++
	row := strconv.Itoa(t.row)
	b := &t.line
	b.Reset()
	b.WriteString(`<row r="` + row + `">`)
	for i, c := range cells {
		b.WriteString(`<c r="` + columnName(i) + row)
		switch c := c.(type) {
		case int64:
			b.WriteString(`"><v>` + strconv.FormatInt(c, 10) + `</v></c>`)
		case string:
			b.WriteString(`" t="inlineStr"><is><t xml:space="preserve">`)
			if err := xml.EscapeText(b, []byte(c)); err != nil {
				return err
			}
			b.WriteString(`</t></is></c>`)
		default:
			return fmt.Errorf("sheet: a cell of %T", c)
		}
	}
	b.WriteString(`</row>`)
	_, err := t.sheet.Write(b.Bytes())
	return err
}

// columnName is the letters of a column, counted from 0.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

func (t *bookTable) begin() error {
	if err := t.end(); err != nil {
		return err
	}
	t.sheets++
	t.row = 0
	part, err := t.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", t.sheets))
	if err != nil {
		return err
	}
	t.sheet = bufio.NewWriterSize(part, 64<<10)
	_, err = t.sheet.WriteString(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	return err
}

func (t *bookTable) end() error {
	if t.sheet == nil {
		return nil
	}
	if _, err := t.sheet.WriteString(`</sheetData></worksheet>`); err != nil {
		return err
	}
	return t.sheet.Flush()
}

// Close writes the parts that say what the others are.
func (t *bookTable) Close() error {
	if t.sheet == nil {
		if err := t.begin(); err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	const (
		types   = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
		related = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	)
	var kinds, list, relations strings.Builder
	for i := 1; i <= t.sheets; i++ {
		var name bytes.Buffer
		if err := xml.EscapeText(&name, []byte(t.name)); err != nil {
			return err
		}
		fmt.Fprintf(&kinds, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i, types)
		fmt.Fprintf(&list, `<sheet name="%s %d" sheetId="%d" r:id="rId%d"/>`, name.String(), i, i, i)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, related, i)
	}
	const relationships = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	for _, p := range []struct{ name, text string }{
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + related + `"><sheets>` + list.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", relationships + relations.String() + `</Relationships>`},
		{"_rels/.rels", relationships + `<Relationship Id="rId1" Type="` + related + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + types + `sheet.main+xml"/>` + kinds.String() + `</Types>`},
	} {
		part, err := t.zip.Create(p.name)
		if err == nil {
			_, err = io.WriteString(part, xmlHead+p.text)
		}
		if err != nil {
			return err
		}
	}
	return t.zip.Close()
}
