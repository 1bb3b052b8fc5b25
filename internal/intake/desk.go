package intake

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
	"quartet/internal/obs"
	"quartet/internal/sheet"
)

const (
	// MaxFile is the largest file, in bytes: ten million people as CSV.
	MaxFile = 1 << 30
	// ReceiveWithin is how long a file may take to come.
	ReceiveWithin = 30 * time.Minute
	// maxWaiting is how many files may wait to be begun.
	maxWaiting = 3
	partSize   = 512 << 10
	maxName    = 120
	// keepFile is how long a file waits to be begun, and keepReport how long a report is kept.
	keepFile   = 24 * time.Hour
	keepReport = 90 * 24 * time.Hour
	// brokenAfter is when a file that comes surely comes no more.
	brokenAfter = ReceiveWithin + time.Minute
)

// Desk is where imports are looked after. Safe for concurrent use.
type Desk struct {
	store    Store
	seal     Sealer
	registry Registry
	now      func() time.Time
}

// New makes a desk.
func New(store Store, seal Sealer, registry Registry, now func() time.Time) *Desk {
	return &Desk{store, seal, registry, now}
}

// List lists imports, newest first, at most limit, behind the one whose id is before.
func (d *Desk) List(ctx context.Context, before string, limit int) ([]quartet.RegistryImport, error) {
	return d.store.RegistryImports(ctx, before, limit)
}

// Find finds an import, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (quartet.RegistryImport, error) {
	return d.store.RegistryImport(ctx, id)
}

// Stat counts what the registry holds.
func (d *Desk) Stat(ctx context.Context) (Stat, error) { return d.registry.Stat(ctx) }

// Receive takes a file, part by part, and looks whether its header names people. Of one that
// does not come whole, or cannot be read, nothing is kept. ErrInvalid: it is one of those, or its name
// holds what looks like an element of a person, which the audit would keep for good.
func (d *Desk) Receive(ctx context.Context, by, name string, body io.Reader) (i quartet.RegistryImport, err error) {
	if obs.Redact(name) != name {
		return i, &quartet.Error{Code: quartet.ErrInvalid, Field: "name", Message: "name must not hold what looks like an element of a person; call the file otherwise"}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return i, err
	}
	i = quartet.RegistryImport{ID: id.String(), Name: cut(name), By: by, State: quartet.ImportReceiving, Created: d.now()}
	if err := d.store.AddRegistryImport(ctx, i, maxWaiting); err != nil {
		return i, err
	}
	defer func() {
		if err != nil { // what was kept of it must go, whoever has gone meanwhile
			err = errors.Join(err, d.store.DropRegistryImport(context.WithoutCancel(ctx), i.ID))
		}
	}()
	if err := d.receive(ctx, &i, body); err != nil {
		return i, err
	}
	file, err := sheet.New(&reader{ctx: ctx, desk: d, of: i}, i.Size)
	if err == nil {
		err = errors.Join(file.Require(quartet.NeedAll), file.Close())
	}
	if err != nil {
		return i, err
	}
	i.State = quartet.ImportReady
	return i, d.store.MoveRegistryImport(ctx, i, []quartet.ImportState{quartet.ImportReceiving}, nil, d.entry(by, "registry.upload", &i, ""))
}

func (d *Desk) receive(ctx context.Context, i *quartet.RegistryImport, body io.Reader) error {
	part := make([]byte, partSize)
	defer clear(part)
	for {
		n, err := io.ReadFull(body, part)
		if i.Size += int64(n); i.Size > MaxFile {
			return quartet.Errorf(quartet.ErrTooLarge, "the file must have at most %d MiB; send it in several", MaxFile>>20)
		}
		if n > 0 {
			if err := d.store.AddRegistryPart(ctx, i.ID, i.Parts, d.seal.Seal(part[:n], sealedFor(i.ID, i.Parts))); err != nil {
				return err
			}
			i.Parts++
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return quartet.Errorf(quartet.ErrInvalid, "the file did not come whole; send it again: %w", err)
		}
	}
}

