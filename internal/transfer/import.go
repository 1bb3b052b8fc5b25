package transfer

import (
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

// Import imports a statement as its preview showed it: all lines that are new, in one
// transaction. digest is that of the preview. Rows that cannot be read stop it, unless
// skipBad says that they were looked at. Importing again changes nothing. ErrInvalid,
// ErrNotFound, ErrConflict.
func (d *Desk) Import(ctx context.Context, by, account string, file []byte, digest string, skipBad bool) (Plan, error) {
	p, err := d.plan(ctx, account, file)
	if err != nil {
		return p, err
	}
	switch {
	case digest != p.Digest:
		return p, &quartet.Error{Code: quartet.ErrConflict, Field: "digest", Message: "this is not the file that was shown; look at its preview, and import that"}
	case len(p.Bad) > 0 && !skipBad:
		return p, &quartet.Error{Code: quartet.ErrInvalid, Field: "file", Message: fmt.Sprintf("%d rows cannot be read, the first is row %d: %s; mend the file, or say that these rows are to be left out", len(p.Bad), p.Bad[0].Row, p.Bad[0].Why)}
	}
	now := d.now()
	var (
		lines []quartet.Transfer
		jobs  []quartet.Job
	)
	for i := range p.Lines {
		l := &p.Lines[i]
		if l.Fate != FateKnown {
			t := quartet.Transfer{ID: newID(), House: account, Serial: l.Serial, At: l.At, Amount: l.Amount, State: quartet.TransferWaiting, Why: l.Why, Order: l.Order, Imported: now}
			plain, err := json.Marshal(l.Payer)
			if err != nil {
				return p, err
			}
			t.Sealed = d.ring.Seal(plain, t.ID)
			if l.Fate == FateSettles {
				t.State = quartet.TransferSettling
				jobs = append(jobs, job.At(JobSettle, t.ID, now, now))
			}
			lines = append(lines, t)
		}
		l.Payer.Account = Mask(l.Payer.Account)
	}
	detail := fmt.Sprintf("%d lines over %s yuan, %d settle an order, %d rows left out, file %s", p.New, p.Amount, len(jobs), len(p.Bad), p.Digest[:12])
	added, err := d.store.ImportTransfers(ctx, lines, jobs, audit.Entry(now, by, "statement.import", account, detail))
	if err == nil && added != p.New {
		// Somebody imported the same lines meanwhile; they stand once.
		p.New = added
	}
	return p, err
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
