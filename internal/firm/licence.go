package firm

import (
	"context"
	"net/http"
	"slices"

	"quartet"
)

// MaxScan is the largest scan of a licence, in bytes.
const MaxScan = 5 << 20

// scans are the types of a scan. None can run anything where it is shown.
var scans = []string{"image/png", "image/jpeg", "application/pdf"}

// Attach puts the scan of the licence with the draft of an account, in the place of an
// earlier one. What it is, is found in its bytes. ErrTooLarge, ErrUnsupported; ErrConflict:
// there is no draft.
func (d *Desk) Attach(ctx context.Context, by, account string, scan []byte) (quartet.FirmApplication, error) {
	if len(scan) > MaxScan {
		return quartet.FirmApplication{}, &quartet.Error{Code: quartet.ErrTooLarge, Field: "licence", Message: "a scan has at most 5 MiB; save it smaller"}
	}
	kind := http.DetectContentType(scan)
	if !slices.Contains(scans, kind) {
		return quartet.FirmApplication{}, &quartet.Error{Code: quartet.ErrUnsupported, Field: "licence", Message: "a scan is a PNG or JPEG image, or a PDF"}
	}
	a, err := d.draft(ctx, account)
	if err != nil {
		return a, err
	}
	before := a
	a.Licence, a.Size = kind, int64(len(scan))
	return a, d.store.UpdateApplication(ctx, a, quartet.FirmDraft, d.ring.Seal(scan, scanOf(a.ID)), d.entry(by, "firm.scan", &before, &a, ""))
}

// Scan opens the scan of an application, after it was written who does. ErrNotFound.
func (d *Desk) Scan(ctx context.Context, by, id string) (kind string, scan []byte, err error) {
	a, err := d.store.Application(ctx, id)
	if err != nil {
		return "", nil, err
	}
	if scan, err = d.scan(ctx, id); err != nil {
		return "", nil, err
	}
	return a.Licence, scan, d.store.Audit(ctx, d.seen(by, &a, "the scan of the licence"))
}

// ContactOf opens whom to ask about an application, after it was written who does.
// ErrNotFound.
func (d *Desk) ContactOf(ctx context.Context, by, id string) (Contact, error) {
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
	return c, d.store.Audit(ctx, d.seen(by, &a, "the contact"))
}

func (d *Desk) seen(by string, a *quartet.FirmApplication, what string) quartet.AuditEntry {
	e := d.entry(by, "firm.see", nil, a, what)
	e.After = "" // nothing was changed
	return e
}
