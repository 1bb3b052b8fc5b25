package invoice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"quartet"
	"quartet/internal/einvoice"
	"quartet/internal/job"
)

// Upload keeps a file of an invoice or a red letter that people issue, byte for byte. The XML
// says that it is issued: it is compared with what was asked for, and refused with what
// differs. OFD and PDF may be replaced until then, and added afterwards where there are none.
// ErrNotFound, ErrTooLarge; ErrUnsupported: it is of another kind, or cannot be read;
// ErrInvalid: it differs; ErrConflict: nobody waits for it.
func (d *Desk) Upload(ctx context.Context, by, owner string, kind quartet.InvoiceFileKind, file []byte) error {
	if err := einvoice.Sniff(kind, file); err != nil {
		return err
	}
	var paper quartet.InvoicePaper
	if kind == quartet.InvoiceXML {
		var err error
		if paper, err = einvoice.Read(file); err != nil {
			return err
		}
	}
	f := d.sealFile(by, owner, kind, file)
	_, err := d.store.RedLetter(ctx, owner)
	switch {
	case err == nil:
		_, err = d.stepRed(ctx, owner, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
			waits := r.State == quartet.RedIssuing || r.State == quartet.RedEntered
			if err := d.uploaded(p, f, r.Channel, waits, r.State == quartet.RedDone, by); err != nil || kind != quartet.InvoiceXML {
				return err
			}
			if !waits {
				return redStands(r)
			}
			if err := d.compareRed(b, r, &paper); err != nil {
				return err
			}
			r.Number, r.IssuedOn, r.Source, r.Answer = paper.Number, paper.IssuedOn, quartet.FromXML, ""
			return d.reverse(b, r, p, by)
		})
	case quartet.CodeOf(err) == quartet.ErrNotFound:
		_, err = d.step(ctx, owner, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
			v := &b.Invoice
			waits := v.State == quartet.InvoiceIssuing || v.State == quartet.InvoiceEntered
			if err := d.uploaded(p, f, v.Channel, waits, v.State.Stands() || v.State == quartet.InvoiceReversed, by); err != nil || kind != quartet.InvoiceXML {
				return err
			}
			if !waits {
				return stands(v)
			}
			if err := d.compare(b, &paper); err != nil {
				return err
			}
			v.Number, v.IssuedOn, v.Source, v.Answer = paper.Number, paper.IssuedOn, quartet.FromXML, ""
			return d.settle(b, p, by, "number "+v.Number+", read from its XML")
		})
	}
	return err
}

// uploaded keeps a file. waits: it is not issued; done: it is.
func (d *Desk) uploaded(p *quartet.InvoicePostings, f quartet.InvoiceFile, channel string, waits, done bool, by string) error {
	if err := d.byHand(channel); err != nil {
		return err
	}
	if !waits && !done {
		return quartet.Errorf(quartet.ErrConflict, "nobody waits for a file of this; look at it again")
	}
	p.Files, p.Replaces = append(p.Files, f), waits
	p.Audit = append(p.Audit, entry(f.At, by, "invoice.file", f.Owner+"."+string(f.Kind), "SHA-256 "+f.Digest, nil, nil))
	return nil
}

func fileRecord(owner string, kind quartet.InvoiceFileKind) string {
	return "invoice.file/" + owner + "/" + string(kind)
}

func (d *Desk) sealFile(by, owner string, kind quartet.InvoiceFileKind, file []byte) quartet.InvoiceFile {
	sum := sha256.Sum256(file)
	return quartet.InvoiceFile{
		Owner: owner, Kind: kind, Digest: hex.EncodeToString(sum[:]), Size: int64(len(file)), Sealed: d.sealer.Seal(file, fileRecord(owner, kind)), By: by, At: d.now(),
	}
}

// Files lists the files of an invoice or a red letter, without what they hold.
func (d *Desk) Files(ctx context.Context, owner string) ([]quartet.InvoiceFile, error) {
	return d.store.InvoiceFiles(ctx, owner)
}

// File opens a file as it came. ErrNotFound; ErrInternal: it is not what came.
func (d *Desk) File(ctx context.Context, owner string, kind quartet.InvoiceFileKind) (quartet.InvoiceFile, []byte, error) {
	f, err := d.store.InvoiceFile(ctx, owner, kind)
	if err != nil {
		return f, nil, err
	}
	plain, err := d.sealer.Unseal(f.Sealed, fileRecord(owner, kind))
	if err != nil {
		return f, nil, err
	}
	if sum := sha256.Sum256(plain); hex.EncodeToString(sum[:]) != f.Digest {
		return f, nil, quartet.Errorf(quartet.ErrInternal, "file %s of %s is not what came", kind, owner)
	}
	return f, plain, nil
}

