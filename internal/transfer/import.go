package transfer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
)

// Fate is what becomes of a line.
type Fate string

// The fates.
const (
	FateKnown   Fate = "known"   // it was imported before
	FateSettles Fate = "settles" // it pays its order
	FateWaits   Fate = "waits"   // people must say what it is for
)

// Planned is a line and what would become of it. The payer's account is masked.
type Planned struct {
	Line
	Fate  Fate
	Order string
	Why   string // of what waits
}

// Plan is a statement and what would become of it.
type Plan struct {
	Digest string // of the file; an import names it, so that what was shown is what is imported
	Lines  []Planned
	Bad    []Bad
	Other  int
	Amount quartet.Fen // of the lines that are new
	New    int
}

// Preview reads a statement of an account of the house and says what would become of it.
// Nothing is written. ErrInvalid, ErrNotFound.
func (d *Desk) Preview(ctx context.Context, account string, file []byte) (Plan, error) {
	p, err := d.plan(ctx, account, file)
	for i := range p.Lines {
		p.Lines[i].Payer.Account = Mask(p.Lines[i].Payer.Account)
	}
	return p, err
}

// Import imports a statement as its preview showed it: all lines that are new, in parts, each
// a transaction, so that calls need not wait for a long statement. digest is that of the
// preview. Rows that cannot be read stop it, unless skipBad says that they were looked at.
// Importing again imports what is missing, since a line stands once, and else changes nothing.
// ErrInvalid, ErrNotFound, ErrConflict.
func (d *Desk) Import(ctx context.Context, by, account string, file []byte, digest string, skipBad bool) (Plan, error) {
	p, err := d.plan(ctx, account, file)
	if err != nil {
		return p, err
	}
	switch {
	case digest != p.Digest:
		return p, &quartet.Error{Code: quartet.ErrConflict, Field: "digest", Message: "this is not the file that was shown; look at its preview, and import that"}
	case len(p.Bad) > 0 && !skipBad:
		return p, &quartet.Error{Code: quartet.ErrInvalid, Field: "file", Message: fmt.Sprintf("%d rows cannot be read, the first is row %d: %s; mend the file, or leave these rows out with skip_bad=true", len(p.Bad), p.Bad[0].Row, p.Bad[0].Why)}
	}
	parts, err := d.parts(&p, account)
	if err != nil {
		return p, err
	}
	now, added := d.now(), 0
	for i, part := range parts {
		detail := fmt.Sprintf("%d lines over %s yuan, %d settle an order, %d rows left out, file %s", len(part.lines), part.amount, len(part.jobs), len(p.Bad), p.Digest[:12])
		if len(parts) > 1 {
			detail += fmt.Sprintf(", part %d of %d", i+1, len(parts))
		}
		n, err := d.store.ImportTransfers(ctx, part.lines, part.jobs, audit.Entry(now, by, "statement.import", account, detail))
		if err != nil && added > 0 {
			err = quartet.Errorf(cmp.Or(quartet.CodeOf(err), quartet.ErrUnavailable), "%d of %d new lines are imported; import the same file again for the others: %w", added, p.New, err)
		}
		if err != nil {
			return p, err
		}
		added += n
	}
	p.New = added // somebody may have imported some of them meanwhile; they stand once
	return p, nil
}

// importChunk is how many lines are written at once. On SQLite nobody else writes meanwhile,
// and five hundred lines take some thirty milliseconds.
const importChunk = 200

// part is what is written of an import in one transaction.
type part struct {
	lines  []quartet.Transfer
	jobs   []quartet.Job
	amount quartet.Fen
}

// parts makes the lines of a plan that are new, and masks what the plan shows.
func (d *Desk) parts(p *Plan, account string) (parts []part, err error) {
	now := d.now()
	for i := range p.Lines {
		l := &p.Lines[i]
		if l.Fate != FateKnown {
			t := quartet.Transfer{ID: newID(), House: account, Serial: l.Serial, At: l.At, Amount: l.Amount, State: quartet.TransferWaiting, Why: l.Why, Order: l.Order, Imported: now}
			plain, err := json.Marshal(l.Payer)
			if err != nil {
				return nil, err
			}
			t.Sealed = d.ring.Seal(plain, t.ID)
			if len(parts) == 0 || len(parts[len(parts)-1].lines) == importChunk {
				parts = append(parts, part{})
			}
			last := &parts[len(parts)-1]
			if l.Fate == FateSettles {
				t.State = quartet.TransferSettling
				last.jobs = append(last.jobs, job.At(JobSettle, t.ID, now, now))
			}
			last.lines, last.amount = append(last.lines, t), last.amount+t.Amount
		}
		l.Payer.Account = Mask(l.Payer.Account)
	}
	return parts, nil
}

func (d *Desk) plan(ctx context.Context, account string, file []byte) (Plan, error) {
	sum := sha256.Sum256(file)
	p := Plan{Digest: hex.EncodeToString(sum[:])}
	a, err := d.account(ctx, account)
	if err == nil && a.Opened.IsZero() {
		err = quartet.Errorf(quartet.ErrConflict, "this bank account waits for another administrator to confirm it; no buyer was asked to pay to it")
	}
	if err != nil {
		return p, err
	}
	s, err := Read(file, a.Number, d.now())
	if err != nil {
		return p, err
	}
	p.Bad, p.Other = s.Bad, s.Other
	serials := make([]string, len(s.Lines))
	for i, l := range s.Lines {
		serials[i] = l.Serial
	}
	list, err := d.store.TransfersBySerial(ctx, account, serials)
	if err != nil {
		return p, err
	}
	stands := map[string]quartet.Transfer{}
	for _, t := range list {
		stands[t.Serial] = t
	}
	taken := map[string]bool{}
	for _, l := range s.Lines {
		next := Planned{Line: l, Fate: FateKnown}
		if old, is := stands[l.Serial]; is {
			payer, err := d.payer(old)
			if err != nil {
				return p, err
			}
			if old.Amount != l.Amount || quartet.DayOf(old.At.Unix()) != quartet.DayOf(l.At.Unix()) || !samePayer(payer, l.Payer) {
				p.Bad = append(p.Bad, Bad{l.Row, "its serial was imported before with another amount, day, payer or remark; ask the bank"})
				continue
			}
			next.Order = old.Order
		} else {
			if next.Order, next.Why, err = d.match(ctx, l, taken); err != nil {
				return p, err
			}
			next.Fate = FateWaits
			if next.Order != "" {
				next.Fate = FateSettles
				taken[next.Order] = true
			}
			p.New++
			p.Amount += l.Amount
		}
		p.Lines = append(p.Lines, next)
	}
	return p, nil
}

// samePayer reports whether two lines tell of the same payer and remark. Banks that use a
// serial twice for the same amount on one day differ in these, and money of the second must
// not be taken for that of the first. In width and blanks exports of one line differ.
func samePayer(a, b quartet.Payer) bool {
	return plainName(a.Name) == plainName(b.Name) && plainName(a.Account) == plainName(b.Account) && plainName(a.Remark) == plainName(b.Remark)
}
