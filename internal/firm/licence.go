package firm

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"quartet"
)

// MaxScan is the largest scan of a licence, in bytes.
const MaxScan = 5 << 20

const (
	// A picture that is smaller than this on one side shows no licence, and one that is larger
	// would fill the memory of whoever opens it.
	minSide, maxSide = 100, 20_000
	// endWithin is how far before its last byte a file may end: some programs add a few.
	endWithin = 1 << 10
)

// scans are the types of a scan: what stands at the end of one that came whole, and how many
// pixels it has. None of them can run anything where it is shown.
var scans = map[string]struct {
	end    []byte
	pixels func(io.Reader) (image.Config, error) // nil: it has none
}{
	"image/png":       {[]byte("IEND"), png.DecodeConfig},
	"image/jpeg":      {[]byte{0xff, 0xd9}, jpeg.DecodeConfig},
	"application/pdf": {[]byte("%%EOF"), nil},
}

// kindOf tells what a scan is, by its bytes. ErrTooLarge; ErrUnsupported: it is of no type that
// is taken; ErrInvalid: it is, but nobody can look at it.
func kindOf(scan []byte) (string, error) {
	refuse := func(code quartet.ErrorCode, what string) (string, error) {
		return "", &quartet.Error{Code: code, Field: "licence", Message: what}
	}
	if len(scan) > MaxScan {
		return refuse(quartet.ErrTooLarge, "a scan has at most 5 MiB; save it smaller and send it again")
	}
	kind := http.DetectContentType(scan)
	one, taken := scans[kind]
	if !taken {
		return refuse(quartet.ErrUnsupported, "a scan is a PNG or JPEG image, or a PDF")
	}
	if !bytes.Contains(scan[max(0, len(scan)-endWithin):], one.end) {
		return refuse(quartet.ErrInvalid, "this file ends too early; send it whole")
	}
	if one.pixels == nil {
		return kind, nil
	}
	c, err := one.pixels(bytes.NewReader(scan))
	switch {
	case err != nil:
		return refuse(quartet.ErrInvalid, "this picture cannot be read; save it anew and send it again")
	case min(c.Width, c.Height) < minSide:
		return refuse(quartet.ErrInvalid, "this picture is too small to read a licence on; it has at least 100 pixels on each side")
	case max(c.Width, c.Height) > maxSide:
		return refuse(quartet.ErrInvalid, "this picture has too many pixels; save it with at most 20000 on each side")
	}
	return kind, nil
}

// Attach puts the scan of the licence with the draft of an account, in the place of an
// earlier one. What it is, is found in its bytes. ErrTooLarge, ErrUnsupported, ErrInvalid;
// ErrConflict: there is no draft.
func (d *Desk) Attach(ctx context.Context, by, account string, scan []byte) (quartet.FirmApplication, error) {
	kind, err := kindOf(scan)
	if err != nil {
		return quartet.FirmApplication{}, err
	}
	a, err := d.draft(ctx, account)
	if err != nil {
		return a, err
	}
	before := a
	a.Licence, a.Size = kind, int64(len(scan))
	return a, d.store.UpdateApplication(ctx, a, quartet.FirmDraft, d.ring.Seal(scan, scanOf(a.ID)), d.entry(by, "firm.scan", &before, &a, ""))
}

// Scan opens the scan of an application, after it was written who does and why. ErrNotFound.
func (d *Desk) Scan(ctx context.Context, by, id, why string) (kind string, scan []byte, err error) {
	a, err := d.store.Application(ctx, id)
	if err != nil {
		return "", nil, err
	}
	if scan, err = d.scan(ctx, id); err != nil {
		return "", nil, err
	}
	return a.Licence, scan, d.store.Audit(ctx, d.seen(by, &a, "the scan of the licence", why))
}

// ContactOf opens whom to ask about an application, after it was written who does and why.
// ErrNotFound.
func (d *Desk) ContactOf(ctx context.Context, by, id, why string) (Contact, error) {
	a, err := d.store.Application(ctx, id)
	if err != nil {
		return Contact{}, err
	}
	if len(a.Contact) == 0 {
		return Contact{}, quartet.Errorf(quartet.ErrNotFound, "no contact was said yet")
	}
	c, err := d.contact(&a)
	if err != nil {
		return Contact{}, err
	}
	return c, d.store.Audit(ctx, d.seen(by, &a, "the contact", why))
}

func (d *Desk) seen(by string, a *quartet.FirmApplication, what, why string) quartet.AuditEntry {
	e := d.entry(by, "firm.see", nil, a, what+", reason: "+why)
	e.After = "" // nothing was changed
	return e
}
