package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"quartet"
)

// damage is one thing wrong with a row. The words are codes, never content.
type damage struct {
	line        int64
	field, code string
}

// report is the file of damaged rows, or nothing when none is wanted.
type report struct {
	file   *os.File
	length int64
}

const reportHeader = "line,field,code\n"

// openReport opens the report where the marker left it. When the report of a cut-off
// import is not there any more, the import begins anew: rows are written over, so
// nothing is lost but time.
func openReport(path string, m marker) (*report, marker, error) {
	fresh := marker{Source: m.Source, Replace: m.Replace}
	if path == "" {
		return &report{length: m.Report}, m, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, m, reportError(path, err)
	}
	rep := &report{file: f, length: m.Report}
	info, err := f.Stat()
	if err == nil && (m.Rows == 0 || info.Size() < m.Report || m.Report == 0) {
		m, rep.length = fresh, 0
	}
	if err == nil {
		err = f.Truncate(rep.length)
	}
	if err == nil {
		_, err = f.Seek(rep.length, io.SeekStart)
	}
	if err == nil && rep.length == 0 {
		err = rep.write([]byte(reportHeader))
	}
	if err != nil {
		return nil, m, reportError(path, errors.Join(err, f.Close()))
	}
	return rep, m, nil
}

// add writes damages and waits for the disk. It gives the length of the report.
func (r *report) add(damaged []damage) (int64, error) {
	if r.file == nil || len(damaged) == 0 {
		return r.length, nil
	}
	var b bytes.Buffer
	for _, d := range damaged {
		fmt.Fprintf(&b, "%d,%s,%s\n", d.line, d.field, d.code)
	}
	if err := r.write(b.Bytes()); err != nil {
		return r.length, reportError(r.file.Name(), err)
	}
	return r.length, nil
}

func (r *report) write(data []byte) error {
	n, err := r.file.Write(data)
	r.length += int64(n)
	return errors.Join(err, r.file.Sync())
}

func (r *report) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

func reportError(path string, err error) error {
	return &quartet.Error{
		Code: quartet.ErrInvalid, Field: "report", Cause: err,
		Message: fmt.Sprintf("cannot write the report %s: %v", path, err),
	}
}
