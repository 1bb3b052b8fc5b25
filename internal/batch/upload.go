package batch

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
	"quartet/internal/obs"
)

// Order is what its owner says of a file.
type Order struct {
	Account string
	Product string
	Name    string // of the batch, for people: no element belongs there
	Layout
}

const (
	partSize = 256 << 10 // of the file, under one seal
	maxName  = 80
)

// Upload takes a file as it comes, sealed part by part, and begins its check where its columns
// say what they hold. ErrTooLarge: the file is. ErrInvalid: it is none that can be read.
func (d *Desk) Upload(ctx context.Context, by string, o Order, file io.Reader) (quartet.Batch, error) {
	if err := checkName(o.Name); err != nil {
		return quartet.Batch{}, err
	}
	if err := o.check(); err != nil {
		return quartet.Batch{}, err
	}
	p, err := d.product(ctx, o.Product)
	if err != nil {
		return quartet.Batch{}, err
	}
	id, err := newID()
	if err != nil {
		return quartet.Batch{}, err
	}
	now := d.o.Now()
	b := quartet.Batch{
		ID: id, Account: o.Account, Product: o.Product, Name: o.Name, By: by, State: quartet.BatchUploading,
		Columns: o.Columns, Headless: o.Headless, Created: now, Changed: now,
	}
	if err := d.o.Store.OpenBatch(ctx, b, maxKept); err != nil {
		return quartet.Batch{}, err
	}
	err = d.take(ctx, &b, file)
	if err == nil {
		err = d.recognise(ctx, by, &b, p.Need)
	}
	if err != nil {
		// What came is erased at once if that can be, and else in time.
		_ = d.o.Store.EraseBatch(context.WithoutCancel(ctx), b.ID, d.o.Now(), quartet.AuditEntry{})
		return quartet.Batch{}, err
	}
	return b, nil
}

func checkName(name string) error {
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "name", Message: "name must be one line of at most 80 characters"}
	}
	if obs.Redact(name) != name {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "name", Message: "name must not hold what looks like an element of a person"}
	}
	return nil
}

// product finds what is asked for. ErrNotFound.
func (d *Desk) product(ctx context.Context, id string) (*quartet.Product, error) {
	all, err := d.o.Store.Products(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, &quartet.Error{Code: quartet.ErrNotFound, Field: "product_id", Message: "there is no such product"}
}

// take seals the file as it comes.
func (d *Desk) take(ctx context.Context, b *quartet.Batch, file io.Reader) error {
	buf := make([]byte, partSize)
	defer clear(buf)
	for {
		n, err := io.ReadFull(file, buf)
		if n > 0 {
			if b.Bytes += int64(n); b.Bytes > d.o.MaxBytes {
				return quartet.Errorf(quartet.ErrTooLarge, "the file must have at most %d MiB; split it", d.o.MaxBytes>>20)
			}
			if err := d.o.Store.PutBatchPart(ctx, b.ID, b.Parts, d.seal(b.ID, quartet.PartFile, b.Parts, buf[:n]), maxKeptBytes); err != nil {
				return err
			}
			b.Parts++
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && ctx.Err() == nil:
			return nil
		case err != nil:
			return quartet.Errorf(quartet.ErrInvalid, "the file broke off; send it again")
		}
	}
}

// recognise begins the check, or leaves the columns to somebody where their headings do not
// say what they hold.
func (d *Desk) recognise(ctx context.Context, by string, b *quartet.Batch, need quartet.ElementSet) error {
	src, err := d.open(ctx, b)
	if err != nil {
		return err
	}
	has := src.has
	if err := src.close(); err != nil {
		return err
	}
	state := quartet.BatchChecking
	if !has.Has(need) {
		if len(b.Columns) > 0 {
			return missingColumns(need &^ has)
		}
		state = quartet.BatchUploaded
	}
	return d.read(ctx, b, state, audit.Entry(d.o.Now(), by, "batch.upload", b.ID, "account "+b.Account+", product "+b.Product+", "+strconv.FormatInt(b.Bytes, 10)+" bytes"))
}

// read writes how the file is to be read, and asks for its check.
func (d *Desk) read(ctx context.Context, b *quartet.Batch, state quartet.BatchState, e quartet.AuditEntry) error {
	now := d.o.Now()
	b.State, b.Why, b.Run, b.Changed, b.Count = state, "", b.Run+1, now, quartet.BatchCount{}
	var jobs []quartet.Job
	if state == quartet.BatchChecking {
		jobs = append(jobs, job.At(quartet.JobBatchCheck, keyOf(b), now, now))
	}
	return d.o.Store.ReadBatch(ctx, *b, jobs, e)
}

// keyOf is the key of the job of a run.
func keyOf(b *quartet.Batch) string { return b.ID + "/" + strconv.FormatInt(b.Run, 10) }

// parseKey reads it. ErrInvalid: it is none.
func parseKey(key string) (id string, run int64, err error) {
	id, text, _ := strings.Cut(key, "/")
	if run, err = strconv.ParseInt(text, 10, 64); err != nil {
		return "", 0, quartet.Errorf(quartet.ErrInvalid, "batch: this is no key of a run")
	}
	return id, run, nil
}

// seal binds a part to its batch and its place.
func (d *Desk) seal(id, kind string, part int64, plain []byte) []byte {
	return d.o.Sealer.Seal(plain, placeOf(id, kind, part))
}

func placeOf(id, kind string, part int64) string {
	return "batch/" + id + "/" + kind + "/" + strconv.FormatInt(part, 10)
}

// unseal reads a part. ErrNotFound: it is erased.
func (d *Desk) unseal(ctx context.Context, id, kind string, part int64) ([]byte, error) {
	sealed, err := d.o.Store.BatchPart(ctx, id, kind, part)
	if err != nil {
		return nil, err
	}
	return d.o.Sealer.Unseal(sealed, placeOf(id, kind, part))
}
