package sheet

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"

	"quartet"
)

// workbook reads the first sheet of an XLSX file.
type workbook struct {
	rows    *excelize.Rows
	columns columns
	line    int
}

// maxWorkbook bounds what a workbook may unpack to, in bytes.
const maxWorkbook = 2 << 30

// openXLSX opens a workbook. Its index stands at its end, so one that comes from a pipe is
// held in memory. Nothing is unpacked to a temporary file: it would hold people in clear.
func (r *Reader) openXLSX(src io.Reader, buf io.Reader) (*Reader, error) {
	options := excelize.Options{RawCellValue: true, UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxWorkbook}
	var (
		f   *excelize.File
		err error
	)
	if file, ok := src.(*os.File); ok {
		f, err = excelize.OpenFile(file.Name(), options)
	} else {
		var all []byte
		if all, err = io.ReadAll(buf); err == nil {
			f, err = excelize.OpenReader(bytes.NewReader(all), options)
		}
	}
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "this workbook cannot be read: save it anew as .xlsx without a password, or as CSV")
	}
	w := &workbook{}
	if w.rows, err = f.Rows(f.GetSheetName(0)); err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "the workbook has no sheet that can be read")
	}
	r.format, r.rows = XLSX, w
	r.close = func() error {
		_ = w.rows.Close()
		return f.Close()
	}
	for {
		cells, err := w.record()
		if err == io.EOF { //nolint:errorlint // record returns it bare
			_ = r.close()
			return nil, errEmpty()
		}
		if err != nil {
			_ = r.close()
			return nil, err
		}
		if blank(cells) {
			continue
		}
		if w.columns, err = newColumns(cells); err != nil {
			_ = r.close()
			return nil, err
		}
		r.columns = w.columns
		return r, nil
	}
}

func (w *workbook) record() ([]string, error) {
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return nil, fmt.Errorf("reading the workbook: %w", err)
		}
		return nil, io.EOF
	}
	w.line++
	cells, err := w.rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("reading the workbook: %w", err)
	}
	return cells, nil
}

// next gives the next row. A long number that the workbook keeps as a number stands there
// in scientific notation, which the rules of the elements refuse.
func (w *workbook) next() (Row, error) {
	for {
		cells, err := w.record()
		if err != nil {
			return Row{}, err
		}
		if blank(cells) {
			continue
		}
		row := Row{Line: w.line, Has: w.columns.has}
		for i, cell := range cells {
			if i < len(w.columns.kinds) && w.columns.kinds[i] != kindOther {
				row.put(w.columns.kinds[i], clean(cell))
			}
		}
		return row, nil
	}
}
