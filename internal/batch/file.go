package batch

import (
	"context"
	"io"

	"quartet"
)

// keptParts is how many parts of a file are in clear at once: a workbook is read at two places.
const keptParts = 4

// file reads what was uploaded at any place, opening few parts at a time. It is for one
// goroutine.
type file struct {
	ctx  context.Context //nolint:containedctx // io.ReaderAt has none; of one look at the file
	desk *Desk
	id   string
	size int64
	kept [keptParts]struct {
		part  int64 // from 1; 0: none
		plain []byte
	}
	turn int
}

func (d *Desk) fileOf(ctx context.Context, b *quartet.Batch) *file {
	return &file{ctx: ctx, desk: d, id: b.ID, size: b.Bytes}
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off >= f.size {
			return n, io.EOF
		}
		plain, err := f.part(off / partSize)
		if err != nil {
			return n, err
		}
		at := int(off % partSize)
		if at >= len(plain) {
			return n, io.ErrUnexpectedEOF
		}
		k := copy(p[n:], plain[at:])
		n, off = n+k, off+int64(k)
	}
	return n, nil
}

func (f *file) part(i int64) ([]byte, error) {
	for k := range f.kept {
		if f.kept[k].part == i+1 {
			return f.kept[k].plain, nil
		}
	}
	plain, err := f.desk.unseal(f.ctx, f.id, quartet.PartFile, i)
	if err != nil {
		return nil, err
	}
	slot := &f.kept[f.turn%keptParts]
	f.turn++
	clear(slot.plain)
	slot.part, slot.plain = i+1, plain
	return plain, nil
}

// wipe leaves nothing in clear.
func (f *file) wipe() {
	for k := range f.kept {
		clear(f.kept[k].plain)
	}
}