// Begin lets a file be imported: written over what is there, or, with replace, in its place.
// ErrNotFound, ErrConflict: it was begun before, or another one is under way.
func (d *Desk) Begin(ctx context.Context, by, id string, replace bool) (quartet.RegistryImport, error) {
	i, err := d.store.RegistryImport(ctx, id)
	if err != nil {
		return i, err
	}
	now := d.now()
	i.State, i.Replace, i.Begun, i.Told = quartet.ImportRunning, replace, now, now
	how := "written over what is there"
	if replace {
		how = "in the place of what is there"
	}
	jobs := []quartet.Job{job.At(quartet.JobRegistryImport, i.ID, now, now)}
	return i, d.store.MoveRegistryImport(ctx, i, []quartet.ImportState{quartet.ImportReady}, jobs, d.entry(by, "registry.import", &i, how))
}

// Cancel ends an import. One that replaces the registry leaves it as it was; of one that is
// written over it, the rows that were loaded stay. A file that still comes is taken no further.
// ErrConflict: it is over.
func (d *Desk) Cancel(ctx context.Context, by, id string) (quartet.RegistryImport, error) {
	i, err := d.store.RegistryImport(ctx, id)
	if err != nil {
		return i, err
	}
	was := i.State
	i.State, i.Ended = quartet.ImportCancelled, d.now()
	if err := d.store.MoveRegistryImport(ctx, i, []quartet.ImportState{quartet.ImportReceiving, quartet.ImportReady, quartet.ImportRunning}, nil, d.entry(by, "registry.cancel", &i, "")); err != nil {
		return i, err
	}
	if was == quartet.ImportRunning { // its job finds out, and erases the file that it reads
		return i, nil
	}
	return i, d.store.EraseRegistryFile(ctx, id)
}

// Alone forgets files that a process before this one was receiving, which is dead: they would keep
// their places among those that wait. Only who works on the store alone may say so, before it
// serves.
func (d *Desk) Alone(ctx context.Context) error {
	left, err := d.store.LeftRegistryImports(ctx, time.Time{}, d.now())
	for _, i := range left {
		if i.State == quartet.ImportReceiving {
			err = errors.Join(err, d.store.DropRegistryImport(ctx, i.ID))
		}
	}
	return err
}

// Tidy erases files that lie here in vain, and forgets old reports.
func (d *Desk) Tidy(ctx context.Context) error {
	now := d.now()
	left, err := d.store.LeftRegistryImports(ctx, now.Add(-keepFile), now.Add(-brokenAfter))
	if err != nil {
		return err
	}
	for _, i := range left {
		switch i.State {
		case quartet.ImportReceiving:
			err = errors.Join(err, d.store.DropRegistryImport(ctx, i.ID))
			continue
		case quartet.ImportReady:
			i.State, i.Ended = quartet.ImportExpired, now
			if moved := d.store.MoveRegistryImport(ctx, i, []quartet.ImportState{quartet.ImportReady}, nil, d.entry("house", "registry.expire", &i, "")); moved != nil {
				err = errors.Join(err, moved)
				continue
			}
		default:
		}
		err = errors.Join(err, d.store.EraseRegistryFile(ctx, i.ID))
	}
	return errors.Join(err, d.store.PruneRegistryReports(ctx, now.Add(-keepReport)))
}

// Report writes the report of an import: line, field and code of each damage.
func (d *Desk) Report(ctx context.Context, id string, w io.Writer) error {
	if _, err := d.store.RegistryImport(ctx, id); err != nil {
		return err
	}
	for at := int64(0); ; {
		words, err := d.store.RegistryReport(ctx, id, at)
		if err != nil || words == "" {
			return err
		}
		if _, err := io.WriteString(w, words); err != nil {
			return err
		}
		at += int64(len(words))
	}
}

func (d *Desk) entry(by, action string, i *quartet.RegistryImport, detail string) quartet.AuditEntry {
	if detail != "" {
		detail = ", " + detail
	}
	return audit.Entry(d.now(), by, action, i.ID, i.Name+detail)
}

// cut is the name of a file without what no name has, and not too long.
func cut(name string) string {
	clean := make([]rune, 0, maxName)
	for _, r := range name {
		if r >= ' ' && r != 0x7f && r != 0xfffd && len(clean) < maxName {
			clean = append(clean, r)
		}
	}
	return string(clean)
}