// wanted is what an invoice must say.
func (d *Desk) wanted(b *quartet.InvoiceBook) (quartet.InvoicePaper, error) {
	r, err := d.request(b)
	return quartet.InvoicePaper{
		Number: b.Invoice.Number, Kind: r.Kind, Seller: r.Seller, SellerTaxID: r.TaxID, Buyer: r.Buyer.Name, BuyerTaxID: r.Buyer.TaxID, Amounts: r.Sums,
	}, err
}

func differs(list []string) error {
	if len(list) == 0 {
		return nil
	}
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "xml", Message: "this is not what was asked for: " + strings.Join(list, "; ")}
}

func (d *Desk) compare(b *quartet.InvoiceBook, paper *quartet.InvoicePaper) error {
	want, err := d.wanted(b)
	if err != nil {
		return err
	}
	return differs(paper.Differences(&want))
}

func (d *Desk) compareRed(b *quartet.InvoiceBook, r *quartet.RedLetter, paper *quartet.InvoicePaper) error {
	want, err := d.wanted(b)
	if err != nil {
		return err
	}
	want.Number, want.Amounts = r.Number, quartet.Amounts{}.Minus(r.Amounts)
	if paper.Number == b.Invoice.Number {
		return differs([]string{"it is the invoice itself, not its red letter"})
	}
	return differs(paper.Differences(&want))
}

// Fetch gets the files of what a channel has issued: the job invoice.fetch. The XML is
// compared; what differs stays as it came, and is told for a person to look at.
func (d *Desk) Fetch(ctx context.Context, owner string) error {
	var (
		serial, channel string
		since           time.Time
	)
	r, err := d.store.RedLetter(ctx, owner)
	red := err == nil
	if red {
		serial, channel, since = r.Serial(), r.Channel, r.Changed
	} else {
		v, err := d.store.Invoice(ctx, owner)
		if err != nil {
			return err
		}
		serial, channel, since = v.Serial(), v.Channel, v.Changed
	}
	c, err := d.by(channel)
	if err != nil {
		return err
	}
	have, err := d.store.InvoiceFiles(ctx, owner)
	if err != nil {
		return err
	}
	missing := false
	for _, kind := range []quartet.InvoiceFileKind{quartet.InvoiceXML, quartet.InvoiceOFD, quartet.InvoicePDF} {
		if held(have, kind) {
			continue
		}
		file, err := c.Download(ctx, serial, kind)
		switch quartet.CodeOf(err) {
		case "":
		case quartet.ErrUnsupported: // it has none of this kind
			continue
		default:
			missing = true
			continue
		}
		if err := einvoice.Sniff(kind, file); err != nil {
			missing = true
			continue
		}
		if err := d.fetched(ctx, owner, red, d.sealFile(channel, owner, kind, file), file); err != nil {
			return err
		}
	}
	if missing { // perhaps for good: a channel need not have all forms
		return job.Later{In: d.rest(since), Why: "files are missing yet"}
	}
	return nil
}

func held(files []quartet.InvoiceFile, kind quartet.InvoiceFileKind) bool {
	for i := range files {
		if files[i].Kind == kind {
			return true
		}
	}
	return false
}

func (d *Desk) fetched(ctx context.Context, owner string, red bool, f quartet.InvoiceFile, file []byte) error {
	write := func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) {
		p.Files = []quartet.InvoiceFile{f}
		p.Audit = []quartet.AuditEntry{entry(d.now(), f.By, "invoice.file", owner+"."+string(f.Kind), "SHA-256 "+f.Digest, nil, nil)}
		if f.Kind != quartet.InvoiceXML {
			return
		}
		paper, err := einvoice.Read(file)
		if err == nil && r != nil {
			err = d.compareRed(b, r, &paper)
		} else if err == nil {
			err = d.compare(b, &paper)
		}
		now := d.now()
		switch {
		case err != nil:
			p.Audit = append(p.Audit, entry(now, f.By, "invoice.differ", owner, err.Error(), nil, nil))
			if r != nil {
				r.Answer, r.Changed, p.Red = err.Error(), now, r
			} else {
				b.Invoice.Answer, b.Invoice.Changed, p.Changed = err.Error(), now, &b.Invoice
			}
		case r != nil:
			r.Source, r.Changed, p.Red = quartet.FromXML, now, r
		default:
			b.Invoice.Source, b.Invoice.Changed, p.Changed = quartet.FromXML, now, &b.Invoice
		}
	}
	var err error
	if red {
		_, err = d.stepRed(ctx, owner, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
			write(b, r, p)
			return nil
		})
	} else {
		_, err = d.step(ctx, owner, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error { write(b, nil, p); return nil })
	}
	if quartet.CodeOf(err) == quartet.ErrConflict { // another one has fetched it
		return nil
	}
	return err
}
