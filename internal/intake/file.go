package intake

import (
	"context"
	"io"
	"strconv"
	"sync/atomic"

	"quartet"
)

// sealedFor is the associated data of a part of a file: none can take the place of another.
func sealedFor(id string, place int64) string {
	return "registry import/" + id + "/" + strconv.FormatInt(place, 10)
}

// reader reads a file back, part by part.
type reader struct {
	ctx  context.Context //nolint:containedctx // of the run that reads
	desk *Desk
	of   quartet.RegistryImport
	next int64 // part
	part []byte
	left []byte // of the part
	done atomic.Int64
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		clear(r.part)
		if r.next == r.of.Parts {
			return 0, io.EOF
		}
		sealed, err := r.desk.store.RegistryPart(r.ctx, r.of.ID, r.next)
		if err != nil {
			return 0, err
		}
		if r.part, err = r.desk.seal.Unseal(sealed, sealedFor(r.of.ID, r.next)); err != nil {
			return 0, err
		}
		r.left = r.part
		r.next++
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	r.done.Add(int64(n))
	return n, nil
}

// report is the report of an import, in the store: another node may go on with it.
type report struct {
	ctx  context.Context //nolint:containedctx // of the run that writes
	desk *Desk
	of   string
}

// Resume implements Report.
func (r *report) Resume(length int64) (bool, error) {
	is, err := r.desk.store.CutRegistryReport(r.ctx, r.of, length)
	if err == nil && is != length {
		_, err = r.desk.store.CutRegistryReport(r.ctx, r.of, 0)
	}
	return is == length, err
}

// Append implements Report.
func (r *report) Append(at int64, text []byte) error {
	return r.desk.store.AddRegistryReport(r.ctx, r.of, at, string(text))
}

// Close implements Report.
func (*report) Close() error { return nil }
