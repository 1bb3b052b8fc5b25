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

// Report keeps which rows are damaged, as a text that grows at its end.
type Report interface {
	// Resume cuts it to a length. It is false when there was less of it: then it is empty.
	Resume(length int64) (bool, error)
	// Append writes behind a length that it has, and returns when that is durable.
	Append(at int64, text []byte) error
	Close() error
}

// report is the text of damaged rows, or nothing when none is wanted.
type report struct {
	to     Report
	length int64
}

const reportHeader = "line,field,code\n"

// openReport opens the report where the marker left it. When the report of a cut-off
// import is not there any more, the import begins anew: rows are written over, so
// nothing is lost but time.
func openReport(to Report, m marker) (*report, marker, error) {
	if to == nil {
		return &report{length: m.Report}, m, nil
	}
	if m.Rows == 0 {
		m.Report = 0
	}
	whole, err := to.Resume(m.Report)
	if err != nil {
		return nil, m, errors.Join(err, to.Close())
	}
	rep := &report{to: to, length: m.Report}
	if !whole || m.Report == 0 {
		m, rep.length = marker{Source: m.Source, Replace: m.Replace}, 0
		if err := rep.write([]byte(reportHeader)); err != nil {
			return nil, m, errors.Join(err, to.Close())
		}
	}
	return rep, m, nil
}

// add writes damages and waits for the disk. It gives the length of the report.
func (r *report) add(damaged []damage) (int64, error) {
	if r.to == nil || len(damaged) == 0 {
		return r.length, nil
	}
	var b bytes.Buffer
	for _, d := range damaged {
		fmt.Fprintf(&b, "%d,%s,%s\n", d.line, d.field, d.code)
	}
	return r.length, r.write(b.Bytes())
}

func (r *report) write(text []byte) error {
	err := r.to.Append(r.length, text)
	if err == nil {
		r.length += int64(len(text))
	}
	return err
}

func (r *report) close() error {
	if r.to == nil {
		return nil
	}
	return r.to.Close()
}

// ReportFile is a report in the file of this path.
func ReportFile(path string) Report { return &reportFile{path: path} }

type reportFile struct {
	path string
	file *os.File
}

// Resume implements Report.
func (f *reportFile) Resume(length int64) (whole bool, err error) {
	if f.file, err = os.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return false, f.failed(err)
	}
	info, err := f.file.Stat()
	if err != nil {
		return false, f.failed(err)
	}
	if whole = info.Size() >= length; !whole {
		length = 0
	}
	return whole, f.failed(f.file.Truncate(length))
}

// Append implements Report.
func (f *reportFile) Append(at int64, text []byte) error {
	_, err := f.file.Seek(at, io.SeekStart)
	if err == nil {
		_, err = f.file.Write(text)
	}
	return f.failed(errors.Join(err, f.file.Sync()))
}

// Close implements Report.
func (f *reportFile) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

func (f *reportFile) failed(err error) error {
	if err == nil {
		return nil
	}
	return &quartet.Error{
		Code: quartet.ErrInvalid, Field: "report", Cause: err,
		Message: fmt.Sprintf("cannot write the report %s: %v", f.path, err),
	}
}
